import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from desktop.catalog import Catalog, Counts, FileStat
from desktop.catalog.databases.sqlite.faults import faults_explained
from desktop.errors import CatalogDamaged, UserError
from tests.catalog.conftest import MODEL, Shelf, of_postgresql, of_sqlite


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        (["PRAGMA max_page_count = 2", "CREATE TABLE t (x)", "CREATE TABLE u (x)"], "is full"),
        (["PRAGMA query_only = 1", "CREATE TABLE t (x)"], "cannot be written"),
        (["ATTACH '/no/such/folder/file' AS other"], "cannot be opened"),
    ],
)
def test_what_the_disk_refuses_becomes_a_sentence(
    tmp_path: Path, statements: list[str], sentence: str
) -> None:
    path = tmp_path / "catalog.sqlite"
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as connection,
        pytest.raises(UserError, match=sentence) as refusal,
        faults_explained(path),
    ):
        for statement in statements:
            connection.execute(statement)

    assert refusal.value.message.endswith(".") and refusal.value.hint.endswith(".")


def test_a_bug_stays_a_bug(tmp_path: Path) -> None:
    with (
        closing(sqlite3.connect(tmp_path / "catalog.sqlite")) as connection,
        pytest.raises(sqlite3.OperationalError, match="no such table"),
        faults_explained(tmp_path),
    ):
        connection.execute("SELECT * FROM nowhere")


@of_sqlite
def test_a_locked_catalog_is_a_sentence(shelf: Shelf) -> None:
    impatient = shelf.connect()
    with impatient.read() as connection:
        connection.execute(text("PRAGMA busy_timeout = 1"))
    with (
        closing(sqlite3.connect(shelf.path, isolation_level=None)) as other,
        pytest.raises(UserError, match="locked") as refusal,
    ):
        other.execute("BEGIN IMMEDIATE")
        with impatient.write():
            pytest.fail("two processes write at once")

    assert "Close other programs" in refusal.value.hint
    impatient.close()


@of_postgresql
def test_a_catalog_that_another_machine_keeps_locked_is_a_sentence(shelf: Shelf) -> None:
    one, impatient = shelf.connect(), shelf.connect()
    with impatient.read() as connection:
        connection.execute(text("SET lock_timeout = '1ms'"))
    with one.write(), pytest.raises(UserError, match="locked"), impatient.write():
        pytest.fail("two processes write at once")
    one.close()
    impatient.close()


@of_sqlite
def test_damage_that_shows_later_is_a_sentence_and_a_finding(shelf: Shelf) -> None:
    shelf.add(*(f"{number}.jpg" for number in range(2000)))
    shelf.catalog.close()
    content = bytearray(shelf.path.read_bytes())
    middle = len(content) * 2 // 3 // 8192 * 8192
    content[middle:] = b"\xff" * (len(content) - middle)
    shelf.path.write_bytes(content)

    catalog = Catalog.open(shelf.path)

    assert catalog.check() != []
    with pytest.raises(CatalogDamaged):
        catalog.files.list_all(shelf.folder_id)
    catalog.close()


def test_a_reader_sees_one_state_while_another_thread_writes(shelf: Shelf) -> None:
    connections = shelf.connect()
    count = text("SELECT count(*) FROM photo")

    with connections.read() as connection:
        before = connection.scalar(count)
        thread = threading.Thread(target=shelf.add, args=("a.jpg",))
        thread.start()
        thread.join()
        assert connection.scalar(count) == before == 0
    with connections.read() as connection:
        assert connection.scalar(count) == 1
    connections.close()


def test_a_write_that_fails_leaves_nothing(shelf: Shelf) -> None:
    connections = shelf.connect()

    with pytest.raises(ZeroDivisionError), connections.write() as (connection, revision):
        assert revision == shelf.catalog.revision() + 1
        connection.execute(text("DELETE FROM folder"))
        raise ZeroDivisionError

    connections.close()
    assert len(shelf.catalog.folders.list_all()) == 1


def test_each_write_says_what_it_was_about(shelf: Shelf) -> None:
    before = shelf.catalog.revisions()
    (photo_id,) = shelf.add("a.jpg")
    shelf.read(photo_id)
    read = shelf.catalog.revisions()
    assert read.photos == read.embeddings == read.revision > before.revision
    assert (read.people, read.people_wrote_at) == (before.people, 0.0)

    began_s = time.time()
    shelf.catalog.set_answering_model(MODEL)
    chosen = shelf.catalog.revisions()
    assert chosen.people == chosen.revision == read.revision + 1
    assert (chosen.photos, chosen.embeddings) == (read.photos, read.embeddings)
    assert began_s <= chosen.people_wrote_at <= time.time()


def test_readers_and_writers_of_many_threads_and_two_catalogs(shelf: Shelf) -> None:
    other = Catalog.open(shelf.where)

    def write(number: int) -> None:
        catalog = (shelf.catalog, other)[number % 2]
        stats = [FileStat(f"{number}/{each}.jpg", 1, 1) for each in range(20)]
        catalog.files.apply_scan(shelf.folder_id, stats)

    def read(number: int) -> Counts:
        catalog = (shelf.catalog, other)[number % 2]
        assert len(catalog.photos.list_ids()) % 20 == 0
        return catalog.count(MODEL)

    before = shelf.catalog.revision()
    with ThreadPoolExecutor(8) as pool:
        writes = [pool.submit(write, number) for number in range(20)]
        reads = [pool.submit(read, number) for number in range(40)]
        assert all(future.result() is None for future in writes)
        assert all(future.result().photos % 20 == 0 for future in reads)

    assert shelf.catalog.count(MODEL).photos == 400
    assert shelf.catalog.revision() == other.revision() == before + 20
    other.close()
