"""The watched folders, and those of them that lost much at once: noted, asked about, and answered.
Reads and writes inside a transaction of the caller."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from desktop.catalog.databases.spelling import upsert
from desktop.catalog.records import Doubt, Folder
from desktop.catalog.rows import searches
from desktop.catalog.schema import HAS_PROBLEM, IS_GONE, IS_READABLE, FolderRow, PhotoRow

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


def is_watched(connection: Connection, folder_id: int) -> bool:
    known = select(FolderRow.folder_id).where(FolderRow.folder_id == folder_id)
    return connection.scalar(known) is not None


def add(connection: Connection, path: Path) -> Folder:
    """Watch `path` (absolute). A folder that is known already is returned as it is."""
    new = upsert(FolderRow).on_conflict_do_nothing()
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
    before = connection.scalar(select(FolderRow.path).where(FolderRow.folder_id == folder_id))
    if before is not None:
        searches.follow_folder(connection, Path(before), path)
    folder = update(FolderRow).where(FolderRow.folder_id == folder_id)
    connection.execute(folder.values(path=str(path), missing_since=None))


def _folder(row: Row[int, str, float, float | None, float | None]) -> Folder:
    return Folder(row.folder_id, Path(row.path), row.added_at, row.missing_since, row.doubted_since)


HANDFUL = 5
SHARE = 0.2


def is_doubtful(n_gone: int, n_photos: int) -> bool:
    """Whether that many gone at once are more likely an accident than tidying up."""
    return n_gone > HANDFUL and n_gone > SHARE * n_photos


def note_doubt(connection: Connection, folder_id: int, since: float) -> None:
    """Have the person asked about what went missing in this folder since then; where they are asked
    already, the earlier time stays."""
    known = FolderRow.doubted_since
    folder = update(FolderRow).where(
        FolderRow.folder_id == folder_id, or_(known.is_(None), known > since)
    )
    connection.execute(folder.values(doubted_since=since))


def list_doubts(connection: Connection, among: Sequence[Folder]) -> list[Doubt]:
    """The doubts about those folders that are present and still miss so much."""
    found = _measure(connection, among)
    return [doubt for doubt in found if is_doubtful(doubt.n_gone, doubt.n_photos)]


def list_resolved_doubts(connection: Connection) -> list[int]:
    """The ids of folders that are doubted though their photos have come back, or have been found
    elsewhere."""
    return [
        doubt.folder.folder_id
        for doubt in _measure(connection, list_all(connection))
        if not is_doubtful(doubt.n_gone, doubt.n_photos)
    ]


def forget_doubted(connection: Connection, folder_id: int) -> None:
    """Forget the photos that are asked about, with all that is attached to them."""
    for doubt in _measure(connection, list_all(connection)):
        if doubt.folder.folder_id == folder_id:
            gone = _is_gone(doubt.folder)
            connection.execute(delete(PhotoRow).where(PhotoRow.folder_id == folder_id, gone))
    settle_doubts(connection, [folder_id])


def has_gone(connection: Connection, before: float) -> bool:
    """Whether `forget_gone` has anything to do."""
    return bool(connection.scalar(select(exists().where(_is_gone_for_good(before)))))


def forget_gone(connection: Connection, before: float) -> None:
    """Forget what went missing before then from folders that are present and not doubted."""
    connection.execute(delete(PhotoRow).where(_is_gone_for_good(before)))


def settle_doubts(connection: Connection, folder_ids: Sequence[int]) -> None:
    """Ask no more about these folders. Photos that are missing stay in the catalog, and are found
    again when their files are back."""
    asked = update(FolderRow).where(FolderRow.folder_id.in_(folder_ids))
    connection.execute(asked.values(doubted_since=None))


def _measure(connection: Connection, among: Sequence[Folder]) -> list[Doubt]:
    found = []
    for folder in among:
        if folder.doubted_since is not None and not folder.is_missing:
            n_gone = _count(connection, folder, _is_gone(folder))
            n_here = _count(connection, folder, or_(IS_READABLE, HAS_PROBLEM))
            found.append(Doubt(folder, n_gone, n_gone + n_here))
    return found


def _is_gone_for_good(before: float) -> ColumnElement[bool]:
    trusted = select(FolderRow.folder_id).where(
        FolderRow.missing_since.is_(None), FolderRow.doubted_since.is_(None)
    )
    return and_(PhotoRow.missing_since < before, PhotoRow.folder_id.in_(trusted))


def _is_gone(folder: Folder) -> ColumnElement[bool]:
    return and_(IS_GONE, PhotoRow.missing_since >= folder.doubted_since)


def _count(connection: Connection, folder: Folder, condition: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(PhotoRow)
    in_folder = PhotoRow.folder_id == folder.folder_id
    return connection.execute(counted.where(in_folder, condition)).scalar_one()
