"""PhotoPainter: paints one thumbnail with what is to be known about it."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetrics,
    QLinearGradient,
    QPainter,
    QPen,
    QPixmap,
    QPixmapCache,
    QTransform,
)

from desktop.library import Band, PhotoPart
from desktop.ui.grid.results_model import Shown
from desktop.ui.look import wording
from desktop.ui.look.icons import drawing, kept_pixmap
from desktop.ui.look.theme import Colours
from desktop.ui.places.answers import Stack

RADIUS_PX = 8.0
MARK_PX = 24
_NAME_PX = 28
_FRAME_PX = 2.0
_BADGE = QColor(16, 18, 24, 190)
SMOOTH = QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
_LEAST_CACHE_KB = 10 * 1024


class Box(NamedTuple):
    """A rectangle in device-independent pixels."""

    left: float
    top: float
    width: float
    height: float

    def shrunk(self, by: float) -> Box:
        return Box(self.left + by, self.top + by, self.width - 2 * by, self.height - 2 * by)


def stack_box(cell: Box) -> Box:
    """Where a press of the mouse opens and closes look-alikes."""
    return Box(cell.left + cell.width - 64, cell.top, 64, 34)


class PhotoPainter:
    """What costs time is done once: a cell's picture, scaled and with its round corners, and a
    badge stay in Qt's own QPixmapCache. Main thread.

    The usual cell is painted without making an object of Qt's: each gives Python's lock away for a
    moment when it is made, and indexing may take it.

    Attributes: colours; shows_scores; fills: crop photos to the square cell instead of showing
    them whole.
    """

    def __init__(self, colours: Colours) -> None:
        self.colours = colours
        self.shows_scores = True
        self.fills = True
        self._found = QPixmap()

    def keep_screenfuls(self, size_px: QSize) -> None:
        """Let the cache hold two screenfuls of this size in device pixels; Qt lets go of what is
        not painted for half a minute."""
        kilobytes = 2 * 4 * size_px.width() * size_px.height() // 1024
        QPixmapCache.setCacheLimit(max(kilobytes, _LEAST_CACHE_KB))

    def paint(
        self,
        painter: QPainter,
        cell: Box,
        shown: Shown,
        *,
        is_selected: bool = False,
        is_hovered: bool = False,
        has_focus: bool = False,
        offers_marks: bool = False,
        hovered_mark: bool | None = None,
    ) -> None:
        """painter: with Antialiasing and SmoothPixmapTransform; pen, brush and font are left as
        they happen to be. offers_marks: to the photo under the mouse; hovered_mark: that which the
        mouse is on."""
        box = cell.shrunk(5) if is_selected else cell
        photo = shown.photo
        if shown.pixmap is None:
            self._paint_placeholder(painter, QRectF(*box), shown)
        else:
            box = self._paint_picture(painter, box, shown.pixmap, shown.is_missing)
        if shown.part is not None and shown.pixmap is not None and (is_hovered or has_focus):
            paint_frame(painter, part_box(box, shown.pixmap.size(), shown.part))
        if is_hovered and photo is not None:
            self._paint_name(painter, QRectF(*box), wording.name(photo.path))
        if shown.is_missing:
            below_px = 28 if shown.stack is not None else 0
            self._paint_sign(painter, QRectF(*box).adjusted(0, below_px, 0, 0), "folder-away")
        if shown.band is not None and self.shows_scores:
            self._paint_badge(painter, box, shown.badge, shown.band)
        for is_more in (True, False):
            if shown.mark is is_more or (is_hovered and offers_marks):
                is_lit = shown.mark is is_more or hovered_mark is is_more
                self._paint_mark(painter, QRectF(*mark_box(cell, is_more)), is_more, is_lit)
        if shown.stack is not None:
            self._paint_stack(painter, box, shown.stack)
        if is_selected or has_focus:
            self._paint_state(painter, QRectF(*cell), is_selected)

    def _paint_picture(
        self, painter: QPainter, frame: Box, pixmap: QPixmap, is_missing: bool
    ) -> Box:
        """Paint the photo into the frame, cropped or whole; returns where it is."""
        picture = frame if self.fills else _whole(pixmap, frame)
        scale = painter.device().devicePixelRatio()
        width_px = max(1, round(picture.width * scale))
        height_px = max(1, round(picture.height * scale))
        rounded = kept_pixmap(
            f"photo {pixmap.cacheKey()} {width_px} {height_px}",
            lambda: _round_off(pixmap, width_px, height_px, scale),
            self._found,
        )
        if is_missing:
            painter.setOpacity(0.35)
        _draw(painter, picture.left, picture.top, rounded, scale)
        if is_missing:
            painter.setOpacity(1.0)
        return picture

    def _paint_placeholder(self, painter: QPainter, frame: QRectF, shown: Shown) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.colours.hover))
        painter.drawRoundedRect(frame, RADIUS_PX, RADIUS_PX)
        if not shown.has_no_picture:
            return
        name = "problem" if shown.photo is not None and shown.photo.problem else "picture"
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

    def _paint_mark(self, painter: QPainter, disc: QRectF, is_more: bool, is_lit: bool) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.colours.accent) if is_lit else _BADGE)
        painter.drawEllipse(disc)
        name = "more-like" if is_more else "less-like"
        colour = self.colours.accent_text if is_lit else "#ffffff"
        sign = drawing(name, colour, 14, painter.device().devicePixelRatio())
        painter.drawPixmap(disc.topLeft() + QPointF(5, 5), sign)

    def _paint_badge(self, painter: QPainter, frame: Box, text: str, band: Band) -> None:
        """A small dark pill: a dot in the colour of the band, and how sure that is."""
        colour = band_colour(self.colours, band)
        scale = painter.device().devicePixelRatio()
        badge = kept_pixmap(
            f"badge {text} {colour} {scale}",
            lambda: _badge(text, colour, _small(painter.font()), scale),
            self._found,
        )
        _draw(painter, frame.left + 8, frame.top + 8, badge, scale)

    def _paint_stack(self, painter: QPainter, frame: Box, stack: Stack) -> None:
        """A pill at the top right: how many look-alikes there are, and which of them it is."""
        text = f"{stack.at + 1}/{stack.n}" if stack.is_open else f"{stack.n}"
        fill = QColor(self.colours.accent) if stack.is_open else _BADGE
        colour = self.colours.accent_text if stack.is_open else "#ffffff"
        scale = painter.device().devicePixelRatio()
        badge = kept_pixmap(
            f"stack {text} {fill.name()} {scale}",
            lambda: _stack_badge(text, fill, colour, _small(painter.font()), scale),
            self._found,
        )
        right = frame.left + frame.width - 8
        _draw(painter, right - badge.width() / scale, frame.top + 8, badge, scale)

    def _paint_state(self, painter: QPainter, cell: QRectF, is_selected: bool) -> None:
        pens = [QPen(QColor(self.colours.accent), 3 if is_selected else 2)]
        if not is_selected:
            pens[0].setStyle(Qt.PenStyle.DotLine)
            pens.insert(0, QPen(QColor(self.colours.surface), 3))  # so that it is seen on any photo
        painter.setBrush(Qt.BrushStyle.NoBrush)
        frame = cell.adjusted(1.5, 1.5, -1.5, -1.5)
        for pen in pens:
            painter.setPen(pen)
            painter.drawRoundedRect(frame, RADIUS_PX + 2, RADIUS_PX + 2)


def paint_frame(painter: QPainter, box: QRectF) -> None:
    """A thin frame that can be seen on any photo."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((QColor(0, 0, 0, 150), 3.0), (QColor("#ffffff"), 1.25)):
        painter.setPen(QPen(colour, width))
        painter.drawRect(box)


def part_box(picture: Box, size_px: QSize, part: PhotoPart) -> QRectF:
    """Where a part of a photo is to be seen, in a picture of it that may be cropped. size_px: of
    the whole photo, in any unit."""
    zoom = max(picture.width / size_px.width(), picture.height / size_px.height())
    width, height = size_px.width() * zoom, size_px.height() * zoom
    left = picture.left + (picture.width - width) / 2 + part.x * width
    top = picture.top + (picture.height - height) / 2 + part.y * height
    seen = QRectF(*picture.shrunk(_FRAME_PX))
    return QRectF(left, top, part.width * width, part.height * height) & seen


def mark_box(cell: Box, is_more: bool) -> Box:
    """Where a cell has the thumb that points up, or down: at the lower right, above the name."""
    left = cell.left + cell.width - 8 - MARK_PX
    top = cell.top + cell.height - _NAME_PX - MARK_PX
    return Box(left - MARK_PX - 4 if is_more else left, top, MARK_PX, MARK_PX)


def _whole(pixmap: QPixmap, frame: Box) -> Box:
    """Where the whole picture stands in the middle of the frame."""
    zoom = min(frame.width / pixmap.width(), frame.height / pixmap.height())
    width, height = pixmap.width() * zoom, pixmap.height() * zoom
    left = frame.left + (frame.width - width) / 2
    return Box(left, frame.top + (frame.height - height) / 2, width, height)


def _draw(painter: QPainter, left: float, top: float, pixmap: QPixmap, scale: float) -> None:
    """Draw a pixmap at the nearest whole device pixel, where it stays sharp."""
    x, y = round(left * scale) / scale, round(top * scale) / scale
    if x.is_integer() and y.is_integer():
        painter.drawPixmap(int(x), int(y), pixmap)
    else:
        painter.drawPixmap(QPointF(x, y), pixmap)


def _round_off(pixmap: QPixmap, width_px: int, height_px: int, scale: float) -> QPixmap:
    """The middle of a picture, so big (device pixels), with round corners."""
    zoom = max(width_px / pixmap.width(), height_px / pixmap.height())
    left = (width_px - pixmap.width() * zoom) / 2
    top = (height_px - pixmap.height() * zoom) / 2
    brush = QBrush(pixmap)
    brush.setTransform(QTransform(zoom, 0, 0, zoom, left, top))
    rounded, painter = _sheet(width_px, height_px)
    painter.setBrush(brush)
    painter.drawRoundedRect(QRectF(0, 0, width_px, height_px), RADIUS_PX * scale, RADIUS_PX * scale)
    painter.end()
    rounded.setDevicePixelRatio(scale)
    return rounded


def _badge(text: str, colour: str, font: QFont, scale: float) -> QPixmap:
    width = QFontMetrics(font).horizontalAdvance(text) + 26
    badge, painter = _sheet(round(width * scale), round(20 * scale))
    painter.scale(scale, scale)
    painter.setBrush(_BADGE)
    painter.drawRoundedRect(QRectF(0, 0, width, 20), 10, 10)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(QPointF(10, 10), 3.5, 3.5)
    painter.setFont(font)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(QRectF(18, 0, width - 18, 20), Qt.AlignmentFlag.AlignVCenter, text)
    painter.end()
    badge.setDevicePixelRatio(scale)
    return badge


def _stack_badge(text: str, fill: QColor, colour: str, font: QFont, scale: float) -> QPixmap:
    """Two sheets, one behind the other, and the text."""
    width = QFontMetrics(font).horizontalAdvance(text) + 31
    badge, painter = _sheet(round(width * scale), round(20 * scale))
    painter.scale(scale, scale)
    painter.setBrush(fill)
    painter.drawRoundedRect(QRectF(0, 0, width, 20), 10, 10)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colour), 1.2))
    painter.drawPolyline([QPointF(11.5, 6), QPointF(18, 6), QPointF(18, 12.5)])
    painter.drawRect(QRectF(8.5, 8, 7, 6.5))
    painter.setFont(font)
    painter.drawText(QRectF(22, 0, width - 22, 20), Qt.AlignmentFlag.AlignVCenter, text)
    painter.end()
    badge.setDevicePixelRatio(scale)
    return badge


def _sheet(width_px: int, height_px: int) -> tuple[QPixmap, QPainter]:
    """An empty pixmap, and a painter on it that is smooth and draws no outlines."""
    sheet = QPixmap(width_px, height_px)
    sheet.fill(Qt.GlobalColor.transparent)
    painter = QPainter(sheet)
    painter.setRenderHints(SMOOTH)
    painter.setPen(Qt.PenStyle.NoPen)
    return sheet, painter


def band_colour(colours: Colours, band: Band) -> str:
    match band:
        case Band.LIKELY:
            return colours.likely
        case Band.MAYBE:
            return colours.maybe
        case Band.UNLIKELY:
            return colours.unlikely


def _small(font: QFont) -> QFont:
    small = QFont(font)
    small.setPixelSize(11)
    small.setWeight(QFont.Weight.Medium)
    return small
