"""Conditions on photos, put together as a tree: plain values that know no SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import MAXYEAR, datetime


@dataclass(frozen=True, slots=True)
class Filter:
    """Which photos are meant; `a & b`, `a | b` and `~a` put filters together."""

    def __and__(self, other: Filter) -> And:
        return And((*_parts(And, self), *_parts(And, other)))

    def __or__(self, other: Filter) -> Or:
        return Or((*_parts(Or, self), *_parts(Or, other)))

    def __invert__(self) -> Not:
        return Not(self)


@dataclass(frozen=True, slots=True)
class And(Filter):
    """What all of the parts mean; of no parts, every photo the catalog knows."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or(Filter):
    """What any of the parts means; of no parts, no photo."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not(Filter):
    part: Filter


@dataclass(frozen=True, slots=True)
class Readable(Filter):
    """Photos that can be searched, or will be once they have been read: their file was there at
    the last look, and nothing is known to be wrong with it."""


@dataclass(frozen=True, slots=True)
class Unread(Filter):
    """Photos of which nothing but their file is known yet."""


@dataclass(frozen=True, slots=True)
class HasProblem(Filter):
    """Photos whose file is there, but could not be read."""


@dataclass(frozen=True, slots=True)
class Damaged(Filter):
    """Photos of which a part is missing, and which can be searched all the same."""


@dataclass(frozen=True, slots=True)
class Missing(Filter):
    """Photos whose file is gone from a folder that was there."""


@dataclass(frozen=True, slots=True)
class Away(Filter):
    """Photos of folders that are away as a whole, such as those of a drive that is unplugged."""


@dataclass(frozen=True, slots=True)
class InFolder(Filter):
    """Photos in a watched folder, at any depth.

    Attributes:
        sub_folder: only those beneath this path within it ("2019/Norway"); "" for all.
    """

    folder_id: int
    sub_folder: str = ""


@dataclass(frozen=True, slots=True)
class Taken(Filter):
    """Photos taken from `since` on and before `until`, by the clock on the wall; None leaves that
    end open. A photo that has not been read yet stands at its file's date."""

    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def in_year(cls, year: int) -> Taken:
        until = datetime(year + 1, 1, 1) if year < MAXYEAR else None
        return cls(datetime(year, 1, 1), until)

    @classmethod
    def in_month(cls, year: int, month: int) -> Taken:
        """month: 1 to 12."""
        if month == 12:
            return cls(datetime(year, 12, 1), cls.in_year(year).until)
        return cls(datetime(year, month, 1), datetime(year, month + 1, 1))


@dataclass(frozen=True, slots=True)
class Undated(Filter):
    """Photos of which nothing tells when they were taken but the time of their file."""


@dataclass(frozen=True, slots=True)
class Kind(Filter):
    """Photos of one kind of file, as `Metadata.format` has it: "JPEG", "PNG", ..."""

    format: str


@dataclass(frozen=True, slots=True)
class InSeason(Filter):
    """Photos taken at a time that comes again each year, by the clock on the wall.

    Attributes:
        month: 1 to 12; day: 1 to 31; None for any.
    """

    month: int | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class NameHolds(Filter):
    """Photos whose file name, with its ending, holds these letters; see `folded`."""

    letters: str


@dataclass(frozen=True, slots=True)
class FolderNameHolds(Filter):
    """Photos of watched folders whose name, and those in sub-folders whose path, holds these
    letters; see `folded`. Letters with a / among them are looked for in the whole path of the
    folder, from the root on and with a / at its end."""

    letters: str


@dataclass(frozen=True, slots=True)
class CameraNameHolds(Filter):
    """Photos taken with a camera whose name holds these letters; see `folded`. None: with any that
    the file names."""

    letters: str | None = None


@dataclass(frozen=True, slots=True)
class LensNameHolds(Filter):
    """As CameraNameHolds, of the lens."""

    letters: str | None = None


@dataclass(frozen=True, slots=True)
class Shape(Filter):
    """Photos of which width divided by height, upright, is from `least` on and below `below`."""

    least: float
    below: float


@dataclass(frozen=True, slots=True)
class PixelCount(Filter):
    """Photos of `least` pixels and more, and fewer than `below`; None leaves that end open. What
    has not been read yet has none that are known, and is no such photo."""

    least: int | None = None
    below: int | None = None


@dataclass(frozen=True, slots=True)
class HasPlace(Filter):
    """Photos that tell where they were taken."""


@dataclass(frozen=True, slots=True)
class OneOf(Filter):
    """These photos, by photo_id, as far as the catalog knows them."""

    photo_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class InTheme(Filter):
    """Photos of a theme; with neither of these, photos that belong to none.

    Attributes:
        theme_id: the theme.
        letters: those of its name, see `folded`; where a theme is called just so, that one alone.
    """

    theme_id: int | None = None
    letters: str | None = None


@dataclass(frozen=True, slots=True)
class AttributeIs(Filter):
    """Photos of which an attribute says this, whatever case and accents; see `folded`.

    Attributes:
        name: of the attribute.
        value: all that it says, and not a part; None for anything.
    """

    name: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class AttributeBetween(Filter):
    """Photos of which an attribute says a number from `least` to `most`; None leaves that end open.

    Attributes:
        has_least, has_most: whether the ends themselves are meant, too.
    """

    name: str
    least: float | None = None
    most: float | None = None
    has_least: bool = True
    has_most: bool = True


@dataclass(frozen=True, slots=True)
class AttributesDiffer(Filter):
    """Photos of which two attributes say something, and not the same; see `folded`."""

    name: str
    other: str


def _parts(kind: type[And] | type[Or], which: Filter) -> tuple[Filter, ...]:
    """The parts of such a node, or the filter itself: so a & b & c is one And of three, however it
    was put together."""
    return which.parts if isinstance(which, kind) else (which,)


LISTED = Readable()
"""What the window lists by date: photos of folders that are away too."""

SEARCHED = LISTED & ~Away()
"""What a search compares: photos that can be opened now."""
