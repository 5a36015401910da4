"""The entries of the sidebar: which there are, what is open of them. Free of Qt."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from desktop.library import (
    Concept,
    Folder,
    HowMany,
    Library,
    Month,
    Query,
    SavedSearch,
    Status,
    Taken,
)
from desktop.ui.look import wording
from desktop.ui.places.place import ALL, PHOTOS_PAGE, PROBLEMS, THEMES_PAGE, Place, in_folder

IsOffered = Callable[[Status], bool]
"""Whether there is something to be seen at a place."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the sidebar.

    Attributes:
        place: where it leads; None for a heading.
        count: how many photos are there; None where that is not shown. has_more: even more.
        depth: 0 for what is always there; what is within it is one deeper.
        is_open: whether what is within it is listed below; None if there is nothing within.
        key: what an open one is remembered by.
        folder, sub_folder: the folder it shows, or the sub-folder of it.
        saved, concept: the search, or what photos have taught, that it leads to.
        fault: why that finds nothing, as a sentence; "" as a rule.
    """

    title: str
    place: Place | None = None
    count: int | None = None
    depth: int = 0
    is_open: bool | None = None
    key: str = ""
    folder: Folder | None = None
    sub_folder: str = ""
    saved: SavedSearch | None = None
    concept: Concept | None = None
    fault: str = ""
    has_more: bool = False

    @property
    def counted(self) -> str:
        """ "12", "600+"; "" where it is not shown."""
        return "" if self.count is None else str(HowMany(self.count, not self.has_more))

    @property
    def is_search(self) -> bool:
        """Whether it leads to what is found, and not to what is there."""
        return self.saved is not None or self.concept is not None

    @property
    def icon(self) -> str:
        """What stands before it; "" for a heading."""
        if self.is_search:
            usual = "saved" if self.saved is not None else "concept"
            return "problem" if self.fault else usual
        return self.place.icon if self.place is not None else ""

    @property
    def path(self) -> Path | None:
        return self.folder.path / self.sub_folder if self.folder is not None else None

    def is_line_of(self, other: Entry) -> bool:
        """Whether it is the same line, whatever it counts."""
        mine, theirs = (self.title, self.place, self.depth), (other.title, other.place, other.depth)
        return self is other or mine == theirs

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        kind = "Folder " if self.folder is not None else ""
        kind = "Saved search " if self.saved is not None else kind
        kind = "Concept " if self.concept is not None else kind
        count = f", {self.counted} photos" if self.counted else ""
        away = ", away" if self.folder is not None and self.folder.is_missing else ""
        state = {None: "", True: ", open", False: ", closed"}[self.is_open]
        return f"{kind}{self.title}{count}{away}{state}"


@dataclass(frozen=True, slots=True)
class SubFolders:
    """The sub-folders of one folder that have photos, at any depth.

    Attributes:
        counts: a sub-folder ("2019/Norway") -> the photos beneath it.
        within: a sub-folder, "" for the folder itself -> the sub-folders right in it, by name.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    within: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> SubFolders:
        within: dict[str, list[str]] = {}
        for path in sorted(filter(None, counts), key=lambda path: (path.casefold(), path)):
            within.setdefault(path.rpartition("/")[0], []).append(path)
        return cls(counts, within)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many photos there are where.

    Attributes:
        sub_folders: by folder_id.
        whole: the place whose photos `months` count.
    """

    sub_folders: Mapping[int, SubFolders] = field(default_factory=dict)
    whole: Place = ALL
    months: tuple[Month, ...] = ()


def count_places(library: Library, whole: Place) -> Counted:
    """Not on the main thread: 0.1 s for 100,000 photos."""
    folders = library.folders.list_all()
    sub_folders = {
        folder.folder_id: SubFolders.of(library.photos.count_by_sub_folder(folder.folder_id))
        for folder in folders
    }
    return Counted(sub_folders, whole, library.photos.count_by_month(whole.filter))


def whole_of(place: Place) -> Place:
    """The place whose dates the sidebar offers when the person is here."""
    if place.page != PHOTOS_PAGE:
        return ALL
    return place.whole or place.search(Query())


def top_entries(top: Sequence[Place], status: Status) -> tuple[Entry, ...]:
    """What stands above the folders."""
    n_all = sum(status.photos_by_folder.values())
    counts = {ALL.filter: n_all, PROBLEMS.filter: status.n_problems}
    return tuple(Entry(place.title, place, counts.get(place.filter)) for place in top)


CLOSED = "closed "
"""Before the key of a heading that is closed: headings are open at first."""


def tree_entries(
    folders: Sequence[Folder],
    counted: Counted,
    opened: Set[str],
    explore: Sequence[Place] = (),
) -> tuple[Entry, ...]:
    """Folders, ways to explore, and dates, with what is within those that are open. opened: their
    keys."""
    lines = [Entry("Folders")] if folders else []
    for folder in folders:
        known = counted.sub_folders.get(folder.folder_id)
        n_photos = known.counts.get("", 0) if known is not None else None
        lines.extend(_folder_entries(folder, "", n_photos, known or SubFolders(), opened, 0))
    lines.extend(_explore_entries(explore, opened) if folders else ())
    if counted.months:
        lines.append(Entry("Dates"))
    lines.extend(_date_entries(counted, opened))
    return tuple(lines)


def _explore_entries(places: Sequence[Place], opened: Set[str]) -> Iterator[Entry]:
    key = "explore"
    is_open = CLOSED + key not in opened
    yield Entry("Explore", is_open=is_open, key=CLOSED + key)
    for place in places if is_open else ():
        yield Entry(place.title, place)


def _folder_entries(
    folder: Folder,
    sub_folder: str,
    n_photos: int | None,
    known: SubFolders,
    opened: Set[str],
    depth: int,
) -> Iterator[Entry]:
    place = in_folder(folder, sub_folder)
    within = known.within.get(sub_folder, ())
    key = (folder.path / sub_folder).as_uri()
    is_open = key in opened if within else None
    yield Entry(place.title, place, n_photos, depth, is_open, key, folder, sub_folder)
    if is_open:
        for path in within:
            n_inside = known.counts[path]
            yield from _folder_entries(folder, path, n_inside, known, opened, depth + 1)


def _date_entries(counted: Counted, opened: Set[str]) -> Iterator[Entry]:
    whole = counted.whole
    for year, in_year in groupby(counted.months, key=lambda month: month.year):
        parts = list(in_year)
        n_photos = sum(month.n_photos for month in parts)
        place = whole.within(str(year), Taken.in_year(year))
        is_open = str(year) in opened
        yield Entry(str(year), place, n_photos, 0, is_open, str(year))
        for month in parts if is_open else ():
            title = wording.month(year, month.month)
            place = whole.within(title, Taken.in_month(year, month.month))
            yield Entry(month_name[month.month], place, month.n_photos, 1)


def line_of(lines: tuple[Entry, ...], place: Place) -> int | None:
    """The line that leads to a place, or else to what it is within."""
    found = None
    for line, entry in enumerate(lines):
        if entry.is_search:
            if entry.place is not None and leads_to(entry.place, place):
                return line
        elif entry.place is not None and (entry.place.holds(place) or _shows(entry.place, place)):
            found = line
    return found


def _shows(page: Place, place: Place) -> bool:
    """Whether the person has come to the photos by this page: a theme is one of the themes."""
    return page.page == THEMES_PAGE and place.is_of_theme


def leads_to(saved: Place, place: Place) -> bool:
    """Whether the place of a saved search is this one, in whatever order."""
    asked, query = saved.query, place.query
    if asked is None or query is None:
        return False
    return saved.is_like(place) and asked.asks_like(query)
