"""What the desktop does for us: open a file, show it in its folder. Never through a shell."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtDBus import QDBusConnection, QDBusMessage
from PySide6.QtGui import QDesktopServices

from desktop.errors import UserError

log = logging.getLogger(__name__)


def open_file(path: Path) -> None:
    """Open a file or folder with the program the person uses for it. Raises UserError."""
    if not path.exists():
        raise UserError(f"{path.name} is not there any more.", "Its drive may be unplugged.")
    if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
        raise UserError(
            f"This system knows no program to open {path.name} with.",
            f"Open it by hand: {path}",
        )


def show_in_folder(path: Path) -> None:
    """Open the file manager with this file selected, or at least its folder. Raises UserError."""
    if not path.exists():
        open_file(path.parent)
        return
    if sys.platform == "win32":
        subprocess.Popen(["explorer", f"/select,{path}"])
    elif sys.platform == "darwin":
        subprocess.Popen(["open", "-R", str(path)])
    elif not _show_through_dbus(path):
        open_file(path.parent)


def _show_through_dbus(path: Path) -> bool:
    """Ask the file manager that speaks org.freedesktop.FileManager1; False if there is none.

    https://www.freedesktop.org/wiki/Specifications/file-manager-interface/
    """
    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return False
    name = "org.freedesktop.FileManager1"
    message = QDBusMessage.createMethodCall(name, "/org/freedesktop/FileManager1", name, "ShowItems")
    message.setArguments([[QUrl.fromLocalFile(str(path)).toString()], ""])
    reply = bus.call(message, timeout=1000)
    if reply.type() is QDBusMessage.MessageType.ErrorMessage:
        log.info("no file manager answers: %s", reply.errorMessage())
        return False
    return True
