"""SettingsDialog: folders, models, indexing, and how the window looks and works."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import QSize, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.errors import UserError
from desktop.library import Settings
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look.parts import choose, scrolled, size_for_screen, styled, text_label
from desktop.ui.settings.catalog import CatalogPage
from desktop.ui.settings.engines import EnginesPage
from desktop.ui.settings.folders import FoldersPage
from desktop.ui.settings.models import ModelsPage
from desktop.ui.settings.pages import IndexingPage, LooksPage, PrivacyPage


class SettingsDialog(QDialog):
    """Each change takes effect at once; there is nothing to confirm.

    Signals:
        settings_changed(Settings): they were saved.
        add_wanted: the person wants to add a folder.
        remove_wanted(Folder)
        forget_wanted: the person wants everything forgotten.
    """

    settings_changed = Signal(object)
    add_wanted = Signal()
    remove_wanted = Signal(object)
    forget_wanted = Signal()

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settings")
        self.setWindowTitle("Settings")
        self._bridge = bridge
        self._pages = QStackedWidget()
        self._names = styled(QListWidget(), "settingsNames")
        self._error = text_label("", "error")
        self.folders = FoldersPage(bridge.library.settings)
        self.models = ModelsPage(bridge)
        self.engines = EnginesPage(bridge)
        self.catalog = CatalogPage(bridge)
        self.indexing = IndexingPage(bridge.library.settings)
        self.looks = LooksPage(bridge.library.settings)
        self.privacy = PrivacyPage(bridge.library.folders.server)
        self._later = QTimer(self, singleShot=True, interval=300)
        self._later.timeout.connect(self._save)
        self._lay_out()
        self._connect()
        self._shown = self.chosen()

    def _lay_out(self) -> None:
        for name, page in (
            ("Folders", self.folders),
            ("Models", self.models),
            ("Indexing", self.indexing),
            ("Engine", self.engines),
            ("Catalog", self.catalog),
            ("Appearance", self.looks),
            ("Privacy", self.privacy),
        ):
            item = QListWidgetItem(name)
            item.setSizeHint(QSize(0, 40))
            self._names.addItem(item)
            self._pages.addWidget(scrolled(page))
        self._names.setFixedWidth(168)
        self._names.setAccessibleName("Pages of the settings")
        self._error.setWordWrap(True)
        self._error.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.accept)
        right = QVBoxLayout()
        right.setContentsMargins(24, 24, 24, 16)
        right.setSpacing(12)
        right.addWidget(self._pages, 1)
        right.addWidget(self._error)
        right.addWidget(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._names)
        row.addLayout(right, 1)
        size_for_screen(self, 880, 680)

    def _connect(self) -> None:
        self._names.currentRowChanged.connect(self._pages.setCurrentIndex)
        self._names.setCurrentRow(0)
        self.folders.changed.connect(self._later.start)
        self.folders.add_wanted.connect(self.add_wanted)
        self.folders.remove_wanted.connect(self.remove_wanted)
        self.indexing.changed.connect(self._later.start)
        self.looks.changed.connect(self._later.start)
        self.privacy.forget_wanted.connect(self.forget_wanted)
        self.models.device.currentIndexChanged.connect(self._later.start)
        self._bridge.settings_changed.connect(self._follow)
        self._bridge.status_changed.connect(self.folders.show_status)
        self._bridge.status_changed.connect(self.models.show_status)
        self._bridge.status_changed.connect(self.engines.show_status)
        self._bridge.status_changed.connect(self.indexing.show_status)

    def bring_up(self) -> None:
        """Show it, with what the library says now."""
        self._follow()
        self.show()
        self.raise_()
        self._bridge.refresh_status()
        self.models.refresh()
        self.engines.refresh()
        self.catalog.refresh()
        power = self._bridge.library.power
        self._bridge.do(Lane.QUERY, power, self, self.indexing.show_power, key="power")

    def show_folders(self) -> None:
        """Open the page with the watched folders."""
        self._names.setCurrentRow(0)

    def show_models(self) -> None:
        """Open the page with the models."""
        self._names.setCurrentRow(1)

    def show_engines(self) -> None:
        """Open the page with the engines."""
        self._names.setCurrentRow(3)

    def chosen(self) -> Settings:
        """The settings as the pages show them."""
        return self._chosen(self._bridge.library.settings)

    def _chosen(self, settings: Settings) -> Settings:
        for page in (self.folders, self.indexing, self.looks):
            settings = page.chosen(settings)
        return dataclasses.replace(settings, device=self.models.device.currentData())

    @Slot()
    def _follow(self) -> None:
        """Show settings that were changed beside this dialog, unless something here waits to be
        saved, which then comes onto them."""
        settings = self._bridge.library.settings
        if self._chosen(self._shown) != self._shown:
            return
        for page in (self.folders, self.indexing, self.looks):
            page.show_settings(settings)
        choose(self.models.device, settings.device)
        self._shown = self.chosen()

    @Slot()
    def _save(self) -> None:
        since, library = self._shown, self._bridge.library
        settings = self._chosen(since)
        if settings == since:
            return

        def work() -> Settings:
            library.change_settings(settings, since)
            return settings

        self._bridge.do(Lane.QUERY, work, self, self._on_saved, self._on_refused, key="settings")

    def _on_saved(self, settings: Settings) -> None:
        self._error.hide()
        self._shown = settings
        self._follow()
        self.settings_changed.emit(self._bridge.library.settings)

    def _on_refused(self, error: UserError) -> None:
        self._error.setText(f"{error.message} {error.hint}".strip())
        self._error.show()

    def done(self, result: int) -> None:
        self._later.stop()
        self._save()
        super().done(result)
