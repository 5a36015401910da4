"""OrderMenu: in which order that which a search finds is shown, and how much of it is likely."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent
from PySide6.QtWidgets import QMenu, QSlider, QVBoxLayout, QWidget, QWidgetAction

from desktop.ui.look.parts import text_label
from desktop.ui.places.place import Arrangement, Order, Place

_ORDERS = (
    (None, "Best match first"),
    (Order.NEWEST_FIRST, "Likely ones, newest first"),
    (Order.OLDEST_FIRST, "Likely ones, oldest first"),
    (Order.BY_FOLDER, "Likely ones, by folder"),
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
        self.slider.rested.connect(self._choose)
        self.sensitivity = self._add_slider(
            "How much is called likely",
            "In the middle as it was measured; it is kept for each model by itself",
            -_STEPS,
        )
        self.sensitivity.rested.connect(self.sensitivity_chosen)

    def show_place(self, place: Place) -> None:
        """Show what holds there."""
        self._now = place.arrangement
        self._actions[self._now.order].setChecked(True)
        self.slider.show_share(self._now.variety)
        self.slider.setEnabled(self._now.order is None)

    def show_sensitivity(self, sensitivity: float) -> None:
        """Show what holds for the model that answered."""
        self.sensitivity.show_share(sensitivity)

    def _add_slider(self, words: str, tip: str, least: int) -> ShareSlider:
        slider = ShareSlider(least)
        slider.setAccessibleName(words)
        slider.setToolTip(tip)
        holder = QWidget()
        holder.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # else the keys pass it over
        holder.setFocusProxy(slider)
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
        wanted = replace(self._now, order=order, variety=self.slider.share)
        if wanted != self._now:
            self.chosen.emit(wanted)


def order_words(arrangement: Arrangement) -> str:
    """ "likely ones, by folder", "best match first, with variety"."""
    words = dict(_ORDERS)[arrangement.order].lower()
    return f"{words}, with variety" if arrangement.variety else words


class ShareSlider(QSlider):
    """Signals: rested(float): it stands at this share now, and was not moved for REST_MS."""

    rested = Signal(float)

    def __init__(self, least: int) -> None:
        """least: in steps, of which _STEPS are 1."""
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(least, _STEPS)
        self.setPageStep(_STEPS // 4)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._tell)
        self.valueChanged.connect(self._rest.start)

    @property
    def share(self) -> float:
        return self.value() / _STEPS

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Up and down go on through the menu."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def show_share(self, share: float) -> None:
        """Without telling of it."""
        self.blockSignals(True)
        self.setValue(round(share * _STEPS))
        self.blockSignals(False)

    @Slot()
    def _tell(self) -> None:
        self.rested.emit(self.share)
