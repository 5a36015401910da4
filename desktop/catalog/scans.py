"""What a scan reads and writes: many rows, few columns."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, insert, or_, select, text, update

from desktop.catalog import folders
from desktop.catalog.photos import among
from desktop.catalog.records import FileStat, KnownFile
from desktop.catalog.schema import PhotoRow

_ROWS_AT_ONCE = 10_000
_EPOCH = datetime(1970, 1, 1)
_LAST_S = 32_503_680_000.0  # the year 3000; file systems hold dates that Python's datetime does not


def sort_key(taken_at: datetime | None, mtime_ns: int) -> float:
    """Seconds of wall-clock time, so that a photo not yet read stands where its file date does."""
    if taken_at is None:
        taken_at = datetime.fromtimestamp(min(max(mtime_ns / 1e9, 0.0), _LAST_S))
    return (taken_at.replace(tzinfo=None) - _EPOCH).total_seconds()


def sorted_by(file_date: Any) -> ColumnElement[float]:
    """A photo that has a date keeps its place; one without stands at its file's date."""
    return case((PhotoRow.taken_at.is_(None), file_date), else_=PhotoRow.sorted_at)


def list_files(connection: Connection, folder_id: int, beneath: str | None) -> dict[str, KnownFile]:
    files = select(
        PhotoRow.relative_path,
        PhotoRow.photo_id,
        PhotoRow.size_bytes,
        PhotoRow.mtime_ns,
        PhotoRow.missing_since,
    ).where(PhotoRow.folder_id == folder_id)
    if beneath:
        path = PhotoRow.relative_path
        after_slash = chr(ord("/") + 1)
        files = files.where(
            or_(
                path == beneath,
                (path > f"{beneath}/") & (path < f"{beneath}{after_slash}"),
            )
        )
    with connection.execute(files) as result:
        # Straight from the driver's cursor: half the time of SQLAlchemy's rows.
        assert result.cursor is not None
        known: dict[str, KnownFile] = {}
        while rows := result.cursor.fetchmany(_ROWS_AT_ONCE):
            for path, photo_id, size_bytes, mtime_ns, missing_since in rows:
                is_missing = missing_since is not None
                known[os.fsdecode(path)] = KnownFile(photo_id, size_bytes, mtime_ns, is_missing)
        return known


def last_photo_id(connection: Connection) -> int:
    """From SQLite's own table of the ids it has given."""
    given = text("SELECT seq FROM sqlite_sequence WHERE name = 'photo'")
    return int(connection.scalar(given) or 0)


def apply(
    connection: Connection,
    folder_id: int,
    new: Sequence[FileStat],
    changed: Mapping[int, FileStat],
    gone: Sequence[int],
    back: Sequence[int],
) -> None:
    """Does nothing for a folder that was removed while it was scanned."""
    if not folders.exists(connection, folder_id):
        return
    if new:
        _insert(connection, folder_id, new)
    if changed:
        _mark_stale(connection, folder_id, changed)
    for photo_ids, missing_since in ((gone, time.time()), (back, None)):
        if photo_ids:
            connection.execute(
                update(PhotoRow)
                .where(PhotoRow.folder_id == folder_id, among(PhotoRow.photo_id, photo_ids))
                .values(missing_since=missing_since)
            )


def _insert(connection: Connection, folder_id: int, new: Sequence[FileStat]) -> None:
    """A path that is known already is left to the next scan, which compares it."""
    now = time.time()
    connection.execute(
        insert(PhotoRow).prefix_with("OR IGNORE"),
        [
            {
                "folder_id": folder_id,
                "relative_path": stat.relative_path,
                "size_bytes": stat.size_bytes,
                "mtime_ns": stat.mtime_ns,
                "sorted_at": sort_key(None, stat.mtime_ns),
                "is_stale": False,
                "first_seen_at": now,
            }
            for stat in new
        ],
    )


def _mark_stale(connection: Connection, folder_id: int, changed: Mapping[int, FileStat]) -> None:
    statement = (
        update(PhotoRow)
        .where(PhotoRow.photo_id == bindparam("id"), PhotoRow.folder_id == folder_id)
        .values(
            size_bytes=bindparam("size"),
            mtime_ns=bindparam("mtime"),
            sorted_at=sorted_by(bindparam("sort")),
            is_stale=True,
            problem=None,
            skipped_because=None,
            missing_since=None,
        )
    )
    connection.execute(
        statement,
        [
            {
                "id": int(photo_id),
                "size": stat.size_bytes,
                "mtime": stat.mtime_ns,
                "sort": sort_key(None, stat.mtime_ns),
            }
            for photo_id, stat in changed.items()
        ],
    )
