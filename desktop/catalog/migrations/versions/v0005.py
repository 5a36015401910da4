"""Facts that are to be read again, at first those of all photos."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    old = sa.Column("facts_are_old", sa.Boolean, nullable=False, server_default=sa.text("0"))
    op.add_column("photo", old)
    op.execute("UPDATE photo SET facts_are_old = 1 WHERE taken_at IS NOT NULL")
    op.create_index(
        "ix_photo_old_facts",
        "photo",
        ["photo_id"],
        sqlite_where=sa.text("facts_are_old = 1 AND taken_at IS NOT NULL"),
    )
