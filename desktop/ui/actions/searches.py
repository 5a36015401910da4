"""SearchCommands: what can be done with saved searches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from desktop.legible import legible
from desktop.library import NO_NAME, SavedSearch
from desktop.ui.actions.naming import Naming
from desktop.ui.bridge import Bridge
from desktop.ui.places.place import Place, likeness_name


class SearchCommands(QObject):
    """Main thread.

    Signals: told(str, str): something to be said, and a hint.
    """

    told = Signal(str, str)

    def __init__(
        self,
        bridge: Bridge,
        here: Callable[[], Place],
        find: Callable[[Place], SavedSearch | None],
        window: QWidget,
    ) -> None:
        """here: where the person is. find: the saved search that leads to a place."""
        super().__init__(window)
        self._bridge = bridge
        self._here = here
        self._find = find
        self._naming = Naming(bridge, "Saved search", self)

    def can_save(self) -> bool:
        """Whether anything is searched for."""
        query = self._here().query
        return query is not None and bool(query.text or query.has_likeness)

    def is_saved(self) -> bool:
        return self._find(self._here()) is not None

    @Slot()
    def save(self) -> None:
        """Ask for a name, and save what is searched for here under it."""
        place = self._here()
        if place.query is None or not self.can_save():
            return
        known = self._find(place)
        if known is not None:
            self.told.emit(f"This is saved as “{legible(known.name)}”.", "It is in the sidebar.")
            return
        if place.query.has_likeness and place.query.like_path is None:
            self.told.emit(*NO_NAME)
            return
        query, saved = replace(place.query, filter=place.filter), self._bridge.library.saved
        name = query.text or f"Similar to {likeness_name(query)}"
        self._naming.ask(
            "Save this search under the name", name, lambda name: saved.save(name, query)
        )

    @Slot(object)
    def rename(self, saved: SavedSearch) -> None:
        rename = partial(self._bridge.library.saved.rename, saved.search_id)
        self._naming.ask("Rename saved search", saved.name, rename)

    @Slot(object)
    def forget(self, saved: SavedSearch) -> None:
        self._naming.ask_to_delete(
            "Delete saved search",
            f"Delete the saved search “{legible(saved.name)}”?",
            "The photos that it finds stay where they are.",
            partial(self._bridge.library.saved.forget, saved.search_id),
        )

    @Slot(object, int)
    def move(self, saved: SavedSearch, step: int) -> None:
        self._naming.do(partial(self._bridge.library.saved.move, saved.search_id, step))
