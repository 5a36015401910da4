"""Saved searches: what people search for again and again, under a name of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from desktop.catalog import (
    SEARCHED,
    And,
    Catalog,
    Filter,
    Folder,
    InFolder,
    Or,
    Photo,
    SavedPhotos,
    SavedSearch,
    Taken,
)
from desktop.errors import FolderUnusable, NameUnusable, QueryUnanswerable
from desktop.legible import is_text, quoted
from desktop.library.reports import Event, SavedChanged
from desktop.media import PhotoPart
from desktop.search import Band, Names, Query, Results, check

_WHAT = "A saved search"

MOST_COUNTED = 600
"""As many as the window shows of an answer."""


NO_NAME = (
    "A copied image cannot be saved with a search.",
    "Save it as a file, and drop that on the window.",
)
"""What is said, and a hint, where a photo shall be resembled that lies in no file."""


class HowMany(NamedTuple):
    """How many photos a search finds; is_all: not even more."""

    n: int
    is_all: bool = True

    def __str__(self) -> str:
        return f"{self.n:,}" if self.is_all else f"{self.n:,}+"


class SavedSearches:
    """Writes down what is searched for and where, and counts what it finds today. Not on Qt's main
    thread."""

    def __init__(
        self,
        catalog: Catalog,
        search: Callable[[Query], Results],
        resolve: Callable[[Query], Query],
        attributes: Callable[[], Names],
        publish: Callable[[Event], None],
        find_photo: Callable[[Path], Photo | None],
    ) -> None:
        """resolve: see WatchedFolders.resolved. attributes: the names that searches may ask for."""
        self._catalog = catalog
        self._search = search
        self._resolve = resolve
        self._find_photo = find_photo
        self._attributes = attributes
        self._publish = publish

    def list(self) -> Sequence[SavedSearch]:
        """In the order in which people want them."""
        return self._catalog.searches.list_all()

    def find(self, name: str) -> SavedSearch:
        """Raises NameUnusable where nothing is saved under this name."""
        found = next((saved for saved in self.list() if saved.name == name), None)
        if found is None:
            raise NameUnusable(
                f"No search is saved as {quoted(name)}.",
                "`likeness searches` lists those that are.",
            )
        return found

    def save(self, name: str, query: Query) -> SavedSearch:
        """Behind the others. Of its filter, the folder and the dates are kept.

        Raises NameUnusable for a name that is empty or in use, QueryUnanswerable for what means
        nothing or has no name, such as a copied image, FolderUnusable for several folders.
        """
        name, text = usable_name(name, _WHAT), query.text.strip()
        check(text, self._attributes())
        if not is_text(text):
            raise QueryUnanswerable(
                f"“{text}” is no UTF-8 text and cannot be saved.", "Leave out what is not."
            )
        if not text and not query.has_likeness:
            raise QueryUnanswerable("Nothing is searched for.", "Type what to save.")
        folder, taken = self._where(query.filter)
        photos = self._photos_of(query)
        saved = self._catalog.searches.save(name, text, folder, taken.since, taken.until, photos)
        self._publish(SavedChanged())
        return saved

    def rename(self, search_id: int, name: str) -> None:
        """Raises NameUnusable for a name that is empty or in use."""
        self._catalog.searches.rename(search_id, usable_name(name, _WHAT))
        self._publish(SavedChanged())

    def forget(self, search_id: int) -> None:
        self._catalog.searches.forget(search_id)
        self._publish(SavedChanged())

    def move(self, search_id: int, step: int) -> None:
        """So many places further down; a step below 0 goes up."""
        self._catalog.searches.move(search_id, step)
        self._publish(SavedChanged())

    def asked_by(self, saved: SavedSearch) -> Query:
        """What it asks, wherever."""
        kept = saved.photos
        path, photo_id = kept.path, None
        known = self._catalog.photos.get([kept.photo_id]) if kept.photo_id is not None else []
        if known:  # whatever it is called now
            path, photo_id = known[0].path, known[0].photo_id
        return Query(
            text=saved.text,
            like_photo_id=photo_id if kept.part is None else None,
            like_path=path,
            like_part=None if kept.part is None else PhotoPart(*kept.part),
            more=kept.more,
            less=kept.less,
        )

    def query_of(self, saved: SavedSearch) -> Query:
        """Raises FolderUnusable where its folder is watched no more."""
        which = SEARCHED
        if saved.folder is not None:
            found = watched_part(saved.folder, self._catalog.folders.list_all())
            if found is None:
                raise FolderUnusable(
                    f"{saved.folder} is not in a watched folder any more.",
                    "Add it again, or forget this search.",
                )
            which &= InFolder(found[0].folder_id, found[1])
        if saved.since is not None or saved.until is not None:
            which &= Taken(saved.since, saved.until)
        return replace(self.asked_by(saved), filter=which)

    def count(self, query: Query) -> HowMany:
        """How many photos are likely; of conditions alone, how many meet them. The model is asked
        only about words that it was not asked about before.

        Raises QueryUnanswerable, ModelUnavailable.
        """
        query = query.knowing(self._attributes())
        check(query.text, query.attributes)
        if query.is_listing:
            return HowMany(self._catalog.photos.count(self._resolve(query).narrowed))
        found = self._search(replace(query, n=MOST_COUNTED))
        n_likely = sum(hit.band is Band.LIKELY for hit in found.hits)
        return HowMany(n_likely, is_all=n_likely < MOST_COUNTED)

    def _photos_of(self, query: Query) -> SavedPhotos:
        """Raises QueryUnanswerable."""
        path, photo_id, part = query.like_path, query.like_photo_id, query.like_part
        if path is None and query.has_likeness:
            raise QueryUnanswerable(*NO_NAME)
        if path is not None and photo_id is None:
            photo = self._find_photo(path)
            photo_id = photo.photo_id if photo is not None else None
        sides = None if part is None else (part.x, part.y, part.width, part.height)
        return SavedPhotos(path, photo_id, sides, query.more, query.less)

    def _where(self, which: Filter) -> tuple[Path | None, Taken]:
        folder: Path | None = None
        since: datetime | None = None
        until: datetime | None = None
        for part in which.parts if isinstance(which, And) else (which,):
            if isinstance(part, InFolder):
                roots = {each.folder_id: each.path for each in self._catalog.folders.list_all()}
                folder = roots[part.folder_id] / part.sub_folder
            elif isinstance(part, Taken):
                since = max(filter(None, (since, part.since)), default=None)
                until = min(filter(None, (until, part.until)), default=None)
            elif isinstance(part, Or):
                raise FolderUnusable(
                    "A search is saved for one watched folder, or a part of it.",
                    "Save one for each, or one for everywhere.",
                )
        return folder, Taken(since, until)


def watched_part(path: Path, folders: Sequence[Folder]) -> tuple[Folder, str] | None:
    """The watched folder that `path` is or lies in, and the sub-folder of it ("" for itself), by
    the names alone; None for any other."""
    for folder in folders:
        if path.is_relative_to(folder.path):
            inner = path.relative_to(folder.path)
            return folder, "" if inner == Path() else inner.as_posix()
    return None


def usable_name(name: str, what: str) -> str:
    """The name as it is kept, without needless blanks. what: needs one. Raises NameUnusable."""
    if not name.strip():
        raise NameUnusable(f"{what} needs a name.", "Type one.")
    if not is_text(name):
        raise NameUnusable(f"“{name}” is no UTF-8 text.", "Type another name.")
    return " ".join(name.split())
