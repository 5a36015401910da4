"""PointsItem: all points of the map as one item of the scene."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from desktop.ui.look.theme import Colours
from desktop.ui.map.palette import Tints, faded, packed
from desktop.ui.map.raster import Numbers, PointRaster

SIDE = 1000.0
"""Of the map in the scene: a point at (-1, 1) is at (-1000, 1000)."""


class PointsItem(QGraphicsItem):
    """Paints what is in view, anew for each frame. Main thread."""

    def __init__(self) -> None:
        super().__init__()
        self._xs: Numbers = np.zeros(0, np.float32)
        self._ys: Numbers = np.zeros(0, np.float32)
        self._order = np.zeros(0, np.int64)
        self._tints = Tints(np.zeros(0, np.uint32))
        self._chosen = np.zeros(0, np.bool_)
        self._ground = 0xFFFFFFFF
        self._raster = PointRaster()
        self._bounds = QRectF()

    def lay_out(self, points: NDArray[np.float32]) -> None:
        """points: (n, 2), about from -1 to 1. Drawn in an order that belongs to no group, so that
        none hides the others."""
        self.prepareGeometryChange()
        self._xs, self._ys = (np.ascontiguousarray(points[:, at] * SIDE) for at in (0, 1))
        self._chosen = np.zeros(len(points), np.bool_)
        self._tints = Tints(np.zeros(len(points), np.uint32))
        least, most = (points.min(0), points.max(0)) if len(points) else (np.zeros(2), np.ones(2))
        (left, top), (right, bottom) = (least * SIDE).tolist(), (most * SIDE).tolist()
        self._bounds = QRectF(left, top, max(right - left, 1.0), max(bottom - top, 1.0))
        self._arrange()

    def dye(self, tints: Tints, chosen: NDArray[np.bool_], look: Colours) -> None:
        """The colours of all points; where any are chosen, the others pale."""
        if len(tints.colours) != len(self._xs):
            return
        self._ground = packed(look.surface)
        self._chosen = chosen
        paled = faded(tints.colours, chosen, look) if chosen.any() else tints.colours
        self._tints = Tints(paled, tints.legend)
        self._arrange()

    @property
    def n(self) -> int:
        return len(self._xs)

    @property
    def n_drawn(self) -> int:
        """So many points were in view when it was painted last."""
        return self._raster.n_drawn

    def at(self, row: int) -> QPointF:
        return QPointF(float(self._xs[row]), float(self._ys[row]))

    def mapped(self, to: QTransform) -> tuple[Numbers, Numbers]:
        """x and y (n,) of all points in the pixels that `to` leads to."""
        return (
            self._xs * np.float32(to.m11()) + np.float32(to.dx()),
            self._ys * np.float32(to.m22()) + np.float32(to.dy()),
        )

    def within(self, area: QRectF) -> NDArray[np.int64]:
        """The rows of the points in a part of the scene."""
        xs, ys = self._xs, self._ys
        inside = (xs >= area.left()) & (xs <= area.right())
        inside &= (ys >= area.top()) & (ys <= area.bottom())
        return np.flatnonzero(inside)

    # Qt's side

    def boundingRect(self) -> QRectF:  # noqa: N802
        return self._bounds.adjusted(-SIDE, -SIDE, SIDE, SIDE)

    @property
    def bounds(self) -> QRectF:
        """What the points take up."""
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,  # noqa: ARG002
        widget: QWidget | None = None,
    ) -> None:
        if widget is None:
            return
        ratio = widget.devicePixelRatioF()
        to = painter.worldTransform() * QTransform.fromScale(ratio, ratio)
        xs = self._drawn_xs * np.float32(to.m11()) + np.float32(to.dx())
        ys = self._drawn_ys * np.float32(to.m22()) + np.float32(to.dy())
        size = (round(widget.width() * ratio), round(widget.height() * ratio))
        image = self._raster.draw(size, xs, ys, self._drawn_colours, self._ground, ratio)
        image.setDevicePixelRatio(ratio)
        margin = self._raster.margin_px / ratio
        painter.save()
        painter.resetTransform()
        painter.drawImage(QPointF(-margin, -margin), image)
        painter.restore()

    def _arrange(self) -> None:
        """Put what a frame needs in the order of drawing: what is chosen is drawn last."""
        n = len(self._xs)
        if len(self._order) != n:
            self._order = np.random.default_rng(n).permutation(n)
        order = self._order[np.argsort(self._chosen[self._order], kind="stable")]
        self._drawn_xs, self._drawn_ys = self._xs[order], self._ys[order]
        self._drawn_colours = self._tints.colours[order]
        self.update()
