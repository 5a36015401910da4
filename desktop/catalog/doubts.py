"""Folders that lost much at once: noted, asked about, and answered."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, or_, select, update

from desktop.catalog import folders
from desktop.catalog.records import Doubt, Folder
from desktop.catalog.schema import HAS_PROBLEM, IS_GONE, IS_READABLE, FolderRow, PhotoRow

HANDFUL = 5
SHARE = 0.2


def is_doubtful(n_gone: int, n_photos: int) -> bool:
    """Whether that many gone at once are more likely an accident than tidying up."""
    return n_gone > HANDFUL and n_gone > SHARE * n_photos


def note(connection: Connection, folder_id: int, since: float) -> None:
    """Have the person asked about what went missing in this folder since then; where they are asked
    already, the earlier time stays."""
    known = FolderRow.doubted_since
    folder = update(FolderRow).where(
        FolderRow.folder_id == folder_id, or_(known.is_(None), known > since)
    )
    connection.execute(folder.values(doubted_since=since))


def list_all(connection: Connection, among: Sequence[Folder]) -> list[Doubt]:
    """The doubts about those folders that are present and still miss so much."""
    found = _measure(connection, among)
    return [doubt for doubt in found if is_doubtful(doubt.n_gone, doubt.n_photos)]


def list_resolved(connection: Connection) -> list[int]:
    """The ids of folders that are doubted though their photos have come back, or have been found
    elsewhere."""
    return [
        doubt.folder.folder_id
        for doubt in _measure(connection, folders.list_all(connection))
        if not is_doubtful(doubt.n_gone, doubt.n_photos)
    ]


def forget(connection: Connection, folder_id: int) -> None:
    """Forget the photos that are asked about, with all that is attached to them."""
    for doubt in _measure(connection, folders.list_all(connection)):
        if doubt.folder.folder_id == folder_id:
            gone = _is_gone(doubt.folder)
            connection.execute(delete(PhotoRow).where(PhotoRow.folder_id == folder_id, gone))
    settle(connection, [folder_id])


def has_gone(connection: Connection, before: float) -> bool:
    """Whether `forget_gone` has anything to do."""
    return bool(connection.scalar(select(exists().where(_is_gone_for_good(before)))))


def forget_gone(connection: Connection, before: float) -> None:
    """Forget what went missing before then from folders that are present and not doubted."""
    connection.execute(delete(PhotoRow).where(_is_gone_for_good(before)))


def settle(connection: Connection, folder_ids: Sequence[int]) -> None:
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
