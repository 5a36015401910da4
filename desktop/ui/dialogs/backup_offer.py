"""What the person is asked when the catalog is damaged, before there is a window."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import TypeVar

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QMessageBox, QProgressDialog

from desktop.background import Worker
from desktop.errors import CatalogDamaged, CatalogLost
from desktop.library import Backup, Places, find_backup, restore
from desktop.ui.look import wording

T = TypeVar("T")

POLL_MS = 50


def offer_backup(error: CatalogDamaged, places: Places) -> bool:
    """Ask what shall take the place of a damaged or lost catalog, and put it there.

    False when the person would rather leave everything as it is. Main thread, with a QApplication;
    the disk is read and written on another one. Raises UserError.
    """
    backup = _meanwhile("Looking for a backup…", lambda: find_backup(places))
    answer = _ask(error, backup)
    if answer is _Choice.QUIT:
        return False
    taken = backup if answer is _Choice.BACKUP else None
    aside = _meanwhile("Putting it in its place…", lambda: restore(places, taken))
    box = QMessageBox(QMessageBox.Icon.Information, "Likeness", "The library can be opened again.")
    kept = f"The damaged catalog is kept as {aside}. " if aside else ""
    if taken is not None:
        box.setInformativeText(f"{kept}What has changed since is read from your folders.")
    else:
        box.setInformativeText(f"{kept}All photos of its folders are read again.")
    box.exec()
    return True


class _Choice(Enum):
    BACKUP = auto()
    ANEW = auto()
    QUIT = auto()


def _ask(error: CatalogDamaged, backup: Backup | None) -> _Choice:
    box = QMessageBox(QMessageBox.Icon.Warning, "Likeness", error.message)
    is_lost = isinstance(error, CatalogLost)
    answers = {}
    if backup is not None:
        when = wording.minute(backup.made_at.astimezone().replace(tzinfo=None))
        said = (
            f"There is a backup of {when}. It can take its place; photos that came later are read "
            "again."
        )
        use = box.addButton("Use the backup", QMessageBox.ButtonRole.AcceptRole)
        answers[use] = _Choice.BACKUP
    else:
        said = (
            "There is no backup that is whole. A new catalog can take its place; all photos are "
            "read again."
        )
    if backup is None or is_lost:  # one that is gone may have been removed on purpose
        anew = box.addButton("Begin a new one", QMessageBox.ButtonRole.AcceptRole)
        answers[anew] = _Choice.ANEW
    kept = "" if is_lost else ", and the damaged catalog is kept"
    box.setInformativeText(f"{said} Your photos are not affected{kept}.")
    box.setEscapeButton(box.addButton("Quit", QMessageBox.ButtonRole.RejectRole))
    box.setDefaultButton(next(iter(answers)))
    box.exec()
    return next((answers[each] for each in answers if each is box.clickedButton()), _Choice.QUIT)


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
    poll = QTimer(interval=POLL_MS)
    poll.timeout.connect(lambda: loop.quit() if future.done() else None)
    poll.start()
    loop.exec()
    poll.stop()
    worker.stop()
    shown.reset()
    shown.deleteLater()
    return future.result()
