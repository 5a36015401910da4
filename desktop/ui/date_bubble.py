"""DateBubble: says where in time the grid is, while it scrolls."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QLabel, QWidget

SHOWN_MS = 900


class DateBubble(QLabel):
    """A few words beside the scroll bar, which go when scrolling ends."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("bubble")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._timer.timeout.connect(self._on_time)
        self.hide()

    def tell(self, text: str, along: float) -> None:
        """Show words; `along` is 0 at the top of the scroll bar and 1 at its end."""
        self.setText(text)
        self.adjustSize()
        over = self.parentWidget()
        if over is not None:
            room_px = over.height() - self.height() - 16
            self.move(over.width() - self.width() - 24, 8 + round(room_px * along))
        self.show()
        self._timer.start()

    @Slot()
    def _on_time(self) -> None:
        self.hide()
