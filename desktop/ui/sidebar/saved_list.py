"""SavedList: saved searches and concepts in the sidebar, with how many photos each finds now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from desktop.errors import UserError
from desktop.legible import legible
from desktop.library import (
    Change,
    Clause,
    Concept,
    Folder,
    HowMany,
    Library,
    Means,
    PhotosChanged,
    Query,
    SavedSearch,
    watched_part,
)
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.places.place import ALL, Place, where_saved
from desktop.ui.sidebar.entries import Entry, leads_to

RECOUNT_MS = 5000
"""While photos come and go, saved searches are counted at most this often."""

FIRST_MS = 1000
"""After its start the window has more important things to do."""

_LOST = "Its folder is not watched any more."


class SavedList(QObject):
    """Counts one search after the other, on a thread of its own: whoever types never waits for it.
    Main thread.

    Signals: changed: `entries` are others now, or their counts.
    """

    changed = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._entries: tuple[Entry, ...] = ()
        self._waiting: list[Entry] = []
        self._first = QTimer(self, singleShot=True, interval=FIRST_MS)
        self._first.timeout.connect(self._count_all)
        self._is_new = True
        self._recount = QTimer(self, singleShot=True, interval=RECOUNT_MS)
        self._recount.timeout.connect(self._count_all)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Each kind with a heading; none where there is nothing of the kind."""
        saved = tuple(each for each in self._entries if each.saved is not None)
        concepts = tuple(each for each in self._entries if each.concept is not None)
        return (
            *((Entry("Saved"), *saved) if saved else ()),
            *((Entry("Concepts"), *concepts) if concepts else ()),
        )

    @property
    def searches(self) -> list[SavedSearch]:
        return [each.saved for each in self._entries if each.saved is not None]

    def find(self, place: Place) -> SavedSearch | None:
        """The saved search that leads to this place."""
        known = (each for each in self._entries if each.place and leads_to(each.place, place))
        return next((each.saved for each in known), None)

    @Slot()
    def reload(self) -> None:
        """Read again which there are; only those that are new are counted."""
        work = partial(_list, self._bridge.library)
        self._bridge.do(Lane.READ, work, self, self._on_listed, key="saved")

    @Slot(object)
    def count_for(self, event: PhotosChanged) -> None:
        """Count again soon, if photos came or went, or are found by something else now."""
        if event.what & (Change.THERE | Change.FOUND):
            self.count_soon()

    @Slot()
    def count_soon(self) -> None:
        if self._entries and not self._recount.isActive():
            self._recount.start()

    def _on_listed(self, listed: Sequence[Entry]) -> None:
        before = {each.key: each for each in self._entries}
        entries = []
        for entry in listed:
            known = before.get(entry.key)
            if known is not None and (known.place, known.concept) == (entry.place, entry.concept):
                entry = replace(
                    entry,
                    count=known.count,
                    has_more=known.has_more,
                    fault=entry.fault or known.fault,
                )
            entries.append(entry)
        self._entries = tuple(entries)
        self.changed.emit()
        if self._is_new:
            self._is_new = False
            self._first.start()
        elif not self._first.isActive():
            self._count([each for each in entries if each.count is None])

    @Slot()
    def _count_all(self) -> None:
        self._count(self._entries)

    def _count(self, entries: Sequence[Entry]) -> None:
        is_at_it = bool(self._waiting)
        wanted = [entry for entry in entries if entry.fault != _LOST]
        self._waiting = list({each.key: each for each in (*self._waiting, *wanted)}.values())
        if self._waiting and not is_at_it:
            self._count_next()

    def _count_next(self) -> None:
        entry = self._waiting[0]
        assert entry.place is not None and entry.place.query is not None
        work = partial(self._bridge.library.saved.count, entry.place.query)
        then, refuse = partial(self._on_counted, entry), partial(self._on_refused, entry)
        self._bridge.do(Lane.COUNT, work, self, then, refuse)

    def _on_refused(self, entry: Entry, error: UserError) -> None:
        self._on_counted(entry, None, error.message)

    def _on_counted(self, entry: Entry, found: HowMany | None, fault: str = "") -> None:
        """What was saved otherwise or forgotten meanwhile is passed over."""
        n, has_more = (None, False) if found is None else (found.n, not found.is_all)
        counted = [
            replace(each, count=n, has_more=has_more, fault=fault)
            if each.place == entry.place
            else each
            for each in self._entries
        ]
        if tuple(counted) != self._entries:
            self._entries = tuple(counted)
            self.changed.emit()
        self._waiting = [each for each in self._waiting if each.place != entry.place]
        if self._waiting:
            self._count_next()


def _list(library: Library) -> list[Entry]:
    folders = library.folders.list_all()
    return [
        *(_saved_entry(library, saved, folders) for saved in library.saved.list()),
        *(_concept_entry(concept) for concept in library.concepts.list()),
    ]


def _concept_entry(concept: Concept) -> Entry:
    text = str(Clause(concept.name, means=Means.CONCEPT))
    place = ALL.search(Query(text=text))
    return Entry(legible(concept.name), place, key=f"concept {concept.concept_id}", concept=concept)


def _saved_entry(library: Library, saved: SavedSearch, folders: Sequence[Folder]) -> Entry:
    is_lost = saved.folder is not None and watched_part(saved.folder, folders) is None
    return Entry(
        legible(saved.name),
        where_saved(saved, folders, library.saved.asked_by(saved)),
        key=f"saved {saved.search_id}",
        saved=saved,
        fault=_LOST if is_lost else "",
    )
