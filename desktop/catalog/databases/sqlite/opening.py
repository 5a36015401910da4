"""Opening the catalog's file: making it, judging its version, migrating it after a backup."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import URL, Connection, Engine, create_engine, event

from desktop.catalog.databases.filling import no_catalog, outdated
from desktop.catalog.databases.migrating import MIGRATIONS_PATH, newest_version, run_migrations
from desktop.catalog.databases.sqlite.backups import Backups, find_damage
from desktop.catalog.databases.sqlite.faults import (
    catalog_damaged,
    damage_mark,
    faults_explained,
    lost,
    unusable,
)
from desktop.catalog.names import add_functions
from desktop.errors import CatalogDamaged, CatalogTooNew, UserError

log = logging.getLogger(__name__)

BUSY_TIMEOUT_S = 10.0
CACHE_KIB = 16 * 1024
"""Pages each connection may keep; SQLite's own default is 2 MB."""

PAGE_BYTES = 8192
"""Holds five embeddings of 384 floats or three of 512; a page of 4096 bytes would hold two or one
and waste up to half the file."""

LOCK_TIMEOUT_S = 120.0
"""How long a process waits while another one migrates. A catalog of 100,000 photos is copied in
about a second."""

EMPTY = 0
"""The version of a file that is not there yet, or was left before its first migration was done."""


def open_engine(
    path: Path, migrations_path: Path = MIGRATIONS_PATH, begin_anew: bool = False
) -> Engine:
    """Return an engine on a catalog of the newest version, made or migrated if need be.

    Several processes may open at once; one migrates, the others wait. Raises CatalogTooNew,
    CatalogDamaged, or, unless `begin_anew`, CatalogLost without changing the file, or another
    UserError where the disk refuses.
    """
    newest = newest_version(migrations_path)
    with faults_explained(path):
        _check_if_doubted(path)
        version = _read_version(path, newest)
        if not begin_anew and _is_lost(path, version):
            raise lost(path)
        if version < newest:
            _make_current(path, newest, migrations_path)
    return make_engine(path)


def open_as_is(path: Path) -> Engine:
    """An engine on a catalog of the newest version, of which nothing is changed. Raises as
    `open_engine`, and a UserError where there is none, or one of an older version."""
    newest = newest_version(MIGRATIONS_PATH)
    with faults_explained(path):
        _check_if_doubted(path)
        version = _read_version(path, newest)
        if _is_lost(path, version):
            raise lost(path)
    if version == EMPTY:
        raise no_catalog(str(path))
    if version < newest:
        raise outdated(str(path))
    return make_engine(path)


def make_engine(path: Path) -> Engine:
    """An engine whose transactions are really SQLite's: BEGIN, or BEGIN IMMEDIATE to write.

    The sqlite3 module would begin a transaction only before the first write, so that two reads of
    one method could see two states; isolation_level None hands that to us.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_TIMEOUT_S, "isolation_level": None},
        hide_parameters=True,  # they are names of photos, and errors end in the log
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    add_functions(connection)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def is_lost(path: Path) -> bool:
    """Whether there are backups of a catalog that is not there, or is empty. Raises as
    `open_engine`."""
    with faults_explained(path):
        return _is_lost(path, _read_version(path, newest_version(MIGRATIONS_PATH)))


def is_catalog(path: Path) -> bool:
    """Whether a file is a catalog, or is empty: of whatever version, also of a newer one."""
    try:
        _read_version(path, sys.maxsize)
    except (CatalogDamaged, sqlite3.DatabaseError):
        return False
    return True


def _is_lost(path: Path, version: int) -> bool:
    return version == EMPTY and bool(Backups(path).list())


def _check_if_doubted(path: Path) -> None:
    """A second for each few hundred MB, so only where damage was met before."""
    mark = damage_mark(path)
    if not (mark.exists() and path.exists()):
        return
    if find_damage(path, is_live=True) is not None:
        raise catalog_damaged(path)
    mark.unlink(missing_ok=True)


def _read_version(path: Path, newest: int) -> int:
    """By a plain query: Alembic takes 0.2 s to import, and an up-to-date catalog needs none of
    it."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return EMPTY
    except OSError as error:
        raise unusable(path, error) from error
    with contextlib.closing(sqlite3.connect(path, timeout=10.0)) as connection:
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return EMPTY
        try:
            ((version,),) = connection.execute("SELECT version_num FROM alembic_version")
            number = int(version)
        except (sqlite3.OperationalError, ValueError) as error:
            if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) != sqlite3.SQLITE_ERROR:
                raise
            raise catalog_damaged(path) from error
    if number > newest:
        raise CatalogTooNew(
            f"The catalog {path} was written by a newer version of Likeness.",
            "Install the newest Likeness, or choose another data folder with --data.",
        )
    return number


def _make_current(path: Path, newest: int, migrations_path: Path) -> None:
    with alone(path):
        version = _read_version(path, newest)
        if version == newest:
            return
        if version != EMPTY:
            Backups(path).make_before_migration(version)
            log.info("the catalog goes from version %d to %d", version, newest)
        _migrate(path, migrations_path)


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """One process at a time makes or migrates a catalog. SQLite's own locks cannot see to that:
    the change to a write-ahead log does not wait for them."""
    lock = FileLock(f"{path}.lock", timeout=LOCK_TIMEOUT_S)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise UserError(
            "Another Likeness is still bringing the catalog up to date.",
            "Wait until it is done and start again.",
        ) from error
    except OSError as error:
        raise unusable(path, error) from error
    try:
        yield
    finally:
        lock.release()


def _migrate(path: Path, migrations_path: Path) -> None:
    """All in one transaction, so that an interruption leaves the old version or the new one."""
    engine = make_engine(path)
    try:
        with engine.connect().execution_options(writes=True) as connection:
            _prepare_file(connection)
            with connection.begin():
                run_migrations(connection, migrations_path)
    finally:
        engine.dispose()


def _prepare_file(connection: Connection) -> None:
    """Both settings stay in the file; the page size is taken by an empty file only."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    (mode,) = raw.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        log.warning("this disk has no write-ahead log; searching may wait for indexing")
    raw.execute("PRAGMA foreign_keys = OFF")  # a migration may have to copy and drop a table
