"""What became of files that were read: content, metadata, problems, moves and copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Update, bindparam, case, delete, or_, select, update
from sqlalchemy.orm import aliased

from desktop.catalog.databases.spelling import among, these
from desktop.catalog.records import Ingested, Metadata
from desktop.catalog.rows import listings, made
from desktop.catalog.rows.scans import sort_key, sorted_by
from desktop.catalog.schema import PhotoRow

_METADATA = (
    "width_px",
    "height_px",
    "orientation",
    "taken_at",
    "taken_from",
    "camera",
    "lens",
    "latitude",
    "longitude",
    "format",
    "utc_offset_min",
)
_CONTENT = ("damage", *_METADATA)
_WHERE = ("folder_id", "relative_path", "size_bytes", "mtime_ns", "sidecars")
_READ = ("size_bytes", "mtime_ns", "content_hash", "problem", "skipped_because")


def _write(names: Sequence[str], sorted_at: Any, **also: Any) -> Update:
    values: dict[str, Any] = {name: bindparam(f"_{name}") for name in names}
    row = update(PhotoRow).where(PhotoRow.photo_id == bindparam("_id"))
    return row.values(sorted_at=sorted_at, **values, **also)


# Made once, as in `photos`: a folder of 10,000 photos may be renamed.
# Name, date and sidecars are the file's own, so the facts of a file that was touched, copied or
# moved are old.
_SAVE = _write(
    _READ,
    sorted_by(bindparam("_sort")),
    is_stale=False,
    facts_are_old=True,
    damage=case((bindparam("_is_readable"), PhotoRow.damage), else_=None),
)
_SAVE_WITH_METADATA = _write(
    (*_READ, *_CONTENT), bindparam("_sort"), is_stale=False, facts_are_old=False
)
_SAVE_FACTS = _write(_METADATA, bindparam("_sort"), facts_are_old=False)
_KEEP_FACTS = update(PhotoRow).where(among(PhotoRow.photo_id)).values(facts_are_old=False)
_COPY = _write(
    ("content_hash", "problem", "skipped_because", *_CONTENT),
    bindparam("_sort"),
    is_stale=False,
    facts_are_old=True,
)
_TWIN = select(
    PhotoRow.sorted_at.label("_sort"),
    *(getattr(PhotoRow, name).label(f"_{name}") for name in ("content_hash", *_CONTENT)),
).where(PhotoRow.photo_id == bindparam("_from"))
_CONTENTS = select(
    PhotoRow.photo_id, PhotoRow.content_hash, PhotoRow.size_bytes, PhotoRow.mtime_ns
).where(among(PhotoRow.photo_id))
_KEPT = aliased(PhotoRow)
_PLACE = select(
    PhotoRow.folder_id,
    PhotoRow.relative_path,
    PhotoRow.size_bytes,
    PhotoRow.mtime_ns,
    PhotoRow.sidecars,
    _KEPT.folder_id.label("left_folder_id"),
    _KEPT.relative_path.label("left_path"),
).join_from(PhotoRow, _KEPT, _KEPT.photo_id == bindparam("_kept"))
_PLACE = _PLACE.where(PhotoRow.photo_id == bindparam("_moved"))
_DROP_MOVED = delete(PhotoRow).where(PhotoRow.photo_id == bindparam("_moved"))
_MOVE = (
    update(PhotoRow)
    .where(PhotoRow.photo_id == bindparam("_kept"))
    .values(
        folder_id=bindparam("_folder_id"),
        relative_path=bindparam("_relative_path"),
        size_bytes=bindparam("_size_bytes"),
        mtime_ns=bindparam("_mtime_ns"),
        sidecars=bindparam("_sidecars"),
        sorted_at=sorted_by(bindparam("_sort")),
        is_stale=False,
        facts_are_old=True,
        missing_since=None,
    )
)


def save(connection: Connection, revision: int, batch: Sequence[Ingested]) -> None:
    """Of a photo with a problem, or that is skipped, nothing stays that was made.

    Raises ValueError where an Ingested says several things, ModelMismatch where a vector has
    another length than the pass's others.
    """
    for each in batch:
        _check(each)
    known = _known(connection, [each.photo_id for each in batch])
    batch = [each for each in batch if each.photo_id in known]
    # A file may have changed between the scan and its reading.
    changed = [each.photo_id for each in batch if each.stat[1:3] != known[each.photo_id][1:]]
    if changed:
        listings.question_photos(connection, changed)
    same = {each.photo_id for each in batch if each.content_hash == known[each.photo_id][0]}
    same -= {each.photo_id for each in batch if each.content_hash is None}
    kept = {each.photo_id for each in batch if each.is_readable and each.photo_id in same}
    made.drop(connection, [each.photo_id for each in batch if each.photo_id not in kept])
    _save_keeping_metadata(
        connection, [each for each in batch if each.metadata is None and each.photo_id in same]
    )
    _save_with_metadata(
        connection, [each for each in batch if each.metadata or each.photo_id not in same]
    )
    made.save(connection, revision, batch)


def save_facts(connection: Connection, facts: Mapping[int, Metadata | None]) -> None:
    kept = [photo_id for photo_id, metadata in facts.items() if metadata is None]
    connection.execute(_KEEP_FACTS, these(kept))
    rows = [
        {"_id": photo_id, "_sort": sort_key(metadata.taken_at, 0), **_metadata(metadata)}
        for photo_id, metadata in facts.items()
        if metadata is not None
    ]
    if rows:
        connection.execute(_SAVE_FACTS, rows)


def merge_rename(connection: Connection, photo_id: int, moved_to_photo_id: int) -> None:
    """The file of `photo_id` was moved: it takes folder, path and stat of row `moved_to_photo_id`,
    which disappears; first_seen_at, metadata and what was made of `photo_id` stay. The caller has
    found both contents to be the same, so the row is not stale or missing any more.

    Does nothing where one of the rows was removed meanwhile.
    """
    ids = {"_kept": photo_id, "_moved": moved_to_photo_id}
    moved = connection.execute(_PLACE, ids).one_or_none()
    if moved is None:
        return
    connection.execute(_DROP_MOVED, ids)
    place = {f"_{name}": getattr(moved, name) for name in _WHERE}
    connection.execute(_MOVE, {**ids, **place, "_sort": sort_key(None, moved.mtime_ns)})
    listings.question(connection, moved.left_folder_id, [moved.left_path])
    listings.question(connection, moved.folder_id, [moved.relative_path])


def copy(connection: Connection, revision: int, from_photo_id: int, to_photo_id: int) -> None:
    """Does nothing where one of the rows was removed meanwhile."""
    twin = connection.execute(_TWIN, {"_from": from_photo_id}).one_or_none()
    if twin is None or to_photo_id not in _known(connection, [to_photo_id]):
        return
    values = {"_id": to_photo_id, "_problem": None, "_skipped_because": None}
    connection.execute(_COPY, {**values, **twin._mapping})
    made.copy(connection, revision, from_photo_id, to_photo_id)


def forget_problem(connection: Connection, photo_ids: Sequence[int]) -> None:
    """A file that could not be read, or not all of it, is stale, so that it is read anew: it may
    have been mended without a new date. Passes that failed on a photo wait for it again."""
    made.drop_failures(connection, photo_ids)
    connection.execute(
        update(PhotoRow)
        .where(
            among(PhotoRow.photo_id),
            or_(PhotoRow.problem.is_not(None), PhotoRow.damage.is_not(None)),
        )
        .values(problem=None, is_stale=True),
        these(photo_ids),
    )


def _check(each: Ingested) -> None:
    if (each.problem is not None) + (each.skipped_because is not None) + bool(each.made) > 1:
        raise ValueError(f"photo {each.photo_id}: what was made, a problem or a reason to skip it")


def _known(
    connection: Connection, photo_ids: Sequence[int]
) -> dict[int, tuple[str | None, int, int]]:
    """photo_id -> content_hash, size_bytes, mtime_ns."""
    return {
        row.photo_id: (row.content_hash, row.size_bytes, row.mtime_ns)
        for row in connection.execute(_CONTENTS, these(photo_ids))
    }


def _save_keeping_metadata(connection: Connection, batch: Sequence[Ingested]) -> None:
    if batch:
        connection.execute(_SAVE, [_read(each) for each in batch])


def _save_with_metadata(connection: Connection, batch: Sequence[Ingested]) -> None:
    if batch:
        rows = [
            {**_read(each), **_metadata(each.metadata), "_damage": each.damage} for each in batch
        ]
        for row in rows:
            row["_sort"] = sort_key(row["_taken_at"], row["_mtime_ns"])
        connection.execute(_SAVE_WITH_METADATA, rows)


def _read(each: Ingested) -> dict[str, Any]:
    """An Ingested as parameters. Names begin with _, since SQLAlchemy keeps the names of columns
    for its own use."""
    return {
        "_id": each.photo_id,
        "_sort": sort_key(None, each.stat.mtime_ns),
        "_size_bytes": each.stat.size_bytes,
        "_mtime_ns": each.stat.mtime_ns,
        "_content_hash": each.content_hash,
        "_is_readable": each.is_readable,
        "_problem": each.problem,
        "_skipped_because": each.skipped_because,
    }


def _metadata(metadata: Metadata | None) -> dict[str, Any]:
    return {f"_{name}": None if metadata is None else getattr(metadata, name) for name in _METADATA}
