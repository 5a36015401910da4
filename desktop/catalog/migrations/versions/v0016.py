"""Facts are read again where others than EXIF said when a photo was taken, or EXIF no time of day:
dates are read in more ways of writing, and edited copies have the JSON of their originals."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute(
        "UPDATE photo SET facts_are_old = 1 WHERE taken_at IS NOT NULL"
        " AND (taken_from <> 'exif' OR taken_at LIKE '% 00:00:00%')"
    )
    # So that each sub-folder is compared once more, and its sidecars are told apart anew.
    op.execute("UPDATE listing SET digest = x''")
