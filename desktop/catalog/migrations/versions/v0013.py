"""Facts of photos with files beside them are read again: an .xmp file now goes before EXIF."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute(
        "UPDATE photo SET facts_are_old = 1"
        " WHERE taken_at IS NOT NULL AND CAST(sidecars AS TEXT) LIKE '%.xmp%'"
    )
