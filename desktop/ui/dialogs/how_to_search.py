"""HowToSearch: what can be typed into the search bar, each example a click away."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.examples import EXAMPLES
from desktop.ui.look.parts import scrolled, size_for_screen, styled, text_label

_ABOUT = (
    "Type what you see in your mind, in any of sixteen languages. A comma, a sign or a condition "
    "says it more exactly. Click an example to try it."
)
_WIDTH_PX, _HEIGHT_PX = 720, 640


class HowToSearch(QDialog):
    """Signals: tried(str): this text is to be searched for."""

    tried = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("How to search")
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(32, 24, 32, 8)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        grid.addWidget(text_label(_ABOUT, "muted", wraps=True), 0, 0, 1, 2)
        row = 1
        for heading, examples in EXAMPLES:
            grid.setRowMinimumHeight(row, 14)
            grid.addWidget(text_label(heading, "heading"), row + 1, 0, 1, 2)
            row += 2
            for text, means in examples:
                grid.addWidget(self._button(text, means), row, 0, Qt.AlignmentFlag.AlignLeft)
                grid.addWidget(text_label(means, "", wraps=True), row, 1)
                row += 1
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(row, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 16, 16)
        column.setSpacing(8)
        column.addWidget(scrolled(page), 1)
        column.addWidget(buttons)
        size_for_screen(self, _WIDTH_PX, _HEIGHT_PX)

    def _button(self, text: str, means: str) -> QPushButton:
        button = styled(QPushButton(text), "example")
        button.setAccessibleDescription(means)
        button.setAutoDefault(False)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(partial(self._try, text))
        return button

    def _try(self, text: str, _: bool = False) -> None:
        self.tried.emit(text)
        self.accept()
