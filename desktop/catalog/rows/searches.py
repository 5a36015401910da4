"""Searches that people have saved under a name. Reads and writes inside a transaction of the
caller."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select, update

from desktop.catalog.records import SavedPhotos, SavedSearch
from desktop.catalog.schema import PhotoRow, SavedMarkRow, SavedSearchRow
from desktop.errors import NameUnusable

_ALL = select(
    SavedSearchRow.search_id,
    SavedSearchRow.name,
    SavedSearchRow.text,
    SavedSearchRow.folder,
    SavedSearchRow.since,
    SavedSearchRow.until,
    SavedSearchRow.like_path,
    SavedSearchRow.like_photo_id,
    SavedSearchRow.like_part,
).order_by(SavedSearchRow.position, SavedSearchRow.search_id)


_MARKS = select(SavedMarkRow.search_id, SavedMarkRow.photo_id, SavedMarkRow.is_wanted).order_by(
    SavedMarkRow.photo_id
)


def list_all(connection: Connection) -> list[SavedSearch]:
    """In the order in which people want them."""
    more: dict[int, list[int]] = {}
    less: dict[int, list[int]] = {}
    for search_id, photo_id, is_wanted in connection.execute(_MARKS):
        (more if is_wanted else less).setdefault(search_id, []).append(photo_id)
    return [
        SavedSearch(
            row.search_id,
            row.name,
            row.text,
            _path(row.folder),
            row.since,
            row.until,
            SavedPhotos(
                _path(row.like_path),
                row.like_photo_id,
                _part(row.like_part),
                tuple(more.get(row.search_id, ())),
                tuple(less.get(row.search_id, ())),
            ),
        )
        for row in connection.execute(_ALL)
    ]


def save(
    connection: Connection,
    name: str,
    text: str,
    folder: Path | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    photos: SavedPhotos = SavedPhotos(),  # noqa: B008
) -> SavedSearch:
    """Behind the others. Marked photos that were removed meanwhile are passed over. Raises
    NameUnusable for a name that is in use."""
    _refuse_used(connection, name)
    last = connection.scalar(select(func.max(SavedSearchRow.position))) or 0
    new = insert(SavedSearchRow).values(
        name=name,
        text=text,
        folder=None if folder is None else str(folder),
        since=since,
        until=until,
        position=last + 1,
        like_path=None if photos.path is None else str(photos.path),
        like_photo_id=photos.photo_id,
        like_part=None if photos.part is None else " ".join(map(repr, photos.part)),
    )
    search_id = connection.scalar(new.returning(SavedSearchRow.search_id))
    assert search_id is not None
    marked = PhotoRow.photo_id.in_([*photos.more, *photos.less])
    known = set(connection.scalars(select(PhotoRow.photo_id).where(marked)))
    rows = [
        {"search_id": search_id, "photo_id": photo_id, "is_wanted": is_wanted}
        for ids, is_wanted in ((photos.more, True), (photos.less, False))
        for photo_id in dict.fromkeys(ids)
        if photo_id in known
    ]
    if rows:
        connection.execute(insert(SavedMarkRow), rows)
    return next(saved for saved in list_all(connection) if saved.search_id == search_id)


def rename(connection: Connection, search_id: int, name: str) -> None:
    """Raises NameUnusable for a name that another has."""
    _refuse_used(connection, name, search_id)
    known = update(SavedSearchRow).where(SavedSearchRow.search_id == search_id)
    connection.execute(known.values(name=name))


def say(connection: Connection, texts: Mapping[int, str]) -> None:
    """search_id -> what it searches for from now on."""
    for search_id, text in texts.items():
        known = update(SavedSearchRow).where(SavedSearchRow.search_id == search_id)
        connection.execute(known.values(text=text))


def forget(connection: Connection, search_id: int) -> None:
    connection.execute(delete(SavedSearchRow).where(SavedSearchRow.search_id == search_id))


def move(connection: Connection, search_id: int, step: int) -> None:
    """Let it stand so many places further down; a step below 0 goes up."""
    ids = [saved.search_id for saved in list_all(connection)]
    if search_id not in ids:
        return
    at = ids.index(search_id)
    ids.insert(max(0, at + step), ids.pop(at))
    for position, each in enumerate(ids, 1):
        known = update(SavedSearchRow).where(SavedSearchRow.search_id == each)
        connection.execute(known.values(position=position))


def follow_folder(connection: Connection, before: Path, now: Path) -> None:
    """A watched folder was moved; what is searched for in it is searched for there."""
    for saved in list_all(connection):
        if saved.folder is not None and saved.folder.is_relative_to(before):
            moved = now / saved.folder.relative_to(before)
            known = update(SavedSearchRow).where(SavedSearchRow.search_id == saved.search_id)
            connection.execute(known.values(folder=str(moved)))


def _refuse_used(connection: Connection, name: str, but: int | None = None) -> None:
    others = (saved for saved in list_all(connection) if saved.search_id != but)
    if any(saved.name == name for saved in others):
        raise NameUnusable(
            f"A search is saved as “{name}” already.", "Choose another name, or forget that one."
        )


def _path(name: str | None) -> Path | None:
    return None if name is None else Path(name)


def _part(numbers: str | None) -> tuple[float, float, float, float] | None:
    if numbers is None:
        return None
    x, y, width, height = map(float, numbers.split())
    return x, y, width, height
