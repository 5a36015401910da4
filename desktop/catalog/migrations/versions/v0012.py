"""Words of the names of files and folders can be looked up."""

from alembic import op

revision = "0012"
down_revision = "0011"

# Only the words are kept, and no names: to take one out, FTS5 is told its old name.
_TABLE = """
CREATE VIRTUAL TABLE photo_name USING fts5(
    name, content='', tokenize="unicode61 remove_diacritics 2"
)
"""
_FILL = "INSERT INTO photo_name(rowid, name) SELECT photo_id, {} FROM photo"
_NAME = "CAST({}relative_path AS TEXT)"
_PUT = f"INSERT INTO photo_name(rowid, name) VALUES (new.photo_id, {_NAME.format('new.')});"
_TAKE = (
    "INSERT INTO photo_name(photo_name, rowid, name) "
    f"VALUES ('delete', old.photo_id, {_NAME.format('old.')});"
)


def upgrade() -> None:
    op.execute(_TABLE)
    op.execute(_FILL.format(_NAME.format("")))
    op.execute(f"CREATE TRIGGER photo_name_put AFTER INSERT ON photo BEGIN {_PUT} END")
    op.execute(f"CREATE TRIGGER photo_name_take AFTER DELETE ON photo BEGIN {_TAKE} END")
    op.execute(
        "CREATE TRIGGER photo_name_turn AFTER UPDATE OF photo_id, relative_path ON photo "
        f"BEGIN {_TAKE} {_PUT} END"
    )
