"""Flow: widgets beside each other, on as many lines as it takes."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

from desktop.ui.look.parts import tab_through

GAP_PX = 6


class Flow(QLayout):
    """Lays out from left to right, and goes on in the next line where there is no room."""

    def __init__(self, parent: QWidget | None = None, gap_px: int = GAP_PX) -> None:
        super().__init__(parent)
        self._holder = parent
        self._items: list[QLayoutItem] = []
        self._gap_px = gap_px

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802
        widget = item.widget()
        if widget is not None and self._holder is not None:
            last = self._items[-1].widget() if self._items else None
            tab_through(last or self._holder, widget)
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return self._lay_out(QRect(0, 0, width, 0), moves=False)

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802
        super().setGeometry(rect)
        self._lay_out(rect, moves=True)

    def sizeHint(self) -> QSize:  # noqa: N802
        return self.minimumSize()

    def minimumSize(self) -> QSize:  # noqa: N802
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _lay_out(self, room: QRect, moves: bool) -> int:
        """The height that it takes."""
        x, y, line_px = room.x(), room.y(), 0
        for item in self._items:
            size = item.sizeHint()
            if line_px and x + size.width() > room.right() + 1:
                x, y, line_px = room.x(), y + line_px + self._gap_px, 0
            if moves:
                item.setGeometry(QRect(QPoint(x, y), size))
            x += size.width() + self._gap_px
            line_px = max(line_px, size.height())
        return y + line_px - room.y()
