"""IndexingPage: when photos are read, and how fast."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QLabel, QVBoxLayout, QWidget

from desktop.library import IDLE_AFTER_S, Power, Settings
from desktop.ui.parts import text_label

_IDLE = (
    f"New photos wait until no key was pressed for {IDLE_AFTER_S:.0f} seconds, "
    "and reading stops when somebody comes back."
)
_NO_IDLE = (
    "This system does not tell when the computer is idle, so photos are read at any time, "
    "whatever is chosen here."
)
_BATTERY = "Photos are then read for about a third of the time."
_NO_BATTERY = "This computer has no battery, or its system does not tell of one."


class IndexingPage(QWidget):
    """Power and use. Signals: changed."""

    changed = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.only_when_idle = QCheckBox("Read photos only while the computer is idle")
        self.slow_on_battery = QCheckBox("Read photos more slowly on battery")
        self._about_idle = text_label(_IDLE, "muted", wraps=True)
        self._about_battery = text_label(_BATTERY, "muted", wraps=True)
        self.only_when_idle.setChecked(settings.index_only_when_idle)
        self.slow_on_battery.setChecked(settings.slow_on_battery)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(text_label("Indexing", "title"))
        column.addSpacing(16)
        for check, about in (
            (self.only_when_idle, self._about_idle),
            (self.slow_on_battery, self._about_battery),
        ):
            self._add_row(column, check, about)
        column.addStretch(1)

    def _add_row(self, column: QVBoxLayout, check: QCheckBox, about: QLabel) -> None:
        check.setMinimumHeight(34)
        check.setAccessibleDescription(about.text())
        about.setContentsMargins(32, 0, 0, 16)
        column.addWidget(check)
        column.addWidget(about)
        check.toggled.connect(self.changed)

    @Slot(object)
    def show_power(self, power: Power) -> None:
        """Say where the platform does not tell what a setting goes by."""
        self._tell(self.only_when_idle, self._about_idle, _IDLE, power.idle_s, _NO_IDLE)
        self._tell(
            self.slow_on_battery, self._about_battery, _BATTERY, power.on_battery, _NO_BATTERY
        )

    def _tell(
        self, check: QCheckBox, about: QLabel, words: str, reading: float | None, otherwise: str
    ) -> None:
        text = words if reading is not None else otherwise
        about.setText(text)
        check.setAccessibleDescription(text)

    def chosen(self, settings: Settings) -> Settings:
        return dataclasses.replace(
            settings,
            index_only_when_idle=self.only_when_idle.isChecked(),
            slow_on_battery=self.slow_on_battery.isChecked(),
        )
