"""Grid: the thumbnails, 100,000 as quickly as 100."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QPointF,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QHelpEvent,
    QHoverEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QToolTip, QWidget

from desktop.ui.grid.arranged import ArrangedView
from desktop.ui.grid.captions import SectionBubble, paint_header
from desktop.ui.grid.layout import HEADER_PX, MARGIN_PX, GridLayout, Section
from desktop.ui.grid.photo_painter import SMOOTH, Box, PhotoPainter, mark_box, stack_box
from desktop.ui.grid.results_model import ResultsModel
from desktop.ui.look import wording
from desktop.ui.look.theme import Colours
from desktop.ui.places.place import Spot

_MOVES = (QEvent.Type.MouseMove, QEvent.Type.HoverMove)
MIN_CELL_PX, MAX_CELL_PX, STEP_CELL_PX = 96, 384, 24


class Grid(ArrangedView):
    """Shows a ResultsModel in square cells, in sections with headers.

    Signals:
        opened(photo_id): Enter or a double click.
        cell_chosen(px): the person made thumbnails bigger or smaller with Ctrl and the wheel.
        stack_pressed(photo_id): the number of its look-alikes was pressed.
        typed(text): letters were typed; they are meant for the search.
        marked(photo_id, is_more): a thumb on a photo was clicked.

    Attributes: offers_marks: whether photos can be marked now.
    """

    opened = Signal(int)
    cell_chosen = Signal(int)
    typed = Signal(str)
    marked = Signal(int, bool)
    stack_pressed = Signal(int)

    def __init__(
        self, model: ResultsModel, colours: Colours, parent: QWidget | None = None
    ) -> None:
        self._cell_px = 180
        super().__init__(GridLayout((), 800, self._cell_px), parent)
        self._photos = model
        self._sections: tuple[Section, ...] = ()
        self._hovered = -1
        self._mouse: QPoint | None = None
        self._hovered_mark: bool | None = None
        self._presses_mark = False
        self.offers_marks = False
        self.photo_painter = PhotoPainter(colours)
        self._bubble = SectionBubble(self)
        self._settling = QTimer(self, singleShot=True, interval=15)
        self._settling.timeout.connect(self._show_rows)
        self._set_up()
        self.setModel(model)

    def _set_up(self) -> None:
        self.setObjectName("grid")
        self.setAccessibleName("Photos")
        self.setAccessibleDescription(
            "Arrow keys move, Enter opens, Ctrl+Shift+S finds similar photos"
        )
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.activated.connect(self._on_activated)

    # what the window asks

    @property
    def cell_px(self) -> int:
        return self._cell_px

    @property
    def is_settled(self) -> bool:
        """Whether every photo in view has its picture, or has none."""
        top_px = self.verticalOffset()
        rows = self._layout.rows_between(top_px, top_px + self.viewport().height())
        return not self._settling.isActive() and self._photos.has_pictures_of(rows)

    def set_cell_px(self, cell_px: int) -> None:
        """How wide a thumbnail should be, device-independent; what is in the middle stays there."""
        cell_px = max(MIN_CELL_PX, min(cell_px, MAX_CELL_PX))
        if cell_px == self._cell_px:
            return
        spot = self.spot()
        self._cell_px = cell_px
        self._lay_out()
        self.go_to(spot)

    @property
    def sections(self) -> tuple[Section, ...]:
        return self._sections

    def set_sections(self, sections: Sequence[Section]) -> None:
        """Headers between the rows; without any, all rows are one section."""
        self._sections = tuple(sections)
        self._lay_out()

    def chosen_rows(self) -> list[int]:
        """The current row, then the other selected ones in the grid's order."""
        current = self.currentIndex().row()
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        others = [row for row in rows if row != current]
        return [current, *others] if current in rows or (current >= 0 and not rows) else others

    def choose(self, row: int) -> None:
        """Make this row the current and only selected one, and bring it into view."""
        if 0 <= row < self._layout.n_rows:
            self.setCurrentIndex(self._photos.index(row))
            self.scrollTo(self._photos.index(row))

    def spot(self) -> Spot | None:
        """Where the grid stands; None at the very top, where new photos may come in."""
        top_px = self.verticalOffset()
        rows = self._layout.rows_between(top_px + MARGIN_PX, top_px + MARGIN_PX)
        if top_px < HEADER_PX or not rows:
            return None
        below_px = self._layout.rect(rows[0]).top() - top_px
        return Spot(int(self._photos.photo_ids[rows[0]]), below_px)

    @property
    def row_under_mouse(self) -> int | None:
        """None while the mouse is elsewhere or between photos."""
        row = self.indexAt(self._mouse).row() if self._mouse is not None else -1
        return row if row >= 0 else None

    def hold(self, photo_ids: NDArray[np.int64]) -> Spot | None:
        """The photo that shall not move when the first list is replaced by the second: the one
        under the mouse, else the first in view. None at the very top, or where no photo in view is
        in both."""
        top_px, page_px = self.verticalOffset(), self.viewport().height()
        under_mouse = self.row_under_mouse
        if under_mouse is None and top_px < HEADER_PX:
            return None
        rows = list(self._layout.rows_between(top_px + MARGIN_PX, top_px + page_px))
        for row in rows if under_mouse is None else [under_mouse, *rows]:
            photo_id = int(self._photos.photo_ids[row])
            if photo_id in photo_ids:
                return Spot(photo_id, self._layout.rect(row).top() - top_px)
        return None

    def go_to(self, spot: Spot | None) -> None:
        """Scroll to a spot; None, or a photo that is gone, is the very top."""
        row = self._photos.row_of(spot.photo_id) if spot is not None else None
        top_px = 0
        if row is not None and spot is not None:
            top_px = self._layout.rect(row).top() - spot.below_px
        self.verticalScrollBar().setValue(top_px)

    def chosen_ids(self) -> tuple[int | None, list[int]]:
        """The current photo and the selected ones, to be given to `restore_ids`.

        A selection of more than a thousand is not kept.
        """
        ids = self._photos.photo_ids
        current = self.currentIndex()
        selection = self.selectionModel().selection()
        parts = [selection.at(number) for number in range(selection.count())]
        n = sum(part.height() for part in parts)
        rows = [row for part in parts for row in range(part.top(), part.bottom() + 1)]
        picked = [int(ids[row]) for row in rows] if n <= 1000 else []
        return (int(ids[current.row()]) if current.isValid() else None, picked)

    def restore_ids(self, current: int | None, selected: Sequence[int]) -> None:
        """Choose photos again after the model was reset."""
        flag = QItemSelectionModel.SelectionFlag
        picked = QItemSelection()
        for at in np.flatnonzero(np.isin(self._photos.photo_ids, selected)).tolist():
            picked.select(self._photos.index(at), self._photos.index(at))
        self.selectionModel().select(picked, flag.ClearAndSelect)
        row = self._photos.row_of(current) if current is not None else None
        if row is not None:
            self.selectionModel().setCurrentIndex(self._photos.index(row), flag.NoUpdate)

    # layout

    def _lay_out(self) -> None:
        n_rows = self._photos.rowCount()
        sections = self._sections
        if sum(section.n_rows for section in sections) != n_rows:
            sections = (Section(n_rows),) if n_rows else ()
        self._layout = GridLayout(sections, self.viewport().width(), self._cell_px)
        self.updateGeometries()
        self.viewport().update()
        self._settling.start()

    def doItemsLayout(self) -> None:  # noqa: N802
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        spot = self.spot()
        QAbstractItemView.resizeEvent(self, event)
        self.photo_painter.keep_screenfuls(event.size() * self.devicePixelRatioF())
        self._lay_out()
        if spot is not None:
            self.go_to(spot)

    def setModel(self, model: QAbstractItemModel | None) -> None:  # noqa: N802
        super().setModel(model)
        if model is not None:
            model.modelReset.connect(self._on_reset)
            self._lay_out()

    @Slot()
    def _on_reset(self) -> None:
        self._sections = ()
        self._hovered = -1
        if self._mouse is not None:
            QToolTip.hideText()  # it tells of a photo that may be elsewhere now
        self._lay_out()

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802
        self.viewport().scroll(dx, dy)
        self._tell_section()
        self._settling.start()

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self.viewport())
        top_px = self.verticalOffset()
        area = event.rect()
        stripe = (area.top() + top_px, area.bottom() + top_px)
        for section, y_px in self._layout.headers_between(*stripe):
            y_px += 4 - top_px
            line = QRectF(MARGIN_PX, y_px, self.viewport().width() - 2 * MARGIN_PX, HEADER_PX - 8)
            paint_header(painter, section, line, self.photo_painter.colours)
        selection = self.selectionModel()
        has_selection = selection.hasSelection()
        current = self.currentIndex().row() if self.hasFocus() else -1
        painter.setRenderHints(SMOOTH)
        side_px = self._layout.side_px
        for row in self._layout.rows_between(*stripe):
            x_px, y_px = self._layout.corner(row)
            self.photo_painter.paint(
                painter,
                Box(x_px, y_px - top_px, side_px, side_px),
                self._photos.shown_at(row),
                is_selected=has_selection and selection.isSelected(self._photos.index(row)),
                is_hovered=row == self._hovered,
                has_focus=row == current,
                offers_marks=self.offers_marks,
                hovered_mark=self._hovered_mark if row == self._hovered else None,
            )

    # seeing and acting

    def _tell_section(self) -> None:
        """Say which part is in view, where there is much to scroll through."""
        bar, top_px = self.verticalScrollBar(), self.verticalOffset()
        section = self._layout.section_at(top_px + MARGIN_PX)
        if section is not None and section.title and bar.maximum() > 4 * bar.pageStep():
            self._bubble.tell(section.title, bar.value() / bar.maximum())

    @Slot()
    def _show_rows(self) -> None:
        """Tell the model what is in view, and a screenful ahead of it."""
        top_px, page_px = self.verticalOffset(), self.viewport().height()
        rows = self._layout.rows_between(top_px, top_px + page_px)
        ahead = self._layout.rows_between(top_px + page_px, top_px + 2 * page_px)
        side_px = round(self._layout.side_px * self.devicePixelRatioF())
        self._photos.show_rows(range(rows.start, max(rows.stop, ahead.stop)), side_px)

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(int(self._photos.photo_ids[index.row()]))

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802
        if isinstance(event, QMouseEvent | QHoverEvent) and event.type() in _MOVES:
            self._mouse = event.position().toPoint()
            self.hover()
        elif event.type() in (QEvent.Type.Leave, QEvent.Type.HoverLeave):
            self._mouse = None
            self.hover()
        elif isinstance(event, QHelpEvent) and self._hovered_mark is not None:
            keys = "+" if self._hovered_mark else "−"  # noqa: RUF001
            tip = f"{wording.mark(self._hovered_mark)} ({keys})"
            QToolTip.showText(event.globalPos(), tip, self.viewport())
            return True
        return super().viewportEvent(event)

    def hover(self) -> None:
        """Light up the photo under the mouse, whichever that is now."""
        under_mouse = self.row_under_mouse
        row = -1 if under_mouse is None else under_mouse
        mark = self._mark_at(row)
        if (row, mark) == (self._hovered, self._hovered_mark):
            return
        self._hovered_mark = mark
        for changed in (row, self._hovered):
            if 0 <= changed < self._layout.n_rows:
                self.viewport().update(self.visualRect(self._photos.index(changed)))
        self._hovered = row

    def _stack_at(self, at: QPoint) -> int | None:
        """The photo whose number of look-alikes is there."""
        index = self.indexAt(at)
        if not index.isValid() or self._photos.stack_at(index.row()) is None:
            return None
        cell = self.visualRect(index)
        box = stack_box(Box(cell.left(), cell.top(), cell.width(), cell.height()))
        is_there = QRectF(*box).contains(at)
        return int(self._photos.photo_ids[index.row()]) if is_there else None

    def _mark_at(self, row: int) -> bool | None:
        """Which thumb of the photo under the mouse the mouse is on."""
        if self._mouse is None or row < 0 or not self.offers_marks:
            return None
        x_px, y_px = self._layout.corner(row)
        side_px = self._layout.side_px
        cell = Box(x_px, y_px - self.verticalOffset(), side_px, side_px)
        for is_more in (True, False):
            if QRectF(*mark_box(cell, is_more)).contains(QPointF(self._mouse)):
                return is_more
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._mouse = event.position().toPoint()
        self.hover()
        is_left = event.button() is Qt.MouseButton.LeftButton
        self._presses_mark = is_left and self._hovered_mark is not None
        stacked = self._stack_at(self._mouse) if is_left else None
        if stacked is not None:
            self.stack_pressed.emit(stacked)
        elif not self._presses_mark:
            super().mousePressEvent(event)
        elif self._hovered_mark is not None:
            self.marked.emit(int(self._photos.photo_ids[self._hovered]), self._hovered_mark)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if not self._presses_mark:
            super().mouseReleaseEvent(event)
        self._presses_mark = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if not self._presses_mark:
            super().mouseMoveEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Two quick presses on a thumb or a number are two presses, and open no photo."""
        if self._stack_at(event.position().toPoint()) is not None:
            self.mousePressEvent(event)
        elif self._hovered_mark is None:
            super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._on_activated(self.currentIndex())
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:  # noqa: N802
        """Letters typed here go to the search bar. Qt would compare the names of all photos with
        them."""
        if search.strip():
            self.typed.emit(search)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            step = STEP_CELL_PX if event.angleDelta().y() > 0 else -STEP_CELL_PX
            self.cell_chosen.emit(max(MIN_CELL_PX, min(self._cell_px + step, MAX_CELL_PX)))
            event.accept()
            return
        super().wheelEvent(event)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(960, 640)
