"""The line above a section of the grid: a dot in the colour of its band, title, and a few words."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter

from desktop.ui.grid_layout import Section
from desktop.ui.theme import Colours


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
