"""What each sub-folder held when it was last compared."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "listing",
        sa.Column("folder_id", sa.Integer, nullable=False),
        sa.Column("sub_folder", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("folder_id", "sub_folder", name="pk_listing"),
        sa.ForeignKeyConstraint(
            ["folder_id"],
            ["folder.folder_id"],
            name="fk_listing_folder_id",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    # Every sub-folder with a file that is present has a listing; these are in question.
    connection = op.get_bind()
    paths = connection.execute(
        sa.text("SELECT folder_id, relative_path FROM photo WHERE missing_since IS NULL")
    )
    sub_folders = {(folder_id, path.rpartition(b"/")[0]) for folder_id, path in paths}
    if sub_folders:
        connection.execute(
            sa.text("INSERT INTO listing (folder_id, sub_folder, digest) VALUES (:id, :sub, x'')"),
            [{"id": folder_id, "sub": sub_folder} for folder_id, sub_folder in sub_folders],
        )
