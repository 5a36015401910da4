"""ResultsPage: a headline, an honest note, and the grid; or what to do where there is nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSlider,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.errors import UserError
from desktop.library import (
    LISTED,
    Band,
    Photo,
    Query,
    Results,
    Status,
    Verdict,
)
from desktop.ui.bridge import Bridge
from desktop.ui.grid.grid import MAX_CELL_PX, MIN_CELL_PX, STEP_CELL_PX, Grid
from desktop.ui.grid.results_model import ResultsModel
from desktop.ui.look import wording
from desktop.ui.look.icons import icon
from desktop.ui.look.parts import ElidedLabel, EmptyState, plain_tip, styled, text_label
from desktop.ui.look.theme import Colours
from desktop.ui.pages.bursts import ListedBursts
from desktop.ui.pages.coverage_line import CoverageLine
from desktop.ui.pages.emptiness import emptiness
from desktop.ui.pages.headings import asks_for_likeness, here, n_photos_of, sections, title
from desktop.ui.pages.marks_row import MarksRow
from desktop.ui.pages.order_menu import OrderMenu, order_words
from desktop.ui.pages.page import Page
from desktop.ui.pages.sayings import saying
from desktop.ui.places.answers import (
    Answer,
    agree,
    collapsed,
    keep_cell,
    without_weak,
)
from desktop.ui.places.asking import Asking
from desktop.ui.places.listed import put_together
from desktop.ui.places.place import Arrangement, Place, Spot

NARROW_PX = 420
"""On a page that is narrower than this, the title needs the room of the slider for sizes."""
LOW_PX = 340
"""A page that is lower than this says in one line what else has lines of its own."""
_IN_SHORT = {Verdict.NOTHING: "Nothing like that here", Verdict.WEAK: "None is certain"}


class ResultsPage(Page):
    """Signals: cell_chosen(px): the size slider was moved."""

    cell_chosen = Signal(int)

    def __init__(self, bridge: Bridge, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("resultsPage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = ResultsModel(bridge, self)
        self.grid = Grid(self.model, colours)
        self.asking = Asking(bridge, self)
        self._bridge = bridge
        self._colours = colours
        self._status: Status | None = None
        self._answer: Answer | None = None
        self._whole: Answer | None = None
        self._shows_weak = False
        self._collapses = True
        self.bursts = ListedBursts(bridge, self)
        self._opened: set[int] = set()
        self._is_answered = False
        self._n_hidden = 0
        self._is_searching = False
        self._title = ElidedLabel("title", Qt.TextElideMode.ElideMiddle)
        self.coverage = CoverageLine(colours)
        self._note = text_label("", "note")
        self.marks = MarksRow()
        self.order_menu = OrderMenu(self)
        self.order_button = styled(QToolButton(), "plain")
        self.fill_button = styled(QToolButton(), "plain")
        self.weak_button = QPushButton()
        self._weak = QWidget()  # with the room around the button
        self._size = QSlider(Qt.Orientation.Horizontal)
        self._stack = QStackedWidget()
        self.empty = EmptyState(colours)
        self._slow = QTimer(self, singleShot=True, interval=300)
        self._slow.timeout.connect(self._say_searching)
        self._set_up()
        self._lay_out()

    def _set_up(self) -> None:
        self._title.setAccessibleName("What is shown")
        self._note.setWordWrap(True)
        self._note.setAccessibleName("Note about the results")
        self._note.hide()
        self._size.setRange(MIN_CELL_PX, MAX_CELL_PX)
        self._size.setSingleStep(STEP_CELL_PX)
        self._size.setPageStep(STEP_CELL_PX * 2)
        self._size.setFixedWidth(112)
        self._size.setAccessibleName("Size of thumbnails")
        self._size.setToolTip("Size of thumbnails")
        self._size.valueChanged.connect(self._on_size)
        self.grid.cell_chosen.connect(self._size.setValue)
        self.grid.stack_pressed.connect(self.toggle_stack)
        self.order_button.setToolTip("Order, variety and how much is called likely")
        self.order_button.setMenu(self.order_menu)
        self.order_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.order_button.hide()
        self._weak.hide()
        self.weak_button.clicked.connect(self._show_weak)
        self.coverage.weaker_wanted.connect(self._show_weak)
        self.asking.answered.connect(self._show_whole)
        self.bursts.changed.connect(self._show_list_again)
        self.asking.refused.connect(self._show_refusal)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 22, 0)
        head.setSpacing(12)
        head.addWidget(self._title, 1)
        head.addWidget(self.order_button, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.fill_button, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self._size, 0, Qt.AlignmentFlag.AlignVCenter)
        covered = QHBoxLayout()
        covered.setContentsMargins(16, 0, 22, 8)
        covered.addWidget(self.coverage)
        note = QHBoxLayout()
        note.setContentsMargins(16, 0, 22, 8)
        note.addWidget(self._note)
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(covered)
        column.addWidget(self.marks)
        column.addLayout(note)
        column.addWidget(self._stack, 1)
        weak = QHBoxLayout(self._weak)
        weak.setContentsMargins(16, 6, 16, 8)
        weak.addWidget(self.weak_button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._weak)

    def starts_at(self) -> Sequence[QWidget]:
        return (self.grid,)

    def dress(self, colours: Colours) -> None:
        self._colours = colours
        self.grid.photo_painter.colours = colours
        self.empty.dress(colours)
        self.coverage.dress(colours)
        self.fill_button.setIcon(icon("crop-fill", colours.muted))
        self.fill_button.setIconSize(QSize(20, 20))
        self._dress_order()
        self.order_button.setIconSize(QSize(20, 20))
        if self._answer is not None:
            self.grid.set_sections(sections(self._answer, self._colours))
        self.grid.viewport().update()

    def _dress_order(self) -> None:
        """In another colour where photos do not stand by match alone, as they may for long."""
        arrangement = self.asking.place.arrangement
        is_usual = arrangement == Arrangement()
        colour = self._colours.muted if is_usual else self._colours.accent
        self.order_button.setIcon(icon("order", colour))
        self.order_button.setAccessibleName(f"Order and variety: {order_words(arrangement)}")

    @property
    def is_settled(self) -> bool:
        """Whether the newest answer is shown, with all pictures in view that there are."""
        return self._is_answered and self.grid.is_settled

    @property
    def said(self) -> str:
        """What stands below the title: how much was searched."""
        return self.coverage.said

    @property
    def note(self) -> str:
        """What is said about the answer; "" where nothing is."""
        return "" if self._note.isHidden() else self._note.text()

    def set_cell_px(self, cell_px: int) -> None:
        self._size.setValue(cell_px)
        self.grid.set_cell_px(cell_px)

    @Slot(object)
    def show_status(self, status: Status) -> None:
        self._status = status
        if self._answer is not None:
            self._show_words(self._answer)
            self._show_emptiness(self._answer)

    def rename(self, place: Place) -> None:
        """What is shown is called otherwise now."""
        self.asking.rename(place)
        if self._answer is not None:
            self._answer = replace(self._answer, place=place)
            self._show_words(self._answer)

    def show_place(self, place: Place, spot: Spot | None) -> None:
        self._is_answered = False
        if not place.differs_by_marks(self.asking.place):
            self._shows_weak = spot is not None and spot.shows_weak
            self._opened = set(spot.opened) if spot is not None else set()
        self.order_button.setVisible(not place.is_listing)
        self.order_menu.show_place(place)
        if not place.is_listing:
            self._slow.start()
        self.asking.ask(place, spot)
        self._dress_order()

    def spot(self) -> Spot | None:
        spot, (current, _) = self.grid.spot() or Spot(0, 0), self.grid.chosen_ids()
        opened = frozenset(self._opened)
        return replace(spot, current_id=current, shows_weak=self._shows_weak, opened=opened)

    @property
    def has_photo(self) -> bool:
        return self.grid.currentIndex().isValid()

    def chosen(self) -> list[tuple[Photo, float | None]]:
        photos = [(self.model.photo_at(row), row) for row in self.grid.chosen_rows()]
        return [(p, self.model.score_at(row)) for p, row in photos if p is not None]

    @property
    def photo_ids(self) -> NDArray[np.int64]:
        """All photos that are shown; of a list by date, those behind others, too."""
        whole = self._whole
        is_list = whole is not None and whole.results is None
        return whole.photo_ids if whole is not None and is_list else self.model.photo_ids

    @property
    def model_name(self) -> str:
        """The model that answered; "" where none was asked."""
        results = self._whole.results if self._whole is not None else None
        return results.model_id.partition("@")[0] if results is not None else ""

    @Slot(object)
    def _show_whole(self, answer: Answer) -> None:
        """Show an answer; what is unlikely only where the person wants it."""
        self._whole = answer
        sensitivity = self._bridge.library.settings.sensitivity
        self.order_menu.show_sensitivity(sensitivity.get(self.model_name, 0.0))
        if answer.results is None:
            answer = put_together(answer, self.bursts.groups, self._opened)
        elif self._collapses:
            answer = collapsed(answer, self._opened)
        self._show_answer(answer if self._shows_weak else without_weak(answer))
        shown = set(self.model.photo_ids.tolist())
        hidden = [hit for hit in answer.hits if hit.photo_id not in shown]
        self._n_hidden = n_photos_of(answer, hidden)
        if self._answer is not None:
            self._show_words(self._answer)

    @Slot()
    def _show_weak(self) -> None:
        self._shows_weak = True
        self.grid.setFocus()  # what was pressed goes, and the keys go on with what it shows
        self._show_again()
        bands = (hit.band for hit in self.model.hits)
        first = next((row for row, band in enumerate(bands) if band is Band.UNLIKELY), None)
        if first is not None and self._answer is not None and not self._answer.headers_of:
            self.grid.scrollTo(self.model.index(first))

    def collapse(self, collapses: bool) -> None:
        """Put look-alikes together, or show each by itself."""
        if collapses != self._collapses:
            self._collapses = collapses
            self._show_again()

    @Slot(int)
    def toggle_stack(self, photo_id: int) -> None:
        """Show the look-alikes of a photo behind it, or put them together again."""
        whole = self._whole
        if whole is None:
            return
        group = set(self.bursts.groups.with_photo(photo_id))
        if whole.results is not None:
            group = next((set(each) for each in whole.alike if photo_id in each), {photo_id})
        if self._opened.isdisjoint(group):
            self._opened.add(photo_id)
        else:
            self._opened -= group
        self._show_again()

    @Slot()
    def _show_list_again(self) -> None:
        if self._whole is not None and self._whole.results is None:
            self._show_again()

    def _show_again(self) -> None:
        if self._whole is not None:
            again = replace(self._whole, is_refresh=True, is_confirmation=False)
            self._show_whole(replace(again, spot=None))

    def _show_answer(self, answer: Answer) -> None:
        """Show photos. A refreshed answer leaves the spot, the current photo and the selection."""
        self._slow.stop()
        self._is_searching = False
        self._is_answered = answer.is_final
        first = self._answer
        if answer.is_confirmation and first is not None:
            if agree(first, answer):
                return
            if (row := self.grid.row_under_mouse) is not None:
                answer = keep_cell(first, answer, row)
        self._answer = answer
        grid = self.grid
        spot = answer.spot
        if answer.is_confirmation:
            was_at = spot.photo_id if spot is not None else 0
            was_found = not was_at or self.model.row_of(was_at) is not None
            spot = grid.hold(answer.photo_ids) if was_found else spot
        elif answer.is_refresh:
            spot = grid.spot()
        chosen = grid.chosen_ids()
        query = answer.place.query or Query()
        marks = dict.fromkeys(query.more, True) | dict.fromkeys(query.less, False)
        self.model.is_likeness = asks_for_likeness(query)
        self.model.set_photos(answer.photo_ids, answer.hits, marks, answer.stacks)
        grid.offers_marks = answer.results is not None
        self.marks.show_query(query)
        grid.set_sections(sections(answer, self._colours))
        if answer.is_refresh:
            grid.restore_ids(*chosen)
        elif spot is not None and spot.current_id is not None:
            grid.restore_ids(spot.current_id, [spot.current_id])
        if spot is not None or not answer.is_refresh:
            grid.go_to(spot)
        grid.hover()
        self._show_words(answer)
        self._show_emptiness(answer)

    @Slot(object, object)
    def _show_refusal(self, place: Place, error: UserError) -> None:
        """Say why there is no answer."""
        self._slow.stop()
        self._is_searching = False
        self._answer, self._is_answered = None, True
        self._whole = None
        self._weak.hide()
        self.marks.show_query(place.query)
        self._title.setText(title(place))
        self.coverage.say(())
        self._note.hide()
        self.empty.say("problem", error.message, error.hint)
        self._stack.setCurrentWidget(self.empty)

    # in words

    def _show_words(self, answer: Answer) -> None:
        """Unless the page says that it searches."""
        if self._is_searching:
            return
        self._title.setText(title(answer.place))
        results, is_low = answer.results, self._is_low
        weaker = f"{self._n_hidden:,} weaker {'match' if self._n_hidden == 1 else 'matches'}"
        self._weak.setVisible(self._n_hidden > 0 and not is_low)
        self.weak_button.setText(f"Show {weaker}")
        said = self._listed(answer) if results is None else self._searched(answer, results)
        self.coverage.say(said, answer.coverage, weaker if self._n_hidden and is_low else "")
        notes = [] if results is None else [saying(results, not answer.headers_of), results.note]
        self._note.setText("\n".join(filter(None, notes)))
        self._note.setVisible(bool(self._note.text()) and not is_low)
        self.coverage.setToolTip(plain_tip(self._note.text()) if is_low else "")

    def _searched(self, answer: Answer, results: Results) -> Sequence[str]:
        in_short = _IN_SHORT[results.verdict] if self._is_low and saying(results) else ""
        searched = wording.searched(answer.coverage) if answer.coverage is not None else ""
        return in_short, here(answer.place), searched

    @property
    def _is_low(self) -> bool:
        return self.height() < LOW_PX

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._size.setVisible(self.width() >= NARROW_PX)
        was_low = 0 <= event.oldSize().height() < LOW_PX
        if was_low != self._is_low and self._answer is not None:
            self._show_words(self._answer)

    def _listed(self, answer: Answer) -> Sequence[str]:
        """Of photos that are listed, and of those that meet conditions."""
        place, n_photos = answer.place, sum(month.n_photos for month in answer.months)
        if place.query is not None and answer.coverage is not None:
            return here(place), wording.found(n_photos, answer.coverage)
        said = [wording.count_photos(n_photos)]
        status = self._status
        if status is not None and status.counts.waiting and place.filter == LISTED:
            said.append(f"{status.counts.waiting:,} still being read")
        folders = status.folders if status is not None else ()
        if any(each.is_missing and place.is_in(each.folder_id) for each in folders):
            said.append("away; can be searched again when it is back")
        return said

    def _show_emptiness(self, answer: Answer) -> None:
        self._stack.setCurrentWidget(self.grid if len(answer.photo_ids) else self.empty)
        if not len(answer.photo_ids):
            self.empty.say(*emptiness(answer, self._status))

    @Slot()
    def _say_searching(self) -> None:
        self._is_searching = True
        self.coverage.say(["Searching… the first search wakes the model."])

    @Slot(int)
    def _on_size(self, cell_px: int) -> None:
        self.grid.set_cell_px(cell_px)
        self.cell_chosen.emit(cell_px)
