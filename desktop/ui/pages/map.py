"""MapPage: the map with what is around it: colours, drawing, what is done with chosen photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.errors import UserError
from desktop.library import (
    Change,
    Grouped,
    Library,
    MapLabel,
    Photo,
    PhotoMap,
    PhotosChanged,
)
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look import wording
from desktop.ui.look.parts import keeps_focus, styled
from desktop.ui.look.theme import Colours
from desktop.ui.map.hover_card import HoverCard
from desktop.ui.map.legend import Legend
from desktop.ui.map.near import NearPictures
from desktop.ui.map.palette import tints
from desktop.ui.map.view import MapView
from desktop.ui.pages.map_drawing import MapDrawing
from desktop.ui.pages.map_head import ChosenBar, MapHead
from desktop.ui.pages.page import Page
from desktop.ui.places.place import Place, Spot, of_photos

REFRESH_MS = 3_000
"""Photos that come while indexing find their place at most this often."""

MOST_CHOSEN = 2_000
"""Of so many chosen photos at most the records are read, for what is done with each."""


@dataclass(frozen=True, slots=True)
class MapShown:
    """A map with its words and what it is coloured by; None for one colour."""

    map: PhotoMap
    labels: tuple[MapLabel, ...]
    groups: Grouped | None


def look_up(library: Library, by: str, places_new: bool) -> MapShown | None:
    """Not on the main thread: 0.5 s for 100,000 photos."""
    found = library.map.place_new() if places_new else library.map.find()
    if found is None:
        return None
    grouping = library.map.all_groupings.get(by)
    groups = grouping(found.photo_ids) if grouping is not None else None
    return MapShown(found, tuple(library.map.labels(found)), groups)


class MapPage(Page):
    """Signals:
    place_wanted(Place, bool): show these photos; True to type what is searched for among them.
    similar_wanted(Photo): find what resembles this one.
    menu_wanted(QPoint): what can be done with the chosen photos, at a place of the screen.
    chosen_changed: the photos that an action would be about.
    """

    place_wanted = Signal(object, bool)
    similar_wanted = Signal(object)
    menu_wanted = Signal(QPoint)
    chosen_changed = Signal()

    def __init__(self, bridge: Bridge, colours: Colours) -> None:
        super().__init__()
        styled(self, "mapPage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._bridge = bridge
        self._colours = colours
        self._shown: MapShown | None = None
        self._photos: list[Photo] = []
        self.thumbnails = NearPictures(bridge, self)
        self.view = MapView(self.thumbnails, colours)
        self.head = MapHead(colours)
        self.drawing = MapDrawing(bridge, colours, self.view)
        self.bar = ChosenBar()
        self.legend = Legend()
        self.card = HoverCard(self.view.viewport(), self.thumbnails)
        self._refresh = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._refresh.timeout.connect(self._place_new)
        self._lay_out()
        self._connect()
        self.dress(colours)

    def _lay_out(self) -> None:
        below = QWidget()
        row = QVBoxLayout(below)
        row.setContentsMargins(16, 8, 16, 8)
        row.addWidget(self.legend)
        self._below = below
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.drawing)
        column.addWidget(self.view, 1)
        column.addWidget(self.bar)
        column.addWidget(below)
        self._show_parts()

    def _connect(self) -> None:
        view, head, bar = self.view, self.head, self.bar
        head.draw_wanted.connect(self.drawing.start)
        head.zoomed_in.connect(view.zoom_in)
        head.zoomed_out.connect(view.zoom_out)
        head.fitted.connect(view.fit)
        head.lasso_toggled.connect(self._use_lasso)
        head.grouping_chosen.connect(self._look_up)
        self.drawing.drawn.connect(self._look_up)
        self.drawing.changed.connect(self._show_parts)
        view.chosen_changed.connect(self._on_chosen)
        view.hovered.connect(self._on_hovered)
        view.opened.connect(self._on_opened)
        view.menu_wanted.connect(self.menu_wanted)
        bar.show_wanted.connect(partial(self._leave, False))
        bar.search_wanted.connect(partial(self._leave, True))
        bar.similar_wanted.connect(self._find_similar)
        bar.none_wanted.connect(view.choose_none)
        self._bridge.map_changed.connect(self._look_up)
        self._bridge.model_changed.connect(self._look_up_in_view)
        self._bridge.themes_changed.connect(self._look_up_in_view)
        self._bridge.photos_changed.connect(self._on_photos_changed)

    def starts_at(self) -> Sequence[QWidget]:
        return self.view, self.drawing.draw_button

    def dress(self, colours: Colours) -> None:
        self._colours = colours
        self.head.dress(colours)
        self.drawing.dress(colours)
        self.view.dress(colours)
        self._dye()

    # the page

    def show_place(self, place: Place, spot: Spot | None) -> None:  # noqa: ARG002
        self.head.offer(tuple(self._bridge.library.map.all_groupings))
        self._look_up()

    @property
    def has_photo(self) -> bool:
        return bool(self._photos)

    def chosen(self) -> list[tuple[Photo, float | None]]:
        return [(photo, None) for photo in self._photos]

    def stop(self) -> None:
        """Give up what is being drawn, and end the threads that load pictures. Any thread."""
        self.drawing.stop()
        self.thumbnails.stop()

    # what is shown

    @Slot()
    def _look_up(self) -> None:
        self._ask(Lane.READ, places_new=False)

    @Slot()
    def _look_up_in_view(self) -> None:
        if self.isVisible():
            self._look_up()

    @Slot()
    def _place_new(self) -> None:
        if self.isVisible():
            self._ask(Lane.COUNT, places_new=True)

    def _ask(self, lane: Lane, places_new: bool) -> None:
        work = partial(look_up, self._bridge.library, self.head.grouping, places_new)
        self._bridge.do(lane, work, self, self._on_map, key="map")

    def _on_map(self, shown: MapShown | None) -> None:
        before, self._shown = self._shown, shown
        self._show_parts()
        if shown is None:
            return
        is_same = (
            before is not None
            and np.array_equal(before.map.photo_ids, shown.map.photo_ids)
            and np.array_equal(before.map.points, shown.map.points)
        )
        if not is_same:
            self.view.show_map(shown.map)
        self.view.show_labels(shown.labels)
        self._dye()
        self._on_chosen()
        if shown.map.n_waiting:
            self._refresh.start()

    @Slot()
    def _show_parts(self) -> None:
        """Show the map where there is one, else what is missing."""
        shown = self._shown
        has_map = shown is not None and len(shown.map.photo_ids) > 0
        with keeps_focus(self, self.drawing.cancel_button, self.view):
            self.drawing.show_state(has_map)
            for part in (self.view, self._below):
                part.setVisible(has_map)
            self.head.show_state(shown.map if shown is not None else None, self.drawing.is_on)
        self.bar.setVisible(has_map and bool(len(self.view.chosen_ids)))

    def _dye(self) -> None:
        shown = self._shown
        if shown is not None:
            dyed = tints(len(shown.map.photo_ids), shown.groups, self._colours)
            self.view.dye(dyed)
            self.legend.show_marks(dyed.legend)

    @Slot(object)
    def _on_photos_changed(self, event: PhotosChanged) -> None:
        self.thumbnails.forget()
        if self.isVisible() and event.what & (Change.THERE | Change.FOUND):
            self._refresh.start()

    @Slot(bool)
    def _use_lasso(self, uses: bool) -> None:
        self.view.uses_lasso = uses
        self.view.setFocus()

    @Slot(int, QPoint)
    def _on_hovered(self, row: int, at: QPoint) -> None:
        photo_id = int(self.view.photo_ids[row]) if row >= 0 else None
        if photo_id is not None and self.thumbnails.photo(photo_id) is None:
            near = [int(self.view.photo_ids[each]) for each in self.view.near.rows]
            self.thumbnails.want([photo_id, *near])
        self.card.show_photo(photo_id, at)

    # what is done

    @Slot()
    def _on_chosen(self) -> None:
        ids = self.view.chosen_ids
        self.bar.show_number(len(ids))
        self.bar.setVisible(bool(len(ids)))
        self._photos = []
        self.chosen_changed.emit()
        if len(ids):
            work = partial(self._bridge.library.photos.get, ids[:MOST_CHOSEN].tolist())
            self._bridge.do(Lane.READ, work, self, self._on_records, key=(self, "chosen"))

    def _on_records(self, photos: list[Photo]) -> None:
        self._photos = photos
        self.chosen_changed.emit()

    @Slot()
    def _find_similar(self) -> None:
        for photo in self._photos[:1]:
            self.similar_wanted.emit(photo)

    @Slot(int)
    def _on_opened(self, row: int) -> None:
        """All that is chosen, if this one is; else this one."""
        ids = self.view.chosen_ids
        photo_id = self.view.photo_ids[row]
        self._show_photos(ids if photo_id in ids else np.array([photo_id]), False)

    def _leave(self, to_search: bool) -> None:
        self._show_photos(self.view.chosen_ids, to_search)

    def _show_photos(self, ids: np.ndarray, to_search: bool) -> None:
        if len(ids):
            title = f"{wording.count_photos(len(ids))} of the map"
            self.place_wanted.emit(of_photos(title, "map", ids.tolist()), to_search)

    @Slot(object)
    def tell(self, error: UserError) -> None:
        self._bridge.failed.emit(error)
