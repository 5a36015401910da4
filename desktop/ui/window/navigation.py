"""Navigation: where the person is, and the ways from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot

from desktop.library import (
    Clause,
    Fault,
    Folder,
    Library,
    Photo,
    Query,
    Status,
    faults,
    parse,
)
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look.pixels import Pixels, to_pixels
from desktop.ui.places.place import (
    ALL,
    MAP,
    PHOTOS_PAGE,
    PROBLEMS,
    THEMES,
    Arrangement,
    History,
    Order,
    Place,
    Spot,
    in_folder,
)
from desktop.ui.window.frame import Frame
from desktop.ui.window.search_bar import CHIP_PICTURE_PX


class Navigation(QObject):
    """Goes from place to place, and back. Main thread.

    Signals: moved(Place): the person is there now.
    """

    moved = Signal(object)

    def __init__(self, bridge: Bridge, frame: Frame, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._frame = frame
        self._grid = frame.results.grid
        self._model = frame.results.model
        self._history = History(ALL)
        self._folders: tuple[Folder, ...] | None = None
        self._meant = ""
        self._next_row: int | None = None

    def connect_parts(self) -> None:
        frame = self._frame
        frame.said.said.connect(frame.search.say)
        frame.said.emptied.connect(frame.search.focus_words)
        frame.search.began.connect(frame.results.asking.get_ready)
        frame.search.typed.connect(self._on_typed)
        frame.search.entered.connect(self._keep)
        frame.search.likeness_dropped.connect(self._drop_likeness)
        frame.search.likeness_opened.connect(self.view_likeness)
        frame.search.left.connect(self._enter_grid)
        frame.sidebar.place_chosen.connect(self.look_into)
        frame.sidebar.date_left.connect(self.leave_date)
        frame.results.coverage.problems_wanted.connect(self.show_problems)
        frame.results.coverage.folder_wanted.connect(self.show_folder)
        frame.themes.then(lambda page: page.place_chosen.connect(self.go))
        frame.results.order_menu.chosen.connect(self.arrange)
        frame.viewer.left.connect(self._leave_viewer)
        frame.viewer.marked.connect(self.mark)
        self._grid.opened.connect(self.view_photo)
        self._grid.typed.connect(frame.search.type_more)
        self._grid.marked.connect(self.mark)
        frame.results.marks.clear_wanted.connect(self.clear_marks)
        frame.results.asking.answered.connect(self._choose_next)

    @property
    def place(self) -> Place:
        """Where the person is."""
        return self._history.current

    def chosen(self) -> list[tuple[Photo, float | None]]:
        """The photos an action is about, with their scores, the current one first."""
        viewer = self._frame.viewer
        if self._frame.shows_viewer:
            photo = viewer.photo
            return [(photo, self._model.score_at(viewer.row))] if photo else []
        return self._frame.page_of(self.place).chosen()

    def has_photo(self) -> bool:
        """Whether there is a photo that an action could be about."""
        if self._frame.shows_viewer:
            return not self._frame.viewer.shows_likeness
        return self._frame.page_of(self.place).has_photo

    # going

    def start(self) -> None:
        """Show the first place."""
        self._show(self.place)

    @Slot(object)
    def go(self, place: Place) -> None:
        """Show this place, wherever the person is."""
        if not self._move(place):
            self._frame.show_library()

    def _move(self, place: Place, leaves_viewer: bool = True) -> bool:
        """False when the person is there already."""
        place = place.knowing(self._bridge.library.attributes.names)
        is_new = self._history.push(place, self._frame.page_of(self.place).spot())
        if is_new:
            self._show(place, leaves_viewer=leaves_viewer)
        return is_new

    @Slot(object, bool)
    def go_and_ask(self, place: Place, asks: bool) -> None:
        """Go to a place; asks: to type what is searched for there."""
        self.go(place.arranged_as(self.place))
        if asks:
            self.focus_search()

    @Slot(object)
    def look_into(self, place: Place) -> None:
        """Go to a place of the sidebar. What is searched for now is searched for there, unless that
        is a saved search."""
        here = self.place
        if place.page == PHOTOS_PAGE:
            place = place.arranged_as(here)
            is_free = place.query is None and place.filter != ALL.filter
            if here.query is not None and is_free:
                place = place.search(here.query)
        self.go(place)

    @Slot(object)
    def ask(self, query: Query) -> None:
        """Search the whole library."""
        self.go(ALL.arranged_as(self.place).search(query))

    def rename(self, changed: Callable[[Place], Place], asks: bool) -> None:
        """What is called otherwise now is called so here and on the ways back and forward. asks:
        it is asked for by its name, and so anew."""
        if not self._history.change(changed):
            return
        if asks:
            self._show(self.place, self._frame.page_of(self.place).spot(), leaves_viewer=False)
        else:
            self._frame.results.rename(self.place)

    @Slot()
    def show_all(self) -> None:
        self.look_into(ALL)

    @Slot()
    def leave_date(self) -> None:
        """From a year or month to what it is a part of; a search that stands goes on there."""
        here = self.place
        if here.whole is not None:
            self.go(here.whole.arranged_as(here).search(here.query or Query()))

    @Slot()
    def show_problems(self) -> None:
        self.go(PROBLEMS)

    @Slot()
    def show_map(self) -> None:
        self.go(MAP)

    @Slot(object)
    def show_folder(self, path: Path) -> None:
        """List what is in a watched folder."""
        for folder in self._folders or ():
            if folder.path == path:
                self.go(in_folder(folder).arranged_as(self.place))

    @Slot()
    def show_themes(self) -> None:
        self.go(THEMES)

    def can_go_back(self) -> bool:
        return self._history.can_go_back or self._frame.shows_viewer

    def can_go_forward(self) -> bool:
        return self._history.can_go_forward

    @Slot()
    def go_back(self) -> None:
        if self._frame.shows_viewer:
            self._frame.viewer.leave()
        elif self._history.can_go_back:
            self._step(-1)

    @Slot()
    def go_forward(self) -> None:
        if self._history.can_go_forward:
            self._step(+1)

    @Slot()
    def escape(self) -> None:
        """Leave the search, or a page that is not about photos, or a year or month."""
        self._frame.search.stop_typing()
        if self.place.query is not None:
            self.go(self.place.search(Query()))
        elif self.place.page != PHOTOS_PAGE:
            self.show_all()
        elif self.place.whole is not None:
            self.leave_date()
        else:
            self._frame.search.show_place(self.place)

    def _step(self, steps: int, leaves_viewer: bool = True) -> None:
        visit = self._history.go(steps, self._frame.page_of(self.place).spot())
        place = visit.place.knowing(self._bridge.library.attributes.names)
        self._show(place, visit.spot, leaves_viewer)

    def _show(self, place: Place, spot: Spot | None = None, leaves_viewer: bool = True) -> None:
        frame = self._frame
        if leaves_viewer:
            frame.show_library()
        frame.viewer.show_question(place.query if self.can_mark() else None)
        frame.page_of(place).show_place(place, spot)
        frame.search.show_place(place)
        self._picture_chip(place.query)
        frame.said.show_text(place.query.text if place.query is not None else "")
        frame.sidebar.mark(place)
        self._turn()
        self.moved.emit(place)

    def _picture_chip(self, query: Query | None) -> None:
        """Have the chip in the search bar show the photo that others shall resemble."""
        bridge, photo_id = self._bridge, query.like_photo_id if query is not None else None
        if photo_id is None:
            bridge.forget("chip")
            return
        work = partial(_small_picture, bridge.library, photo_id)
        bridge.do(Lane.IMAGE, work, self, self._frame.search.show_picture, key="chip")

    def _turn(self) -> None:
        """Where photos would be shown, welcome a person whose library has no folder."""
        is_welcome = self._folders == () and self.place.page == PHOTOS_PAGE
        page = self._frame.welcome() if is_welcome else self._frame.page_of(self.place)
        self._frame.turn_to(page)

    def show_status(self, status: Status) -> None:
        self._folders = status.folders
        self._turn()
        place = self.place.knowing(status.attributes)
        if place is not self.place:  # the same words may mean something else now
            self._history.push(place)
            self._show(place, self._frame.page_of(place).spot(), leaves_viewer=False)

    # order

    def can_order(self) -> bool:
        """Photos that are found stand best first, whatever is chosen."""
        return self.place.page == PHOTOS_PAGE and self.place.is_listing

    def is_oldest_first(self) -> bool:
        return self.place.order is Order.OLDEST_FIRST

    @Slot(bool)
    def toggle_order(self, is_oldest_first: bool) -> None:
        order = Order.OLDEST_FIRST if is_oldest_first else Order.NEWEST_FIRST
        self.go(replace(self.place, order=order))

    @Slot(object)
    def arrange(self, arrangement: Arrangement) -> None:
        """Show what is found here in another order; the way back leads to the one before."""
        self._keep()
        self.go(replace(self.place, arrangement=arrangement, is_draft=False))

    # words

    @Slot()
    def focus_search(self) -> None:
        self._frame.show_library()
        self._frame.search.focus_words()

    @Slot(object)
    def add(self, clauses: Sequence[Clause]) -> None:
        """Ask for this, too."""
        self._frame.show_library()
        text = self.place.query.text if self.place.query is not None else ""
        sentence = parse(text, self._bridge.library.attributes.names).sentence
        for clause in clauses:
            sentence = sentence.with_clause(clause)
        self._frame.search.say(str(sentence))

    @Slot(str)
    def _on_typed(self, words: str) -> None:
        self._meant = ""
        self._frame.said.show_text(words)
        names = self._bridge.library.attributes.names
        found = faults(words, names)
        names_photos = any(isinstance(part, Clause) for part, _, _ in parse(words, names).places)
        if found or not names_photos:
            self._bridge.forget("faults")
            self._search_for(words, found)
        else:
            work = partial(self._bridge.library.meanings.faults, words)
            then = partial(self._search_for, words)
            self._bridge.do(Lane.READ, work, self, then, key="faults")

    def _search_for(self, words: str, found: Sequence[Fault]) -> None:
        """What was found before stays until it can be told what is meant."""
        here = self.place if self.place.page == PHOTOS_PAGE else ALL
        query = here.query or Query()
        if found:
            search, said = self._frame.search, self._frame.said
            at = search.mapToGlobal(QPoint(search.x_of(found[0].start), 0))
            said.show_fault(found[0], said.mapFromGlobal(at).x())
        elif words.strip() != query.text:
            is_draft = self._meant != words.strip()
            query = replace(query, text=words.strip(), more=(), less=())
            self.go(here.search(query, is_draft))

    @Slot()
    def _keep(self) -> None:
        """Keep the words typed so far in the history, also those that are still looked into."""
        self._meant = self._frame.search.words.strip()
        self._history.push(replace(self.place, is_draft=False))

    @Slot()
    def _drop_likeness(self) -> None:
        words = self.place.query.text if self.place.query is not None else ""
        self.go(self.place.search(Query(text=words)))

    @Slot()
    def _enter_grid(self) -> None:
        self._grid.setFocus(Qt.FocusReason.TabFocusReason)
        if not self._grid.currentIndex().isValid():
            self._grid.choose(0)

    # marks

    def can_mark(self) -> bool:
        """Whether it can be said of a photo that it is what is searched for, or not."""
        is_found = self.place.query is not None and not self.place.is_listing
        frame = self._frame
        return is_found and not (frame.shows_viewer and frame.viewer.shows_likeness)

    def can_unmark(self) -> bool:
        """Whether the last thing that was done was to mark photos."""
        before = self._history.previous
        return before is not None and before.differs_by_marks(self.place)

    @Slot()
    def unmark(self) -> None:
        """As it was before the last mark; the viewer stays."""
        if self.can_unmark():
            self._step(-1, leaves_viewer=False)

    @Slot()
    def mark_more(self) -> None:
        self._mark_chosen(is_more=True)

    @Slot()
    def mark_less(self) -> None:
        self._mark_chosen(is_more=False)

    def _mark_chosen(self, is_more: bool) -> None:
        """The next photo to be marked is the one that stands there then."""
        if self._frame.shows_viewer:
            self._frame.viewer.mark(is_more)
            return
        self._next_row = self._grid.currentIndex().row()
        self._mark([photo.photo_id for photo, _ in self.chosen()], is_more)

    @Slot(int, bool)
    def mark(self, photo_id: int, is_more: bool) -> None:
        """Search with one more mark, or one less where it was marked so."""
        self._mark([photo_id], is_more)

    @Slot()
    def clear_marks(self) -> None:
        query = self.place.query
        if query is not None:
            self.go(replace(self.place, query=replace(query, more=(), less=())))

    def _mark(self, photo_ids: Sequence[int], is_more: bool) -> None:
        query = self.place.query
        if query is not None and self.can_mark():
            self._keep()
            marked = query.marked(photo_ids, is_more)
            self._move(replace(self.place, query=marked, is_draft=False), leaves_viewer=False)

    @Slot()
    def _choose_next(self) -> None:
        row, self._next_row = self._next_row, None
        if row is not None:
            self._grid.choose(min(row, self._model.rowCount() - 1))

    # one photo

    @Slot()
    def view_current(self) -> None:
        self.view_photo_at(self._grid.currentIndex().row())

    @Slot(int)
    def view_photo(self, photo_id: int) -> None:
        row = self._model.row_of(photo_id)
        if row is not None:
            self.view_photo_at(row)

    def view_photo_at(self, row: int) -> None:
        if not 0 <= row < self._model.rowCount():
            return
        self._keep()
        self._frame.show_viewer()
        self._frame.viewer.view(row)
        self._frame.viewer.show_question(self.place.query if self.can_mark() else None)
        self._frame.viewer.setFocus()
        self.moved.emit(self.place)

    @Slot()
    def view_likeness(self) -> None:
        """Show the picture that others shall resemble."""
        query = self.place.query
        if query is None or not query.has_likeness:
            return
        self._keep()
        self._frame.show_viewer()
        self._frame.viewer.view_likeness(query)
        self._frame.viewer.setFocus()
        self.moved.emit(self.place)

    @Slot(int)
    def _leave_viewer(self, row: int) -> None:
        self._frame.show_library()
        self._grid.choose(row)
        self._grid.setFocus()
        self._grid.doItemsLayout()
        self.moved.emit(self.place)


def _small_picture(library: Library, photo_id: int) -> Pixels | None:
    """On the thread of images."""
    photos = library.photos.get([photo_id])
    image = library.pictures.load_thumbnail(photos[0], CHIP_PICTURE_PX) if photos else None
    return to_pixels(image) if image is not None else None
