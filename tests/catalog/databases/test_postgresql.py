"""A catalog on a PostgreSQL server: made, refused, and what the server says as a sentence."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from desktop.catalog import Catalog, FileStat, NameHolds
from desktop.catalog.databases.postgresql.folding import _letters
from desktop.catalog.databases.postgresql.server import PostgresDatabase, read_url
from desktop.catalog.databases.spelling import STORED_FOLDER, STORED_NAME
from desktop.catalog.names import FUNCTIONS, folded
from desktop.catalog.schema import Base
from desktop.errors import CatalogAway, CatalogTooNew, UserError
from tests.catalog.conftest import MODEL, Shelf
from tests.catalog.databases.test_opening import COMING_VERSION, make_migrations, run_python
from tests.postgres_server import PostgresServer


@pytest.fixture
def kind() -> str:
    return "postgresql"


def versions(connection: Connection) -> list[str]:
    return list(connection.scalars(text("SELECT version_num FROM alembic_version")))


def test_processes_that_open_a_new_catalog_at_once_all_succeed(postgres: PostgresServer) -> None:
    url = postgres.url(postgres.create())

    with ThreadPoolExecutor(4) as pool:
        catalogs = list(pool.map(Catalog.open, [url] * 4))

    for number, catalog in enumerate(catalogs):
        catalog.folders.add(Path(f"/photos/{number}"))
    assert all(len(catalog.folders.list_all()) == 4 for catalog in catalogs)
    assert all(catalog.check() == [] and catalog.backups is None for catalog in catalogs)
    for catalog in catalogs:
        catalog.close()


def test_a_catalog_that_is_current_opens_without_alembic(where: str) -> None:
    code = (
        "import sys; from desktop.catalog import Catalog\n"
        "Catalog.open(sys.argv[1]).close(); print('alembic' in sys.modules)"
    )
    assert run_python(code, where).communicate(timeout=60)[0] == "False\n"


def test_sqlite_needs_no_driver_of_another_database(tmp_path: Path) -> None:
    Catalog.open(tmp_path / "c.sqlite").close()
    code = (
        "import sys; from pathlib import Path; from desktop.catalog import Catalog\n"
        "Catalog.open(Path(sys.argv[1])).close()\n"
        "print([name for name in sys.modules if 'psycopg' in name or 'postgresql' in name])"
    )
    assert run_python(code, tmp_path / "c.sqlite").communicate(timeout=60)[0] == "[]\n"


def test_models_and_what_was_made_agree(shelf: Shelf) -> None:
    connections = shelf.connect()
    with connections.read() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
        partial = connection.scalar(
            text("SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '% WHERE %'")
        )
    connections.close()
    assert partial == 7
    extra = {difference[-1].name for difference in found if difference[0] == "remove_column"}
    assert extra == {STORED_NAME, STORED_FOLDER} and len(found) == 2


def test_a_later_version_is_migrated_to_in_one_transaction(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    url = postgres.url(postgres.create())
    catalog = Catalog.open(url)
    folder = catalog.folders.add(Path("/photos"))
    catalog.files.apply_scan(folder.folder_id, [FileStat("a.jpg", 1, 1)])
    fails = make_migrations(tmp_path / "fails", "raise ZeroDivisionError")
    with pytest.raises(ZeroDivisionError):
        PostgresDatabase(url, migrations_path=fails).open()
    assert catalog.count(MODEL).photos == 1, "it is as it was"
    catalog.close()

    engine = PostgresDatabase(
        url, migrations_path=make_migrations(tmp_path / "goes", "pass")
    ).open()

    with engine.connect() as connection:
        assert versions(connection) == [COMING_VERSION]
        assert connection.scalar(text("SELECT count(*) FROM photo WHERE stars IS NULL")) == 1
    engine.dispose()
    with pytest.raises(CatalogTooNew, match="newer version"):
        Catalog.open(url)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("folder (name text)", "tables of something else: folder"),
        ("alembic_version (version_num text)", "something else than a catalog"),
    ],
)
def test_the_database_of_something_else_is_refused(
    postgres: PostgresServer, table: str, sentence: str
) -> None:
    name = postgres.create()
    postgres.run(f"CREATE TABLE {table}", name)
    with pytest.raises(UserError, match=sentence) as refusal:
        Catalog.open(postgres.url(name))
    assert refusal.value.hint == "Choose a database of its own for the catalog."


def test_a_database_that_holds_other_letters_is_refused(postgres: PostgresServer) -> None:
    postgres.run("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1'")
    with pytest.raises(UserError, match="not kept in UTF-8"):
        Catalog.open(postgres.url("latin"))


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql+psycopg://me:secret@host/photos", "password"),
        ("postgresql+psycopg://host/photos?password=secret", "password"),
        ("postgresql+psycopg://host/photos?sslpassword=secret", "password"),
        ("mysql://host/photos", "PostgreSQL database only"),
        ("postgresql://host", "names no database"),
        ("photos", "no URL"),
        ("postgresql://host:port/photos", "no URL"),
    ],
)
def test_a_url_that_cannot_be_taken_is_refused_without_being_repeated(
    url: str, sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence) as refusal:
        Catalog.open(url)
    assert "secret" not in f"{refusal.value.message} {refusal.value.hint}"


def test_the_driver_may_be_left_out_of_the_url() -> None:
    assert read_url("postgresql://me@host/photos") == read_url(
        "postgresql+psycopg://me@host/photos"
    )


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UserError, match="needs psycopg") as refusal:
        Catalog.open("postgresql://host/photos")
    assert "likeness[postgresql]" in refusal.value.hint


def test_what_does_not_answer_or_lets_nobody_in_is_a_sentence(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="no database") as absent:
        Catalog.open(postgres.url("nowhere"))
    assert "createdb" in absent.value.hint
    with pytest.raises(UserError, match="did not let you"):
        Catalog.open(postgres.url("postgres").replace("likeness@", "stranger@"))
    with pytest.raises(CatalogAway, match="does not answer"):
        Catalog.open(f"postgresql:///photos?host={tmp_path}")


def test_a_connection_that_was_cut_is_a_sentence_once_and_then_made_anew(
    postgres: PostgresServer, shelf: Shelf
) -> None:
    connections = shelf.connect()
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with pytest.raises(CatalogAway), connections.write() as (connection, _):
        connection.execute(text("DELETE FROM folder"))
        postgres.run(f"{cut} AND application_name = 'likeness'")
        connection.execute(text("SELECT 1"))
    assert len(shelf.catalog.folders.list_all()) == 1, "half a transaction is none"
    connections.close()


def test_a_server_that_can_only_be_read_says_so(shelf: Shelf) -> None:
    connections = shelf.connect()
    with pytest.raises(UserError, match="cannot be written"), connections.read() as connection:
        connection.execute(text("DELETE FROM folder"))
    connections.close()


def test_letters_that_postgresql_does_not_take_are_replaced(shelf: Shelf) -> None:
    (photo_id,) = shelf.add("a.jpg")
    shelf.fail(photo_id, "It says \0.")
    (problem,) = shelf.catalog.photos.list_problems()
    assert problem.sentence == "It says \ufffd."
    assert shelf.catalog.photos.find_ids(NameHolds("a\0")).tolist() == []


def test_letters_are_folded_as_python_folds_them(shelf: Shelf) -> None:
    letters = [each for each in _letters() if each != "\0" and folded(each) != each]
    letters = [each for each in letters if not "가" < each < "힣"]  # 11,172 that differ in nothing
    connections = shelf.connect()
    with connections.read() as connection:
        asked = text("SELECT letter, folded(letter) FROM unnest(CAST(:all AS text[])) AS letter")
        rows = connection.execute(asked, {"all": [*letters, "".join(letters)]}).all()
    connections.close()
    assert len(rows) > 7_000
    assert all(said == folded(letter) for letter, said in rows)


names = st.lists(
    st.sampled_from([b"a", b"B", b"/", "É".encode(), "ß".encode(), b"\xff", b"\xe2\x82", b"."]),
    min_size=1,
    max_size=8,
).map(b"".join)


@pytest.fixture(scope="module")
def asks(postgres: PostgresServer) -> Iterator[Connection]:
    with postgres.catalog() as url:
        engine = PostgresDatabase(url).open()
        with engine.connect() as connection:
            yield connection
        engine.dispose()


@given(name=names)
@settings(max_examples=100, deadline=None)
def test_parts_of_paths_are_those_of_python(asks: Connection, name: bytes) -> None:
    for part in ("folded_name", "folded_folder"):
        said = asks.scalar(text(f"SELECT {part}(:name)"), {"name": name})
        assert said == FUNCTIONS[part](name)


def test_a_dump_is_read_back_with_all_it_holds(postgres: PostgresServer, shelf: Shelf) -> None:
    if not (postgres.programs / "pg_dump").exists():
        pytest.skip("there is no pg_dump on this system")
    (photo_id,) = shelf.add("É/a.jpg")
    shelf.read(photo_id)
    name = read_url(str(shelf.where)).database
    assert name is not None
    dump = postgres.call("pg_dump", name)
    other = postgres.create()
    postgres.call("psql", "--set=ON_ERROR_STOP=1", "--quiet", other, said=dump)

    copy = Catalog.open(postgres.url(other))

    assert copy.count(MODEL) == shelf.catalog.count(MODEL)
    assert copy.photos.find_named(["e"]).tolist() == [photo_id]
    assert copy.made.list_ids(MODEL).tolist() == [photo_id]
    copy.close()
