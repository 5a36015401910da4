"""ArrangedView: a QListView whose rows stand where a GridLayout says."""

from __future__ import annotations

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRect,
    Qt,
)
from PySide6.QtGui import QRegion
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from desktop.ui.grid.layout import MARGIN_PX, GridLayout
from desktop.ui.look.parts import AnyIndex


class ArrangedView(QListView):
    """What Qt asks a view about places of rows is answered by arithmetic: nothing is laid out."""

    def __init__(self, layout: GridLayout, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = layout

    def _index(self, row: int) -> QModelIndex:
        return self.model().index(row, 0)

    def updateGeometries(self) -> None:  # noqa: N802
        bar = self.verticalScrollBar()
        page_px = self.viewport().height()
        bar.setRange(0, max(0, self._layout.height_px - page_px))
        bar.setPageStep(page_px)
        bar.setSingleStep(max(self._layout.side_px // 4, 16))

    def horizontalOffset(self) -> int:  # noqa: N802
        return 0

    def verticalOffset(self) -> int:  # noqa: N802
        return self.verticalScrollBar().value()

    def visualRect(self, index: AnyIndex) -> QRect:  # noqa: N802
        if not index.isValid() or index.row() >= self._layout.n_rows:
            return QRect()
        return self._layout.rect(index.row()).translated(0, -self.verticalOffset())

    def indexAt(self, point: QPoint) -> QModelIndex:  # noqa: N802
        row = self._layout.row_at(point.x(), point.y() + self.verticalOffset())
        return self._index(row) if row is not None else QModelIndex()

    def scrollTo(  # noqa: N802
        self,
        index: AnyIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        if not index.isValid():
            return
        cell = self._layout.rect(index.row())
        bar, page_px = self.verticalScrollBar(), self.viewport().height()
        if hint is QAbstractItemView.ScrollHint.PositionAtCenter:
            bar.setValue(cell.center().y() - page_px // 2)
        elif cell.top() - MARGIN_PX < bar.value():
            bar.setValue(cell.top() - MARGIN_PX)
        elif cell.bottom() + MARGIN_PX > bar.value() + page_px:
            bar.setValue(cell.bottom() + MARGIN_PX - page_px)

    def setSelection(  # noqa: N802
        self, rect: QRect, command: QItemSelectionModel.SelectionFlag
    ) -> None:
        rect = rect.normalized().translated(0, self.verticalOffset())
        picked = QItemSelection()
        for row in self._layout.rows_between(rect.top(), rect.bottom()):
            if self._layout.rect(row).intersects(rect):
                picked.select(self._index(row), self._index(row))
        self.selectionModel().select(picked, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:  # noqa: N802, ARG002
        return QRegion(self.viewport().rect())

    def moveCursor(  # noqa: N802
        self,
        action: QAbstractItemView.CursorAction,
        modifiers: Qt.KeyboardModifier,  # noqa: ARG002
    ) -> QModelIndex:
        n_rows = self._layout.n_rows
        if not n_rows:
            return QModelIndex()
        row = self.currentIndex().row()
        return self._index(0 if row < 0 else self._moved(row, action, n_rows - 1))

    def _moved(self, row: int, action: QAbstractItemView.CursorAction, last: int) -> int:
        move = QAbstractItemView.CursorAction
        page = max(1, self.viewport().height() // (self._layout.side_px + 8))
        match action:
            case move.MoveLeft | move.MovePrevious:
                return max(row - 1, 0)
            case move.MoveRight | move.MoveNext:
                return min(row + 1, last)
            case move.MoveUp:
                return self._layout.line_above(row)
            case move.MoveDown:
                return self._layout.line_above(row, -1)
            case move.MovePageUp:
                return self._layout.line_above(row, page)
            case move.MovePageDown:
                return self._layout.line_above(row, -page)
            case move.MoveHome:
                return 0
            case _:
                return last
