"""A box on a photo, drawn with the mouse or moved with keys, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from desktop.library import PhotoPart
from desktop.ui.grid.photo_painter import paint_frame
from desktop.ui.look.parts import styled, text_label

REACH_PX = 9.0
"""So near to an edge of the box, in pixels of the screen, the mouse takes hold of it."""
STEP = 0.02
"""How far a key moves the box, as a share of the longer side of the photo."""

_LEAST_PX = 8.0
_ALL_OF_IT = 0.95
_HANDLE_PX = 7.0
_MARGIN_PX, _EDGE_PX = 32, 16
_CURSORS = {
    (0, 0): Qt.CursorShape.SizeAllCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
}

ToScreen = Callable[[QRectF], QRectF]


class BoxTool:
    """Lengths and places are in pixels of the full photo, which may be fractions.

    Attributes:
        box: within the photo.
    """

    def __init__(self, photo: QSizeF, box: QRectF, is_offered: bool = False) -> None:
        """is_offered: nobody has drawn the box, so that the mouse draws another within it."""
        self._photo = QRectF(QPointF(), photo)
        self.box = box & self._photo
        self._before = self.box
        self._from: QPointF | None = None
        self._grip = (0, 0)
        self._draws = False
        self._is_offered = is_offered

    @classmethod
    def at(cls, photo: QSizeF, part: PhotoPart) -> BoxTool:
        """With a box that is there already."""
        width, height = photo.width(), photo.height()
        return cls(
            photo,
            QRectF(part.x * width, part.y * height, part.width * width, part.height * height),
        )

    @property
    def part(self) -> PhotoPart:
        """The box in shares of the photo."""
        width, height = self._photo.width(), self._photo.height()
        x, y = max(self.box.x() / width, 0.0), max(self.box.y() / height, 0.0)
        return PhotoPart(
            x, y, min(self.box.width() / width, 1 - x), min(self.box.height() / height, 1 - y)
        )

    @property
    def is_held(self) -> bool:
        return self._from is not None

    # the mouse

    def press(self, at: QPointF, reach: float) -> None:
        """Take hold of an edge or corner, or of the box itself; elsewhere begin another box."""
        self._before = QRectF(self.box)
        self._from = self._inside(at)
        grip = self._grip_at(at, reach)
        self._draws = grip is None
        self._grip = grip or (0, 0)

    def drag(self, at: QPointF) -> None:
        start = self._from
        if start is None:
            return
        at = self._inside(at)
        if self._draws:
            self.box = QRectF(start, at).normalized()
        elif self._grip == (0, 0):
            self.box = self._kept_inside(self._before.translated(at - start))
        else:
            self.box = self._stretched(self._before, self._grip, at - start)

    def release(self, scale: float) -> None:
        """A box too small to be meant, as a click makes one, leaves the one before. scale: pixels
        of the screen for each of the photo."""
        if self._from is not None and min(self.box.width(), self.box.height()) * scale < _LEAST_PX:
            self.box = self._before
        self._is_offered &= self.box == self._before
        self._from = None

    def cursor_at(self, at: QPointF, reach: float) -> Qt.CursorShape:
        grip = self._grip_at(at, reach)
        if grip is None:
            return Qt.CursorShape.CrossCursor
        x, y = grip
        return _CURSORS[(abs(x), abs(y) if x * y >= 0 else -1)]

    # keys

    def move(self, right: int, down: int) -> None:
        """By so many steps."""
        self._is_offered = False
        self.box = self._kept_inside(self.box.translated(self._step * right, self._step * down))

    def grow(self, wider: int, higher: int) -> None:
        """By so many steps, less than 0 to shrink; the middle stays where it can."""
        self._is_offered = False
        width = min(max(self.box.width() + wider * self._step, self._step), self._photo.width())
        height = min(max(self.box.height() + higher * self._step, self._step), self._photo.height())
        middle = self.box.center()
        grown = QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)
        self.box = self._kept_inside(grown)

    # painting

    def paint(self, painter: QPainter, to_screen: ToScreen) -> None:
        """The box, and a veil over the rest of the photo."""
        box = to_screen(self.box)
        veil = QPainterPath()
        veil.addRect(to_screen(self._photo))
        veil.addRect(box)
        painter.fillPath(veil, QColor(0, 0, 0, 120))
        paint_frame(painter, box)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#ffffff"))
        half = _HANDLE_PX / 2
        for corner in (box.topLeft(), box.topRight(), box.bottomLeft(), box.bottomRight()):
            painter.drawRect(QRectF(corner.x() - half, corner.y() - half, 2 * half, 2 * half))

    @property
    def _step(self) -> float:
        return STEP * max(self._photo.width(), self._photo.height())

    def _grip_at(self, at: QPointF, reach: float) -> tuple[int, int] | None:
        """Which edges are taken hold of: -1 for left or upper, 1 for right or lower, (0, 0) for the
        box itself; None outside, and within a box that nobody has drawn."""
        box = self.box
        # Where the box is small, its inside can still be taken hold of.
        x_reach, y_reach = min(reach, box.width() / 4), min(reach, box.height() / 4)
        if not box.adjusted(-reach, -reach, reach, reach).contains(at):
            return None
        x = -1 if at.x() < box.left() + x_reach else int(at.x() > box.right() - x_reach)
        y = -1 if at.y() < box.top() + y_reach else int(at.y() > box.bottom() - y_reach)
        return None if self._is_offered and (x, y) == (0, 0) else (x, y)

    def _stretched(self, box: QRectF, grip: tuple[int, int], by: QPointF) -> QRectF:
        left, right = (by.x() if grip[0] == side else 0.0 for side in (-1, 1))
        top, bottom = (by.y() if grip[1] == side else 0.0 for side in (-1, 1))
        return box.adjusted(left, top, right, bottom).normalized() & self._photo

    def _kept_inside(self, box: QRectF) -> QRectF:
        x = max(0.0, min(box.x(), self._photo.width() - box.width()))
        y = max(0.0, min(box.y(), self._photo.height() - box.height()))
        return QRectF(x, y, box.width(), box.height())

    def _inside(self, at: QPointF) -> QPointF:
        return QPointF(
            max(0.0, min(at.x(), self._photo.width())), max(0.0, min(at.y(), self._photo.height()))
        )


def begun(photo: QSizeF, seen: QRectF) -> QRectF:
    """Where a box begins: around what is seen of the photo; around its middle where all is seen."""
    whole = QRectF(QPointF(), photo)
    seen = seen & whole
    if seen.width() * seen.height() > _ALL_OF_IT * photo.width() * photo.height():
        return QRectF(QPointF(photo.width() / 4, photo.height() / 4), photo / 2)
    return seen


class BoxBar(QFrame):
    """Over the lower edge of the photo while a box is drawn, or the upper one where it would cover
    the box: what can be done with it.

    Signals: find_wanted, cancel_wanted
    """

    find_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.setObjectName("boxBar")
        self._words = text_label(
            "Draw a box around what you look for. Arrow keys move it, with Shift they size it.",
            "viewerMuted",
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(self._words)
        for text, keys, name, signal in (
            ("Find this", "Return", "primary", self.find_wanted),
            ("Cancel", "Esc", "", self.cancel_wanted),
        ):
            button = styled(QPushButton(text), name)
            button.setToolTip(f"{text} ({keys})")
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys are the viewer's
            button.clicked.connect(signal)
            row.addWidget(button)
        self._box = QRectF()
        canvas.installEventFilter(self)
        self.hide()

    def keep_clear(self, box: QRectF) -> None:
        """box: on the canvas."""
        self._box = box
        if self.isVisible():
            self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def setVisible(self, visible: bool) -> None:  # noqa: N802
        super().setVisible(visible)
        if visible:
            self._place()

    def _place(self) -> None:
        canvas = self.parentWidget()
        assert canvas is not None
        self._words.show()
        if self.sizeHint().width() > canvas.width() - _MARGIN_PX:
            self._words.hide()
        self.resize(self.sizeHint())
        left = (canvas.width() - self.width()) // 2
        low = QRect(QPoint(left, canvas.height() - self.height() - _EDGE_PX), self.size())
        high = low.translated(0, _EDGE_PX - low.y())
        covered = [place for place in (low, high) if self._box.intersects(place.toRectF())]
        self.setGeometry(high if covered == [low] else low)
