"""FolderCommands: adding folders to the library and removing them from it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from desktop.library import Folder
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look import wording


class FolderCommands(QObject):
    """Signals:
    added(Folder): a folder is being watched now.
    removing(Folder): the person has agreed, and it is about to be forgotten.
    """

    added = Signal(object)
    removing = Signal(object)

    def __init__(self, bridge: Bridge, window: QWidget) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._window = window

    @Slot()
    def choose(self) -> None:
        """Let the person pick a folder, and add it."""
        chosen = QFileDialog.getExistingDirectory(self._window, "Choose a folder with photos")
        if chosen:
            self.add(Path(chosen))

    @Slot(object)
    def add(self, path: Path) -> None:
        work = partial(self._bridge.library.folders.add, path)
        # Its drive may sleep, or hang, and a search must not wait for that.
        self._bridge.do(Lane.DESKTOP, work, self, self._on_added)

    @Slot(object)
    def remove(self, folder: Folder) -> None:
        """Forget a folder, once the person has been told what that means."""
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Remove folder")
        box.setTextFormat(Qt.TextFormat.PlainText)  # a folder's name may look like HTML
        box.setText(f"Remove {wording.name(folder.path)} from the library?")
        box.setInformativeText("The files stay where they are; Likeness only forgets them.")
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        remove = box.addButton("Remove", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(cancel)
        box.exec()
        if box.clickedButton() is remove:
            self.removing.emit(folder)
            work = partial(self._bridge.library.folders.remove, folder.folder_id)
            self._bridge.do(Lane.QUERY, work, self, self._on_removed)

    @Slot(int, bool)
    def answer_doubt(self, folder_id: int, forgets: bool) -> None:
        """Forget the photos that were gone at once, or keep them and ask no more."""
        work = partial(self._bridge.library.folders.answer_doubt, folder_id, forgets)
        self._bridge.do(Lane.QUERY, work, self, self._on_removed)

    def _on_added(self, folder: Folder) -> None:
        self._bridge.refresh_status()
        self.added.emit(folder)

    def _on_removed(self, _: None) -> None:
        self._bridge.refresh_status()
