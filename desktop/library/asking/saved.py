"""Saved searches: what people search for again and again, under a name of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from desktop.catalog import (
    SEARCHED,
    And,
    Catalog,
    Filter,
    Folder,
    InFolder,
    Or,
    SavedSearch,
    Taken,
)
from desktop.errors import FolderUnusable, NameUnusable, QueryUnanswerable
from desktop.legible import is_text
from desktop.library.reports import Event, SavedChanged
from desktop.search import Band, Query, Results, check

_WHAT = "A saved search"

MOST_COUNTED = 600
"""As many as the window shows of an answer."""


class SavedSearches:
    """Writes down what is searched for and where, and counts what it finds today. Not on Qt's main
    thread."""

    def __init__(
        self,
        catalog: Catalog,
        search: Callable[[Query], Results],
        publish: Callable[[Event], None],
    ) -> None:
        self._catalog = catalog
        self._search = search
        self._publish = publish

    def list(self) -> Sequence[SavedSearch]:
        """In the order in which people want them."""
        return self._catalog.searches.list_all()

    def find(self, name: str) -> SavedSearch:
        """Raises NameUnusable where nothing is saved under this name."""
        found = next((saved for saved in self.list() if saved.name == name), None)
        if found is None:
            raise NameUnusable(
                f"No search is saved as “{name}”.", "`likeness searches` lists those that are."
            )
        return found

    def save(self, name: str, text: str, which: Filter = SEARCHED) -> SavedSearch:
        """Behind the others. which: of it, the folder and the dates are kept.

        Raises NameUnusable for a name that is empty or in use, QueryUnanswerable for a text that
        means nothing, FolderUnusable for several folders.
        """
        name, text = usable_name(name, _WHAT), text.strip()
        check(text)
        if not is_text(text):
            raise QueryUnanswerable(
                f"“{text}” is no UTF-8 text and cannot be saved.", "Leave out what is not."
            )
        folder, taken = self._where(which)
        saved = self._catalog.searches.save(name, text, folder, taken.since, taken.until)
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
        return Query(text=saved.text, filter=which)

    def count(self, query: Query) -> int:
        """How many photos are likely, at most MOST_COUNTED; of conditions alone, how many meet
        them. The model is asked only about words that it was not asked about before.

        Raises QueryUnanswerable, ModelUnavailable.
        """
        check(query.text)
        if query.is_listing:
            return self._catalog.photos.count(query.narrowed)
        found = self._search(Query(text=query.text, filter=query.filter, n=MOST_COUNTED))
        return sum(hit.band is Band.LIKELY for hit in found.hits)

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
