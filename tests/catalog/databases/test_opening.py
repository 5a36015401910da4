import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from desktop.catalog import Catalog
from desktop.catalog.databases.sqlite.opening import MIGRATIONS_PATH, open_engine
from desktop.catalog.schema import Base
from desktop.errors import CatalogDamaged, CatalogTooNew, UserError

pytestmark = pytest.mark.usefixtures("migrations_run")

ROOT = Path(__file__).parents[3]
CATALOGS = Path(__file__).parents[1] / "catalogs"
NEWEST = max(int(file.stem[1:]) for file in (MIGRATIONS_PATH / "versions").glob("v*.py"))
COMING_VERSION = f"{NEWEST + 1:04}"
COMING = """
import os
import sqlalchemy as sa
from alembic import op

revision = "{version}"
down_revision = "{before}"


def upgrade() -> None:
    op.add_column("photo", sa.Column("stars", sa.Integer))
    op.execute("DELETE FROM made")
    {then}
"""


def make_catalog(path: Path) -> None:
    """Of version 1, from the stored one."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((CATALOGS / "v1.sql").read_text(encoding="utf-8"))


def make_migrations(tmp_path: Path, then: str) -> Path:
    """The product's own migrations and a version that is still to come."""
    folder = tmp_path / "migrations"
    # Without its byte code: other test processes may just be renaming that.
    shutil.copytree(
        MIGRATIONS_PATH, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
    )
    coming = COMING.format(version=COMING_VERSION, before=f"{NEWEST:04}", then=then)
    (folder / "versions" / f"v{COMING_VERSION}.py").write_text(coming, encoding="utf-8")
    return folder


def migrate_to(version: int, path: Path, tmp_path: Path) -> None:
    """Bring a catalog to a version before today's."""
    folder = make_migrations(tmp_path / str(version), "pass")
    for file in (folder / "versions").glob("v*.py"):
        if int(file.stem[1:]) > version:
            file.unlink()
    open_engine(path, folder).dispose()
    assert read_version(path) == f"{version:04}"


def names_with_old_facts(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT relative_path FROM photo WHERE facts_are_old ORDER BY photo_id"
        )
        return [os.fsdecode(name) for (name,) in rows]


def read_version(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        ((version,),) = connection.execute("SELECT version_num FROM alembic_version")
    return str(version)


def run_python(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_new_catalog_is_made_with_its_folders_and_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "not" / "yet there" / "100% ?.sqlite"

    catalog = Catalog.open(path)

    assert catalog.folders.list_all() == []
    assert catalog.check() == []
    catalog.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA page_size").fetchone() == (8192,)


def test_what_was_written_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    catalog = Catalog.open(path)
    folder = catalog.folders.add(tmp_path)
    catalog.close()

    catalog = Catalog.open(path)

    assert catalog.folders.list_all() == [folder]
    catalog.close()


def test_every_connection_keeps_foreign_keys_and_waits_for_writers(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "catalog.sqlite")

    with engine.connect() as first, engine.connect() as second:
        for connection in (first, second):
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1
            assert connection.scalar(text("PRAGMA busy_timeout")) == 10_000
            assert connection.scalar(text("PRAGMA synchronous")) == 1
    engine.dispose()


def test_an_empty_file_becomes_a_catalog(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    path.touch()

    catalog = Catalog.open(path)

    assert catalog.count("any").photos == 0
    catalog.close()


def test_a_newer_catalog_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    Catalog.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
        connection.commit()
    before = path.read_bytes()

    with pytest.raises(CatalogTooNew) as refusal:
        Catalog.open(path)

    assert "newer version" in refusal.value.message and refusal.value.hint
    assert path.read_bytes() == before
    assert not (tmp_path / "backups").exists()


def a_text(path: Path) -> None:
    path.write_text("this is no catalog " * 1000, encoding="utf-8")


def a_catalog_overwritten_behind_its_header(path: Path) -> None:
    Catalog.open(path).close()
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))


def a_catalog_cut_short(path: Path) -> None:
    Catalog.open(path).close()
    path.write_bytes(path.read_bytes()[:5000])


def another_programs_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")


def a_version_that_is_no_number(path: Path) -> None:
    Catalog.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ffe1'")
        connection.commit()


def no_version_at_all(path: Path) -> None:
    Catalog.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM alembic_version")
        connection.commit()


@pytest.mark.parametrize(
    "spoil",
    [
        a_text,
        a_catalog_overwritten_behind_its_header,
        a_catalog_cut_short,
        another_programs_database,
        a_version_that_is_no_number,
        no_version_at_all,
    ],
    ids=lambda spoil: spoil.__name__,
)
def test_what_is_no_catalog_is_refused_and_left_as_it_is(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    path = tmp_path / "catalog.sqlite"
    spoil(path)
    before = path.read_bytes()

    with pytest.raises(CatalogDamaged) as refusal:
        Catalog.open(path)

    assert str(path) in refusal.value.message and "backups" in refusal.value.hint
    assert path.read_bytes() == before


@pytest.mark.parametrize("place", ["folder", "below a file"])
def test_a_place_that_cannot_hold_a_catalog_is_a_sentence(tmp_path: Path, place: str) -> None:
    path = tmp_path / "catalog.sqlite"
    if place == "folder":
        path.mkdir()
    else:
        path.touch()
        path = path / "catalog.sqlite"

    with pytest.raises(UserError) as refusal:
        Catalog.open(path)

    assert refusal.value.message.endswith(".") and refusal.value.hint.endswith(".")


def test_processes_that_open_a_new_catalog_at_once_all_succeed(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    code = (
        "import sys; from pathlib import Path; from desktop.catalog import Catalog\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "catalog = Catalog.open(Path(sys.argv[1])); catalog.folders.add(Path(sys.argv[2]))\n"
        "catalog.close(); print('done')"
    )
    processes = [run_python(code, path, f"/photos/{number}") for number in range(4)]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"

    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()

    assert [process.communicate(timeout=60)[0] for process in processes] == ["done\n"] * 4
    catalog = Catalog.open(path)
    assert len(catalog.folders.list_all()) == 4
    assert catalog.check() == []
    catalog.close()


def test_a_catalog_that_is_current_opens_without_alembic(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    Catalog.open(path).close()
    code = (
        "import sys; from pathlib import Path; from desktop.catalog import Catalog\n"
        "Catalog.open(Path(sys.argv[1])).close(); print('alembic' in sys.modules)"
    )

    assert run_python(code, path).communicate(timeout=60)[0] == "False\n"


def test_the_stored_catalog_of_version_1_opens_with_all_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    make_catalog(path)

    catalog = Catalog.open(path)

    (folder,) = catalog.folders.list_all()
    (red,) = catalog.ingests.list_by_hashes(["aa" * 16])["aa" * 16]
    assert red.path == folder.path / "2020/red.jpg"
    assert red.metadata is not None and red.metadata.camera == "Canon EOS 70D"
    assert catalog.ingests.list_old_facts(9) == [red], "dates are read in more ways by now"
    embedding = catalog.made.find_vector(red.photo_id, "clip@1")
    assert embedding is not None
    assert embedding.tolist() == np.array([0.6, 0, -0.8, 0], np.float32).tolist()
    counts = catalog.count("clip@1")
    assert (counts.photos, counts.searchable, counts.waiting, counts.problems) == (3, 1, 2, 0)
    assert counts.missing == 1
    assert (catalog.answering_model(), catalog.previous_model()) == ("clip@1", "starter@1")
    assert catalog.photos.list_problems() == [], "what could not be read is tried again"
    assert catalog.photos.find(folder.path / "caf\udce9.jpg") is not None
    assert catalog.check() == []
    catalog.close()


def test_models_and_migrations_agree(tmp_path: Path) -> None:
    migrated = open_engine(tmp_path / "migrated.sqlite")
    made = create_engine(f"sqlite:///{tmp_path / 'made.sqlite'}")
    Base.metadata.create_all(made)
    in_columns = "SELECT m.name, c.* FROM sqlite_master m, pragma_table_xinfo(m.name) c"
    in_indexes = "SELECT m.name, c.* FROM sqlite_master m, pragma_index_xinfo(m.name) c"
    in_keys = "SELECT m.name, c.* FROM sqlite_master m, pragma_foreign_key_list(m.name) c"
    conditions = (
        "SELECT name, substr(replace(sql, '\"', ''), instr(sql, ' WHERE ')) FROM sqlite_master"
    )
    counting = "SELECT m.name, instr(m.sql, 'AUTOINCREMENT') > 0, 0 FROM sqlite_master m"
    # SQLAlchemy knows no virtual tables: photo_name is made by its migration alone.
    ours = "AND m.name NOT LIKE '%alembic%' AND m.name NOT LIKE 'photo_name%' ORDER BY m.name, 2, 3"
    only = {"include_name": lambda name, *_: not (name or "").startswith("photo_name")}

    with migrated.connect() as left, made.connect() as right:
        assert compare_metadata(MigrationContext.configure(left, opts=only), Base.metadata) == []
        for query in (
            f"{in_columns} WHERE m.type = 'table' {ours}",
            f"{in_indexes} WHERE m.type = 'index' {ours}",
            f"{in_keys} WHERE m.type = 'table' {ours}",
            f"{counting} WHERE m.type = 'table' {ours}",
            f"{conditions} AS m WHERE m.type = 'index' {ours.replace(', 2, 3', '')}",
        ):
            rows = left.execute(text(query)).all()
            assert rows == right.execute(text(query)).all()
            assert rows
    migrated.dispose()
    made.dispose()


def test_an_older_catalog_is_backed_up_and_migrated(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    make_catalog(path)

    open_engine(path, make_migrations(tmp_path, "pass")).dispose()

    assert read_version(path) == COMING_VERSION
    (backup,) = (tmp_path / "backups").iterdir()
    assert backup.name.startswith("catalog-") and backup.name.endswith("-v1.sqlite")
    old = Catalog.open(backup)
    assert old.count("clip@1").searchable == 1
    old.close()


def test_in_an_older_catalog_every_sub_folder_is_compared_once_more(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    make_catalog(path)

    catalog = Catalog.open(path)

    (folder,) = catalog.folders.list_all()
    present = list(catalog.files.list_all(folder.folder_id))
    assert present
    listings = catalog.files.list_listings(folder.folder_id)
    assert listings == {path.rpartition("/")[0]: b"" for path in present}
    catalog.close()


def add_photos_like_the_first(path: Path, column: str, values: dict[str, object]) -> None:
    """Of the stored catalog; another value in one column of each, and no facts are old."""
    with closing(sqlite3.connect(path)) as connection, connection:
        columns = [name for _, name, *_ in connection.execute("PRAGMA table_info(photo)")]
        kept = ", ".join(set(columns) - {"photo_id", "relative_path", column})
        for name, value in values.items():
            connection.execute(
                f"INSERT INTO photo (relative_path, {column}, {kept})"
                f" SELECT ?, ?, {kept} FROM photo WHERE taken_at IS NOT NULL LIMIT 1",
                (name.encode(), value),
            )
        connection.execute("UPDATE photo SET facts_are_old = 0")


def test_photos_with_xmp_files_beside_them_are_read_again_where_exif_was_asked_first(
    tmp_path: Path,
) -> None:
    path = tmp_path / "catalog.sqlite"
    make_catalog(path)
    migrate_to(12, path, tmp_path)
    beside: dict[str, object] = {
        "xmp.jpg": b"xmp.xmp/120/5",
        "upper.jpg": b"upper.jpg.XMP/120/5",
        "both.jpg": b"both.xmp/120/5/both.jpg.json/90/5",
        "latin-1.jpg": b"caf\xe9.xmp/120/5",
        "json.jpg": b"json.jpg.json/90/5",
        "none.jpg": None,
    }
    add_photos_like_the_first(path, "sidecars", beside)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE photo SET sidecars = 'a.xmp/9/9' WHERE taken_at IS NULL")

    migrate_to(13, path, tmp_path)

    old = ["xmp.jpg", "upper.jpg", "both.jpg", "latin-1.jpg"]
    assert names_with_old_facts(path) == old, "what waits is read anyway"


@pytest.mark.parametrize(
    ("column", "values", "old"),
    [
        (
            "taken_from",
            {"a.jpg": "exif", "b.jpg": "name", "c.jpg": "file", "d.jpg": "takeout"},
            ["b.jpg", "c.jpg", "d.jpg"],
        ),
        (
            "taken_at",
            {"a.jpg": "2019-05-12 00:00:00.000000", "b.jpg": "2019-05-12 10:00:00.000000"},
            ["a.jpg"],
        ),
    ],
)
def test_facts_are_read_again_where_more_is_understood_now(
    column: str, values: dict[str, object], old: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "catalog.sqlite"
    make_catalog(path)
    migrate_to(15, path, tmp_path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE photo SET taken_from = 'exif' WHERE taken_at IS NOT NULL")
        connection.execute("UPDATE listing SET digest = x'0011'")
    add_photos_like_the_first(path, column, values)

    migrate_to(16, path, tmp_path)

    assert names_with_old_facts(path) == old
    with closing(sqlite3.connect(path)) as connection:
        assert set(connection.execute("SELECT digest FROM listing")) == {(b"",)}


def test_a_migration_that_fails_leaves_the_old_catalog(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    make_catalog(path)

    with pytest.raises(ZeroDivisionError):
        open_engine(path, make_migrations(tmp_path, "1 / 0"))

    assert read_version(path) == "0001"
    catalog = Catalog.open(path)
    assert catalog.count("clip@1").searchable == 1
    catalog.close()


def test_a_process_killed_while_it_migrates_leaves_the_old_catalog(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    make_catalog(path)
    migrations = make_migrations(tmp_path, "os._exit(9)")
    code = (
        "import sys; from pathlib import Path\n"
        "from desktop.catalog.databases.sqlite.opening import open_engine\n"
        "open_engine(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    process = run_python(code, path, migrations)
    process.communicate(timeout=60)

    assert process.returncode == 9
    assert read_version(path) == "0001"
    catalog = Catalog.open(path)
    assert catalog.count("clip@1").searchable == 1
    assert catalog.check() == []
    catalog.close()
    open_engine(path, make_migrations(tmp_path, "pass")).dispose()
    assert read_version(path) == COMING_VERSION


def test_a_process_killed_while_it_makes_a_catalog_leaves_nothing_in_the_way(
    tmp_path: Path,
) -> None:
    path = tmp_path / "catalog.sqlite"
    migrations = make_migrations(tmp_path, "os._exit(9)")
    code = (
        "import sys; from pathlib import Path\n"
        "from desktop.catalog.databases.sqlite.opening import open_engine\n"
        "open_engine(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    process = run_python(code, path, migrations)
    process.communicate(timeout=60)
    assert process.returncode == 9

    catalog = Catalog.open(path)

    assert catalog.check() == []
    assert not (tmp_path / "backups").exists()
    catalog.close()
