"""Reporter: what happens to exceptions nobody expected."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QMessageBox

from desktop.library import Places
from desktop.logs import without_names

log = logging.getLogger(__name__)


class Reporter(QObject):
    """Logs what was raised, on any thread, and shows it in a dialog whose details can be copied.
    Work that goes on may fail in the same way again: that is shown once. Nothing is sent.

    Made on the main thread.
    """

    _raised = Signal(str)

    def __init__(self, places: Places) -> None:
        super().__init__()
        self._places = places
        self._is_showing = False
        self._shown: set[str] = set()
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
        # While one is shown: it is usually the cause of the rest. All are in the log.
        if self._is_showing or details in self._shown:
            return
        self._is_showing = True
        self._shown.add(details)
        dialog = CrashDialog(details, self._places)
        dialog.exec()
        if dialog.clickedButton() is dialog.copy:
            QGuiApplication.clipboard().setText(dialog.detailedText())
        self._is_showing = False


class CrashDialog(QMessageBox):
    """What went wrong, to be read and copied. Names of photos and folders are in it only when the
    person asks for them."""

    def __init__(self, details: str, places: Places) -> None:
        super().__init__()
        self._whole = details
        self._nameless = without_names(details, places.by_name)
        self.setIcon(QMessageBox.Icon.Critical)
        self.setWindowTitle("Likeness")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText("Something went wrong that Likeness did not expect.")
        self.setInformativeText(
            "Your photos are untouched. Nothing has been sent anywhere; the report is in the log "
            f"at {places.log_path}, without names of photos."
        )
        self.setDetailedText(self._nameless)
        self.names = QCheckBox("Show names of photos and folders in the details")
        self.names.toggled.connect(self._show_names)
        self.setCheckBox(self.names)
        self.copy = self.addButton("Copy details", QMessageBox.ButtonRole.ActionRole)
        self.setDefaultButton(self.addButton(QMessageBox.StandardButton.Close))

    @Slot(bool)
    def _show_names(self, wanted: bool) -> None:
        self.setDetailedText(self._whole if wanted else self._nameless)
