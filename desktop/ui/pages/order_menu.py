"""OrderMenu: in which order that which a search finds is shown, and how much of it is likely."""

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

    Signals:
        chosen(Arrangement): the person wants it so.
        sensitivity_chosen(float): from -1 to 1, how easily photos are to be called likely.
    """

    chosen = Signal(object)
    sensitivity_chosen = Signal(float)

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
        self.slider = self._add_slider(
            "Variety", "To the right, photos that differ from those before come sooner", 0
        )
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._choose)
        self.slider.valueChanged.connect(self._rest.start)
        self.sensitivity = self._add_slider(
            "How much is called likely",
            "In the middle as it was measured; it is kept for each model by itself",
            -_STEPS,
        )
        self._sensitivity_rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._sensitivity_rest.timeout.connect(self._choose_sensitivity)
        self.sensitivity.valueChanged.connect(self._sensitivity_rest.start)

    def show_place(self, place: Place) -> None:
        """Show what holds there."""
        self._now = place.arrangement
        self._actions[self._now.order].setChecked(True)
        self.slider.blockSignals(True)
        self.slider.setValue(round(self._now.variety * _STEPS))
        self.slider.blockSignals(False)
        self.slider.setEnabled(self._now.order is None)

    def show_sensitivity(self, sensitivity: float) -> None:
        """Show what holds for the model that answered."""
        self.sensitivity.blockSignals(True)
        self.sensitivity.setValue(round(sensitivity * _STEPS))
        self.sensitivity.blockSignals(False)

    def _add_slider(self, words: str, tip: str, least: int) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(least, _STEPS)
        slider.setPageStep(_STEPS // 4)
        slider.setAccessibleName(words)
        slider.setToolTip(tip)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(14, 6, 14, 8)
        column.addWidget(text_label(words, "muted"))
        column.addWidget(slider)
        action = QWidgetAction(self)
        action.setDefaultWidget(holder)
        self.addAction(action)
        return slider

    @Slot()
    def _choose(self) -> None:
        order = next(each for each, action in self._actions.items() if action.isChecked())
        wanted = replace(self._now, order=order, variety=self.slider.value() / _STEPS)
        if wanted != self._now:
            self.chosen.emit(wanted)

    @Slot()
    def _choose_sensitivity(self) -> None:
        self.sensitivity_chosen.emit(self.sensitivity.value() / _STEPS)
