"""What scans passed over, by folder and reason."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "passed_over",
        sa.Column("folder_id", sa.Integer, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("examples", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("folder_id", "reason", name="pk_passed_over"),
        sa.ForeignKeyConstraint(
            ["folder_id"],
            ["folder.folder_id"],
            name="fk_passed_over_folder_id",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_photo_skipped",
        "photo",
        ["folder_id"],
        sqlite_where=sa.text("skipped_because IS NOT NULL AND missing_since IS NULL"),
    )
