"""Themes: groups of photos that look alike. Reads and writes inside a transaction of the caller."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, and_, delete, func, insert, select, text, update

from desktop.catalog.databases.spelling import among, these
from desktop.catalog.filters.conditions import LISTED
from desktop.catalog.filters.in_sql import matches
from desktop.catalog.names import folded
from desktop.catalog.rows.photos import raw_rows
from desktop.catalog.schema import PhotoRow, ThemePhotoRow, ThemeRow, ThemeRunRow
from desktop.catalog.theme_records import PhotoTheme, ThemePhotos, ThemeRun
from desktop.errors import NameUnusable

N_COVERS = 4

_NAMES = select(ThemeRow.theme_id, ThemeRow.name, ThemeRow.is_hidden, ThemeRow.is_kept)
_LISTED = (
    select(ThemePhotoRow.theme_id, ThemePhotoRow.photo_id)
    .join(PhotoRow, PhotoRow.photo_id == ThemePhotoRow.photo_id)
    .where(matches(LISTED), ThemePhotoRow.theme_id.is_not(None))
    .order_by(ThemePhotoRow.theme_id, ThemePhotoRow.closeness.desc())
)
_PHOTOS = select(
    ThemePhotoRow.photo_id,
    func.coalesce(ThemePhotoRow.theme_id, 0),
    ThemePhotoRow.part,
    ThemePhotoRow.closeness,
).order_by(ThemePhotoRow.photo_id)
_PUT = text(
    "INSERT INTO theme_photo (photo_id, theme_id, part, closeness)"
    " SELECT :photo_id, nullif(:theme_id, 0), :part, :closeness"
    " WHERE EXISTS (SELECT 1 FROM photo WHERE photo_id = :photo_id)"
)
"""A photo that was removed meanwhile is passed over."""


def list_all(connection: Connection) -> list[PhotoTheme]:
    """The largest first. 100,000 photos in some 0.2 s."""
    photos: dict[int, list[int]] = {}
    counts: dict[int, int] = {}
    for rows in raw_rows(connection, _LISTED):
        for theme_id, photo_id in rows:
            counts[theme_id] = counts.get(theme_id, 0) + 1
            if counts[theme_id] <= N_COVERS:
                photos.setdefault(theme_id, []).append(photo_id)
    themes = [
        PhotoTheme(id_, name, counts.get(id_, 0), tuple(photos.get(id_, ())), is_hidden, is_kept)
        for id_, name, is_hidden, is_kept in connection.execute(_NAMES)
    ]
    return sorted(themes, key=lambda theme: (-theme.n_photos, theme.theme_id))


def list_names(connection: Connection) -> tuple[str, ...]:
    """Of those that are not hidden, by name."""
    names = connection.scalars(select(ThemeRow.name).where(~ThemeRow.is_hidden))
    return tuple(sorted(names, key=folded))


def list_photos(connection: Connection) -> ThemePhotos:
    """Where each photo was put, those of none too."""
    found = [row for rows in raw_rows(connection, _PHOTOS) for row in rows]
    columns = list(zip(*found, strict=True)) or [(), (), (), ()]
    photo_ids, theme_ids, parts = (np.array(column, np.int64) for column in columns[:3])
    return ThemePhotos(photo_ids, theme_ids, parts, np.array(columns[3], np.float32))


def last_run(connection: Connection) -> ThemeRun | None:
    row = connection.execute(
        select(ThemeRunRow.way, ThemeRunRow.made_at, ThemeRunRow.n_photos)
    ).one_or_none()
    return None if row is None else ThemeRun(*row)


def save(
    connection: Connection,
    run: ThemeRun,
    photos: ThemePhotos,
    names: Mapping[int, str],
    seen: ThemePhotos,
) -> None:
    """Put photos where a run has put them.

    photos: theme_ids below 0 are new themes. names: theme_id -> its name, of the new ones too.
    seen: where they were when the run began; a photo that a person has put elsewhere since stays
    there. Themes without a photo go, unless they are kept.
    """
    moved = _moved(list_photos(connection), seen)
    stays = np.isin(photos.photo_ids, moved)
    put = delete(ThemePhotoRow).where(among(ThemePhotoRow.photo_id))
    connection.execute(put, these(photos.photo_ids[~stays].tolist()))
    _drop_empty(connection, but=np.unique(photos.theme_ids).tolist())  # their names are free now
    ids = {old: _add(connection, names[old]) for old in sorted(names) if old < 0}
    known = set(connection.scalars(select(ThemeRow.theme_id)))
    theme_ids = np.array([ids.get(each, each) for each in photos.theme_ids.tolist()], np.int64)
    theme_ids[~np.isin(theme_ids, list(known))] = 0
    rows = zip(
        photos.photo_ids[~stays].tolist(),
        theme_ids[~stays].tolist(),
        photos.parts[~stays].tolist(),
        photos.closeness[~stays].tolist(),
        strict=True,
    )
    keys = ("photo_id", "theme_id", "part", "closeness")
    if values := [dict(zip(keys, row, strict=True)) for row in rows]:
        connection.execute(_PUT, values)
    connection.execute(delete(ThemeRunRow))
    about = {"way": run.way, "made_at": run.made_at, "n_photos": run.n_photos}
    connection.execute(insert(ThemeRunRow).values(id=1, **about))


def rename(connection: Connection, theme_id: int, name: str) -> None:
    """Raises NameUnusable for a name that another theme has."""
    for other_id, other, _, _ in connection.execute(_NAMES):
        if other_id != theme_id and folded(other) == folded(name):
            raise NameUnusable(
                f"A theme is called “{other}” already.", "Choose another name, or merge the two."
            )
    _touch(connection, [theme_id], name=name)


def hide(connection: Connection, theme_ids: Collection[int], is_hidden: bool = True) -> None:
    _touch(connection, theme_ids, is_hidden=is_hidden)


def merge(connection: Connection, into_id: int, theme_ids: Sequence[int]) -> None:
    """Let the photos of these themes be in the first one; the others go."""
    n_parts = connection.scalar(_n_parts(into_id)) or 0
    for theme_id in theme_ids:
        if theme_id == into_id:
            continue
        n_more = connection.scalar(_n_parts(theme_id)) or 0
        photos = update(ThemePhotoRow).where(ThemePhotoRow.theme_id == theme_id)
        moved = photos.values(theme_id=into_id, part=ThemePhotoRow.part + n_parts)
        connection.execute(moved)
        connection.execute(delete(ThemeRow).where(ThemeRow.theme_id == theme_id))
        n_parts += n_more
    _touch(connection, [into_id])


def split(
    connection: Connection, theme_id: int, parts: Sequence[tuple[str, Sequence[int]]]
) -> list[int]:
    """Let these photos be themes of their own, each with a name; the theme_ids of those. Photos
    that have left it meanwhile are passed over, and the others stay."""
    made = []
    for name, photo_ids in parts:
        new_id = _add(connection, name)
        here = and_(ThemePhotoRow.theme_id == theme_id, among(ThemePhotoRow.photo_id))
        moved = update(ThemePhotoRow).where(here).values(theme_id=new_id, part=0)
        connection.execute(moved, these(photo_ids))
        made.append(new_id)
    _touch(connection, [theme_id, *made])
    _drop_empty(connection)
    return made


def _n_parts(theme_id: int) -> Select[int]:
    return select(func.max(ThemePhotoRow.part) + 1).where(ThemePhotoRow.theme_id == theme_id)


def _touch(connection: Connection, theme_ids: Iterable[int], **values: object) -> None:
    """Change themes as a person wants; they are kept from now on."""
    these_themes = update(ThemeRow).where(ThemeRow.theme_id.in_(list(theme_ids)))
    connection.execute(these_themes.values(is_kept=True, **values))


def _add(connection: Connection, name: str) -> int:
    """A new theme; one that is called so already makes it “name 2”."""
    taken = {folded(each) for each in connection.scalars(select(ThemeRow.name))}
    free, n = name, 1
    while folded(free) in taken:
        n += 1
        free = f"{name} {n}"
    new = insert(ThemeRow).values(name=free, is_hidden=False, is_kept=False)
    theme_id: int | None = connection.scalar(new.returning(ThemeRow.theme_id))
    assert theme_id is not None
    return theme_id


def _drop_empty(connection: Connection, but: Sequence[int] = ()) -> None:
    """Forget themes without a photo. but: these are about to get some."""
    used = select(ThemePhotoRow.theme_id).where(ThemePhotoRow.theme_id.is_not(None))
    empty = ~ThemeRow.is_kept & ThemeRow.theme_id.not_in(used) & ThemeRow.theme_id.not_in(but)
    connection.execute(delete(ThemeRow).where(empty))


def _moved(now: ThemePhotos, seen: ThemePhotos) -> NDArray[np.int64]:
    """Photos that are not where they were seen."""
    both, at_now, at_seen = np.intersect1d(
        now.photo_ids, seen.photo_ids, assume_unique=True, return_indices=True
    )
    is_moved = now.theme_ids[at_now] != seen.theme_ids[at_seen]
    is_moved |= now.parts[at_now] != seen.parts[at_seen]
    moved: NDArray[np.int64] = both[is_moved]
    return moved
