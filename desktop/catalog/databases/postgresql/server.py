"""A catalog in a database of a PostgreSQL server, which several machines may share.

What is SQLite's alone has these counterparts: a transaction that reads is REPEATABLE READ, so that
it sees one state; writers follow one another by the lock on the state's row, which each takes
first; damage, backups and the write-ahead log are the server's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    func,
    insert,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError

from desktop.addresses import tell_secret
from desktop.catalog.databases import Database
from desktop.catalog.databases.claims import AdvisoryClaims, Claims
from desktop.catalog.databases.filling import expect_empty, no_catalog, outdated
from desktop.catalog.databases.migrating import MIGRATIONS_PATH, newest_version, run_migrations
from desktop.catalog.databases.mounts import Mounts
from desktop.catalog.databases.postgresql import folding
from desktop.catalog.databases.postgresql.faults import explain
from desktop.catalog.schema import Base, StateRow
from desktop.errors import CatalogTooNew, UserError, how_to_add

LOCK_TIMEOUT_S = 10
"""So long a writer waits for another, as with SQLite."""
OLDEST_SERVER = 13
"""The first that can take accents off letters (normalize)."""

LONGEST_PATH = 2600
"""Bytes. A row of an index takes 2704, with what else is in it; some longer paths would fit, since
they are compressed, but nobody could tell which."""

_SESSION = {
    "lock_timeout": f"{LOCK_TIMEOUT_S}s",
    # The server notices within a minute that a machine is gone, and frees what that had locked.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "timezone": "UTC",
    "client_min_messages": "warning",
}
_CONNECT = {
    "application_name": "likeness",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
NO_LETTER = "\ufffd"
"""What a zero byte becomes, which is no letter here."""
_MIGRATING = 0x4C696B65
"""The advisory lock that one process holds while it makes or migrates a catalog ("Like")."""

# Vectors do not shrink, and are quicker to read where the row is than aside.
_VECTORS = (
    "ALTER TABLE made ALTER COLUMN value SET STORAGE EXTERNAL",
    "ALTER TABLE made SET (toast_tuple_target = 4080)",
)


for _table in Base.metadata.tables.values():
    for _index in _table.indexes:
        if (_where := _index.dialect_options["sqlite"]["where"]) is not None:
            _index.dialect_options["postgresql"]["where"] = _where


class PostgresDatabase(Database):
    """The password comes from PGPASSWORD or from the password file (~/.pgpass): libpq looks there
    by itself."""

    longest_path = LONGEST_PATH

    def __init__(
        self, url: str, mounts: Mounts | None = None, migrations_path: Path = MIGRATIONS_PATH
    ) -> None:
        """Raises a UserError for what is no such URL, or one with a password in it."""
        self._url = read_url(url)
        self.name = self._url.render_as_string()
        self.mounts = Mounts() if mounts is None else mounts
        self._migrations_path = migrations_path

    def open(self, begin_anew: bool = False) -> Engine:  # noqa: ARG002 - nothing is ever lost here
        engine = self._make_engine()
        try:
            with self.faults_explained():
                self._make_current(engine)
        except BaseException:
            engine.dispose()
            raise
        return engine

    def open_as_is(self) -> Engine:
        engine = self._make_engine()
        try:
            with self.faults_explained(), engine.connect() as connection:
                self._expect_current(connection)
        except BaseException:
            engine.dispose()
            raise
        return engine

    @contextmanager
    def filling(self) -> Iterator[Connection]:
        """Others that open it meanwhile wait. One that was there is made anew, so that no index
        takes its photos for those that were copied; see `identify`."""
        engine = self._make_engine()
        try:
            with self.faults_explained(), engine.connect() as connection, connection.begin():
                self._wait_for_makers(connection)
                if self._read_version(connection, newest_version(self._migrations_path)):
                    self._expect_current(connection)
                    connection.execute(text(f"LOCK TABLE {', '.join(Base.metadata.tables)}"))
                    expect_empty(connection, self.name, "Choose an empty database.")
                    self._unmake(connection)
                self._make(connection)
                yield connection
                connection.execute(text(f"ANALYZE {', '.join(Base.metadata.tables)}"))
        finally:
            engine.dispose()

    def kept(self, said: str) -> str:
        return said.replace("\0", NO_LETTER)

    def reading(self, engine: Engine) -> Engine:
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def writing(self, engine: Engine) -> Engine:
        return engine

    @contextmanager
    def faults_explained(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if fault := explain(error, self.name):
                raise fault from error
            raise

    def check(self, connection: Connection) -> list[str]:
        """Read every row: a server with checksums, which is the usual, tells what is damaged."""
        for table in Base.metadata.sorted_tables:
            connection.execute(select(func.count()).select_from(table))
        return []

    def note_folders(self, folders: Sequence[Path]) -> None:
        """Nothing: whoever keeps the server restores what was damaged."""

    def claims(self, engine: Engine) -> Claims:
        return AdvisoryClaims(engine, self.mounts, self.faults_explained)

    def identify(self, connection: Connection) -> str:
        """By where it is, and by when its first table was made: a database that was made anew gives
        photos the same ids as one before."""
        table = text("SELECT 'catalog_state'::regclass::oid::text")
        known_by = f"{self.name} {connection.scalar(table)}"
        return hashlib.sha256(known_by.encode()).hexdigest()[:12]

    def n_bytes(self, connection: Connection) -> int:
        return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)

    @property
    def backups(self) -> None:
        return None

    def _make_engine(self) -> Engine:
        try:
            import psycopg  # noqa: F401
        except ImportError as error:
            raise UserError(
                "A catalog on PostgreSQL needs psycopg, which is not installed.",
                how_to_add("postgresql"),
            ) from error
        engine = create_engine(
            self._url,
            connect_args=_CONNECT,
            hide_parameters=True,  # they are names of photos, and errors end in the log
            pool_pre_ping=True,  # the server may have been started anew
        )
        # Many rows go in one statement, which takes a third less time than one for each.
        engine.dialect.use_insertmanyvalues_wo_returning = True
        engine.dialect.mounts = self.mounts  # type: ignore[attr-defined] # for `schema.SharedPath`
        event.listen(engine, "connect", _prepare)
        return engine

    def _make_current(self, engine: Engine) -> None:
        newest = newest_version(self._migrations_path)
        with engine.connect() as connection:
            version = self._read_version(connection, newest)
        if version == newest:
            return
        with engine.connect() as connection, connection.begin():
            self._wait_for_makers(connection)
            version = self._read_version(connection, newest)
            if version is None:
                self._make(connection)
            elif version < newest:
                run_migrations(connection, self._migrations_path)

    def _wait_for_makers(self, connection: Connection) -> None:
        """Others wait from now on, and see what was made. The wait is not limited: so long it
        takes."""
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'"))

    def _expect_current(self, connection: Connection) -> None:
        newest = newest_version(self._migrations_path)
        version = self._read_version(connection, newest)
        if version is None:
            raise no_catalog(self.name)
        if version < newest:
            raise outdated(self.name)

    def _read_version(self, connection: Connection, newest: int) -> int | None:
        """None for a database with no catalog in it."""
        tables = set(inspect(connection).get_table_names())
        if "alembic_version" not in tables:
            if taken := tables & set(Base.metadata.tables):
                raise UserError(
                    f"The database {self.name} holds tables of something else: {min(taken)}.",
                    "Choose a database of its own for the catalog.",
                )
            return None
        said = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if "catalog_state" not in tables or not re.fullmatch(r"\d+", said or ""):
            raise UserError(
                f"The database {self.name} holds something else than a catalog of Likeness.",
                "Choose a database of its own for the catalog.",
            )
        if int(said) > newest:
            raise CatalogTooNew(
                f"The catalog {self.name} was written by a newer version of Likeness.",
                "Install the newest Likeness on every machine that uses it.",
            )
        return int(said)

    def _unmake(self, connection: Connection) -> None:
        for table in ("alembic_version", *Base.metadata.tables):
            connection.execute(text(f"DROP TABLE {table} CASCADE"))
        for function in folding.SIGNATURES:
            connection.execute(text(f"DROP FUNCTION {function}"))

    def _make(self, connection: Connection) -> None:
        """All in the caller's transaction. There is no catalog here of an older version than the
        first that could be here, so that it is made of the models at once."""
        _check_server(connection, self.name)
        schema = connection.scalar(text("SELECT quote_ident(current_schema())"))
        assert schema is not None
        for statement in folding.functions(schema):
            connection.exec_driver_sql(statement)
        Base.metadata.create_all(connection)
        for statement in (*folding.columns(schema), *_VECTORS):
            connection.exec_driver_sql(statement)
        connection.execute(insert(StateRow).values(id=1, revision=0))
        run_migrations(connection, self._migrations_path, only_note=True)


def read_url(url: str) -> URL:
    """Raises a UserError for what is no URL of a PostgreSQL database, or one with a password in
    it."""
    shape = "Write it as postgresql+psycopg://USER@HOST/DATABASE."
    try:
        read = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise UserError("That is no URL of a database.", shape) from error
    if read.drivername not in ("postgresql", "postgresql+psycopg"):
        raise UserError("The catalog can be in a PostgreSQL database only.", shape)
    if read.password is not None or tell_secret(read.query):
        raise UserError(
            "A URL with a password in it would be seen by others, and is not taken.",
            "Leave it out of the URL, and set PGPASSWORD or write it into ~/.pgpass.",
        )
    if not read.database:
        raise UserError("That URL names no database.", shape)
    return read.set(drivername="postgresql+psycopg")


def _check_server(connection: Connection, name: str) -> None:
    """Raises a UserError where a catalog cannot be made."""
    version = int(connection.scalar(text("SHOW server_version_num")) or 0) // 10_000
    if version < OLDEST_SERVER:
        raise UserError(
            f"The server of {name} is PostgreSQL {version}, which is too old.",
            f"PostgreSQL {OLDEST_SERVER} or later is needed.",
        )
    if connection.scalar(text("SHOW server_encoding")) != "UTF8":
        raise UserError(
            f"The database {name} is not kept in UTF-8.",
            "Make one with: CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0.",
        )


def _prepare(connection: Any, _record: object) -> None:
    _take_any_text(connection)
    before, connection.autocommit = connection.autocommit, True
    for name, value in _SESSION.items():
        connection.execute(f"SET {name} = '{value}'")
    connection.autocommit = before


def _take_any_text(connection: Any) -> None:
    """Text here holds no null and no half of a surrogate pair, where SQLite's takes nulls: they
    become "\\ufffd" and "?". In names of files both are kept, since those are bytes."""
    from psycopg.types.string import StrDumper

    plain: Any = StrDumper

    def dump(self: Any, letters: str) -> Any:
        whole = letters.replace("\0", NO_LETTER).encode("utf-8", "replace").decode()
        return plain.dump(self, whole)

    connection.adapters.register_dumper(str, type("AnyTextDumper", (plain,), {"dump": dump}))
