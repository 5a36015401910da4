"""A catalog is copied from SQLite to PostgreSQL and back: all of it, or nothing."""

from __future__ import annotations

import hashlib
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Connection,
    DateTime,
    Float,
    LargeBinary,
    String,
    Table,
    insert,
    inspect,
    select,
    text,
    update,
)

from desktop.catalog import Catalog, FileStat, FolderNameHolds, Mounts, copy_catalog
from desktop.catalog.databases import database_at
from desktop.catalog.databases.copying import AT_ONCE, copy_rows
from desktop.catalog.databases.sqlite.file import SqliteFile
from desktop.catalog.schema import Base, FileName, FolderRow, PhotoRow, StateRow
from desktop.errors import Cancelled, CatalogAway, UserError
from desktop.jobs import Job, Progress
from tests.postgres_server import PostgresServer

ROOT = Path(__file__).parents[3]
Where = Path | str
N_ROWS = 3
BESIDE_THE_TABLES = ("alembic_version", "sqlite_sequence", "photo_name")
"""What a catalog holds that is made of the tables, or beside them: migrations, keys, words."""


@pytest.fixture(scope="module")
def full_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog with rows in every table."""
    path = tmp_path_factory.mktemp("full") / "catalog.sqlite"
    fill(path)
    return path


@pytest.fixture(scope="module")
def full_database(postgres: PostgresServer) -> str:
    """The name of one with the same rows."""
    name = postgres.create()
    fill(postgres.url(name))
    return name


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    return tmp_path / "new" / "catalog.sqlite"


@pytest.fixture
def file(tmp_path: Path, full_file: Path) -> Path:
    """A full catalog."""
    path = tmp_path / "data" / "catalog.sqlite"
    path.parent.mkdir()
    return Path(shutil.copy(full_file, path))


@pytest.fixture
def empty_server(postgres: PostgresServer) -> Iterator[str]:
    """A database with nothing in it."""
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def server(postgres: PostgresServer, full_database: str) -> Iterator[str]:
    """A full catalog."""
    name = postgres.create(full_database)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(params=["to a server", "to a file"])
def way(request: pytest.FixtureRequest) -> tuple[Where, Where]:
    """From a full catalog to a place where none is."""
    names = {"to a server": ("file", "empty_server"), "to a file": ("server", "nowhere")}
    source, target = map(request.getfixturevalue, names[request.param])
    return source, target


@contextmanager
def connected(where: Where, writes: bool = False) -> Iterator[Connection]:
    database = database_at(where)
    engine = database.open()
    kind = database.writing(engine) if writes else database.reading(engine)
    try:
        with kind.connect() as connection, connection.begin():
            yield connection
    finally:
        engine.dispose()


def fill(where: Where) -> None:
    """Rows in every table, of whatever its columns take."""
    with connected(where, writes=True) as connection:
        for table in Base.metadata.sorted_tables:
            rows = [row_of(table, number) for number in range(1, N_ROWS + 1)]
            if table is StateRow.__table__:
                connection.execute(update(table).values(rows[0]))
            else:
                connection.execute(insert(table), rows)


def row_of(table: Table, number: int) -> dict[str, Any]:
    return {
        column.name: None if column.nullable and number == 2 else value_of(column, number)
        for column in table.columns
    }


def value_of(column: Any, number: int) -> Any:
    match column.type:
        case FileName():
            return f"/É{number}/\udcff\0\n"
        case LargeBinary():
            return bytes([0, 255, number]) * 700
        case String():
            return f"{column.name} ß\U0001f600 {number}"
        case DateTime():
            return datetime(1899 + number, 12, 31, 23, 59, 59, 123_456)
        case Boolean():
            return number % 2 == 1
        case Float():
            return -number / 3
    is_key = column.primary_key or column.foreign_keys
    return number if is_key else 2**40 + number


def all_rows(where: Where) -> dict[str, list[Any]]:
    with connected(where) as connection:
        return {
            table.name: list(
                map(tuple, connection.execute(select(table).order_by(*table.primary_key.columns)))
            )
            for table in Base.metadata.sorted_tables
        }


def mark(where: Where) -> str:
    """Which file it is, and what is in it."""
    if isinstance(where, str):
        return str(all_rows(where))
    return hashlib.sha256(where.read_bytes()).hexdigest()


def copy(source: Where, target: Where, job: Job | None = None) -> Any:
    return copy_catalog(source, target, Mounts(), job or Job())


def is_there(where: Where) -> bool:
    """Whether a catalog is there, or anything of one."""
    if isinstance(where, Path):
        left = [each.name for each in where.parent.glob("*") if each.suffix != ".lock"]
        return bool(left)
    engine = database_at(where)._make_engine()  # type: ignore[attr-defined]
    try:
        return bool(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_every_table_arrives_with_every_row(way: tuple[Where, Where]) -> None:
    source, target = way
    before = mark(source)

    copied = copy(source, target)

    rows = all_rows(target)
    assert rows == all_rows(source)
    assert all(rows.values()) and copied.n_rows == sum(map(len, rows.values()))
    assert copied.n_photos == N_ROWS and not copied.has_changed and not copied.n_texts_altered
    assert mark(source) == before, "it was only read"
    catalog = Catalog.open(target)
    assert catalog.check() == []
    catalog.close()


def test_what_is_made_of_the_tables_comes_along(way: tuple[Where, Where]) -> None:
    source, target = way
    with connected(source, writes=True) as connection:
        connection.execute(
            update(PhotoRow)
            .values(relative_path="Straße/Café_02.jpg")
            .where(PhotoRow.photo_id == 2)
        )
    copy(source, target)
    catalog = Catalog.open(target)
    for word in ("cafe", "strasse", "straße"):
        assert catalog.photos.find_named([word]).tolist() == [2]
    assert catalog.photos.find_ids(FolderNameHolds("strasse")).tolist() == [2]
    catalog.close()


def test_the_number_of_a_photo_that_was_removed_is_not_given_again(
    way: tuple[Where, Where],
) -> None:
    source, target = way
    with connected(source, writes=True) as connection:
        connection.execute(insert(PhotoRow), [row_of(PhotoRow.__table__, 90) | {"folder_id": 1}])  # type: ignore[arg-type]
        connection.execute(PhotoRow.__table__.delete().where(PhotoRow.photo_id == 90))  # type: ignore[attr-defined]
        if isinstance(source, str):
            connection.execute(text("SELECT setval('photo_photo_id_seq', 90)"))
    copy(source, target)
    catalog = Catalog.open(target, mounts=Mounts({"/new": "/new"}))
    folder = catalog.folders.add(Path("/new"))
    catalog.files.apply_scan(folder.folder_id, [FileStat("a.jpg", 1, 1)])
    (file,) = catalog.files.list_all(folder.folder_id).values()
    assert (folder.folder_id, file.photo_id) == (N_ROWS + 1, 91)
    catalog.close()


def test_there_and_back_it_is_the_same(file: Path, empty_server: str, tmp_path: Path) -> None:
    copy(file, empty_server)
    copy(empty_server, tmp_path / "back.sqlite")
    assert all_rows(tmp_path / "back.sqlite") == all_rows(file)
    assert (tmp_path / "back.sqlite").stat().st_mode & 0o777 == 0o600


def test_no_table_is_left_out(file: Path) -> None:
    with sqlite3.connect(file) as raw:
        (*tables,) = raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    raw.close()
    known = {*Base.metadata.tables, *BESIDE_THE_TABLES}
    assert [name for (name,) in tables if name not in known and "photo_name_" not in name] == []


def test_more_rows_than_are_in_hand_at_once(way: tuple[Where, Where]) -> None:
    source, target = way
    many = 2 * AT_ONCE + 7
    with connected(source, writes=True) as connection:
        photo = PhotoRow.__table__
        rows = [row_of(photo, 101 + n) | {"folder_id": 1} for n in range(many)]  # type: ignore[arg-type]
        connection.execute(insert(photo), rows)  # type: ignore[arg-type]
    told: list[Progress] = []
    assert copy(source, target, Job(told.append)).n_photos == N_ROWS + many
    assert all_rows(target) == all_rows(source)
    for label in ("Copying the catalog", "Comparing the copy"):
        steps = [each.done for each in told if each.label == label]
        assert steps == sorted(steps) and steps[-1] == told[-1].total > 2 * AT_ONCE


def test_a_zero_byte_in_a_text_is_told_of(file: Path, empty_server: str) -> None:
    with connected(file, writes=True) as connection:
        connection.execute(update(PhotoRow).values(camera="Ca\0non").where(PhotoRow.photo_id == 1))
    assert copy(file, empty_server).n_texts_altered == 1
    with connected(empty_server) as connection:
        assert connection.scalar(select(PhotoRow.camera).where(PhotoRow.photo_id == 1)) == "Ca�non"


def test_paths_of_shared_folders_are_those_of_this_machine(
    nowhere: Path, server: str, empty_server: str
) -> None:
    with connected(server, writes=True) as connection:
        connection.execute(update(FolderRow).values(path="/nas").where(FolderRow.folder_id == 1))
    mounts = Mounts({"/nas": "/mnt/here"})
    assert Path("/mnt/here") in copy_catalog(server, nowhere, mounts, Job()).folders
    with connected(nowhere) as connection:
        path = connection.scalar(select(FolderRow.path).where(FolderRow.folder_id == 1))
    assert path == "/mnt/here"
    with pytest.raises(UserError, match="another shared folder"):
        copy_catalog(nowhere, empty_server, Mounts({"/mnt/here": "/somewhere"}), Job())


STAGES = [("Copying the catalog", 20), ("Comparing the copy", 30)]


def at(stage: tuple[str, int], do: Callable[[], None]) -> Callable[[Progress], None]:
    """Do it once, when the work has come so far."""
    once = iter([do])

    def hear(progress: Progress) -> None:
        if progress.label == stage[0] and progress.done >= stage[1]:
            next(once, lambda: None)()

    return hear


@pytest.mark.parametrize("stage", STAGES)
def test_a_copy_that_is_stopped_leaves_nothing(
    way: tuple[Where, Where], stage: tuple[str, int]
) -> None:
    source, target = way
    job: Job = Job(at(stage, lambda: job.cancel()))
    with pytest.raises(Cancelled):
        copy(source, target, job)
    assert not is_there(target)
    copy(source, target)
    assert all_rows(target) == all_rows(source)


KILLED = """
import sys; from pathlib import Path
from desktop.catalog import Mounts, copy_catalog; from desktop.jobs import Job
places = [Path(each) if each.startswith("/") else each for each in sys.argv[1:3]]
def wait(progress):
    if progress.label == sys.argv[3] and progress.done:
        print("there", flush=True); sys.stdin.read()
copy_catalog(*places, Mounts(), Job(wait))
"""


def test_a_copy_that_is_killed_leaves_nothing_to_be_opened(way: tuple[Where, Where]) -> None:
    source, target = way
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, *map(str, way), "Comparing the copy"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as copier:
        assert copier.stdout is not None and copier.stdout.readline() == "there\n"
        copier.send_signal(signal.SIGKILL)
    if isinstance(target, Path):
        assert not target.exists()

    copy(source, target)

    assert all_rows(target) == all_rows(source)
    if isinstance(target, Path):
        assert {each.name for each in target.parent.iterdir()} <= {
            target.name,
            f"{target.name}.lock",
        }


@pytest.mark.parametrize("stage", STAGES)
def test_a_server_that_goes_away_is_a_sentence_and_leaves_nothing(
    way: tuple[Where, Where], stage: tuple[str, int], postgres: PostgresServer
) -> None:
    url = next(str(place) for place in way if isinstance(place, str))
    name = url.partition("@/")[2].partition("?")[0]
    cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    with pytest.raises(CatalogAway, match="does not answer"):
        copy(*way, Job(at(stage, lambda: postgres.run(cut))))
    assert not is_there(way[1])


def test_a_library_is_never_written_over(file: Path, server: str) -> None:
    for source, target in ((file, server), (server, file)):
        before = mark(target)
        with pytest.raises(UserError, match="holds a library already"):
            copy(source, target)
        assert mark(target) == before


def test_an_empty_catalog_is_filled(way: tuple[Where, Where]) -> None:
    source, target = way
    catalog = Catalog.open(target)
    catalog.set_answering_model("some@1")
    identity = catalog.identity()
    copy(source, target)
    assert all_rows(target) == all_rows(source)
    catalog.close()
    catalog = Catalog.open(target)
    is_known_otherwise = catalog.identity() != identity
    assert is_known_otherwise == isinstance(target, str), "an index of the empty one is not for it"
    assert len(catalog.folders.list_all()) == N_ROWS
    catalog.close()


def test_another_file_is_left_as_it_is(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "songs.sqlite"
    other.parent.mkdir()
    other.write_bytes(b"no database")
    with pytest.raises(UserError, match="no catalog of Likeness"):
        copy(file, other)
    assert [each.name for each in other.parent.iterdir()] == ["songs.sqlite"]
    assert other.read_bytes() == b"no database"


def test_backups_of_a_catalog_that_was_moved_away_stay(file: Path, nowhere: Path) -> None:
    catalog = Catalog.open(nowhere)
    catalog.folders.add(Path("/photos"))
    backup = catalog.back_up_if_due()
    catalog.close()
    nowhere.unlink()
    copy(file, nowhere)
    assert backup is not None and backup.exists()
    assert all_rows(nowhere) == all_rows(file)


def test_where_no_catalog_is_none_is_made(nowhere: Path, empty_server: str) -> None:
    for source, target in ((nowhere, empty_server), (empty_server, nowhere)):
        with pytest.raises(UserError, match="no catalog to copy"):
            copy(source, target)
        assert not is_there(source) and not is_there(target)


def test_an_older_catalog_is_brought_up_to_date_first(
    way: tuple[Where, Where],
) -> None:
    source, target = way
    with connected(source, writes=True) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(UserError, match="older version") as refusal:
        copy(source, target)
    assert "likeness status" in refusal.value.hint
    assert not is_there(target)


class Spoiling(SqliteFile):
    """A disk that keeps something else than it was given."""

    def __init__(self, path: Path, statement: str) -> None:
        super().__init__(path)
        self._statement = statement

    def filling(self) -> Any:
        return self._filling()

    @contextmanager
    def _filling(self) -> Iterator[Connection]:
        with super().filling() as self.connection:
            yield self.connection

    def spoil(self) -> None:
        self.connection.execute(text(self._statement))


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE made SET value = zeroblob(length(value)) WHERE photo_id = 3", "made"),
        ("DELETE FROM theme_run WHERE id = 3", "theme_run"),
        ("INSERT INTO theme_run VALUES (7, 'more', 0, 0)", "theme_run"),
    ],
)
def test_a_copy_that_differs_is_taken_away(
    file: Path, tmp_path: Path, statement: str, table: str
) -> None:
    target = Spoiling(tmp_path / "copy" / "catalog.sqlite", statement)
    target.path.parent.mkdir()
    job = Job(at(("Comparing the copy", 0), target.spoil))
    with pytest.raises(UserError, match=f"the table {table} came out different"):
        copy_rows(SqliteFile(file), target, job)
    assert not is_there(target.path)


def test_damage_is_not_copied(file: Path, empty_server: str) -> None:
    with sqlite3.connect(file) as raw:
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("UPDATE made SET photo_id = 999 WHERE photo_id = 3")
    raw.close()
    with pytest.raises(UserError, match=r"is damaged: row \d+ of made refers to nothing"):
        copy(file, empty_server)
    assert not is_there(empty_server)


def test_what_is_written_meanwhile_is_told_of(way: tuple[Where, Where]) -> None:
    source, target = way
    catalog = Catalog.open(source)
    before = all_rows(source)
    write = at(("Copying the catalog", 10), lambda: catalog.set_answering_model("other@1"))
    assert copy(source, target, Job(write)).has_changed
    assert all_rows(target) == before, "it is as it was at one moment"
    catalog.close()
