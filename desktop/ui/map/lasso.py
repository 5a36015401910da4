"""Lasso: a line that is drawn around what is meant."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from desktop.ui.look.theme import Colours

_LEAST_STEP_PX = 3


class Lasso:
    """Main thread."""

    def __init__(self) -> None:
        self._line: list[QPointF] = []
        self._look: Colours | None = None

    def dress(self, look: Colours) -> None:
        self._look = look

    @property
    def is_open(self) -> bool:
        """Whether it is being drawn."""
        return bool(self._line)

    def begin(self, at: QPointF) -> None:
        self._line = [at]

    def go_on(self, at: QPointF) -> None:
        if (at - self._line[-1]).manhattanLength() >= _LEAST_STEP_PX:
            self._line.append(at)

    def end(self) -> QPolygonF:
        """What it goes around, in pixels of the view."""
        area, self._line = QPolygonF(self._line), []
        return area

    def holds(
        self,
        area: QPolygonF,
        size: QSize,
        places: tuple[NDArray[np.float32], NDArray[np.float32]],
    ) -> NDArray[np.bool_]:
        """Which of the points at `places` (x and y, (n,) each, in pixels of a view of this size)
        are inside. The area is painted, and each point looks at its pixel: milliseconds for
        100,000."""
        mask = QImage(size, QImage.Format.Format_Grayscale8)
        mask.fill(0)
        painter = QPainter(mask)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(255, 255, 255))
        painter.drawPolygon(area, Qt.FillRule.WindingFill)
        painter.end()
        rows = np.frombuffer(mask.constBits(), np.uint8).reshape(size.height(), -1)
        x, y = (np.floor(place).astype(np.int64) for place in places)
        inside = (x >= 0) & (x < size.width()) & (y >= 0) & (y < size.height())
        inside[inside] = rows[y[inside], x[inside]] > 127
        return inside

    def paint(self, painter: QPainter) -> None:
        if len(self._line) < 2 or self._look is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = QColor(self._look.accent)
        fill.setAlpha(36)
        painter.setPen(QPen(QColor(self._look.accent), 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF(self._line), Qt.FillRule.WindingFill)
