"""Legend: what the colours of the map mean."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop.ui.look.flow import Flow
from desktop.ui.look.parts import text_label
from desktop.ui.map.palette import LegendMark

_MOST_LETTERS = 28


class Legend(QWidget):
    """A colour and its words for each group. Main thread.

    Attributes: marks: what it shows.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("What the colours mean")
        self.marks: tuple[LegendMark, ...] = ()
        self._flow = Flow(self, gap_px=12)

    def show_marks(self, marks: Sequence[LegendMark]) -> None:
        if tuple(marks) == self.marks:
            return
        self.marks = tuple(marks)
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for mark in marks:
            self._flow.addWidget(_line(mark))
        self.setVisible(bool(marks))
        self.updateGeometry()


def _line(mark: LegendMark) -> QWidget:
    words = mark.words
    if len(words) > _MOST_LETTERS:
        words = f"{words[: _MOST_LETTERS - 1]}…"
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(6)
    row.addWidget(_ColourDot(mark.colour))
    row.addWidget(text_label(words, "muted"))
    return line


class _ColourDot(QLabel):
    def __init__(self, colour: str) -> None:
        super().__init__()
        self._colour = QColor(colour)
        self.setFixedSize(12, 12)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(self._colour)
        painter.drawEllipse(1, 1, 10, 10)
