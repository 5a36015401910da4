"""The list of the sidebar: its lines, and how they are opened and closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QListView

from desktop.legible import legible
from desktop.ui.look import wording
from desktop.ui.look.parts import AnyIndex, plain_tip
from desktop.ui.sidebar.delegate import CHEVRON_PX, ENTRY, indent_px
from desktop.ui.sidebar.entries import Entry


class EntryModel(QAbstractListModel):
    """The lines that are visible, as a flat list: what is closed is not in it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: tuple[Entry, ...] = ()

    def show(self, lines: tuple[Entry, ...]) -> bool:
        """Change what differs, so that the list keeps its scroll position and focus; whether lines
        have come or gone."""
        old = self.entries
        if lines == old:
            return False
        before, after = _same_ends(old, lines)
        if before + after < len(old):
            self.beginRemoveRows(QModelIndex(), before, len(old) - after - 1)
            self.entries = old[:before] + old[len(old) - after :]
            self.endRemoveRows()
        if before + after < len(lines):
            self.beginInsertRows(QModelIndex(), before, len(lines) - after - 1)
            self.entries = lines
            self.endInsertRows()
        self.entries = lines
        self.dataChanged.emit(self.index(0), self.index(len(lines) - 1))
        return before + after < max(len(old), len(lines))

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry = self.entries[index.row()] if index.isValid() else None
        if entry is None:
            return None
        if role == ENTRY:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return entry.spoken
        if role == Qt.ItemDataRole.ToolTipRole and entry.concept is not None:
            return plain_tip("\n".join(filter(None, (wording.taught(entry.concept), entry.fault))))
        if role == Qt.ItemDataRole.ToolTipRole and entry.saved is not None:
            where = wording.whole(entry.saved.folder) if entry.saved.folder is not None else ""
            said = (legible(entry.saved.text), where, entry.fault)
            return plain_tip("\n".join(filter(None, said)))
        if role == Qt.ItemDataRole.ToolTipRole and entry.path is not None:
            away = "\nIt is away; its photos come back when it does."
            is_away = entry.folder is not None and entry.folder.is_missing
            return plain_tip(f"{wording.whole(entry.path)}{away if is_away else ''}")
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        entry = self.entries[index.row()] if index.isValid() else None
        if entry is None or (entry.place is None and entry.is_open is None):
            return flag.ItemNeverHasChildren
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemNeverHasChildren


class EntryList(QListView):
    """Signals:
    opened(row, is_open): what is within a line shall be listed, or not.
    press_began: a mouse button goes down; nothing has been chosen by it yet.
    """

    opened = Signal(int, bool)
    press_began = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Right opens a line, Left closes it or goes to the line that it is within."""
        row = self.currentIndex().row()
        entry: Entry | None = self.currentIndex().data(ENTRY)
        if entry is None or event.key() not in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Right:
            if entry.is_open is False:
                self.opened.emit(row, True)
        elif entry.is_open:
            self.opened.emit(row, False)
        elif entry.depth:
            above = (self.model().index(each, 0) for each in range(row - 1, -1, -1))
            outer = (each for each in above if each.data(ENTRY).depth < entry.depth)
            self.setCurrentIndex(next(outer))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        index = self.indexAt(event.position().toPoint())
        if not self._turn(index, event.position().x()):
            self.press_began.emit()
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        index = self.indexAt(event.position().toPoint())
        entry: Entry | None = index.data(ENTRY)
        if entry is not None and entry.is_open is not None and entry.place is not None:
            self.opened.emit(index.row(), not entry.is_open)

    def _turn(self, index: QModelIndex, x_px: float) -> bool:
        """Open or close a line whose sign for that is at x_px; a heading wherever it is pressed."""
        entry: Entry | None = index.data(ENTRY)
        if entry is None or entry.is_open is None:
            return False
        left_px = self.visualRect(index).left() + indent_px(entry)
        is_heading = entry.place is None
        if not is_heading and not left_px <= x_px < left_px + CHEVRON_PX:
            return False
        self.opened.emit(index.row(), not entry.is_open)
        return True


def _same_ends(old: Sequence[Entry], new: Sequence[Entry]) -> tuple[int, int]:
    """How many lines are the same at the start, and after that at the end."""
    most = min(len(old), len(new))
    start = next((at for at in range(most) if not old[at].is_line_of(new[at])), most)
    most -= start
    ends = (at for at in range(most) if not old[-1 - at].is_line_of(new[-1 - at]))
    return start, next(ends, most)
