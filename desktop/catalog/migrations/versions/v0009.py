"""What any pass makes of a photo, where there were embeddings only; and what failed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    # Renaming leaves rows and indexes as they are, also where there are millions.
    op.execute("ALTER TABLE embedding RENAME TO made")
    op.execute("ALTER TABLE made RENAME COLUMN model_key TO pass_key")
    op.execute("ALTER TABLE made RENAME COLUMN vector TO value")
    op.execute("ALTER TABLE model RENAME TO pass")
    op.execute("ALTER TABLE pass RENAME COLUMN model_key TO pass_key")
    _name_pass_anew()
    op.create_table(
        "failure",
        sa.Column("pass_key", sa.Integer, nullable=False),
        sa.Column("photo_id", sa.Integer, nullable=False),
        sa.Column("problem", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("pass_key", "photo_id", name="pk_failure"),
        sa.ForeignKeyConstraint(
            ["pass_key"], ["pass.pass_key"], name="fk_failure_pass_key", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photo.photo_id"], name="fk_failure_photo_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_failure_photo", "failure", ["photo_id"])


def _name_pass_anew() -> None:
    """SQLite cannot rename a constraint, so the few rows are copied."""
    op.create_table(
        "pass_anew",
        sa.Column("pass_key", sa.Integer, nullable=False),
        sa.Column("pass_id", sa.String, nullable=False),
        sa.Column("dim", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("pass_key", name="pk_pass"),
        sa.UniqueConstraint("pass_id", name="uq_pass_pass_id"),
    )
    op.execute("INSERT INTO pass_anew SELECT pass_key, model_id, dim FROM pass")
    op.drop_table("pass")
    op.rename_table("pass_anew", "pass")
