"""CatalogPage: which catalog answers, and where its folders are on this computer."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.errors import UserError
from desktop.legible import legible
from desktop.library import SharedFolder
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look import wording
from desktop.ui.look.parts import text_label

_OTHER = (
    "Another one is chosen with the line catalog = … in {}, or with -\u2060-\u2060catalog, when "
    "Likeness is started; “likeness copy-catalog” moves what is known of your photos there."
)
_MOUNTS = (
    "A folder of a shared catalog may be somewhere else on each computer. This one reads and shows "
    "those that it has."
)


class CatalogPage(QWidget):
    """The disk is looked at on the DESKTOP lane, since a drive may sleep."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._is_shared = bool(bridge.library.folders.server)
        self.where = text_label("", "heading", wraps=True)
        self.list = QListWidget()
        self.change = QPushButton("Where it is here…")
        self.error = text_label("", "error", wraps=True)
        self.where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.list.setAccessibleName("Shared folders, and where they are on this computer")
        self.list.setSpacing(2)
        self.change.setAutoDefault(False)
        self.change.setEnabled(False)
        self.change.setAccessibleName("Choose where the folder is on this computer")
        self._lay_out()
        self.list.itemSelectionChanged.connect(self._on_selection)
        self.change.clicked.connect(self._choose)
        bridge.status_changed.connect(self.refresh)

    def _lay_out(self) -> None:
        library = self._bridge.library
        server = library.folders.server
        path = wording.whole(library.places.catalog_path)
        self.where.setText(legible(f"On a server: {server}") if server else f"In a file: {path}")
        other = _OTHER.format(wording.whole(library.places.settings_path))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(text_label("Catalog", "title"))
        column.addWidget(self.where)
        column.addWidget(text_label(other, "muted", wraps=True))
        self.error.hide()
        if not self._is_shared:
            for widget in (self.list, self.change, self.error):
                widget.setParent(self)
                widget.hide()
            column.addStretch(1)
            return
        buttons = QHBoxLayout()
        buttons.addWidget(self.change)
        buttons.addStretch(1)
        column.addSpacing(8)
        column.addWidget(text_label("Shared folders", "heading"))
        column.addWidget(text_label(_MOUNTS, "muted", wraps=True))
        column.addWidget(self.list, 1)
        column.addLayout(buttons)
        column.addWidget(self.error)

    @Slot()
    def refresh(self) -> None:
        """Ask where the folders are; nothing where the catalog is a file."""
        if self._is_shared and self.isVisible():
            folders = self._bridge.library.folders
            self._bridge.do(Lane.READ, folders.list_shared, self, self.show_folders, key="shared")

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self.refresh()

    def show_folders(self, folders: list[SharedFolder]) -> None:
        chosen = self._chosen()
        self.list.clear()
        for folder in folders:
            here = "Not on this computer, as far as is known"
            if folder.here is not None:
                is_same = str(folder.here) == folder.known_as
                here = "Here under the same name" if is_same else f"Here: {folder.here}"
            item = QListWidgetItem(f"{legible(folder.known_as)}\n{legible(here)}")
            item.setData(Qt.ItemDataRole.UserRole, folder)
            item.setSizeHint(QSize(0, 56))
            self.list.addItem(item)
            if chosen is not None and chosen.folder_id == folder.folder_id:
                self.list.setCurrentItem(item)

    def _chosen(self) -> SharedFolder | None:
        items = self.list.selectedItems()
        folder: SharedFolder | None = items[0].data(Qt.ItemDataRole.UserRole) if items else None
        return folder

    @Slot()
    def _on_selection(self) -> None:
        self.change.setEnabled(self._chosen() is not None)

    @Slot()
    def _choose(self) -> None:
        folder = self._chosen()
        if folder is None:
            return
        title = f"Where {folder.known_as} is on this computer"
        start = str(folder.here or "")
        if chosen := QFileDialog.getExistingDirectory(self, legible(title), start):
            self.error.hide()
            place = self._bridge.library.folders.place
            work = partial(place, folder.folder_id, Path(chosen))
            self._bridge.do(Lane.DESKTOP, work, self, self._on_placed, self._on_refused)

    def _on_placed(self, _: None) -> None:
        self.refresh()

    def _on_refused(self, error: UserError) -> None:
        self.error.setText(f"{error.message} {error.hint}".strip())
        self.error.show()
