"""PhotoDelegate: paints one thumbnail with what is to be known about it."""

from __future__ import annotations

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    Qt,
)
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetrics,
    QLinearGradient,
    QPainter,
    QPen,
    QPixmap,
    QTransform,
)
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.library import Band, Photo
from desktop.ui.icons import drawing
from desktop.ui.results_model import Role
from desktop.ui.theme import Colours

RADIUS_PX = 8.0
_BADGE = QColor(16, 18, 24, 190)


class PhotoDelegate(QStyledItemDelegate):
    """Attributes: colours; shows_scores; fills: crop photos to the square cell instead of showing
    them whole."""

    def __init__(self, colours: Colours, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.colours = colours
        self.shows_scores = True
        self.fills = True

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        state = option.state
        cell: QRect = option.rect
        is_selected = bool(state & QStyle.StateFlag.State_Selected)
        frame = QRectF(cell).adjusted(5, 5, -5, -5) if is_selected else QRectF(cell)
        photo: Photo | None = index.data(Role.PHOTO)
        pixmap: QPixmap | None = index.data(Role.PIXMAP)
        is_missing = photo is not None and photo.is_missing
        if pixmap is None:
            frame_of_picture = frame
            self._paint_placeholder(painter, frame, photo, bool(index.data(Role.HAS_NO_PICTURE)))
        else:
            frame_of_picture = self._paint_picture(
                painter, frame, pixmap, 0.35 if is_missing else 1.0
            )
        if state & QStyle.StateFlag.State_MouseOver and photo is not None:
            self._paint_name(painter, frame_of_picture, photo.path.name)
        if is_missing:
            self._paint_sign(painter, frame_of_picture, "folder-away")
        score: float | None = index.data(Role.SCORE)
        if score is not None and self.shows_scores:
            self._paint_score(painter, frame_of_picture, score, index.data(Role.BAND))
        self._paint_state(
            painter, QRectF(cell), is_selected, bool(state & QStyle.StateFlag.State_HasFocus)
        )
        painter.restore()

    def _paint_picture(
        self, painter: QPainter, frame: QRectF, pixmap: QPixmap, opacity: float
    ) -> QRectF:
        """Paint the photo into the frame, cropped or whole; returns where it is."""
        scales = (frame.width() / pixmap.width(), frame.height() / pixmap.height())
        scale = max(scales) if self.fills else min(scales)
        width, height = pixmap.width() * scale, pixmap.height() * scale
        left = frame.center().x() - width / 2
        top = frame.center().y() - height / 2
        picture = frame if self.fills else QRectF(left, top, width, height)
        brush = QBrush(pixmap)
        brush.setTransform(QTransform(scale, 0, 0, scale, left, top))
        painter.setOpacity(opacity)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(brush)
        painter.drawRoundedRect(picture, RADIUS_PX, RADIUS_PX)
        painter.setOpacity(1.0)
        return picture

    def _paint_placeholder(
        self, painter: QPainter, frame: QRectF, photo: Photo | None, has_no_picture: bool
    ) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.colours.hover))
        painter.drawRoundedRect(frame, RADIUS_PX, RADIUS_PX)
        if not has_no_picture:
            return
        name = "problem" if photo is not None and photo.problem else "picture"
        scale = painter.device().devicePixelRatio()
        sign = drawing(name, self.colours.muted, 28, scale)
        painter.drawPixmap(frame.center() - QPointF(14, 14), sign)

    def _paint_name(self, painter: QPainter, frame: QRectF, name: str) -> None:
        shade = QRectF(frame.left(), frame.bottom() - 48, frame.width(), 48)
        fall = QLinearGradient(shade.topLeft(), shade.bottomLeft())
        fall.setColorAt(0, QColor(0, 0, 0, 0))
        fall.setColorAt(1, QColor(0, 0, 0, 170))
        painter.save()
        painter.setClipRect(shade)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fall)
        painter.drawRoundedRect(frame, RADIUS_PX, RADIUS_PX)
        painter.restore()
        font = _small(painter.font())
        painter.setFont(font)
        painter.setPen(QColor("#ffffff"))
        line = QRectF(frame.left() + 8, frame.bottom() - 24, frame.width() - 16, 18)
        text = QFontMetrics(font).elidedText(name, Qt.TextElideMode.ElideMiddle, int(line.width()))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _paint_sign(self, painter: QPainter, frame: QRectF, name: str) -> None:
        disc = QRectF(frame.right() - 32, frame.top() + 8, 24, 24)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_BADGE)
        painter.drawEllipse(disc)
        sign = drawing(name, "#ffffff", 16, painter.device().devicePixelRatio())
        painter.drawPixmap(disc.topLeft() + QPointF(4, 4), sign)

    def _paint_score(self, painter: QPainter, frame: QRectF, score: float, band: Band) -> None:
        """A small dark pill: a dot in the colour of the band, and the cosine."""
        font = _small(painter.font())
        painter.setFont(font)
        text = f"{score:.2f}"
        width = QFontMetrics(font).horizontalAdvance(text) + 26
        pill = QRectF(frame.left() + 8, frame.top() + 8, width, 20)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_BADGE)
        painter.drawRoundedRect(pill, 10, 10)
        painter.setBrush(QColor(band_colour(self.colours, band)))
        painter.drawEllipse(QPointF(pill.left() + 10, pill.center().y()), 3.5, 3.5)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(pill.adjusted(18, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_state(
        self, painter: QPainter, cell: QRectF, is_selected: bool, has_focus: bool
    ) -> None:
        if not (is_selected or has_focus):
            return
        pen = QPen(QColor(self.colours.accent), 3 if is_selected else 2)
        if not is_selected:
            pen.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(cell.adjusted(1.5, 1.5, -1.5, -1.5), RADIUS_PX + 2, RADIUS_PX + 2)


def band_colour(colours: Colours, band: Band) -> str:
    return {
        Band.LIKELY: colours.likely,
        Band.MAYBE: colours.maybe,
        Band.UNLIKELY: colours.unlikely,
    }[band]


def _small(font: QFont) -> QFont:
    small = QFont(font)
    small.setPixelSize(11)
    small.setWeight(QFont.Weight.Medium)
    return small
