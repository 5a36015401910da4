"""Renaming: where the person is, and was, when something there is renamed or forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, Slot

from desktop.legible import legible
from desktop.library import Query, concept_renamed
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.places.place import ALL, Place
from desktop.ui.window.navigation import Navigation


class Renaming(QObject):
    """Main thread."""

    def __init__(self, bridge: Bridge, navigation: Navigation) -> None:
        super().__init__(navigation)
        self._bridge = bridge
        self._navigation = navigation

    @Slot(str, str)
    def rename_concept(self, before: str, name: str) -> None:
        """What asks for it asks for its new name."""

        def changed(place: Place) -> Place:
            query = place.query
            if query is None:
                return place
            renamed = concept_renamed(query.sentence, before, name)
            if renamed == query.sentence:
                return place
            return replace(place, query=replace(query, text=str(renamed)))

        self._navigation.rename(changed, asks=True)

    @Slot(object)
    def leave(self, query: Query) -> None:
        """What this found is gone: where nothing else is asked, show all photos."""
        here = self._navigation.place
        if here.query is not None and here.query.asks_like(query):
            self._navigation.go(ALL.arranged_as(here))

    @Slot()
    def find_theme_names(self) -> None:
        """A theme may be called otherwise now."""
        names = self._bridge.library.themes.names
        self._bridge.do(Lane.READ, names, self, self._on_theme_names, key="theme names")

    def _on_theme_names(self, names: Mapping[int, str]) -> None:
        def changed(place: Place) -> Place:
            name = names.get(place.theme_id or 0)
            return place if name is None else place.called(legible(name))

        self._navigation.rename(changed, asks=False)
