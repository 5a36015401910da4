"""Reporter: what happens to exceptions nobody expected."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox

log = logging.getLogger(__name__)


class Reporter(QObject):
    """Logs what was raised, on any thread, and shows it in a dialog whose details can be copied.

    Made on the main thread.
    """

    _raised = Signal(str)

    def __init__(self, log_path: Path) -> None:
        super().__init__()
        self._log_path = log_path
        self._is_showing = False
        self._before = (sys.excepthook, threading.excepthook)
        self._raised.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        sys.excepthook = self._on_main
        threading.excepthook = self._on_thread

    def remove(self) -> None:
        sys.excepthook, threading.excepthook = self._before

    def _on_main(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._before[0](kind, error, trace)
            return
        log.critical("unexpected", exc_info=(kind, error, trace))
        self._raised.emit("".join(traceback.format_exception(kind, error, trace)))

    def _on_thread(self, hooked: threading.ExceptHookArgs) -> None:
        if hooked.exc_value is not None:
            self._on_main(hooked.exc_type, hooked.exc_value, hooked.exc_traceback)

    @Slot(str)
    def _show(self, details: str) -> None:
        if self._is_showing:  # the first one is usually the cause of the rest; all are in the log
            return
        self._is_showing = True
        box = QMessageBox()
        box.setIcon(QMessageBox.Icon.Critical)
        box.setWindowTitle("Likeness")
        box.setText("Something went wrong that Likeness did not expect.")
        box.setInformativeText(f"Your photos are untouched. The log is at {self._log_path}.")
        box.setDetailedText(details)
        copy = box.addButton("Copy details", QMessageBox.ButtonRole.ActionRole)
        box.addButton(QMessageBox.StandardButton.Close)
        box.exec()
        if box.clickedButton() is copy:
            QGuiApplication.clipboard().setText(details)
        self._is_showing = False
