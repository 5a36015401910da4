"""The pages of the settings that are no more than a few choices or words."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.library import IDLE_AFTER_S, PARTS, Power, Settings, Status, Theme
from desktop.ui.look.parts import choices, choose, form_label, styled, text_label

_THEMES = ((Theme.SYSTEM, "As the system"), (Theme.LIGHT, "Light"), (Theme.DARK, "Dark"))
_IDLE_S = ((120, "2 minutes"), (600, "10 minutes"), (3600, "1 hour"), (0, "Never"))
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


_PARTS = (
    "Five parts of each photo are looked at, too, for words and for boxes drawn on photos. Reading "
    "takes three to six times as long, and the library 15 KB more for each photo."
)


class IndexingPage(QWidget):
    """Power and use, and what is made of photos besides making them searchable, where there is such
    a thing. Signals: changed."""

    changed = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.only_when_idle = QCheckBox("Read photos only while the computer is idle")
        self.slow_on_battery = QCheckBox("Read photos more slowly on battery")
        self.find_parts = QCheckBox("Find small things in large photos")
        self.passes: dict[str, QCheckBox] = {}
        self._passes = QVBoxLayout()
        self._about_idle = text_label(_IDLE, "muted", wraps=True)
        self._about_battery = text_label(_BATTERY, "muted", wraps=True)
        self.show_settings(settings)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(text_label("Indexing", "title"))
        column.addSpacing(16)
        for check, about in (
            (self.only_when_idle, self._about_idle),
            (self.slow_on_battery, self._about_battery),
            (self.find_parts, text_label(_PARTS, "muted", wraps=True)),
        ):
            self._add_row(column, check, about)
        self._passes.setSpacing(0)
        column.addLayout(self._passes)
        column.addStretch(1)

    def show_settings(self, settings: Settings) -> None:
        self.only_when_idle.setChecked(settings.index_only_when_idle)
        self.slow_on_battery.setChecked(settings.slow_on_battery)
        self.find_parts.setChecked(settings.find_parts)
        for name, check in self.passes.items():
            check.setChecked(name not in settings.passes_off)

    @Slot(object)
    def show_status(self, status: Status) -> None:
        """Let each pass besides those of models be switched off; without them say nothing."""
        others = [each for each in status.others if each.name != PARTS]
        if not self.passes and others:
            self._passes.addSpacing(8)
            self._passes.addWidget(text_label("Also find out about each photo", "heading"))
        for each in others:
            if each.name in self.passes:
                continue
            check = QCheckBox(each.name[:1].upper() + each.name[1:])
            check.setChecked(each.is_on)
            self.passes[each.name] = check
            about = text_label("What is known already is kept when this is off.", "muted", True)
            self._add_row(self._passes, check, about)

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
            passes_off=(
                *(name for name in settings.passes_off if name not in self.passes),
                *(name for name, check in self.passes.items() if not check.isChecked()),
            ),
            find_parts=self.find_parts.isChecked(),
            index_only_when_idle=self.only_when_idle.isChecked(),
            slow_on_battery=self.slow_on_battery.isChecked(),
        )


_NETWORK = (
    "Likeness works without a network. It connects to one only when you download a model, and only "
    "for that. “likeness doctor --offline-proof” in a terminal shows it."
)
_SHARED = "This library is shared: what is known of its photos goes to the catalog at {}."
_UPDATES = (
    "Likeness does not look for updates, and there is nothing to switch on: it never asks anybody "
    "whether there is a newer version."
)
_REPORTS = "Reports of errors are written into the log on this computer, without names of photos."
_FORGET = (
    "Removes the catalog with its backups, thumbnails, index, models, settings and log of "
    "Likeness. Your photos stay where they are."
)


class PrivacyPage(QWidget):
    """Signals: forget_wanted: the person pressed the button; nothing has been asked yet."""

    forget_wanted = Signal()

    def __init__(self, server: str = "", parent: QWidget | None = None) -> None:
        """server: where a shared catalog is; "" for one in a file here."""
        super().__init__(parent)
        network = f"{_NETWORK} {_SHARED.format(server)}" if server else _NETWORK
        self.forget = styled(QPushButton("Forget everything…"), "danger")
        self.forget.setAutoDefault(False)
        self.forget.clicked.connect(self.forget_wanted)
        buttons = QHBoxLayout()
        buttons.addWidget(self.forget)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(text_label("Privacy", "title"))
        for heading, text in (
            ("Network", network),
            ("Updates", _UPDATES),
            ("Error reports", _REPORTS),
            ("Start over", _FORGET),
        ):
            column.addSpacing(8)
            column.addWidget(text_label(heading, "heading"))
            column.addWidget(text_label(text, "muted", wraps=True))
        column.addLayout(buttons)
        column.addStretch(1)


class LooksPage(QWidget):
    """Theme, scores, memory. Signals: changed."""

    changed = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = choices(_THEMES, settings.theme, "Theme")
        self.scores = QCheckBox("Show how sure each result is")
        self.names = QCheckBox("Find photos by the names of files and folders, too")
        self.idle = choices(_IDLE_S, settings.idle_unload_s, "Free the model's memory after")
        self.polls = QCheckBox("Look at folders on network drives every minute")
        self.show_settings(settings)
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)  # on small screens
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(16)
        for field in (self.scores, self.names, self.polls):
            field.setMinimumHeight(34)  # that of their labels
        form.addRow(form_label("Theme"), self.theme)
        form.addRow(form_label("Results"), self.scores)
        form.addRow(form_label("Words"), self.names)
        form.addRow(form_label("Free memory after"), self.idle)
        form.addRow(form_label("Network drives"), self.polls)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(text_label("Appearance and memory", "title"))
        column.addLayout(form)
        column.addStretch(1)
        for box in (self.theme, self.idle):
            box.currentIndexChanged.connect(self.changed)
        for check in (self.scores, self.names, self.polls):
            check.toggled.connect(self.changed)

    def show_settings(self, settings: Settings) -> None:
        choose(self.theme, settings.theme)
        choose(self.idle, settings.idle_unload_s)
        self.scores.setChecked(settings.show_scores)
        self.names.setChecked(settings.names_count)
        self.polls.setChecked(settings.poll_network_drives)

    def chosen(self, settings: Settings) -> Settings:
        return dataclasses.replace(
            settings,
            theme=Theme(self.theme.currentData()),  # Qt hands a StrEnum back as str
            show_scores=self.scores.isChecked(),
            names_count=self.names.isChecked(),
            idle_unload_s=self.idle.currentData(),
            poll_network_drives=self.polls.isChecked(),
        )
