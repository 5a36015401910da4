"""Connections to the catalog: one short transaction a time, for reading or for writing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, Executable, bindparam, update

from desktop.catalog.databases import Database
from desktop.catalog.records import Subject
from desktop.catalog.schema import StateRow

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


P = ParamSpec("P")
R = TypeVar("R")


class Connections:
    """Transactions on one catalog. Any thread; readers and the one writer do not block each
    other."""

    def __init__(self, database: Database, engine: Engine) -> None:
        self.database = database
        self._engine = engine
        self.claims = database.claims(engine)
        self._n_written = 0
        self._lock = threading.Lock()
        self._reading = database.reading(engine)
        self._writing = database.writing(engine)

    def close(self) -> None:
        self.claims.let_go()
        self._engine.dispose()

    @property
    def n_written(self) -> int:
        """How many transactions of this process have written, each of which has raised the
        revision by one; those of others have raised it, too."""
        return self._n_written

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the catalog, whatever is written meanwhile."""
        with (
            self.database.faults_explained(),
            self._reading.connect() as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def write(
        self, about: Subject = Subject.PHOTOS | Subject.EMBEDDINGS
    ) -> Iterator[tuple[Connection, int]]:
        """A transaction that waits for other writers first, and the revision it will have.

        about: what it may change; whatever depends on the other kinds need not be asked anew.
        """
        with (
            self.database.faults_explained(),
            self._writing.connect() as connection,
            connection.begin(),
        ):
            rise = _rise(about)
            revision = connection.execute(rise, {"now": time.time()}).scalar_one()
            yield connection, revision
        with self._lock:
            self._n_written += 1


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
