"""What scans passed over: kept by folder and reason, as of the last scan of the whole folder."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, insert, select

from desktop.catalog import folders
from desktop.catalog.records import PassedOver, Reason
from desktop.catalog.schema import IS_SKIPPED, PassedOverRow, PhotoRow

_BETWEEN = "\0"
_ALL = select(
    PassedOverRow.folder_id, PassedOverRow.reason, PassedOverRow.n, PassedOverRow.examples
).order_by(PassedOverRow.folder_id, PassedOverRow.reason)
_SKIPPED = (
    select(PhotoRow.folder_id, func.count(), func.min(PhotoRow.relative_path))
    .where(IS_SKIPPED)
    .group_by(PhotoRow.folder_id)
)
_KNOWN = {reason.value for reason in Reason}


def list_scanned(connection: Connection, folder_id: int) -> list[PassedOver]:
    """What `save` was last given, by reason."""
    rows = connection.execute(_ALL.where(PassedOverRow.folder_id == folder_id))
    return [_record(*row[1:]) for row in rows if row.reason in _KNOWN]


def list_all(connection: Connection) -> dict[int, tuple[PassedOver, ...]]:
    """By folder_id; files too that were read and turned out to be no photos."""
    found: dict[int, tuple[PassedOver, ...]] = {}
    for folder_id, reason, n, examples in connection.execute(_ALL):
        if reason in _KNOWN:
            found[folder_id] = (*found.get(folder_id, ()), _record(reason, n, examples))
    for folder_id, n, example in connection.execute(_SKIPPED):
        skipped = _record(Reason.NO_PHOTO, n, example)
        found[folder_id] = (*found.get(folder_id, ()), skipped)
    return found


def save(connection: Connection, folder_id: int, passed: Iterable[PassedOver]) -> None:
    """What a scan of the whole folder passed over, in place of what was so before. Does nothing for
    a folder that was removed while it was scanned."""
    if not folders.is_watched(connection, folder_id):
        return
    connection.execute(delete(PassedOverRow).where(PassedOverRow.folder_id == folder_id))
    rows = [
        {
            "folder_id": folder_id,
            "reason": each.reason.value,
            "n": each.n,
            "examples": _BETWEEN.join(each.examples),
        }
        for each in passed
    ]
    if rows:
        connection.execute(insert(PassedOverRow), rows)


def _record(reason: str, n: int, examples: str) -> PassedOver:
    return PassedOver(Reason(reason), n, tuple(filter(None, examples.split(_BETWEEN))))
