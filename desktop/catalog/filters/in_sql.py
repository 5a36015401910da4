"""What conditions mean, said in SQL of a photo's row.

It must be true or false for every row, never NULL, or `Not` would lose the rows where it is
neither: compare what may be NULL with `is_not_distinct_from`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    Text,
    and_,
    cast,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
)

from desktop.catalog.databases.spelling import (
    STORED_FOLDER,
    STORED_NAME,
    among,
    clock,
    either,
    position,
)
from desktop.catalog.filters.conditions import (
    And,
    AttributeBetween,
    AttributeIs,
    AttributesDiffer,
    Away,
    CameraNameHolds,
    Damaged,
    Filter,
    FolderNameHolds,
    HasPlace,
    HasProblem,
    InFolder,
    InSeason,
    InTheme,
    Kind,
    LensNameHolds,
    Missing,
    NameHolds,
    Not,
    OneOf,
    Or,
    PixelCount,
    Readable,
    Shape,
    Taken,
    Undated,
    Unread,
)
from desktop.catalog.names import folded
from desktop.catalog.schema import (
    HAS_PROBLEM,
    IS_DAMAGED,
    IS_GONE,
    IS_READABLE,
    AttributeRow,
    AttributeValueRow,
    FolderRow,
    PhotoRow,
    ThemePhotoRow,
    ThemeRow,
    range_beneath,
    wall_clock_s,
)
from desktop.dates import TakenFrom


def matches(which: Filter) -> ColumnElement[bool]:
    """The condition on a photo's row."""
    return and_(PhotoRow.skipped_because.is_(None), _compile(which))


def _compile(which: Filter) -> ColumnElement[bool]:
    return _SQL[type(which)](which)


def _one_of(which: OneOf) -> ColumnElement[bool]:
    return among(PhotoRow.photo_id, which.photo_ids)


def _in_folder(which: InFolder) -> ColumnElement[bool]:
    if not which.sub_folder:
        # "+ 0" keeps SQLite on the index that has the order: filtering 100,000 of its entries
        # takes a tenth of the time that sorting them does.
        return PhotoRow.folder_id + 0 == which.folder_id
    first, last = range_beneath(which.sub_folder)
    path = PhotoRow.relative_path
    return and_(PhotoRow.folder_id == which.folder_id, path > first, path < last)


@dataclass(frozen=True, slots=True)
class _MostTaken(Taken):
    """Taken, where it lets most photos pass: to look up each row in the order of dates takes longer
    than to read them as they come."""


_MOST = 0.5
_IN_DATE_ORDER = (Readable(), Not(Away()))


def read_quickly(which: Filter, first_s: float, last_s: float) -> Filter:
    """The same, in the order of dates only where that spares looking at many rows. Between first_s
    and last_s photos were taken, as `PhotoRow.sorted_at` has it."""
    parts = which.parts if isinstance(which, And) else (which,)
    reads_rows = any(
        each not in _IN_DATE_ORDER and not isinstance(each, Taken | InFolder) for each in parts
    )
    if not reads_rows or last_s <= first_s:
        return which

    def lets_most_pass(each: Filter) -> bool:
        if not isinstance(each, Taken):
            return False
        since_s = first_s if each.since is None else max(wall_clock_s(each.since), first_s)
        until_s = last_s if each.until is None else min(wall_clock_s(each.until), last_s)
        return until_s - since_s > _MOST * (last_s - first_s)

    return And(
        tuple(
            _MostTaken(each.since, each.until)
            if isinstance(each, Taken) and lets_most_pass(each)
            else each
            for each in parts
        )
    )


def _taken(which: Taken, taken: Any = PhotoRow.sorted_at) -> ColumnElement[bool]:
    since, until = which.since, which.until
    return and_(
        true() if since is None else taken >= wall_clock_s(since),
        true() if until is None else taken < wall_clock_s(until),
    )


def _in_season(which: InSeason) -> ColumnElement[bool]:
    def is_then(letter: str, number: int | None) -> ColumnElement[bool]:
        if number is None:
            return true()
        return func.coalesce(clock(letter, PhotoRow.sorted_at), "") == f"{number:02}"

    return and_(is_then("%m", which.month), is_then("%d", which.day))


_NAME = literal_column(f"photo.{STORED_NAME}", Text)
_FOLDER = literal_column(f"photo.{STORED_FOLDER}", Text)


def _holds(column: Any, letters: str, part_of: Any) -> ColumnElement[bool]:
    """Whether a part of the value holds the letters; part_of: a function of `names`. In SQLite,
    which knows no other letters than those of ASCII, it is asked only where the whole may hold
    them: a call takes ten times as long."""
    wanted = folded(letters)
    found = position(part_of(column), wanted) > 0
    return either(and_(_may_hold(column, wanted), found), found)


_MOST_LIKE = 10_000
_SPECIAL, _ESCAPED = re.compile(r"([\\%_])"), r"\\\1"


def _may_hold(column: Any, wanted: str) -> ColumnElement[bool]:
    """Whether the whole value may hold letters that are folded."""
    # "?" is what `folded` makes of bytes that are no text, which SQLite counts as letters.
    return or_(not_(_is_ascii(column)), literal("?" in wanted), _plainly_holds(column, wanted))


def _is_ascii(column: Any) -> ColumnElement[bool]:
    return func.length(cast(column, Text)) == func.length(cast(column, LargeBinary))


def _plainly_holds(column: Any, wanted: str) -> ColumnElement[bool]:
    """Whether a value of ASCII holds letters that are folded. LIKE needs no lower copy of each, but
    takes no pattern that is long or holds a null."""
    if _is_no_pattern(wanted):
        return position(func.lower(cast(column, Text)), wanted) > 0
    return _is_like(column, f"%{_escaped(wanted)}%")


def _is_no_pattern(wanted: str) -> bool:
    return len(wanted) > _MOST_LIKE or "\0" in wanted


def _is_like(column: Any, pattern: str) -> ColumnElement[bool]:
    return cast(column, Text).like(pattern, escape="\\")


def _escaped(wanted: str) -> str:
    return _SPECIAL.sub(_ESCAPED, wanted)


def _name_holds(which: NameHolds) -> ColumnElement[bool]:
    path, wanted = PhotoRow.relative_path, folded(which.letters)
    found = position(func.folded_name(path), wanted) > 0
    # Where no / comes behind the letters, they can be nowhere but in the name.
    only_in_name = not_(_is_like(path, f"%{_escaped(wanted)}%/%"))
    plainly = and_(_plainly_holds(path, wanted), or_(only_in_name, found))
    return _part_of_path_holds(wanted, plainly, found, _NAME)


def _inner_folder_holds(letters: str) -> ColumnElement[bool]:
    path, wanted = PhotoRow.relative_path, folded(letters)
    found = position(func.folded_folder(path), wanted) > 0
    plainly = _is_like(path, f"%{_escaped(wanted)}%/%")
    return _part_of_path_holds(wanted, plainly, found, _FOLDER)


def _part_of_path_holds(
    wanted: str, plainly: ColumnElement[bool], found: ColumnElement[bool], stored: Any
) -> ColumnElement[bool]:
    """Whether a part of a photo's path holds letters. plainly: told without a function of `names`,
    for letters of ASCII, where the part holds just these; found: by such a function; stored: where
    PostgreSQL keeps that part."""
    path = PhotoRow.relative_path
    if wanted.isascii() and wanted and not set("/?") & set(wanted) and not _is_no_pattern(wanted):
        # No CASE: within one, SQLite looks at both sides of AND and OR.
        in_sqlite = or_(plainly, and_(not_(_is_ascii(path)), found))
    else:
        in_sqlite = and_(_may_hold(path, wanted), found)
    return either(in_sqlite, position(stored, wanted) > 0)


def _folder_name_holds(which: FolderNameHolds) -> ColumnElement[bool]:
    if "/" in which.letters:
        return _place_holds(folded(which.letters))
    named = _holds(FolderRow.path, which.letters, func.folded_name)
    watched = select(FolderRow.folder_id).where(named)
    return or_(PhotoRow.folder_id.in_(watched), _inner_folder_holds(which.letters))


def _place_holds(wanted: str) -> ColumnElement[bool]:
    """Whether the whole path of the folder does."""
    root = select(FolderRow.path).where(FolderRow.folder_id == PhotoRow.folder_id).scalar_subquery()
    place = func.folded_place(root, PhotoRow.relative_path)
    # The last name lies within the watched folder's path, or within the photo's own.
    last_name = wanted.rstrip("/").rpartition("/")[2]
    watched = select(FolderRow.folder_id).where(_may_hold(FolderRow.path, last_name))
    own = _may_hold(PhotoRow.relative_path, last_name)
    in_sqlite = and_(or_(own, PhotoRow.folder_id.in_(watched)), position(place, wanted) > 0)
    whole = func.folded(func.file_text(root)) + "/" + _FOLDER + "/"
    whole = func.replace(func.replace(whole, "///", "/"), "//", "/")
    return either(in_sqlite, position(whole, wanted) > 0)


def _says(column: Any, letters: str | None) -> ColumnElement[bool]:
    said = func.coalesce(column, "")
    if letters is None:
        return said != ""
    wanted = folded(letters)
    plainly = and_(_is_ascii(said), _plainly_holds(said, wanted))
    folds = position(func.folded(said), wanted) > 0
    return either(or_(plainly, and_(not_(_is_ascii(said)), _may_hold(said, wanted), folds)), folds)


_IS_MEASURED = and_(PhotoRow.width_px.is_not(None), PhotoRow.height_px.is_not(None))
_SHAPE = func.coalesce(PhotoRow.width_px * 1.0 / PhotoRow.height_px, 0.0)
_PIXELS = func.coalesce(PhotoRow.width_px * PhotoRow.height_px, 0)


def _pixels(which: PixelCount) -> ColumnElement[bool]:
    return and_(
        _IS_MEASURED,
        true() if which.least is None else which.least <= _PIXELS,
        true() if which.below is None else which.below > _PIXELS,
    )


def _in_theme(which: InTheme) -> ColumnElement[bool]:
    photos = select(ThemePhotoRow.photo_id)
    if which.letters is not None:
        wanted = folded(which.letters)
        name = func.folded(ThemeRow.name)
        is_called_so = select(ThemeRow.theme_id).where(name == wanted)
        holds = and_(not_(is_called_so.exists()), position(name, wanted) > 0)
        themes = select(ThemeRow.theme_id).where(or_(name == wanted, holds))
        photos = photos.where(ThemePhotoRow.theme_id.in_(themes))
    else:
        photos = photos.where(ThemePhotoRow.theme_id.is_not_distinct_from(which.theme_id))
    return PhotoRow.photo_id.in_(photos)


def _said(name: str) -> Select[int]:
    """The ids of photos of which this attribute says something."""
    attribute_id = select(AttributeRow.attribute_id).where(
        func.folded(AttributeRow.name) == folded(name)
    )
    return select(AttributeValueRow.photo_id).where(
        AttributeValueRow.attribute_id == attribute_id.scalar_subquery()
    )


def _attribute_is(which: AttributeIs) -> ColumnElement[bool]:
    said = _said(which.name)
    if which.value is not None:
        said = said.where(func.folded(AttributeValueRow.text) == folded(which.value))
    return PhotoRow.photo_id.in_(said)


def _attribute_between(which: AttributeBetween) -> ColumnElement[bool]:
    number = AttributeValueRow.number
    said = _said(which.name).where(number.is_not(None))
    if which.least is not None:
        said = said.where(number >= which.least if which.has_least else number > which.least)
    if which.most is not None:
        said = said.where(number <= which.most if which.has_most else number < which.most)
    return PhotoRow.photo_id.in_(said)


def _attributes_differ(which: AttributesDiffer) -> ColumnElement[bool]:
    one, two = (
        _said(name).add_columns(func.folded(AttributeValueRow.text).label("said")).subquery()
        for name in (which.name, which.other)
    )
    both = select(one.c.photo_id).join(two, one.c.photo_id == two.c.photo_id)
    return PhotoRow.photo_id.in_(both.where(one.c.said != two.c.said))


_AWAY = select(FolderRow.folder_id).where(FolderRow.missing_since.is_not(None))

_SQL: dict[type[Filter], Callable[[Any], ColumnElement[bool]]] = {
    And: lambda which: and_(true(), *map(_compile, which.parts)),
    Or: lambda which: or_(false(), *map(_compile, which.parts)),
    Not: lambda which: not_(_compile(which.part)),
    Readable: lambda _: IS_READABLE,
    Unread: lambda _: and_(IS_READABLE, PhotoRow.content_hash.is_(None)),
    HasProblem: lambda _: HAS_PROBLEM,
    Damaged: lambda _: IS_DAMAGED,
    Missing: lambda _: IS_GONE,
    Away: lambda _: PhotoRow.folder_id.in_(_AWAY),
    InFolder: _in_folder,
    Taken: _taken,
    _MostTaken: lambda which: _taken(which, PhotoRow.sorted_at + 0),
    Undated: lambda _: func.coalesce(PhotoRow.taken_from, TakenFrom.FILE) == TakenFrom.FILE,
    Kind: lambda which: PhotoRow.format.is_not_distinct_from(which.format),
    InSeason: _in_season,
    OneOf: _one_of,
    NameHolds: _name_holds,
    FolderNameHolds: _folder_name_holds,
    CameraNameHolds: lambda which: _says(PhotoRow.camera, which.letters),
    LensNameHolds: lambda which: _says(PhotoRow.lens, which.letters),
    Shape: lambda which: and_(_IS_MEASURED, which.least <= _SHAPE, which.below > _SHAPE),
    PixelCount: _pixels,
    AttributeIs: _attribute_is,
    AttributeBetween: _attribute_between,
    AttributesDiffer: _attributes_differ,
    HasPlace: lambda _: and_(PhotoRow.latitude.is_not(None), PhotoRow.longitude.is_not(None)),
    InTheme: _in_theme,
}
