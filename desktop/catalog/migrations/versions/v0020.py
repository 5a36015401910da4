"""Words of names are looked up as all else compares names: ß is ss, whatever letters FTS5 folds."""

from alembic import op

revision = "0020"
down_revision = "0019"

# `words_of_path` is Likeness's own, so that only its connections write photos.
_WORDS = "words_of_path({}relative_path)"
_PUT = f"INSERT INTO photo_name(rowid, name) VALUES (new.photo_id, {_WORDS.format('new.')});"
_TAKE = (
    "INSERT INTO photo_name(photo_name, rowid, name) "
    f"VALUES ('delete', old.photo_id, {_WORDS.format('old.')});"
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for trigger in ("put", "take", "turn"):
        op.execute(f"DROP TRIGGER photo_name_{trigger}")
    op.execute("INSERT INTO photo_name(photo_name) VALUES ('delete-all')")
    words = _WORDS.format("")
    op.execute(f"INSERT INTO photo_name(rowid, name) SELECT photo_id, {words} FROM photo")
    op.execute(f"CREATE TRIGGER photo_name_put AFTER INSERT ON photo BEGIN {_PUT} END")
    op.execute(f"CREATE TRIGGER photo_name_take AFTER DELETE ON photo BEGIN {_TAKE} END")
    op.execute(
        "CREATE TRIGGER photo_name_turn AFTER UPDATE OF photo_id, relative_path ON photo "
        f"BEGIN {_TAKE} {_PUT} END"
    )
