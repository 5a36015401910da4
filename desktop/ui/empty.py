"""EmptyState: a drawing and two sentences, where a list has nothing to show."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from desktop.ui.icons import drawing
from desktop.ui.parts import styled
from desktop.ui.theme import Colours


class EmptyState(QWidget):
    """Says what there is not, and what to do about it."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self._icon_name = "photos"
        self._sign = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._message = styled(QLabel(alignment=Qt.AlignmentFlag.AlignCenter), "heading")
        self._hint = styled(QLabel(alignment=Qt.AlignmentFlag.AlignCenter), "muted")
        for label in (self._message, self._hint):
            label.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(48, 0, 48, 0)
        column.setSpacing(8)
        column.addStretch(2)
        column.addWidget(self._sign)
        column.addSpacing(8)
        column.addWidget(self._message)
        column.addWidget(self._hint)
        column.addStretch(3)

    def say(self, icon_name: str, message: str, hint: str = "") -> None:
        self._icon_name = icon_name
        self._message.setText(message)
        self._hint.setText(hint)
        self.dress(self._colours)

    def dress(self, colours: Colours) -> None:
        self._colours = colours
        scale = self.devicePixelRatioF()
        self._sign.setPixmap(drawing(self._icon_name, colours.unlikely, 48, scale))
