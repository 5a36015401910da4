"""Forgetting: asks, lets the window close, and forgets everything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QMessageBox, QWidget

from desktop.errors import UserError
from desktop.library import Forgotten, Places, forget_everything
from desktop.ui.look import wording

N_LEFT_SHOWN = 5


class Forgetting(QObject):
    """Signals: agreed: the person wants it, and the window is to close."""

    agreed = Signal()

    def __init__(self, places: Places, window: QWidget) -> None:
        super().__init__(window)
        self._places = places
        self._window = window
        self._is_agreed = False
        self._forgotten: Forgotten | None = None
        self._error: UserError | None = None

    @Slot()
    def ask(self) -> None:
        box = _box(QMessageBox.Icon.Warning, "Forget everything?", self._window)
        box.setInformativeText(
            "Likeness removes its catalog and the backups of it, thumbnails, index, models, "
            "settings and log, and closes. This cannot be undone.\n\n"
            "Your photos stay where they are, untouched."
        )
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        forget = box.addButton("Forget everything", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        box.exec()
        if box.clickedButton() is forget:
            self._is_agreed = True
            self.agreed.emit()

    def work(self) -> None:
        """Forget, if the person has agreed, once the library is closed. Any thread; blocks."""
        if self._is_agreed:
            try:
                self._forgotten = forget_everything(self._places, is_window=True)
            except UserError as error:
                self._error = error

    def tell(self) -> None:
        """Say how it went, if there is anything to say. Main thread."""
        if self._error is not None:
            box = _box(QMessageBox.Icon.Warning, self._error.message)
            box.setInformativeText(self._error.hint)
            box.exec()
        elif self._forgotten is not None:
            box = _box(QMessageBox.Icon.Information, "Likeness has forgotten everything.")
            box.setInformativeText(_told(self._forgotten))
            box.exec()


def _told(forgotten: Forgotten) -> str:
    text = (
        f"{wording.in_bytes(forgotten.n_bytes)} were removed. Your photos are where they were. "
        "The next start begins anew."
    )
    return (
        text
        + _listed("Left, because Likeness did not make it:", forgotten.left)
        + _listed("These could not be removed:", forgotten.stuck)
        + (f"\n\n{forgotten.elsewhere}" if forgotten.elsewhere else "")
    )


def _listed(heading: str, paths: Sequence[Path]) -> str:
    if not paths:
        return ""
    shown = [wording.whole(path) for path in paths[:N_LEFT_SHOWN]]
    more = len(paths) - len(shown)
    return "\n".join(["\n", heading, *shown, *([f"and {more:,} more"] if more else [])])


def _box(icon: QMessageBox.Icon, text: str, parent: QWidget | None = None) -> QMessageBox:
    box = QMessageBox(parent)
    box.setIcon(icon)
    box.setWindowTitle("Likeness")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(text)
    return box
