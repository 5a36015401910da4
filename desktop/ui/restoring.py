"""What the person is asked when the catalog is damaged, before there is a window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QMessageBox, QProgressDialog

from desktop.errors import CatalogDamaged
from desktop.jobs import Worker
from desktop.library import Backup, Places, find_backup, restore
from desktop.ui import wording

T = TypeVar("T")

LOOK_EVERY_MS = 50


def offer_backup(error: CatalogDamaged, places: Places) -> bool:
    """Ask what shall take the place of the damaged catalog, and put it there.

    False when the person would rather leave everything as it is. Main thread, with a QApplication;
    the disk is read and written on another one. Raises UserError.
    """
    backup = _meanwhile("Looking for a backup…", lambda: find_backup(places))
    if not _agrees(error, backup):
        return False
    aside: Path = _meanwhile("Putting it in its place…", lambda: restore(places, backup))
    box = QMessageBox(QMessageBox.Icon.Information, "Likeness", "The library can be opened again.")
    box.setInformativeText(
        f"The damaged catalog is kept as {aside}. What has changed since is read from your folders."
    )
    box.exec()
    return True


def _agrees(error: CatalogDamaged, backup: Backup | None) -> bool:
    box = QMessageBox(QMessageBox.Icon.Warning, "Likeness", error.message)
    if backup is not None:
        when = wording.minute(backup.made_at.astimezone().replace(tzinfo=None))
        box.setInformativeText(
            f"There is a backup of {when}. It can take the damaged one's place; photos that came "
            "later are read again. Your photos are not affected, and the damaged catalog is kept."
        )
        yes = box.addButton("Use the backup", QMessageBox.ButtonRole.AcceptRole)
    else:
        box.setInformativeText(
            "There is no backup that is whole. A new catalog can take its place; all photos are "
            "read again. Your photos are not affected, and the damaged catalog is kept."
        )
        yes = box.addButton("Begin a new one", QMessageBox.ButtonRole.AcceptRole)
    box.setEscapeButton(box.addButton("Quit", QMessageBox.ButtonRole.RejectRole))
    box.setDefaultButton(yes)
    box.exec()
    return box.clickedButton() is yes


def _meanwhile(label: str, work: Callable[[], T]) -> T:
    """Do `work` on a thread of its own while a small window says so, if it takes longer than a
    moment."""
    shown = QProgressDialog(label, "", 0, 0)
    shown.setCancelButton(None)
    shown.setWindowModality(Qt.WindowModality.ApplicationModal)
    shown.setMinimumDuration(500)
    worker = Worker("restoring")
    future = worker.submit(work)
    loop = QEventLoop()
    look = QTimer(interval=LOOK_EVERY_MS)
    look.timeout.connect(lambda: loop.quit() if future.done() else None)
    look.start()
    loop.exec()
    look.stop()
    worker.stop()
    shown.reset()
    shown.deleteLater()
    return future.result()
