"""What lies over the window for a while: a sentence, and what may be dropped."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

SHOWN_MS = 9000


class Toast(QFrame):
    """Stays until it has been read: it goes after `SHOWN_MS`, or when it is dismissed."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setObjectName("toast")
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setAccessibleName("Message")
        dismiss = QPushButton("Dismiss")
        dismiss.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        dismiss.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 8, 8)
        row.setSpacing(16)
        row.addWidget(self._words, 1)
        row.addWidget(dismiss)
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._timer.timeout.connect(self._on_time)
        window.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        return self._words.text()

    def say(self, message: str, hint: str = "") -> None:
        self._words.setText(f"{message}\n{hint}" if hint else message)
        self.show()
        self._place()
        self.raise_()
        self._timer.start()

    def _place(self) -> None:
        window = self._window
        width = min(620, window.width() - 48)
        self._words.setFixedWidth(width - 140)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move((window.width() - width) // 2, window.height() - self.height() - 56)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    @Slot()
    def _on_time(self) -> None:
        self.hide()


class DropHint(QLabel):
    """Covers the window while something it can take is held over it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("dropHint")
        self.setText(
            "Drop an image to find similar photos, or a folder to add it;\n"
            "on the search bar, to search for an image beside words"
        )
        self.setWordWrap(True)
        self.setContentsMargins(24, 24, 24, 24)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def cover(self, from_px: int) -> None:
        """Cover what is below this line."""
        window = self.parentWidget()
        if window is not None:
            self.setGeometry(window.rect().adjusted(16, from_px + 8, -16, -16))
        self.show()
        self.raise_()
