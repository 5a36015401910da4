"""The watched folders: reads and writes inside a transaction of the caller."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import Connection, Row, delete, insert, select, update

from desktop.catalog.records import Folder
from desktop.catalog.schema import FolderRow, PhotoRow

COLUMNS = (
    FolderRow.folder_id,
    FolderRow.path,
    FolderRow.added_at,
    FolderRow.missing_since,
    FolderRow.doubted_since,
)
_ALL = select(*COLUMNS).order_by(FolderRow.folder_id)


def list_all(connection: Connection) -> list[Folder]:
    return [_folder(row) for row in connection.execute(_ALL)]


def exists(connection: Connection, folder_id: int) -> bool:
    known = select(FolderRow.folder_id).where(FolderRow.folder_id == folder_id)
    return connection.scalar(known) is not None


def add(connection: Connection, path: Path) -> Folder:
    """Watch `path` (absolute). A folder that is known already is returned as it is."""
    new = insert(FolderRow).prefix_with("OR IGNORE")
    connection.execute(new.values(path=str(path), added_at=time.time()))
    return _folder(connection.execute(select(*COLUMNS).where(FolderRow.path == str(path))).one())


def remove(connection: Connection, folder_id: int) -> None:
    """Forget a folder with its photos and all that was made of them. Files are not touched."""
    # Photos first, since their rows are many and each takes along what was made of it.
    connection.execute(delete(PhotoRow).where(PhotoRow.folder_id == folder_id))
    connection.execute(delete(FolderRow).where(FolderRow.folder_id == folder_id))


def set_missing(connection: Connection, folder_id: int, missing_since: float | None) -> None:
    folder = update(FolderRow).where(FolderRow.folder_id == folder_id)
    connection.execute(folder.values(missing_since=missing_since))


def move(connection: Connection, folder_id: int, path: Path) -> None:
    """Watch `path` (absolute, not watched yet) in its place, with the same photos in it."""
    folder = update(FolderRow).where(FolderRow.folder_id == folder_id)
    connection.execute(folder.values(path=str(path), missing_since=None))


def _folder(row: Row[int, str, float, float | None, float | None]) -> Folder:
    return Folder(row.folder_id, Path(row.path), row.added_at, row.missing_since, row.doubted_since)
