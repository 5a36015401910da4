"""PointRaster: many points into one image.

100,000 points at 1040 x 720 pixels take 3 to 5 ms of the main thread. pyqtgraph's ScatterPlotItem
(0.14.0) takes 60 to 70 ms for the same, 100,000 items of a QGraphicsScene 160 to 280, and
QPainter.drawPoints with a pen of 3 pixels 26. OpenGL would be faster, but is not everywhere.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

Numbers = NDArray[np.float32]
Packed = NDArray[np.uint32]
"""Colours as Qt has them: 0xffRRGGBB."""

_PAD_PX = 16
"""Points just outside are drawn as well, as far as their discs reach in."""

_FINE = 6_000
"""So many points or fewer have smooth edges."""

_DIAMETERS = ((40_000, 2.0), (12_000, 3.0), (_FINE, 4.0), (1_500, 6.0), (0, 9.0))
"""(points in view, how large each is): a few are larger than many."""


class _Dot(NamedTuple):
    """A pixel of a disc: where it is from the middle, and how much it covers, of 256."""

    dy: int
    dx: int
    cover: int


class PointRaster:
    """Keeps its memory from one frame to the next. Main thread."""

    def __init__(self) -> None:
        self._pixels = np.zeros((0, 0), np.uint32)
        self.n_drawn = 0

    def draw(
        self,
        size: tuple[int, int],
        xs: Numbers,
        ys: Numbers,
        colours: Packed,
        ground: int,
        scale: float,
    ) -> QImage:
        """Points at xs, ys (n,) device pixels in these colours (n,), later ones above earlier ones.

        size: width and height in device pixels. ground: the colour behind. scale: device pixels
        for one that does not depend on the device. The image is `margin_px` larger on each side,
        and valid until the next call.
        """
        width, height = size[0] + 2 * _PAD_PX, size[1] + 2 * _PAD_PX
        if self._pixels.shape != (height, width):
            self._pixels = np.empty((height, width), np.uint32)
        self._pixels.fill(ground)
        x, y = (xs + _PAD_PX).astype(np.int32), (ys + _PAD_PX).astype(np.int32)
        room = _PAD_PX // 2
        seen = (x >= room) & (x < width - room) & (y >= room) & (y < height - room)
        at = y * width + x
        if not seen.all():
            at, colours = at[seen], colours[seen]
        self.n_drawn = len(at)
        for dot in _disc(diameter_px(self.n_drawn) * scale, self.n_drawn <= _FINE):
            self._stamp(at + (dot.dy * width + dot.dx), colours, dot.cover)
        return QImage(self._pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)

    @property
    def margin_px(self) -> int:
        return _PAD_PX

    def _stamp(self, at: NDArray[np.int32], colours: Packed, cover: int) -> None:
        flat = self._pixels.reshape(-1)
        if cover >= 256:
            flat[at] = colours
        else:
            flat[at] = blend(flat[at], colours, cover)


def blend(under: Packed, over: Packed, cover: int) -> Packed:
    """Two colours as one. cover: how much of the upper one, of 256."""
    red_blue, green = np.uint32(0xFF00FF), np.uint32(0x00FF00)
    above, below = np.uint32(cover), np.uint32(256 - cover)
    mixed = ((over & red_blue) * above + (under & red_blue) * below) >> np.uint32(8)
    middle = ((over & green) * above + (under & green) * below) >> np.uint32(8)
    packed: Packed = (mixed & red_blue) | (middle & green) | np.uint32(0xFF000000)
    return packed


def diameter_px(n: int) -> float:
    """How large each of n points in view is, in pixels that do not depend on the device."""
    return next(size for least, size in _DIAMETERS if n > least or least == 0)


@lru_cache(maxsize=32)
def _disc(diameter: float, is_fine: bool) -> tuple[_Dot, ...]:
    """The pixels of a disc, the edge first. is_fine: the edge is smooth."""
    radius = min(diameter, _PAD_PX) / 2
    reach = int(np.ceil(radius))
    centre = 0.0 if round(diameter) % 2 else -0.5
    dots = []
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            inside = radius - float(np.hypot(dx - centre, dy - centre)) + 0.5
            if is_fine and inside > 0:
                dots.append(_Dot(dy, dx, round(256 * min(inside, 1))))
            elif not is_fine and inside >= 0.45:
                dots.append(_Dot(dy, dx, 256))
    return tuple(sorted(dots, key=lambda dot: dot.cover))
