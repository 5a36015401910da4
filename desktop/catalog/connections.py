"""Connections to the catalog's file: one short transaction a time, for reading or for writing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Executable,
    bindparam,
    create_engine,
    event,
    update,
)

from desktop.catalog.faults import faults_explained
from desktop.catalog.names import FUNCTIONS
from desktop.catalog.records import Subject
from desktop.catalog.schema import StateRow

BUSY_TIMEOUT_S = 10.0
CACHE_KIB = 16 * 1024
"""Pages each connection may keep; SQLite's own default is 2 MB."""

_NEXT = StateRow.revision + 1
_RISES: dict[Subject, dict[str, Any]] = {
    Subject.PHOTOS: {"photos_revision": _NEXT},
    Subject.EMBEDDINGS: {"embeddings_revision": _NEXT},
    Subject.PEOPLE: {"people_revision": _NEXT, "people_wrote_at": bindparam("now")},
}


@cache
def _rise(about: Subject) -> Executable:
    values: dict[str, Any] = {"revision": _NEXT}
    for subject in about:
        values |= _RISES[subject]
    return update(StateRow).values(values).returning(StateRow.revision)


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
    for name, function in FUNCTIONS.items():
        connection.create_function(name, -1, function, deterministic=True)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


P = ParamSpec("P")
R = TypeVar("R")


class Connections:
    """Transactions on one catalog. Any thread; readers and the one writer do not block each
    other."""

    def __init__(self, path: Path, engine: Engine) -> None:
        self.path = path
        self._engine = engine

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the catalog, whatever is written meanwhile."""
        with faults_explained(self.path), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(
        self, about: Subject = Subject.PHOTOS | Subject.EMBEDDINGS
    ) -> Iterator[tuple[Connection, int]]:
        """A transaction that waits for other writers first, and the revision it will have.

        about: what it may change; whatever depends on the other kinds need not be asked anew.
        """
        with (
            faults_explained(self.path),
            self._engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            rise = _rise(about)
            revision = connection.execute(rise, {"now": time.time()}).scalar_one()
            yield connection, revision


class Group:
    """Methods of the catalog that belong together: each is one short transaction.

    `reads` and `writes` make them of functions that work in a transaction of their caller, so that
    such a function, which others call as a part of theirs, need not be written a second time.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections


def reads(work: Callable[Concatenate[Connection, P], R]) -> Callable[Concatenate[Group, P], R]:
    @wraps(work)
    def method(group: Group, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with group._connections.read() as connection:
            return work(connection, *args, **kwargs)

    return method


def writes(
    work: Callable[Concatenate[Connection, P], R],
    about: Subject = Subject.PHOTOS | Subject.EMBEDDINGS,
) -> Callable[Concatenate[Group, P], R]:
    @wraps(work)
    def method(group: Group, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with group._connections.write(about) as (connection, _):
            return work(connection, *args, **kwargs)

    return method
