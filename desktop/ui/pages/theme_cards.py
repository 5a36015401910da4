"""ThemeCards: themes as a grid of cards: covers, a name, a number."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from desktop.library import PhotoTheme
from desktop.ui.look import wording
from desktop.ui.look.icons import drawing
from desktop.ui.look.parts import AnyIndex
from desktop.ui.look.theme import Colours
from desktop.ui.pages.themes_model import CARD, COVERS

CARD_PX = QSize(224, 216)
PICTURE_PX = 152
RADIUS_PX = 10
_GAP_PX = 2
_MARGIN_PX = 8
_CHOOSING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class ThemeCards(QListView):
    """Signals: opened(row): a click, or Return."""

    opened = Signal(int)

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self.setObjectName("grid")
        self.setAccessibleName("Themes")
        self.setAccessibleDescription("Arrow keys move, Return shows the photos, F2 renames")
        self._delegate = CardDelegate(self)
        self._delegate.colours = colours
        self.setItemDelegate(self._delegate)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSpacing(_MARGIN_PX)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setMouseTracking(True)
        self._pressed_at: QPoint | None = None

    def dress(self, colours: Colours) -> None:
        self._delegate.colours = colours
        self.viewport().update()

    def chosen_rows(self) -> list[int]:
        """The selected rows, the current one first."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        current = self.currentIndex().row()
        return sorted(rows, key=lambda row: row != current)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            if self.currentIndex().isValid():
                self.opened.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A click opens; with Ctrl or Shift it chooses, and a frame that was drawn does so, too."""
        super().mouseReleaseEvent(event)
        at, began = event.position().toPoint(), self._pressed_at
        self._pressed_at = None
        index = self.indexAt(at)
        is_click = began is not None and (at - began).manhattanLength() < 8
        is_left = event.button() is Qt.MouseButton.LeftButton
        if is_click and is_left and index.isValid() and not event.modifiers() & _CHOOSING:
            self.opened.emit(index.row())

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        super().leaveEvent(event)
        self.viewport().update()


class CardDelegate(QStyledItemDelegate):
    """Attributes: colours."""

    colours: Colours

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:  # noqa: N802, ARG002
        return CARD_PX

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        theme: PhotoTheme = index.data(CARD)
        card, flag = QRect(option.rect), QStyle.StateFlag
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        self._paint_ground(painter, card, option.state)
        if theme.is_hidden:
            painter.setOpacity(0.45)
        picture = QRect(card.left() + 6, card.top() + 6, card.width() - 12, PICTURE_PX)
        self._paint_covers(painter, picture, index.data(COVERS))
        painter.setOpacity(1.0)
        words = QRect(picture.left() + 4, picture.bottom() + 9, picture.width() - 8, 40)
        self._paint_words(painter, words, theme)
        if option.state & flag.State_HasFocus and option.state & flag.State_KeyboardFocusChange:
            painter.setPen(QColor(self.colours.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(card).adjusted(1, 1, -1, -1), RADIUS_PX, RADIUS_PX)
        painter.restore()

    def _paint_ground(self, painter: QPainter, card: QRect, state: QStyle.StateFlag) -> None:
        colours, flag = self.colours, QStyle.StateFlag
        if state & flag.State_Selected:
            ground = colours.accent_soft
        elif state & flag.State_MouseOver:
            ground = colours.hover
        else:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(QRectF(card), RADIUS_PX, RADIUS_PX)

    def _paint_covers(self, painter: QPainter, room: QRect, covers: list[QPixmap]) -> None:
        """One large picture and up to three small ones beside it."""
        path = QPainterPath()
        path.addRoundedRect(QRectF(room), RADIUS_PX - 2, RADIUS_PX - 2)
        painter.save()
        painter.setClipPath(path)
        painter.fillRect(room, QColor(self.colours.hover))
        for cell, cover in zip(_cells(room, len(covers)), covers, strict=False):
            painter.drawPixmap(cell, cover, _cropped(cover, cell))
        painter.restore()

    def _paint_words(self, painter: QPainter, words: QRect, theme: PhotoTheme) -> None:
        colours = self.colours
        font = QFont(painter.font())
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(colours.muted if theme.is_hidden else colours.text))
        line = QRect(words.left(), words.top(), words.width(), 20)
        if theme.is_hidden:
            scale = painter.device().devicePixelRatio()
            sign = drawing("hidden", colours.muted, 16, scale)
            painter.drawPixmap(QPoint(line.left(), line.top() + 2), sign)
            line.setLeft(line.left() + 22)
        name = painter.fontMetrics().elidedText(
            theme.name, Qt.TextElideMode.ElideRight, line.width()
        )
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, name)
        font.setWeight(QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(QColor(colours.muted))
        below = QRect(words.left(), words.top() + 20, words.width(), 20)
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, wording.count_photos(theme.n_photos))


def _cells(room: QRect, n: int) -> list[QRect]:
    """Where n covers stand."""
    if n <= 1:
        return [room]
    small_px = (room.height() - 2 * _GAP_PX) // 3 if n > 3 else (room.height() - _GAP_PX) // 2
    n_small = min(n - 1, 3)
    if n_small == 1:
        half_px = (room.width() - _GAP_PX) // 2
        left = QRect(room.left(), room.top(), half_px, room.height())
        return [left, left.translated(half_px + _GAP_PX, 0)]
    side_px = room.width() // 3
    large = QRect(room.left(), room.top(), room.width() - side_px - _GAP_PX, room.height())
    first = QRect(large.right() + 1 + _GAP_PX, room.top(), side_px + 1, small_px + 1)
    return [large, *(first.translated(0, at * (small_px + _GAP_PX)) for at in range(n_small))]


def _cropped(cover: QPixmap, cell: QRect) -> QRect:
    """The middle of the picture, in the shape of the cell."""
    size = QSize(cell.size()).scaled(cover.size(), Qt.AspectRatioMode.KeepAspectRatio)
    return QRect(
        (cover.width() - size.width()) // 2,
        (cover.height() - size.height()) // 2,
        size.width(),
        size.height(),
    )
