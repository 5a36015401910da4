"""What a scan reads and writes: files, many rows of few columns; and what it passed over, by folder
and reason, as of the last scan of the whole folder."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Integer,
    LargeBinary,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from desktop.catalog.databases.spelling import (
    among,
    last_id,
    least_bytes,
    position,
    these,
    upsert,
)
from desktop.catalog.records import FileStat, KnownFile, PassedOver, Reason
from desktop.catalog.rows import folders, listings, made
from desktop.catalog.rows.photos import raw_rows
from desktop.catalog.schema import (
    IS_SKIPPED,
    FileName,
    PassedOverRow,
    PhotoRow,
    range_beneath,
    wall_clock_s,
)

_LAST_S = 32_503_680_000.0  # the year 3000; file systems hold dates that Python's datetime does not


def sort_key(taken_at: datetime | None, mtime_ns: int) -> float:
    """Seconds of wall-clock time, so that a photo not yet read stands where its file date does."""
    if taken_at is None:
        taken_at = datetime.fromtimestamp(min(max(mtime_ns / 1e9, 0.0), _LAST_S))
    return wall_clock_s(taken_at)


def sorted_by(file_date: Any) -> ColumnElement[float]:
    """A photo that has a date keeps its place; one without stands at its file's date."""
    return case((PhotoRow.taken_at.is_(None), file_date), else_=PhotoRow.sorted_at)


_FILES = select(
    PhotoRow.relative_path,
    PhotoRow.photo_id,
    PhotoRow.size_bytes,
    PhotoRow.mtime_ns,
    PhotoRow.missing_since,
    PhotoRow.sidecars,
).where(PhotoRow.folder_id == bindparam("in_folder"))
_BENEATH = (PhotoRow.relative_path > bindparam("first", type_=FileName)) & (
    PhotoRow.relative_path < bindparam("last", type_=FileName)
)
_FILES_AT = _FILES.where(
    or_(PhotoRow.relative_path == bindparam("itself", type_=FileName), _BENEATH)
)
_SET_MISSING = (
    update(PhotoRow)
    .where(PhotoRow.folder_id == bindparam("in_folder"), among(PhotoRow.photo_id))
    .values(missing_since=bindparam("since"))
)
_NEW = upsert(PhotoRow).on_conflict_do_nothing()
_MARK_STALE = (
    update(PhotoRow)
    .where(PhotoRow.photo_id == bindparam("id"), PhotoRow.folder_id == bindparam("in_folder"))
    .values(
        size_bytes=bindparam("size"),
        mtime_ns=bindparam("mtime"),
        sidecars=bindparam("beside", type_=FileName),
        sorted_at=sorted_by(bindparam("sort")),
        is_stale=True,
        problem=None,
        skipped_because=None,
        missing_since=None,
    )
)
_MARK_DESCRIBED = (
    update(PhotoRow)
    .where(PhotoRow.photo_id == bindparam("id"), PhotoRow.folder_id == bindparam("in_folder"))
    .values(sidecars=bindparam("beside", type_=FileName), facts_are_old=True)
)
_SLASH = literal(b"/", LargeBinary)
_FILES_OF_ROOT = _FILES.where(position(PhotoRow.relative_path, _SLASH) == 0)
_FILES_OF_SUB_FOLDER = _FILES.where(
    _BENEATH,
    position(func.substr(PhotoRow.relative_path, bindparam("n_bytes", type_=Integer)), _SLASH) == 0,
)

_PRESENT = (PhotoRow.folder_id == bindparam("in_folder")) & PhotoRow.missing_since.is_(None)
_NUMBERED = (
    select(PhotoRow.photo_id, func.row_number().over(order_by=PhotoRow.relative_path).label("at"))
    .where(_PRESENT)
    .subquery()
)
_EACH = select(_NUMBERED.c.photo_id).where(_NUMBERED.c.at % bindparam("step", type_=Integer) == 0)
_SAMPLE = _FILES.where(PhotoRow.photo_id.in_(_EACH))


def list_files(
    connection: Connection, folder_id: int, beneath: Iterable[str] | None = None
) -> dict[str, KnownFile]:
    """relative_path -> what the last scan knew, of every row incl. skipped and missing ones.
    100,000 rows in well under a second.

    beneath: only the files with these relative paths, and those under the sub-folders of these
    relative paths (ranges of the unique index, so they are quick).
    """
    if beneath is None:
        return _fetch(connection, _FILES, {"in_folder": folder_id})
    known: dict[str, KnownFile] = {}
    for path in beneath:
        there = {"in_folder": folder_id, "itself": path, **_range(path)}
        known |= _fetch(connection, _FILES_AT, there)
    return known


def list_files_of(
    connection: Connection, folder_id: int, sub_folders: Iterable[str]
) -> dict[str, KnownFile]:
    """As `list_files`, of the files right in these sub-folders ("" for the folder itself)."""
    known: dict[str, KnownFile] = {}
    for sub_folder in sub_folders:
        if not sub_folder:
            known |= _fetch(connection, _FILES_OF_ROOT, {"in_folder": folder_id})
            continue
        n_bytes = len(os.fsencode(sub_folder)) + 2  # the first one after the slash, counted from 1
        among_them = {"in_folder": folder_id, "n_bytes": n_bytes, **_range(sub_folder)}
        known |= _fetch(connection, _FILES_OF_SUB_FOLDER, among_them)
    return known


def sample_files(connection: Connection, folder_id: int, n: int) -> dict[str, KnownFile]:
    """Some n of a folder's files that are there, or all where there are fewer, evenly over their
    paths; at most 2 n - 1. However many files there are, it takes no memory to speak of."""
    count = select(func.count()).select_from(PhotoRow).where(_PRESENT)
    n_files = connection.scalar(count, {"in_folder": folder_id}) or 0
    return _fetch(connection, _SAMPLE, {"in_folder": folder_id, "step": max(1, n_files // n)})


def has_files(connection: Connection, folder_id: int) -> bool:
    """Whether any row is present; skipped files count."""
    present = PhotoRow.missing_since.is_(None)
    return bool(connection.scalar(select(exists().where(PhotoRow.folder_id == folder_id, present))))


def _range(sub_folder: str) -> dict[str, str]:
    return dict(zip(("first", "last"), range_beneath(sub_folder), strict=True))


def _fetch(
    connection: Connection, files: Executable, values: Mapping[str, Any]
) -> dict[str, KnownFile]:
    known: dict[str, KnownFile] = {}
    for rows in raw_rows(connection, files, values):
        for path, photo_id, size_bytes, mtime_ns, missing_since, beside in rows:
            is_missing = missing_since is not None
            sidecars = os.fsdecode(beside) if beside else ""
            file = KnownFile(photo_id, size_bytes, mtime_ns, is_missing, sidecars)
            known[os.fsdecode(path)] = file
    return known


def last_photo_id(connection: Connection) -> int:
    """The highest photo_id given so far (0 in a new catalog): rows above it came later."""
    return last_id(connection)


def apply(
    connection: Connection,
    folder_id: int,
    new: Sequence[FileStat],
    changed: Mapping[int, FileStat],
    gone: Sequence[int],
    back: Sequence[int],
    listed: Mapping[str, bytes | None],
    described: Mapping[int, str],
) -> None:
    """Does nothing for a folder that was removed while it was scanned."""
    if not folders.is_watched(connection, folder_id):
        return
    if new:
        _insert(connection, folder_id, new)
    if changed:
        _mark_stale(connection, folder_id, changed)
        made.drop_failures(connection, changed)
    for photo_ids, missing_since in ((gone, time.time()), (back, None)):
        if photo_ids:
            values = {"in_folder": folder_id, "since": missing_since, **these(photo_ids)}
            connection.execute(_SET_MISSING, values)
            listings.question_photos(connection, photo_ids)
    if described:
        rows = [
            {"in_folder": folder_id, "id": photo_id, "beside": sidecars or None}
            for photo_id, sidecars in described.items()
        ]
        connection.execute(_MARK_DESCRIBED, rows)
        listings.question_photos(connection, described)
    written = [*new, *changed.values()]
    listings.question(connection, folder_id, [each.relative_path for each in written])
    listings.save(connection, folder_id, listed)


def _insert(connection: Connection, folder_id: int, new: Sequence[FileStat]) -> None:
    """Insert rows. A path that is known already is left as it is; the next scan compares it."""
    now = time.time()
    connection.execute(
        _NEW,
        [
            {
                "folder_id": folder_id,
                "relative_path": stat.relative_path,
                "size_bytes": stat.size_bytes,
                "mtime_ns": stat.mtime_ns,
                "sidecars": stat.sidecars or None,
                "sorted_at": sort_key(None, stat.mtime_ns),
                "is_stale": False,
                "first_seen_at": now,
            }
            for stat in new
        ],
    )


def _mark_stale(connection: Connection, folder_id: int, changed: Mapping[int, FileStat]) -> None:
    connection.execute(
        _MARK_STALE,
        [
            {
                "in_folder": folder_id,
                "id": int(photo_id),
                "size": stat.size_bytes,
                "mtime": stat.mtime_ns,
                "beside": stat.sidecars or None,
                "sort": sort_key(None, stat.mtime_ns),
            }
            for photo_id, stat in changed.items()
        ],
    )


_BETWEEN = "\0"
_PASSED_OVER = select(
    PassedOverRow.folder_id, PassedOverRow.reason, PassedOverRow.n, PassedOverRow.examples
).order_by(PassedOverRow.folder_id, PassedOverRow.reason)
_N_SKIPPED = (
    select(PhotoRow.folder_id, func.count(), least_bytes(PhotoRow.relative_path))
    .where(IS_SKIPPED)
    .group_by(PhotoRow.folder_id)
)
_REASONS = {reason.value for reason in Reason}


def list_passed_over(connection: Connection, folder_id: int) -> list[PassedOver]:
    """What `save_passed_over` was last given, by reason."""
    rows = connection.execute(_PASSED_OVER.where(PassedOverRow.folder_id == folder_id))
    return [_passed_over(*row[1:]) for row in rows if row.reason in _REASONS]


def list_all_passed_over(connection: Connection) -> dict[int, tuple[PassedOver, ...]]:
    """The same by folder_id, and files that were read and turned out to be no photos."""
    found: dict[int, tuple[PassedOver, ...]] = {}
    for folder_id, reason, n, examples in connection.execute(_PASSED_OVER):
        if reason in _REASONS:
            found[folder_id] = (*found.get(folder_id, ()), _passed_over(reason, n, examples))
    for folder_id, n, example in connection.execute(_N_SKIPPED):
        skipped = _passed_over(Reason.NO_PHOTO, n, example)
        found[folder_id] = (*found.get(folder_id, ()), skipped)
    return found


def save_passed_over(connection: Connection, folder_id: int, passed: Iterable[PassedOver]) -> None:
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


def _passed_over(reason: str, n: int, examples: str) -> PassedOver:
    return PassedOver(Reason(reason), n, tuple(filter(None, examples.split(_BETWEEN))))
