"""How the entries of the sidebar are painted."""

from __future__ import annotations

from PySide6.QtCore import (
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.ui.look.icons import drawing
from desktop.ui.look.parts import AnyIndex
from desktop.ui.look.theme import Colours
from desktop.ui.places.place import Place
from desktop.ui.sidebar.entries import Entry

ENTRY = Qt.ItemDataRole.UserRole + 1
ROW_PX = 32
MOST_INDENTED = 8
CHEVRON_PX, ICON_PX, DEPTH_PX = 22, 26, 14
LEAST_NAME_PX = 72
"""A name that is cut shorter than this says nothing; its count goes first."""


def indent_px(entry: Entry) -> int:
    """How far from the left an entry begins. The names of sub-folders stand right below the name of
    their folder."""
    return ICON_PX + (min(entry.depth, MOST_INDENTED) - 1) * DEPTH_PX if entry.depth else 0


def has_room_for_count(name_px: int, room_px: int) -> bool:
    """room_px: what a name has beside the count."""
    return room_px >= min(name_px, LEAST_NAME_PX)


class EntryDelegate(QStyledItemDelegate):
    """An entry is a sign for open or closed, an icon, the name and the count; a folder that is
    away has a sign of its own, and is grey.

    Attributes:
        whole: the place that the chosen one is a part of by date; it is chosen as well.
    """

    colours: Colours
    whole: Place | None = None

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:  # noqa: N802, ARG002
        return QSize(120, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        entry: Entry = index.data(ENTRY)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if entry.place is None:
            self._paint_heading(painter, option.rect, entry)
            if option.state & QStyle.StateFlag.State_Selected:
                self._paint_focus(painter, option.rect)
        else:
            self._paint_entry(painter, option.rect, option.state, entry, entry.place)
        painter.restore()

    def _paint_focus(self, painter: QPainter, cell: QRect) -> None:
        painter.setPen(QColor(self.colours.accent))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(cell).adjusted(1, 2, -1, -2), 7, 7)

    def _paint_heading(self, painter: QPainter, cell: QRect, entry: Entry) -> None:
        font = QFont(painter.font())
        font.setPixelSize(11)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(self.colours.muted))
        line = cell.adjusted(CHEVRON_PX, 0, -8, -6)
        below = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft
        painter.drawText(line, below, entry.title)
        if entry.is_open is not None:
            self._paint_chevron(
                painter, QPointF(cell.left() + 12, cell.bottom() - 11), entry.is_open
            )

    def _paint_entry(
        self, painter: QPainter, cell: QRect, state: QStyle.StateFlag, entry: Entry, place: Place
    ) -> None:
        colours = self.colours
        flag = QStyle.StateFlag
        is_whole = self.whole is not None and not entry.is_search and self.whole.is_like(place)
        is_chosen = bool(state & flag.State_Selected) or is_whole
        if is_chosen or state & flag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent_soft if is_chosen else colours.hover))
            painter.drawRoundedRect(QRectF(cell).adjusted(0, 1, 0, -1), 7, 7)
        if state & flag.State_HasFocus and state & flag.State_KeyboardFocusChange:
            painter.setPen(QColor(colours.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(cell).adjusted(1, 2, -1, -2), 7, 7)
        is_away = entry.folder is not None and entry.folder.is_missing
        left = cell.left() + indent_px(entry)
        if entry.is_open is not None:
            middle = QPointF(left + 12, cell.center().y() + 1)
            self._paint_chevron(painter, middle, entry.is_open)
        left += CHEVRON_PX
        if not entry.depth:
            sign_colour = colours.accent if is_chosen else colours.muted
            name = "folder-away" if is_away else entry.icon
            sign = drawing(name, sign_colour, 18, painter.device().devicePixelRatio())
            painter.drawPixmap(QPoint(left, cell.center().y() - 8), sign)
            left += ICON_PX
        text_colour = colours.muted if is_away else colours.text
        self._paint_words(painter, cell, left, text_colour, entry)

    def _paint_chevron(self, painter: QPainter, middle: QPointF, is_open: bool) -> None:
        painter.setPen(QPen(QColor(self.colours.muted), 1.5))
        points = [QPointF(-4, -2), QPointF(0, 2), QPointF(4, -2)]
        if not is_open:
            points = [point.transposed() for point in points]
        painter.drawPolyline([middle + point for point in points])

    def _paint_words(
        self, painter: QPainter, cell: QRect, left: int, colour: str, entry: Entry
    ) -> None:
        middle = Qt.AlignmentFlag.AlignVCenter
        count = entry.counted
        count_px = painter.fontMetrics().horizontalAdvance(count) + 12
        name_px = painter.fontMetrics().horizontalAdvance(entry.title)
        if not has_room_for_count(name_px, cell.right() - count_px - 8 - left):
            count, count_px = "", 0
        painter.setPen(QColor(self.colours.muted))
        painter.drawText(cell.adjusted(0, 0, -12, 0), middle | Qt.AlignmentFlag.AlignRight, count)
        line = QRect(cell)
        line.setLeft(left)
        line.setRight(cell.right() - count_px - 8)
        name = painter.fontMetrics().elidedText(
            entry.title, Qt.TextElideMode.ElideRight, line.width()
        )
        painter.setPen(QColor(colour))
        painter.drawText(line, middle | Qt.AlignmentFlag.AlignLeft, name)
