"""ImageCanvas: one image, zoomed and moved about."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from desktop.library import PhotoPart
from desktop.ui.grid.photo_painter import paint_frame
from desktop.ui.look.icons import drawing
from desktop.ui.viewer.box import REACH_PX, BoxTool, begun

MAX_SCALE = 8.0
_WHEEL_STEP = 1.0015


class ImageCanvas(QWidget):
    """Shows a photo fitted to the widget, or larger around the point under the cursor.

    Scales count device-independent pixels for each pixel of the full photo. Several images of one
    photo may be given, smaller ones first; the sharpest one needed is painted.

    Signals:
        scale_changed(scale)
        detail_wanted: zoomed in beyond what the image at hand can show.
        box_changed: a box is drawn now or is elsewhere, or there is none any more.
    """

    scale_changed = Signal(float)
    detail_wanted = Signal()
    box_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._small: QImage | None = None
        self._image: QImage | None = None
        self._full = QSize()
        self._scale = 1.0
        self._centre = QPointF()
        self._is_fitted = True
        self._dragged_from: QPoint | None = None
        self._sentence = ""
        self._asked_for_detail = False
        self._box: BoxTool | None = None
        self._framed: PhotoPart | None = None
        self.setAccessibleName("Photo")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(200, 160)

    # what is shown

    def show_photo(self, full: QSize, first: QPixmap | None) -> None:
        """A new photo of `full` pixels; `first` is its thumbnail, shown until `show_image`."""
        self._full = full
        self._small = first.toImage() if first is not None else None
        self._image = None
        self._sentence = ""
        self._asked_for_detail = False
        self._framed = None
        self.end_box()
        self.fit()

    @property
    def framed(self) -> PhotoPart | None:
        """The part that a thin frame is around."""
        return self._framed

    def show_frame(self, part: PhotoPart | None) -> None:
        """Draw a thin frame around a part of the photo; None for no frame."""
        self._framed = part
        self.update()

    def show_image(self, image: QImage) -> None:
        """The same photo in more detail."""
        if not self._full.isValid():
            self._full = image.size()
            self.fit()
        if self._small is None:
            self._small = image
        self._image = image
        self.update()

    def show_sentence(self, sentence: str) -> None:
        """Say why there is no image."""
        self._image = self._small = None
        self._sentence = sentence
        self.end_box()
        self.update()

    @property
    def has_image(self) -> bool:
        """Whether more than the thumbnail is there."""
        return self._image is not None

    @property
    def sentence(self) -> str:
        """Why there is no image; "" while nothing is wrong."""
        return self._sentence

    def photo_point(self, at: QPointF) -> QPointF:
        """The pixel of the full photo that is at this point of the widget."""
        return self._centre + (at - QPointF(self.rect().center())) / self._scale

    def widget_rect(self, in_photo: QRectF) -> QRectF:
        """Where this part of the full photo is on the widget."""
        middle = QPointF(self.width(), self.height()) / 2
        at = (in_photo.topLeft() - self._centre) * self._scale + middle
        return QRectF(at, in_photo.size() * self._scale)

    # a box

    def begin_box(self, part: PhotoPart | None = None) -> None:
        """Let the person draw a box: around this part at first, or around what is seen now."""
        if self._full.isEmpty() or (self._image is None and self._small is None):
            return
        full = QSizeF(self._full)
        offered = BoxTool(full, begun(full, self._seen()), is_offered=True)
        self._box = offered if part is None else BoxTool.at(full, part)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.update()
        self.box_changed.emit()

    def end_box(self) -> None:
        if self._box is not None:
            self._box = None
            self._show_cursor()
            self.update()
            self.box_changed.emit()

    @property
    def box_part(self) -> PhotoPart | None:
        """What the box is around; None where none is drawn."""
        return self._box.part if self._box is not None else None

    @property
    def box_rect(self) -> QRectF:
        """Where it is on the canvas; empty where there is none."""
        return self.widget_rect(self._box.box) if self._box is not None else QRectF()

    def move_box(self, right: int, down: int) -> None:
        """By so many steps; the view follows."""
        if self._box is not None:
            self._box.move(right, down)
            self._follow_box(self._box)

    def grow_box(self, wider: int, higher: int) -> None:
        """By so many steps, less than 0 to shrink."""
        if self._box is not None:
            self._box.grow(wider, higher)
            self._follow_box(self._box)

    def _follow_box(self, box: BoxTool) -> None:
        if not self._seen().contains(box.box) and not self._is_fitted:
            self._centre = box.box.center()
            self._keep_inside()
        self.update()
        self.box_changed.emit()

    def _seen(self) -> QRectF:
        """What of the full photo is in view, and perhaps beyond it."""
        half = QPointF(self.width(), self.height()) / self._scale / 2
        return QRectF(self._centre - half, self._centre + half)

    @property
    def scale(self) -> float:
        return self._scale

    @property
    def is_fitted(self) -> bool:
        return self._is_fitted

    # zoom

    def fit(self) -> None:
        """Show the whole photo; a small one at twice its size at most."""
        self._is_fitted = True
        self._centre = QPointF(self._full.width() / 2, self._full.height() / 2)
        self._set_scale(self._fitting_scale())

    def full_size(self) -> None:
        """One pixel of the photo on one of the screen."""
        self.zoom_to(1.0 / self.devicePixelRatioF(), QPointF(self.rect().center()))

    def zoom_by(self, factor: float) -> None:
        """Closer (above 1) or further, around the middle."""
        self.zoom_to(self._scale * factor, QPointF(self.rect().center()))

    def zoom_to(self, scale: float, at: QPointF) -> None:
        """Zoom so that what is at this point of the widget stays there."""
        smallest = min(self._fitting_scale(), 1.0)
        scale = max(smallest, min(scale, MAX_SCALE))
        middle = QPointF(self.rect().center())
        under = self.photo_point(at)
        self._centre = under - (at - middle) / scale
        self._is_fitted = scale <= self._fitting_scale() * 1.001
        self._set_scale(scale)

    def _fitting_scale(self) -> float:
        if not self._full.isValid() or self._full.isEmpty():
            return 1.0
        scale = min(self.width() / self._full.width(), self.height() / self._full.height())
        return min(scale, 2.0)

    def _set_scale(self, scale: float) -> None:
        self._scale = scale
        self._keep_inside()
        self._show_cursor()
        self.update()
        self.scale_changed.emit(scale)
        best = self._image
        if best is None or self._asked_for_detail:
            return
        needed = scale * self.devicePixelRatioF() * self._full.width()
        if needed > best.width() * 1.05 and best.width() < self._full.width():
            self._asked_for_detail = True
            self.detail_wanted.emit()

    def _show_cursor(self) -> None:
        free = Qt.CursorShape.ArrowCursor if self._is_fitted else Qt.CursorShape.OpenHandCursor
        self.setCursor(Qt.CursorShape.CrossCursor if self._box is not None else free)

    def _keep_inside(self) -> None:
        """No empty space beside a photo that is larger than the widget."""
        for size, length, get, put in (
            (self._full.width(), self.width(), self._centre.x, self._centre.setX),
            (self._full.height(), self.height(), self._centre.y, self._centre.setY),
        ):
            half = length / self._scale / 2
            put(size / 2 if half * 2 >= size else max(half, min(get(), size - half)))

    # Qt's side

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        image = self._sharp_enough()
        if image is not None:
            self._paint_image(painter, image)
            if self._box is not None:
                self._box.paint(painter, self.widget_rect)
            elif self._framed is not None:
                tool = BoxTool.at(QSizeF(self._full), self._framed)
                paint_frame(painter, self.widget_rect(tool.box))
        elif self._sentence:
            sign = drawing("problem", "#9aa0ac", 40, self.devicePixelRatioF())
            middle = self.rect().center()
            painter.drawPixmap(middle - QPoint(20, 56), sign)
            painter.setPen(QColor("#c9cdd6"))
            words = self.rect().adjusted(48, self.height() // 2, -48, 0)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
            painter.drawText(words, flags | Qt.TextFlag.TextWordWrap, self._sentence)

    def _sharp_enough(self) -> QImage | None:
        """The small image where it has enough pixels: painting it costs less."""
        if self._image is None or self._small is None:
            return self._image or self._small
        needed = self._scale * self.devicePixelRatioF() * self._full.width()
        return self._small if self._small.width() >= needed else self._image

    def _paint_image(self, painter: QPainter, image: QImage) -> None:
        """Paint only what is in view, so that a large photo costs no more than a small one."""
        width, height = self._full.width(), self._full.height()
        seen = self._seen() & QRectF(0, 0, width, height)
        target = self.widget_rect(seen)
        ratio_x, ratio_y = image.width() / width, image.height() / height
        source = QRectF(
            seen.x() * ratio_x, seen.y() * ratio_y, seen.width() * ratio_x, seen.height() * ratio_y
        )
        painter.drawImage(target, image, source)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, ARG002
        if self._is_fitted:
            self.fit()
        else:
            self._set_scale(self._scale)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        self.zoom_to(self._scale * _WHEEL_STEP ** event.angleDelta().y(), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._box is not None and event.button() is Qt.MouseButton.LeftButton:
            self._box.press(self.photo_point(event.position()), REACH_PX / self._scale)
        elif event.button() is Qt.MouseButton.LeftButton and not self._is_fitted:
            self._dragged_from = event.position().toPoint()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._box is not None:
            self._move_over_box(self._box, self.photo_point(event.position()))
            return
        if self._dragged_from is None:
            return
        now = event.position().toPoint()
        self._centre -= QPointF(now - self._dragged_from) / self._scale
        self._dragged_from = now
        self._keep_inside()
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802, ARG002
        self._dragged_from = None
        if self._box is not None:
            self._box.release(self._scale)
            self.update()
            self.box_changed.emit()
        else:
            self._show_cursor()

    def _move_over_box(self, box: BoxTool, at: QPointF) -> None:
        if box.is_held:
            box.drag(at)
            self.update()
        else:
            self.setCursor(box.cursor_at(at, REACH_PX / self._scale))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._box is not None:
            return
        if self._is_fitted:
            self.zoom_to(max(1.0 / self.devicePixelRatioF(), self._scale * 2), event.position())
        else:
            self.fit()
