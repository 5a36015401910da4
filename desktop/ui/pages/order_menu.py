"""OrderMenu: in which order that which a search finds is shown."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QSlider, QVBoxLayout, QWidget, QWidgetAction

from desktop.ui.look.parts import text_label
from desktop.ui.places.place import Arrangement, Order, Place

_ORDERS = (
    (None, "Best match first"),
    (Order.NEWEST_FIRST, "Likely ones, newest first"),
    (Order.OLDEST_FIRST, "Likely ones, oldest first"),
)
_STEPS = 20
REST_MS = 250
"""The slider has stopped when it was not moved for this long."""


class OrderMenu(QMenu):
    """Opens under a button of the page.

    Signals: chosen(Arrangement): the person wants it so.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._now = Arrangement()
        self._actions: dict[Order | None, QAction] = {}
        group = QActionGroup(self)
        for order, words in _ORDERS:
            action = self.addAction(words)
            action.setCheckable(True)
            group.addAction(action)
            self._actions[order] = action
        group.triggered.connect(self._choose)
        self.addSeparator()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setPageStep(_STEPS // 4)
        self.slider.setAccessibleName("Variety")
        self.slider.setToolTip("To the right, photos that differ from those before come sooner")
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._choose)
        self.slider.valueChanged.connect(self._rest.start)
        self._add_slider()

    def show_place(self, place: Place) -> None:
        """Show what holds there."""
        self._now = place.arrangement
        self._actions[self._now.order].setChecked(True)
        self.slider.blockSignals(True)
        self.slider.setValue(round(self._now.variety * _STEPS))
        self.slider.blockSignals(False)
        self.slider.setEnabled(self._now.order is None)

    def _add_slider(self) -> None:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(14, 6, 14, 8)
        column.addWidget(text_label("Variety", "muted"))
        column.addWidget(self.slider)
        action = QWidgetAction(self)
        action.setDefaultWidget(holder)
        self.addAction(action)

    @Slot()
    def _choose(self) -> None:
        order = next(each for each, action in self._actions.items() if action.isChecked())
        wanted = replace(self._now, order=order, variety=self.slider.value() / _STEPS)
        if wanted != self._now:
            self.chosen.emit(wanted)
