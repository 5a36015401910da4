"""Preferences: how the window looks, kept in step with the settings."""

from __future__ import annotations

import dataclasses
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from desktop.library import Settings
from desktop.ui.actions.folders import FolderCommands
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look.theme import Appearance
from desktop.ui.pages.results import ResultsPage
from desktop.ui.settings.dialog import SettingsDialog

SAVE_MS = 800
"""The size of the thumbnails is saved when the slider has rested for this long."""


class Preferences(QObject):
    """Shows the settings, applies them to the window, and saves what the window changes itself.

    Signals: forget_wanted: the person wants everything forgotten.
    """

    forget_wanted = Signal()

    def __init__(
        self,
        bridge: Bridge,
        appearance: Appearance,
        results: ResultsPage,
        folders: FolderCommands,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._appearance = appearance
        self._results = results
        self._folders = folders
        self._window = window
        self._dialog: SettingsDialog | None = None
        self._save = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._save.timeout.connect(self._save_cell_px)
        results.cell_chosen.connect(self._save.start)
        results.order_menu.sensitivity_chosen.connect(self._save_sensitivity)
        bridge.settings_changed.connect(lambda: self.apply(bridge.library.settings))

    @property
    def dialog(self) -> SettingsDialog:
        """The dialog, made when it is first wanted."""
        if self._dialog is None:
            made = SettingsDialog(self._bridge, self._window)
            made.settings_changed.connect(self.apply)
            made.add_wanted.connect(self._folders.choose)
            made.remove_wanted.connect(self._folders.remove)
            made.forget_wanted.connect(self.forget_wanted)
            self._dialog = made
        return self._dialog

    @Slot()
    def show(self) -> None:
        self.dialog.bring_up()

    @Slot()
    def show_folders(self) -> None:
        self.dialog.bring_up()
        self.dialog.show_folders()

    @Slot()
    def show_models(self) -> None:
        self.dialog.bring_up()
        self.dialog.show_models()

    @Slot()
    def show_engines(self) -> None:
        self.dialog.bring_up()
        self.dialog.show_engines()

    @Slot(object)
    def apply(self, settings: Settings) -> None:
        """Let the window look as these settings say."""
        self._appearance.choose(settings.theme)
        self._results.set_cell_px(settings.thumbnail_px)
        self._results.grid.photo_painter.shows_scores = settings.show_scores
        self._results.grid.viewport().update()

    def close(self) -> None:
        if self._dialog is not None:
            self._dialog.models.cancel_download()
            self._dialog.close()

    @Slot()
    def _save_cell_px(self) -> None:
        library = self._bridge.library
        since = library.settings
        settings = dataclasses.replace(since, thumbnail_px=self._results.grid.cell_px)
        if settings != since:
            work = partial(library.change_settings, settings, since)
            self._bridge.do(Lane.QUERY, work, self, _done, key="settings")

    @Slot(float)
    def _save_sensitivity(self, sensitivity: float) -> None:
        """Keep it for the model that answered, and let that answer anew."""
        library, model = self._bridge.library, self._results.model_name
        since = library.settings
        settings = dataclasses.replace(since, sensitivity=since.sensitivity | {model: sensitivity})
        if model and settings != since:
            work = partial(library.change_settings, settings, since)
            self._bridge.do(Lane.QUERY, work, self, self._ask_again, key="sensitivity")

    def _ask_again(self, _: None) -> None:
        self._results.asking.ask_again()


def _done(_: None) -> None:
    """Nothing is to be shown when the size has been saved."""
