"""Copying a catalog from one database into another: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, String, Table, delete, func, insert, select

from desktop.catalog.databases import Database, database_at
from desktop.catalog.databases.mounts import Mounts
from desktop.catalog.databases.spelling import give_after, last_given
from desktop.catalog.schema import Base, FolderRow, PhotoRow, StateRow
from desktop.errors import UserError
from desktop.jobs import Job

AT_ONCE = 500
"""Rows in hand: of the largest, with all parts of a photo in a value, some 50 MB."""

_FOLDERS = select(FolderRow.path).order_by(FolderRow.folder_id)


@dataclass(frozen=True, slots=True)
class CopiedRows:
    """What was copied.

    Attributes:
        folders: the watched folders, where they are on this machine.
        n_texts_altered: texts with a letter that the other database does not take.
        has_changed: something was written meanwhile, and is not in the copy.
    """

    n_rows: int
    n_photos: int
    folders: tuple[Path, ...]
    n_texts_altered: int
    has_changed: bool


def copy_rows(
    source: Database, target: Database, job: Job, settle: Callable[[], None] = lambda: None
) -> CopiedRows:
    """Copy all tables as they are at one moment, compare each row with its copy, and only then let
    the copy count. The source is only read. Any thread; minutes for a million photos.

    settle: what must be done right before the copy counts.

    Raises Cancelled, or a UserError: no catalog here, a library there, a catalog of an older
    version, damage, a disk or a server that refuses, a copy that differs. Nothing is left then.
    """
    engine = source.open_as_is()
    try:
        with (
            source.faults_explained(),
            source.reading(engine).connect() as read,
            read.begin(),
        ):
            _expect_sound(source, read)
            folders = tuple(Path(path) for path in read.scalars(_FOLDERS))
            _expect_returning(target, folders)
            with target.filling() as filled:
                copying = _Copying(source, target, read, filled, job)
                copying.copy()
                copying.compare()
                has_changed = _revision_now(source, engine) != _revision(read)
                settle()
            return CopiedRows(
                n_rows=copying.n_rows,
                n_photos=copying.count_of(PhotoRow.__tablename__),
                folders=folders,
                n_texts_altered=copying.n_texts_altered,
                has_changed=has_changed,
            )
    finally:
        engine.dispose()


def copy_catalog(
    source: Path | str,
    target: Path | str,
    mounts: Mounts,
    job: Job,
    settle: Callable[[], None] = lambda: None,
) -> CopiedRows:
    """The same, from and to the path of a file or the URL of a PostgreSQL database. mounts: where
    shared folders are on this machine."""
    return copy_rows(database_at(source, mounts), database_at(target, mounts), job, settle)


class _Copying:
    """One copy in the making: two transactions, of which one reads and the other writes."""

    def __init__(
        self, source: Database, target: Database, read: Connection, filled: Connection, job: Job
    ) -> None:
        self._source = source
        self._target = target
        self._read = read
        self._filled = filled
        self._job = job
        self._tables = Base.metadata.sorted_tables  # those first that others refer to
        self._counts = {each.name: _count(read, each) for each in self._tables}
        self.n_rows = sum(self._counts.values())
        self.n_texts_altered = 0

    def count_of(self, table: str) -> int:
        return self._counts[table]

    def copy(self) -> None:
        for table in reversed(self._tables):
            self._filled.execute(delete(table))  # what an empty catalog has in it
        n_done = 0
        for table in self._tables:
            names = [column.name for column in table.columns]
            with closing(_batches(self._source, self._read, table)) as batches:
                for rows in batches:
                    self._job.report(n_done, self.n_rows, "Copying the catalog")
                    named = [dict(zip(names, row, strict=True)) for row in rows]
                    self._filled.execute(insert(table), named)
                    n_done += len(rows)
            if table.autoincrement_column is not None:
                with self._source.faults_explained():
                    last = last_given(self._read, table)
                give_after(self._filled, table, last)
        self._job.report(n_done, self.n_rows, "Copying the catalog")

    def compare(self) -> None:
        n_done = 0
        for table in self._tables:
            with (
                closing(_batches(self._source, self._read, table)) as read,
                closing(_batches(self._target, self._filled, table)) as copied,
            ):
                for ours, theirs in zip_longest(read, copied, fillvalue=()):
                    self._job.report(n_done, self.n_rows, "Comparing the copy")
                    self._compare(table, ours, theirs)
                    n_done += len(ours)
        if n_done != self.n_rows:
            raise AssertionError(f"{n_done} rows were compared of {self.n_rows}")
        self._job.report(n_done, self.n_rows, "Comparing the copy")

    def _compare(
        self, table: Table, ours: Sequence[tuple[Any, ...]], theirs: Sequence[tuple[Any, ...]]
    ) -> None:
        if len(ours) != len(theirs):
            raise _differs(table)
        is_text = [isinstance(column.type, String) for column in table.columns]
        for our, their in zip(ours, theirs, strict=True):
            if our == their:
                continue
            for value, copied, text in zip(our, their, is_text, strict=True):
                is_nan = value != value
                if value == copied or (is_nan and copied != copied):
                    continue
                if not (text and value is not None and self._target.kept(value) == copied):
                    raise _differs(table)
                self.n_texts_altered += 1


def _batches(
    database: Database, connection: Connection, table: Table
) -> Generator[Sequence[tuple[Any, ...]], None, None]:
    """All rows by their key, `AT_ONCE` at a time. The errors of reading are those of `database`,
    whoever asks for the next."""
    with database.faults_explained():
        found = connection.execute(_all(table), execution_options={"yield_per": AT_ONCE})
        with closing(found):
            for rows in found.partitions():
                yield [tuple(row) for row in rows]


def _all(table: Table) -> Select[Any]:
    return select(table).order_by(*table.primary_key.columns)


def _count(connection: Connection, table: Table) -> int:
    return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def _revision_now(source: Database, engine: Engine) -> int:
    with source.faults_explained(), source.reading(engine).connect() as now, now.begin():
        return _revision(now)


def _revision(connection: Connection) -> int:
    return int(connection.scalar(select(StateRow.revision)) or 0)


def _expect_sound(source: Database, connection: Connection) -> None:
    if found := source.check(connection):
        raise UserError(
            f"The catalog {source.name} is damaged: {found[0]}.",
            "Mend it first; `likeness doctor` says more.",
        )


def _expect_returning(target: Database, folders: Sequence[Path]) -> None:
    """Raises a UserError where the machine's own places of shared folders get in the way."""
    mounts = target.mounts
    for folder in folders:
        if mounts.here(mounts.shared(str(folder))) != str(folder):
            raise UserError(
                f"The settings say that another shared folder is called {folder} in the catalog.",
                "Remove that line from [mounts] in settings.toml, and try again.",
            )


def _differs(table: Table) -> UserError:
    return UserError(
        f"The copy of the table {table.name} came out different, and the copy was taken away.",
        "Try again; if it happens again, check the disk or the server that should hold the copy.",
    )
