"""LabelsItem: words at places of the map, as many as do not overlap."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from desktop.library import MapLabel
from desktop.ui.look.theme import Colours
from desktop.ui.map.points import SIDE

MOST = 60
_FONT_PX = 12
_GAP_PX = 6
_MOST_PX = 220


class LabelsItem(QGraphicsItem):
    """Main thread. Of two that would overlap, the heavier one is shown."""

    def __init__(self) -> None:
        super().__init__()
        self._labels: tuple[MapLabel, ...] = ()
        self._look: Colours | None = None
        self._font = QFont()
        self._font.setPixelSize(_FONT_PX)
        self._font.setWeight(QFont.Weight.DemiBold)
        self.shown: tuple[str, ...] = ()
        self.setZValue(2)

    def say(self, labels: Sequence[MapLabel]) -> None:
        heaviest = sorted(labels, key=lambda label: -label.weight)
        self._labels = tuple(heaviest)
        self.update()

    def dress(self, look: Colours) -> None:
        self._look = look
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802
        return QRectF(-2 * SIDE, -2 * SIDE, 4 * SIDE, 4 * SIDE)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,  # noqa: ARG002
        widget: QWidget | None = None,
    ) -> None:
        if widget is None or self._look is None or not self._labels:
            return
        to, view = painter.worldTransform(), QRectF(widget.rect())
        painter.save()
        painter.resetTransform()
        painter.setFont(self._font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = painter.fontMetrics()
        taken: list[QRectF] = []
        shown = []
        for label in self._labels:
            middle = to.map(QPointF(label.x * SIDE, label.y * SIDE))
            if not view.contains(middle):
                continue
            text = metrics.elidedText(label.text, Qt.TextElideMode.ElideRight, _MOST_PX)
            box = QRectF(0, 0, metrics.horizontalAdvance(text) + 14, metrics.height() + 6)
            box.moveCenter(middle)
            if any(box.intersects(other) for other in taken):
                continue
            taken.append(box.adjusted(-_GAP_PX, -_GAP_PX, _GAP_PX, _GAP_PX))
            shown.append(text)
            self._paint_one(painter, box, text, self._look)
            if len(taken) == MOST:
                break
        self.shown = tuple(shown)
        painter.restore()

    def _paint_one(self, painter: QPainter, box: QRectF, text: str, look: Colours) -> None:
        painter.setPen(QColor(look.border))
        painter.setBrush(QColor(look.veil))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setPen(QColor(look.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
