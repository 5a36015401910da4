"""Place: where the person is; History: the way back and forward through places. Free of Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, auto
from pathlib import Path

from desktop.legible import legible
from desktop.library import (
    LISTED,
    MOST_COUNTED,
    And,
    Away,
    Filter,
    Folder,
    HasProblem,
    InFolder,
    InTheme,
    Names,
    OneOf,
    Or,
    PhotoTheme,
    Query,
    SavedSearch,
    Taken,
    watched_part,
)
from desktop.ui.look import wording

N_HITS = MOST_COUNTED
"""How many hits the grid shows: more than anyone scrolls through, few enough to fetch at once."""
PHOTOS_PAGE, PROBLEMS_PAGE, THEMES_PAGE = "photos", "problems", "themes"
COMPARE_PAGE, MAP_PAGE, MISTAKES_PAGE = "compare", "map", "mistakes"


class Order(Enum):
    """How photos stand: along the time line, or, where they were searched for, by folder."""

    NEWEST_FIRST = auto()
    OLDEST_FIRST = auto()
    BY_FOLDER = auto()


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How that which a search finds is shown.

    Attributes:
        order: None for the best match first; else those that are likely stand so.
        variety: from 0 to 1: how much sooner something else is shown.
    """

    order: Order | None = None
    variety: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """What is looked at: photos by date, what a search finds among them, or another page.

    Attributes:
        page: the name of the page that shows it.
        filter: which photos are meant.
        query: what is searched for among them; None where they are listed.
        arrangement: of what is found.
        whole: the place that this one is a part of by date; None if it is not.
        is_draft: its words are still being typed; the next words take its place in the history.
    """

    title: str
    icon: str
    page: str = PHOTOS_PAGE
    filter: Filter = LISTED
    order: Order = Order.NEWEST_FIRST
    query: Query | None = None
    arrangement: Arrangement = Arrangement()
    whole: Place | None = None
    is_draft: bool = field(default=False, compare=False)

    def search(self, query: Query, is_draft: bool = False) -> Place:
        """What answers this here; everything that is here, if nothing is asked."""
        if not query.text and not query.has_likeness:
            return replace(self, query=None, is_draft=False)
        asked = replace(query, n=N_HITS, filter=self.filter & ~Away())
        return replace(self, query=asked, is_draft=is_draft)

    def knowing(self, attributes: Names) -> Place:
        """The same where searches may ask for these attributes."""
        if self.query is None or self.query.attributes == attributes:
            return self
        return replace(self, query=self.query.knowing(attributes))

    def arranged_as(self, other: Place) -> Place:
        """The same, in the order that was chosen for the other one."""
        return replace(self, order=other.order, arrangement=other.arrangement)

    def within(self, title: str, taken: Taken) -> Place:
        """The photos here that were taken then."""
        whole = self.whole or replace(self, query=None, is_draft=False)
        if whole.filter != LISTED:
            title = f"{whole.title} · {title}"
        then = replace(whole, title=title, icon="calendar", filter=whole.filter & taken)
        return replace(then, whole=whole)

    def called(self, title: str) -> Place:
        """The same where what is looked at is called otherwise now."""
        whole = self.whole
        if whole is None:
            return self if self.title == title else replace(self, title=title)
        if whole.title == title:
            return self
        then = self.title.removeprefix(whole.title)
        return replace(self, title=f"{title}{then}", whole=whole.called(title))

    @property
    def is_listing(self) -> bool:
        """Whether all photos that are meant are listed by date, without a search for the best."""
        return self.query is None or self.query.is_listing

    def differs_by_marks(self, other: Place) -> bool:
        """Whether the same is asked here as there, but for what was marked."""
        ours, theirs = self.query, other.query
        if ours is None or theirs is None or (ours.more, ours.less) == (theirs.more, theirs.less):
            return False
        return replace(self, query=replace(ours, more=theirs.more, less=theirs.less)) == other

    def is_like(self, other: Place) -> bool:
        """Whether both show the same photos, in whatever order and whatever is searched for."""
        return (self.page, self.filter) == (other.page, other.filter)

    def holds(self, other: Place) -> bool:
        """Whether all photos of the other place are here too, as far as folders and dates tell."""
        return self.page == other.page and all(
            any(_is_within(part, whole) for part in other.parts) for whole in self.parts
        )

    @property
    def parts(self) -> tuple[Filter, ...]:
        """The conditions that hold all at once for what is here."""
        return self.filter.parts if isinstance(self.filter, And) else (self.filter,)

    @property
    def is_of_theme(self) -> bool:
        """Whether only photos of one theme, or of none, are here."""
        return any(isinstance(part, InTheme) for part in self.parts)

    @property
    def theme_id(self) -> int | None:
        """The theme whose photos alone are here; None without one, and where they belong to
        none."""
        themes = (part.theme_id for part in self.parts if isinstance(part, InTheme))
        return next(themes, None)

    @property
    def folder_ids(self) -> frozenset[int]:
        """The folder that all photos here are in, or in a part of."""
        return frozenset(part.folder_id for part in self.parts if isinstance(part, InFolder))

    def is_in(self, folder_id: int) -> bool:
        """Whether only photos of this folder, or of a part of it, are here."""
        return folder_id in self.folder_ids


def _is_within(part: Filter, whole: Filter) -> bool:
    match part, whole:
        case InFolder(), InFolder(folder_id, sub_folder):
            inner, outer = f"{part.sub_folder}/", f"{sub_folder}/" if sub_folder else ""
            return part.folder_id == folder_id and inner.startswith(outer)
        case Taken(since, until), Taken(from_, to):
            begins = (since or datetime.min) >= (from_ or datetime.min)
            return begins and (until or datetime.max) <= (to or datetime.max)
        case _:
            return part == whole


ALL = Place("All photos", "photos")
PROBLEMS = Place("Problems", "problem", PROBLEMS_PAGE, HasProblem())
THEMES = Place("Themes", "theme", THEMES_PAGE)
COMPARE = Place("Compare", "compare", COMPARE_PAGE)
MAP = Place("Map", "map", MAP_PAGE)
MISTAKES = Place("Mistakes", "mistakes", MISTAKES_PAGE)


def likeness_name(query: Query) -> str:
    """What a person calls the photo that others shall resemble."""
    name = wording.name(query.like_path) if query.like_path is not None else "copied image"
    return f"part of {name}" if query.like_part is not None else name


def in_folder(folder: Folder, sub_folder: str = "") -> Place:
    """What is shown of a folder, or of a sub-folder of it ("2019/Norway")."""
    path = folder.path / sub_folder
    icon = "folder-away" if folder.is_missing else "folder"
    there = LISTED & InFolder(folder.folder_id, sub_folder)
    return Place(wording.name(path), icon, filter=there)


def folder_title(path: Path, folders: Sequence[Folder]) -> str:
    """ "Pictures/2019/Norway": from the watched folder on, since its own place is known."""
    found = watched_part(path, folders)
    if found is None:
        return wording.name(path)
    folder, sub_folder = found
    return "/".join(filter(None, (wording.name(folder.path), legible(sub_folder))))


def of_photos(title: str, icon: str, photo_ids: Sequence[int]) -> Place:
    """These photos and no others, as far as they are listed."""
    return Place(title, icon, filter=LISTED & OneOf(tuple(photo_ids)))


def in_theme(theme: PhotoTheme) -> Place:
    """What is shown of a theme; of one without an id, the photos that belong to none."""
    there = LISTED & InTheme(theme.theme_id or None)
    return Place(legible(theme.name), "theme", filter=there)


def where_saved(saved: SavedSearch, folders: Sequence[Folder], asked: Query) -> Place:
    """Where a saved search leads: the same place as if it were asked there again. asked: what it
    asks."""
    place = ALL
    if saved.folder is not None:
        found = watched_part(saved.folder, folders)
        title = f"{wording.name(saved.folder)} (not watched any more)"
        place = in_folder(*found) if found else Place(title, "folder-away", filter=LISTED & Or(()))
    if saved.since is not None or saved.until is not None:
        taken = Taken(saved.since, saved.until)
        place = place.within(wording.span(taken), taken)
    return place.search(asked)


@dataclass(frozen=True, slots=True)
class Spot:
    """How far a page is scrolled: what belongs to this photo begins `below_px` below the upper edge
    (less than 0 when it is partly above); and what else a person has done to what it shows.

    Attributes:
        photo_id: 0 at the very top.
        current_id: the photo that is current; None where none is.
        shows_weak: the weaker matches are shown, too.
        opened: photos whose look-alikes are shown behind them.
    """

    photo_id: int
    below_px: int
    current_id: int | None = None
    shows_weak: bool = False
    opened: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Visit:
    """A place, and how far it was scrolled when it was left; None at the very top."""

    place: Place
    spot: Spot | None = None


class History:
    """Places in the order they were visited. Never empty."""

    def __init__(self, first: Place, limit: int = 100) -> None:
        self._visits = [Visit(first)]
        self._at = 0
        self._limit = limit

    @property
    def current(self) -> Place:
        return self._visits[self._at].place

    @property
    def previous(self) -> Place | None:
        """Where the way back leads; None at its end."""
        return self._visits[self._at - 1].place if self._at else None

    @property
    def can_go_back(self) -> bool:
        return self._at > 0

    @property
    def can_go_forward(self) -> bool:
        return self._at + 1 < len(self._visits)

    def push(self, place: Place, leaving: Spot | None = None) -> bool:
        """Go there next; what lay ahead is forgotten. A draft is replaced by the next words here.

        False when the person is there already.
        """
        here = self.current
        if place == here:
            self._visits[self._at] = replace(self._visits[self._at], place=place)
            return False
        query = place.query
        is_here = place.is_like(here)
        replaces = is_here and here.is_draft and query is not None and not query.has_likeness
        del self._visits[self._at + 1 :]
        if replaces:
            self._visits[self._at] = Visit(place)
            return True
        self._visits[self._at] = replace(self._visits[self._at], spot=leaving)
        self._visits.append(Visit(place))
        del self._visits[: -self._limit]
        self._at = len(self._visits) - 1
        return True

    def change(self, changed: Callable[[Place], Place]) -> bool:
        """Each place as it is called now. True where the person is at one that is called
        otherwise."""
        here = self.current
        self._visits = [replace(each, place=changed(each.place)) for each in self._visits]
        return self.current != here

    def go(self, steps: int, leaving: Spot | None = None) -> Visit:
        """Move back (-1) or forward (+1) and return what is there; stays within both ends."""
        self._visits[self._at] = replace(self._visits[self._at], spot=leaving)
        self._at = max(0, min(self._at + steps, len(self._visits) - 1))
        return self._visits[self._at]
