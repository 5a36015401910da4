"""ConfusionTable: how often which prediction was made of which label, to be clicked."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QTableView

from desktop.legible import legible
from desktop.library import Confusion
from desktop.ui.look.parts import AnyIndex, plain_tip, styled
from desktop.ui.look.theme import Colours

_CELL_PX, _ROW_PX = 84, 34
_STRONGEST = 150
"""How opaque the colour of the most frequent mistake is, of 255."""


class ConfusionModel(QAbstractTableModel):
    """A row for each label, a column for each prediction."""

    def __init__(self, colours: Colours, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.confusion: Confusion | None = None
        self._colours = colours
        self._most = 1

    def show(self, confusion: Confusion | None) -> None:
        self.beginResetModel()
        self.confusion = confusion
        wrong = [n for _, _, n in confusion.cells] if confusion is not None else []
        self._most = max(wrong, default=1)
        self.endResetModel()

    def dress(self, colours: Colours) -> None:
        self.beginResetModel()
        self._colours = colours
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() or self.confusion is None else len(self.confusion.names)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return self.rowCount(parent)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if self.confusion is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return legible(self.confusion.names[section])
        if role == Qt.ItemDataRole.ToolTipRole:
            pair = self.confusion.pair
            of = pair.label if orientation is Qt.Orientation.Vertical else pair.prediction
            return plain_tip(f"{of}: {self.confusion.names[section]}")
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.confusion is None:
            return None
        row, column = index.row(), index.column()
        n = int(self.confusion.counts[row, column])
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{n:,}" if n else ""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignCenter
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            label, prediction = self.confusion.names[row], self.confusion.names[column]
            how = "right" if row == column else f"taken for {prediction}"
            return plain_tip(f"{n:,} of {label}, {how}")
        if role == Qt.ItemDataRole.BackgroundRole and n and row != column:
            colour = QColor(self._colours.accent)
            colour.setAlpha(max(24, round(_STRONGEST * n / self._most)))
            return colour
        if role == Qt.ItemDataRole.ForegroundRole and row == column:
            return QColor(self._colours.muted)
        return None


class ConfusionTable(QTableView):
    """Signals: cell_chosen(str, str): this label and this prediction are of interest."""

    cell_chosen = Signal(str, str)

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        styled(self, "confusion")
        self.setAccessibleName("Which label was taken for which")
        self.cells = ConfusionModel(colours, self)
        self.setModel(self.cells)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setHighlightSections(False)
        self.horizontalHeader().setDefaultSectionSize(_CELL_PX)
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self.verticalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        )
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        confusion = self.cells.confusion
        if confusion is not None and confusion.counts[index.row(), index.column()]:
            label, prediction = confusion.names[index.row()], confusion.names[index.column()]
            self.cell_chosen.emit(label, prediction)
