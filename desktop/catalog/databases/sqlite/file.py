"""A catalog in a file of SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from desktop.catalog.databases import Database
from desktop.catalog.databases.claims import Claims, EveryFolder
from desktop.catalog.databases.mounts import Mounts
from desktop.catalog.databases.sqlite import opening
from desktop.catalog.databases.sqlite.backups import Backups, note_folders
from desktop.catalog.databases.sqlite.faults import faults_explained, note_damage
from desktop.catalog.databases.sqlite.filling import filling_file


class SqliteFile(Database):
    """Readers and the one writer do not block each other (a write-ahead log)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        self.mounts = Mounts()

    def open_as_is(self) -> Engine:
        return opening.open_as_is(self.path)

    def filling(self) -> AbstractContextManager[Connection]:
        return filling_file(self.path)

    def open(self, begin_anew: bool = False) -> Engine:
        return opening.open_engine(self.path, begin_anew=begin_anew)

    def reading(self, engine: Engine) -> Engine:
        return engine

    def writing(self, engine: Engine) -> Engine:
        return engine.execution_options(writes=True)

    def faults_explained(self) -> AbstractContextManager[None]:
        return faults_explained(self.path)

    def check(self, connection: Connection) -> list[str]:
        """PRAGMA integrity_check and foreign_key_check."""
        found = list(connection.scalars(text("PRAGMA integrity_check")))
        orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
        if found != ["ok"]:
            note_damage(self.path)
        lost = [
            f"row {row} of {table} refers to nothing in {parent}"
            for table, row, parent, _ in orphans
        ]
        return [line for line in found if line != "ok"] + lost

    def note_folders(self, folders: Sequence[Path]) -> None:
        """In a small file beside it."""
        note_folders(self.path, folders)

    def claims(self, engine: Engine) -> Claims:  # noqa: ARG002
        return EveryFolder()

    def identify(self, connection: Connection) -> str:  # noqa: ARG002
        return ""

    def n_bytes(self, connection: Connection) -> int:  # noqa: ARG002
        return self.path.stat().st_size

    @property
    def backups(self) -> Backups:
        return Backups(self.path)
