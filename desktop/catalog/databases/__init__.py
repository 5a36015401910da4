"""Where a catalog is kept: in a file of SQLite, or in a database of a PostgreSQL server.

All that differs between the two is in here: `spelling` has the words of SQL.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Connection, Engine

from desktop.catalog.databases.claims import Claims
from desktop.catalog.databases.mounts import Mounts
from desktop.catalog.databases.sqlite.backups import Backups


class Database(ABC):
    """One place where a catalog is kept. Any thread.

    Attributes:
        name: as a person knows it, without a password.
        mounts: where shared folders are on this machine.
        longest_path: bytes of the longest path within a folder that it takes; None for any.
    """

    name: str
    mounts: Mounts
    longest_path: int | None = None

    @abstractmethod
    def open(self, begin_anew: bool = False) -> Engine:
        """An engine on a catalog of the newest version, which is made or migrated if need be. See
        `Catalog.open`."""

    @abstractmethod
    def open_as_is(self) -> Engine:
        """An engine on the catalog that is there, which is neither made nor changed. Raises a
        UserError where there is none, or one of an older version."""

    @abstractmethod
    def filling(self) -> AbstractContextManager[Connection]:
        """A transaction that fills an empty catalog, which is made for it. What is written counts
        when it has ended well; otherwise nothing has changed. Raises a UserError where a library
        is there already."""

    def kept(self, said: str) -> str:
        """A text as it is kept here: some letters may be none of the database's."""
        return said

    @abstractmethod
    def reading(self, engine: Engine) -> Engine:
        """The engine whose transactions see one state of the catalog from begin to end."""

    @abstractmethod
    def writing(self, engine: Engine) -> Engine:
        """The engine whose transactions write. Their first statement must write the state's row:
        by then at the latest they wait for other writers."""

    @abstractmethod
    def faults_explained(self) -> AbstractContextManager[None]:
        """Turns what the environment did to this database into a UserError."""

    @abstractmethod
    def check(self, connection: Connection) -> list[str]:
        """What is wrong with the catalog, a phrase each; [] when all is well."""

    @abstractmethod
    def note_folders(self, folders: Sequence[Path]) -> None:
        """Keep the paths of the watched folders for a day when the catalog cannot be read."""

    @abstractmethod
    def claims(self, engine: Engine) -> Claims:
        """Which folders this process may index; nothing is claimed yet."""

    @abstractmethod
    def identify(self, connection: Connection) -> str:
        """What this catalog is known by among those that one data folder may be used with, as a
        part of a file's name; "" for the one in the data folder itself."""

    @abstractmethod
    def n_bytes(self, connection: Connection) -> int:
        """How large it is."""

    @property
    @abstractmethod
    def backups(self) -> Backups | None:
        """The copies that Likeness makes; None where that is left to whoever keeps the database."""


def database_at(where: Path | str, mounts: Mounts | None = None) -> Database:
    """where: the path of a file, or the URL of a server's database. mounts: where the folders of a
    shared catalog are here. Raises a UserError for a URL that names none."""
    if isinstance(where, Path):
        from desktop.catalog.databases.sqlite.file import SqliteFile

        return SqliteFile(where)
    from desktop.catalog.databases.postgresql.server import PostgresDatabase

    return PostgresDatabase(where, mounts)
