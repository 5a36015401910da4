"""MapView: the map as it is looked at: pan, zoom, what is under the mouse, what is chosen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPolygonF,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGestureEvent, QGraphicsScene, QGraphicsView, QPinchGesture

from desktop.library import MapLabel, PhotoMap
from desktop.ui.look.theme import Colours
from desktop.ui.map.labels import LabelsItem
from desktop.ui.map.lasso import Lasso
from desktop.ui.map.near import NearItem, NearPictures
from desktop.ui.map.palette import Tints
from desktop.ui.map.points import SIDE, PointsItem
from desktop.ui.map.raster import diameter_px

SETTLE_MS = 90
"""So long after the last movement thumbnails are chosen anew."""

_STEP = 1.25
_LEAST, _MOST = 0.5, 400.0
"""How far out and in one can go; 1 shows all of the map."""
_MARGIN = 0.06
_REACH_PX = 8
_PAN_PX = 80
_DRAG_PX = 4

Rows = NDArray[np.bool_]


class MapView(QGraphicsView):
    """Main thread. Drag to pan, wheel, pinch or + and - to zoom, 0 shows all; with Shift, or while
    `uses_lasso`, a line drawn around photos chooses them.

    Signals:
        chosen_changed: other photos are chosen.
        hovered(int, QPoint): the mouse is over this row, -1 for none, at this place of the view.
        opened(int): a row was double-clicked, or Return was pressed on the one that is chosen.
        menu_wanted(QPoint): at a place on the screen.
    """

    chosen_changed = Signal()
    hovered = Signal(int, QPoint)
    opened = Signal(int)
    menu_wanted = Signal(QPoint)

    def __init__(self, thumbnails: NearPictures, look: Colours) -> None:
        super().__init__()
        self._look = look
        self._ids: NDArray[np.int64] = np.zeros(0, np.int64)
        self._tints: Tints | None = None
        self._chosen: Rows = np.zeros(0, np.bool_)
        self._fit_scale = 1.0
        self._is_fitted = True
        self._pressed: QPoint | None = None
        self._last = QPoint()
        self._is_dragging = False
        self.uses_lasso = False
        self.points = PointsItem()
        self.near = NearItem(self.points, thumbnails)
        self.labels = LabelsItem()
        self._lasso = Lasso()
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._choose_near)
        thumbnails.arrived.connect(self.viewport().update)
        self._set_up()
        self.dress(look)

    def _set_up(self) -> None:
        scene = QGraphicsScene(self)
        scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        scene.setSceneRect(-3 * SIDE, -3 * SIDE, 6 * SIDE, 6 * SIDE)
        for item in (self.points, self.near, self.labels):
            scene.addItem(item)
        self.setScene(scene)
        self.setAccessibleName("Map of the photos")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setMouseTracking(True)
        self.viewport().grabGesture(Qt.GestureType.PinchGesture)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    # what is shown

    def show_map(self, shown: PhotoMap) -> None:
        """Show these photos where they are. Those that were chosen stay so; who looked at a part of
        the map goes on looking at it."""
        kept = set(self._ids[self._chosen].tolist())
        self._ids = shown.photo_ids
        self.points.lay_out(shown.points)
        self._chosen = np.isin(shown.photo_ids, list(kept)) if kept else self._none()
        self._tints = None
        if self._is_fitted:
            self.fit()
        self._moved()

    def show_labels(self, labels: tuple[MapLabel, ...]) -> None:
        self.labels.say(labels)

    def dye(self, tints: Tints) -> None:
        """Give the points their colours."""
        self._tints = tints
        self._dye()

    def dress(self, look: Colours) -> None:
        self._look = look
        self.near.dress(look)
        self.labels.dress(look)
        self._lasso.dress(look)
        self.setBackgroundBrush(Qt.BrushStyle.NoBrush)
        self._dye()

    def _dye(self) -> None:
        if self._tints is not None:
            self.points.dye(self._tints, self._chosen, self._look)
        self.near.chosen = self._chosen
        self.viewport().update()

    # what is chosen

    @property
    def photo_ids(self) -> NDArray[np.int64]:
        return self._ids

    @property
    def chosen_ids(self) -> NDArray[np.int64]:
        return self._ids[self._chosen]

    def choose(self, rows: Rows) -> None:
        """Choose these (n,) and no others."""
        if not np.array_equal(rows, self._chosen):
            self._chosen = rows
            self._dye()
            self.chosen_changed.emit()

    @Slot()
    def choose_none(self) -> None:
        self.choose(self._none())

    def _choose_in_view(self) -> None:
        """The way to choose for those who draw no line: what they have moved and zoomed to."""
        view = self.viewport()
        area = QPolygonF(QRectF(view.rect()))
        self.choose(self._lasso.holds(area, view.size(), self._in_view()))

    def _none(self) -> Rows:
        return np.zeros(len(self._ids), np.bool_)

    def _choose_one(self, row: int | None, is_more: bool) -> None:
        rows = self._chosen.copy() if is_more else self._none()
        if row is not None:
            rows[row] = not rows[row] if is_more else True
        self.choose(rows)

    def row_at(self, at: QPoint) -> int | None:
        """The photo at a place of the view: the thumbnail that is there, or the nearest point."""
        row = self.near.row_at(self.mapToScene(at), self._scale)
        if row is not None or not len(self._ids):
            return row
        xs, ys = self.points.mapped(self.viewportTransform())
        far = (xs - np.float32(at.x())) ** 2 + (ys - np.float32(at.y())) ** 2
        nearest = int(np.argmin(far))
        reach = max(_REACH_PX, diameter_px(self.points.n_drawn))
        return nearest if far[nearest] <= reach**2 else None

    # where one looks

    @property
    def _scale(self) -> float:
        return self.transform().m11()

    @property
    def zoom(self) -> float:
        """1 shows all of the map."""
        return self._scale / self._fit_scale

    @Slot()
    def fit(self) -> None:
        """Show all of the map."""
        bounds, view = self.points.bounds, self.viewport().rect()
        if bounds.isEmpty() or view.isEmpty():
            return
        room = 1 + 2 * _MARGIN
        scale = min(
            view.width() / (bounds.width() * room), view.height() / (bounds.height() * room)
        )
        self._fit_scale = scale
        self.setTransform(QTransform.fromScale(scale, scale))
        self.centerOn(bounds.center())
        self._is_fitted = True
        self._moved()

    @Slot()
    def zoom_in(self) -> None:
        self.zoom_by(_STEP)

    @Slot()
    def zoom_out(self) -> None:
        self.zoom_by(1 / _STEP)

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """So many times as near; what is at this place of the view stays there, or the middle."""
        least, most = _LEAST * self._fit_scale, _MOST * self._fit_scale
        scale = min(max(self._scale * factor, least), most)
        place = at if at is not None else QPointF(self.viewport().rect().center())
        before = self.mapToScene(place.toPoint())
        self.setTransform(QTransform.fromScale(scale, scale))
        now = self.viewportTransform().map(before)
        self.pan_by(now - place)
        self._is_fitted = False
        self._moved()

    def pan_by(self, pixels: QPointF) -> None:
        """Look so many pixels further to the right and down."""
        for bar, step in (
            (self.horizontalScrollBar(), pixels.x()),
            (self.verticalScrollBar(), pixels.y()),
        ):
            bar.setValue(bar.value() + round(step))
        self._is_fitted = False
        self._moved()

    def _moved(self) -> None:
        self._settle.start()
        self.viewport().update()

    @Slot()
    def _choose_near(self) -> None:
        if self.isVisible() and len(self._ids):
            area = self.mapToScene(self.viewport().rect()).boundingRect()
            self.near.choose(area, self._scale, self._ids)

    def drawForeground(self, painter: QPainter, rect: QRectF | object) -> None:  # noqa: N802, ARG002
        painter.save()
        painter.resetTransform()
        self._lasso.paint(painter)
        painter.restore()

    # what is done

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        self._pressed = self._last = event.position().toPoint()
        self._is_dragging = False
        if self.uses_lasso or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._lasso.begin(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        at = event.position().toPoint()
        if self._pressed is None:
            row = self.row_at(at)
            self.hovered.emit(-1 if row is None else row, at)
            return
        if not self._is_dragging and (at - self._pressed).manhattanLength() < _DRAG_PX:
            return
        self._is_dragging = True
        self.hovered.emit(-1, at)
        if self._lasso.is_open:
            self._lasso.go_on(event.position())
            self.viewport().update()
        else:
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            self.pan_by(QPointF(self._last - at))
        self._last = at

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() is not Qt.MouseButton.LeftButton or self._pressed is None:
            return
        self._pressed = None
        self.viewport().unsetCursor()
        is_more = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if self._lasso.is_open:
            area = self._lasso.end()
            if self._is_dragging:
                inside = self._lasso.holds(area, self.viewport().size(), self._in_view())
                self.choose(self._chosen | inside if is_more else inside)
                return
        if not self._is_dragging:
            self._choose_one(self.row_at(event.position().toPoint()), is_more)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        row = self.row_at(event.position().toPoint())
        if row is not None:
            self.opened.emit(row)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        row = self.row_at(event.pos())
        if row is not None and not self._chosen[row]:
            self._choose_one(row, is_more=False)
        if self._chosen.any():
            self.menu_wanted.emit(event.globalPos())

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        self.zoom_by(_STEP ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802
        if isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                middle = self.viewport().mapFromGlobal(pinch.hotSpot().toPoint())
                self.zoom_by(pinch.scaleFactor(), QPointF(middle))
            return True
        is_zoom = Qt.NativeGestureType.ZoomNativeGesture
        if isinstance(event, QNativeGestureEvent) and event.gestureType() is is_zoom:
            self.zoom_by(1 + event.value(), event.position())
            return True
        if event.type() is QEvent.Type.Leave:
            self.hovered.emit(-1, QPoint())
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = Qt.Key
        pans = {
            key.Key_Left: (-1, 0),
            key.Key_Right: (1, 0),
            key.Key_Up: (0, -1),
            key.Key_Down: (0, 1),
        }
        if event.key() in pans:
            across, down = pans[key(event.key())]
            self.pan_by(QPointF(across * _PAN_PX, down * _PAN_PX))
        elif event.key() in (key.Key_Plus, key.Key_Equal):
            self.zoom_in()
        elif event.key() == key.Key_Minus:
            self.zoom_out()
        elif event.key() == key.Key_0:
            self.fit()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self._choose_in_view()
        elif event.key() == key.Key_Escape and self._chosen.any():
            self.choose_none()
        elif event.key() in (key.Key_Return, key.Key_Enter) and self._chosen.any():
            self.opened.emit(int(np.argmax(self._chosen)))
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        if self._is_fitted:
            self.fit()
        self._moved()

    def _in_view(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return self.points.mapped(self.viewportTransform())
