"""The words over and between the thumbnails: the line above a section, the bubble with a month."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QLabel, QWidget

from desktop.ui.grid.layout import Section
from desktop.ui.look.theme import Colours


def paint_header(painter: QPainter, section: Section, line: QRectF, colours: Colours) -> None:
    """Paint the header of a section into its line."""
    usual = painter.font()
    left = line.left()
    if section.colour:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(section.colour))
        painter.drawEllipse(QRectF(left, line.center().y() - 4, 8, 8))
        left += 16
    bold = QFont(usual)
    bold.setPixelSize(15)
    bold.setWeight(QFont.Weight.DemiBold)
    painter.setFont(bold)
    painter.setPen(QColor(colours.text))
    centred = Qt.AlignmentFlag.AlignVCenter
    painter.drawText(line.adjusted(left - line.left(), 0, 0, 0), centred, section.title)
    left += QFontMetrics(bold).horizontalAdvance(section.title) + 12
    painter.setFont(usual)
    painter.setPen(QColor(colours.muted))
    painter.drawText(line.adjusted(left - line.left(), 0, 0, 0), centred, section.note)


SHOWN_MS = 900


class SectionBubble(QLabel):
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
