"""Reading photos: rows to records, the selections the library shows, and what waits."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Executable,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    or_,
    select,
)

from desktop.catalog.databases import spelling
from desktop.catalog.databases.spelling import WHOLE, among, clock, joined, these, whole_second
from desktop.catalog.filters.conditions import (
    LISTED,
    SEARCHED,
    And,
    Away,
    Damaged,
    Filter,
    HasProblem,
    Taken,
)
from desktop.catalog.filters.in_sql import matches, read_quickly
from desktop.catalog.records import Folder, Metadata, Photo, Problem
from desktop.catalog.rows import folders
from desktop.catalog.schema import HAS_OLD_FACTS, IS_READABLE, FailureRow, MadeRow, PhotoRow
from desktop.dates import TakenFrom

_COLUMNS = tuple(
    getattr(PhotoRow, column.key)
    for column in PhotoRow.__table__.columns
    if column.key not in ("sorted_at", "skipped_because", "facts_are_old")
)

_ROWS_AT_ONCE = 10_000


def raw_rows(
    connection: Connection, rows: Executable, values: Mapping[str, Any] | None = None
) -> Iterator[Sequence[Any]]:
    """Blocks of rows as the driver gives them (a FileName is bytes), which takes a third to a half
    of the time that SQLAlchemy's rows do. A million at once would keep other threads waiting for
    0.1 s."""
    with connection.execute(rows, values) as result:
        assert result.cursor is not None
        while block := result.cursor.fetchmany(_ROWS_AT_ONCE):
            yield block


def has(row: type[MadeRow] | type[FailureRow], pass_key: BindParameter[int]) -> ColumnElement[bool]:
    """Whether a pass has made something of the photo, or has failed on it."""
    return exists().where(row.pass_key == pass_key, row.photo_id == PhotoRow.photo_id)


# Statements are made once: SQLAlchemy takes longer to put one together than SQLite takes to do it.
_PHOTOS = select(*_COLUMNS).where(PhotoRow.skipped_because.is_(None))
_THESE_PHOTOS = _PHOTOS.where(among(PhotoRow.photo_id))
_NEWEST_FIRST: Select[int] = select(PhotoRow.photo_id).order_by(
    PhotoRow.sorted_at.desc(), PhotoRow.photo_id
)
_IDS = select(joined(PhotoRow.photo_id))
_FIRST_AND_LAST = select(
    *(
        select(end(PhotoRow.sorted_at)).where(IS_READABLE).scalar_subquery()
        for end in (func.min, func.max)
    )
)
_HASHES = (
    select(PhotoRow.photo_id, PhotoRow.content_hash)
    .where(PhotoRow.content_hash.in_(bindparam("hashes", expanding=True)))
    .order_by(PhotoRow.photo_id)
)
_PASS = bindparam("pass_key", type_=WHOLE)
_WAITS = (
    matches(SEARCHED),
    or_(PhotoRow.is_stale, and_(~has(MadeRow, _PASS), ~has(FailureRow, _PASS))),
)
_WAITING = (
    select(*_COLUMNS)
    .where(PhotoRow.photo_id > bindparam("after"), *_WAITS)
    .order_by(PhotoRow.photo_id)
    .limit(bindparam("at_most", type_=WHOLE))
)
_WAITING_SIZES = (
    select(PhotoRow.photo_id, PhotoRow.size_bytes).where(*_WAITS).order_by(PhotoRow.photo_id)
)
_YEAR = func.coalesce(cast(clock("%Y", PhotoRow.sorted_at), Integer), 0)
_WHEN_AND_WHERE = select(PhotoRow.photo_id, PhotoRow.folder_id, PhotoRow.relative_path, _YEAR)
_MOMENTS = (
    select(
        PhotoRow.photo_id,
        whole_second(PhotoRow.sorted_at),
        func.coalesce(PhotoRow.width_px * PhotoRow.height_px, 0),
        case((PhotoRow.taken_from == TakenFrom.FILE.value, 0), else_=1),
    )
    .where(matches(LISTED), PhotoRow.taken_at.is_not(None))
    .order_by(PhotoRow.sorted_at, PhotoRow.photo_id)
)
_FACTS = (
    select(
        PhotoRow.photo_id,
        PhotoRow.folder_id,
        PhotoRow.sorted_at,
        func.coalesce(PhotoRow.format, ""),
    )
    .where(PhotoRow.skipped_because.is_(None))
    .order_by(PhotoRow.photo_id)
)

_OLD_FACTS = (
    select(*_COLUMNS)
    .where(
        PhotoRow.photo_id > bindparam("after"), HAS_OLD_FACTS, matches(SEARCHED), ~PhotoRow.is_stale
    )
    .order_by(PhotoRow.photo_id)
    .limit(bindparam("at_most", type_=WHOLE))
)


_SHOTS = select(
    PhotoRow.photo_id,
    PhotoRow.taken_at,
    PhotoRow.taken_from,
    PhotoRow.width_px,
    PhotoRow.height_px,
).where(
    PhotoRow.skipped_because.is_(None), PhotoRow.taken_at.is_not(None), among(PhotoRow.photo_id)
)


class Shot(NamedTuple):
    """What is read of a photo where many are put in order: when it was taken, by what clock, and
    how large it is."""

    taken_at: datetime
    taken_from: TakenFrom
    n_pixels: int


class WhenAndWhere(NamedTuple):
    """Of many photos at once, where they are and when they were taken.

    Attributes:
        photo_ids: (n,) int64, rising.
        folder_ids, years: (n,) int64.
        sub_folders: the sub-folder right in the watched folder in which each is, at any depth;
            "" for one that is in none.
    """

    photo_ids: NDArray[np.int64]
    folder_ids: NDArray[np.int64]
    years: NDArray[np.int64]
    sub_folders: Sequence[str]


def get(connection: Connection, photo_ids: Sequence[int]) -> list[Photo]:
    """In the order asked; ids that are unknown are left out. Any number of ids."""
    found = {
        photo.photo_id: photo for photo in _photos(connection, _THESE_PHOTOS, these(photo_ids))
    }
    return [found[photo_id] for photo_id in map(int, photo_ids) if photo_id in found]


def get_shots(connection: Connection, photo_ids: Sequence[int]) -> dict[int, Shot]:
    """Of those that have been read, by photo_id. A fifth of the time that `get` takes."""
    return {
        photo_id: Shot(taken_at, TakenFrom(taken_from), (width_px or 0) * (height_px or 0))
        for photo_id, taken_at, taken_from, width_px, height_px in connection.execute(
            _SHOTS, these(photo_ids)
        )
        if taken_at is not None and taken_from is not None
    }


def find(connection: Connection, path: Path) -> Photo | None:
    """By its absolute path; None for a file that is skipped. Folders may lie within each other; the
    innermost that knows the file answers."""
    places = [
        and_(
            PhotoRow.folder_id == folder.folder_id,
            PhotoRow.relative_path == path.relative_to(folder.path).as_posix(),
        )
        for folder in folders.list_all(connection)
        if path.is_relative_to(folder.path)
    ]
    if not places:
        return None
    found = _photos(connection, _PHOTOS.where(or_(*places)))
    return min(found, key=lambda photo: len(os.fsencode(photo.relative_path)), default=None)


def list_by_hashes(connection: Connection, content_hashes: Sequence[str]) -> dict[str, list[Photo]]:
    """content_hash -> the photos whose content was this when they were last read, by photo_id:
    missing and stale ones included, skipped rows left out; no entry for unknown contents."""
    rows = connection.execute(_HASHES, {"hashes": list(content_hashes)}).all()
    photos = {photo.photo_id: photo for photo in get(connection, [row.photo_id for row in rows])}
    found: dict[str, list[Photo]] = {}
    for row in rows:
        if row.photo_id in photos and row.content_hash is not None:
            found.setdefault(row.content_hash, []).append(photos[row.photo_id])
    return found


def list_content_hashes(connection: Connection) -> set[str]:
    """The hashes of all photos that were read, missing ones included. 100,000 in about 0.1 s."""
    known = select(PhotoRow.content_hash).where(PhotoRow.content_hash.is_not(None))
    return {content_hash for rows in raw_rows(connection, known) for (content_hash,) in rows}


def list_problems(
    connection: Connection, failures: Sequence[tuple[int, str, str]]
) -> list[Problem]:
    """failures: (photo_id, problem, pass_id) of passes."""
    unreadable = _photos(connection, _PHOTOS.where(matches(HasProblem() & ~Away())))
    problems = [Problem(photo, photo.problem or "") for photo in unreadable]
    damaged = _photos(connection, _PHOTOS.where(matches(Damaged() & ~Away())))
    problems += [Problem(photo, photo.damage or "") for photo in damaged]
    photos = {photo.photo_id: photo for photo in get(connection, [key for key, _, _ in failures])}
    for photo_id, problem, pass_id in failures:
        photo = photos.get(photo_id)
        if photo is not None and photo.problem is None and not photo.is_missing:
            problems.append(Problem(photo, problem, pass_id))
    return sorted(problems, key=lambda each: (each.is_damage, each.photo.path, each.pass_id or ""))


def list_waiting(
    connection: Connection,
    pass_key: int | None,
    limit: int,
    after_photo_id: int,
    within: Collection[int] | None = None,
) -> list[Photo]:
    """within: folder_ids; None for all folders."""
    values = {"pass_key": pass_key, "after": after_photo_id, "at_most": limit}
    return _photos(connection, _within(_WAITING, within), values)


def list_old_facts(
    connection: Connection, limit: int, after_photo_id: int, within: Collection[int] | None = None
) -> list[Photo]:
    values = {"after": after_photo_id, "at_most": limit}
    return _photos(connection, _within(_OLD_FACTS, within), values)


def list_waiting_sizes(
    connection: Connection, pass_key: int | None, within: Collection[int] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    sizes = _within(_WAITING_SIZES, within)
    rows = _fetch_numbers(connection, sizes, 2, {"pass_key": pass_key})
    return rows[:, 0].copy(), rows[:, 1].copy()


def _within(rows: Any, folder_ids: Collection[int] | None) -> Any:
    return rows if folder_ids is None else rows.where(PhotoRow.folder_id.in_(folder_ids))


def list_ids(
    connection: Connection, which: Filter = LISTED, limit: int | None = None
) -> NDArray[np.int64]:
    """Newest taken_at first (not yet read ones by mtime), then photo_id. 100,000 readable ones in
    < 0.3 s (an index on a stored sort column)."""
    return fetch_ids(connection, _NEWEST_FIRST.where(matches(which)).limit(limit))


def find_ids(connection: Connection, which: Filter = LISTED) -> NDArray[np.int64]:
    """The same photos, sorted by photo_id. The database writes them into one row: to hand over
    100,000 takes four times as long."""
    (in_a_row,) = connection.execute(_IDS.where(matches(_quickly(connection, which)))).one()
    return np.sort(np.fromstring(in_a_row or "", np.int64, sep=","))


def list_when_and_where(connection: Connection, which: Filter = LISTED) -> WhenAndWhere:
    """100,000 in about 0.4 s."""
    numbers = [np.zeros((0, 3), np.int64)]
    sub_folders: list[str] = []
    statement = _WHEN_AND_WHERE.where(matches(which)).order_by(PhotoRow.photo_id)
    for rows in raw_rows(connection, statement):
        numbers.append(np.array([(row[0], row[1], row[3]) for row in rows], np.int64))
        sub_folders += [
            os.fsdecode(path.partition(b"/")[0]) if b"/" in path else "" for _, _, path, _ in rows
        ]
    ids, folder_ids, years = np.concatenate(numbers).T
    return WhenAndWhere(ids, folder_ids, years, sub_folders)


def list_moments(connection: Connection) -> NDArray[np.int64]:
    """(n, 4) of those that are LISTED and were read, the oldest first: photo_id, the second it was
    taken at, pixels, and 0 where that is the time of its file, else 1. 100,000 in about 0.3 s."""
    return _fetch_numbers(connection, _MOMENTS, 4)


def list_facts(
    connection: Connection,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], list[str]]:
    """What engines narrow a search by, of all photos by rising photo_id: photo_ids, folder_ids,
    `PhotoRow.sorted_at` and `Metadata.format`. 100,000 in about 0.2 s."""
    numbers = [np.zeros((0, 3))]
    kinds: list[str] = []
    for rows in raw_rows(connection, _FACTS):
        numbers.append(np.array([row[:3] for row in rows], np.float64))
        kinds += [row[3] for row in rows]
    ids, folder_ids, taken_s = np.concatenate(numbers).T
    return ids.astype(np.int64), folder_ids.astype(np.int64), taken_s, kinds


def find_named(connection: Connection, words: Sequence[str]) -> NDArray[np.int64]:
    """Photos in whose names, that of the file and those of its folders within the watched one, all
    of these are words: whatever case and accents, sorted. 100,000 in about 20 ms."""
    return np.sort(spelling.find_named(connection, words))


def count(connection: Connection, which: Filter = LISTED) -> int:
    counted = select(func.count()).select_from(PhotoRow)
    counted = counted.where(matches(_quickly(connection, which)))
    return connection.execute(counted).scalar_one()


def _quickly(connection: Connection, which: Filter) -> Filter:
    """The same filter, as `read_quickly` has it."""
    if not isinstance(which, And) or not any(isinstance(each, Taken) for each in which.parts):
        return which
    first_s, last_s = connection.execute(_FIRST_AND_LAST).one()
    return which if first_s is None else read_quickly(which, first_s, last_s)


def fetch_ids(connection: Connection, ids: Select[int]) -> NDArray[np.int64]:
    """The only column as an array (n,) int64."""
    return _fetch_numbers(connection, ids, 1)[:, 0]


def _fetch_numbers(
    connection: Connection,
    rows: Executable,
    n_columns: int,
    values: Mapping[str, Any] | None = None,
) -> NDArray[np.int64]:
    """Rows of whole numbers as an array (n, n_columns) int64."""
    blocks = [np.zeros(0, np.int64)]
    for found in raw_rows(connection, rows, values):
        numbers = chain.from_iterable(found)
        blocks.append(np.fromiter(numbers, np.int64, n_columns * len(found)))
    return np.concatenate(blocks).reshape(-1, n_columns)


def _photos(
    connection: Connection, photos: Executable, values: Mapping[str, Any] | None = None
) -> list[Photo]:
    """By photo_id. photos: selects _COLUMNS."""
    rows = connection.execute(photos, values).all()
    roots = {folder.folder_id: folder for folder in folders.list_all(connection)}
    return sorted((_photo(row, roots[row.folder_id]) for row in rows), key=attrgetter("photo_id"))


def _photo(row: Row[Any], folder: Folder) -> Photo:
    return Photo(
        photo_id=row.photo_id,
        folder_id=row.folder_id,
        path=folder.path / row.relative_path,
        relative_path=row.relative_path,
        size_bytes=row.size_bytes,
        mtime_ns=row.mtime_ns,
        content_hash=None if row.is_stale else row.content_hash,
        metadata=_metadata(row),
        problem=row.problem,
        damage=row.damage,
        first_seen_at=row.first_seen_at,
        missing_since=row.missing_since,
        folder_is_missing=folder.is_missing,
        sidecars=_sidecars(folder.path / row.relative_path, row.sidecars),
    )


def _sidecars(path: Path, sidecars: str | None) -> tuple[Path, ...]:
    return tuple(path.with_name(name) for name in sidecars.split("/")[::3]) if sidecars else ()


def _metadata(row: Row[Any]) -> Metadata | None:
    if row.taken_at is None:
        return None
    return Metadata(
        row.width_px,
        row.height_px,
        row.orientation,
        row.taken_at,
        TakenFrom(row.taken_from),
        row.camera,
        row.lens,
        row.latitude,
        row.longitude,
        row.format,
        row.utc_offset_min,
    )
