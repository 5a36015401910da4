"""What is missing of photos that can be searched although they are damaged."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

IS_DAMAGED = "damage IS NOT NULL AND missing_since IS NULL"


def upgrade() -> None:
    op.add_column("photo", sa.Column("damage", sa.String))
    op.create_index("ix_photo_damaged", "photo", ["folder_id"], sqlite_where=sa.text(IS_DAMAGED))
    # What could not be read until now is tried again: files that are cut off, and more formats.
    op.execute("UPDATE photo SET problem = NULL, is_stale = 1 WHERE problem IS NOT NULL")
    op.execute(
        "UPDATE photo SET skipped_because = NULL, is_stale = 1 "
        "WHERE skipped_because LIKE '%is not a photo that Likeness opens.'"
    )
