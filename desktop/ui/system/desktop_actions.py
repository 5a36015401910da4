"""What the desktop does for us: open a file, show it in its folder. Never through a shell."""

from __future__ import annotations

import logging
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtDBus import QDBusConnection, QDBusMessage
from PySide6.QtGui import QDesktopServices

from desktop.errors import UserError
from desktop.ui.bridge import Bridge, Lane

log = logging.getLogger(__name__)

OpenUrl = Callable[[QUrl], bool]


class DesktopActions(QObject):
    """Looks at the disk and speaks D-Bus off the main thread: a sleeping drive takes seconds."""

    def __init__(
        self,
        bridge: Bridge,
        parent: QObject | None = None,
        open_url: OpenUrl = QDesktopServices.openUrl,
    ) -> None:
        """open_url: how a file is handed to the program the person uses for it."""
        super().__init__(parent)
        self._bridge = bridge
        self._open_url = open_url

    def open(self, path: Path) -> None:
        """Open a file or folder with the program the person uses for it."""
        self._bridge.do(Lane.DESKTOP, partial(_existing, path), self, self._hand_over)

    def show_in_folder(self, path: Path) -> None:
        """Open the file manager with this file selected, or at least its folder."""
        self._bridge.do(Lane.DESKTOP, partial(_show, path), self, self._hand_over)

    def _hand_over(self, path: Path | None) -> None:
        if path is not None and not self._open_url(file_url(path)):
            error = UserError(
                f"This system knows no program to open {path.name} with.",
                f"Open it by hand: {path}",
            )
            self._bridge.failed.emit(error)


def file_url(path: Path) -> QUrl:
    """The URL of an absolute path, every byte of it: QUrl.fromLocalFile spoils names that are not
    UTF-8. Programs are handed this URL as one argument, percent-encoded."""
    return QUrl.fromEncoded(path.as_uri().encode("ascii"), QUrl.ParsingMode.StrictMode)


def quoted(path: Path) -> str:
    """A path to be pasted into a terminal, where it stands for itself whatever its name holds.

    On Windows in double quotes, which a name cannot hold. Elsewhere as the shell quotes; control
    characters, such as a line's end, and bytes that are no UTF-8 are escaped ($'...', POSIX 2024):
    pasted as they are they would be keys, or get lost.
    """
    text = str(path)
    if sys.platform == "win32":
        return f'"{text}"'
    if all(letter.isprintable() for letter in text):
        return shlex.quote(text)
    return f"$'{''.join(map(_escaped, text))}'"


def _escaped(letter: str) -> str:
    if letter in "\\'":
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    return "".join(f"\\{byte:03o}" for byte in os.fsencode(letter))


def _existing(path: Path) -> Path:
    if not path.exists():
        raise UserError(f"{path.name} is not there any more.", "Its drive may be unplugged.")
    return path


def _show(path: Path) -> Path | None:
    """Select the file in the file manager; returns the folder to open where that is impossible."""
    if not path.exists():
        return _existing(path.parent)
    if sys.platform == "win32":
        subprocess.Popen(["explorer", f"/select,{path}"])
        return None
    if sys.platform == "darwin":
        subprocess.run(["open", "-R", str(path)], check=False)
        return None
    return None if _show_through_dbus(path) else path.parent


def _show_through_dbus(path: Path) -> bool:
    """Ask the file manager that speaks org.freedesktop.FileManager1; False if there is none.

    https://www.freedesktop.org/wiki/Specifications/file-manager-interface/
    """
    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return False
    name = "org.freedesktop.FileManager1"
    message = QDBusMessage.createMethodCall(
        name, "/org/freedesktop/FileManager1", name, "ShowItems"
    )
    message.setArguments([[path.as_uri()], ""])
    reply = bus.call(message, timeout=2000)
    if reply.type() is QDBusMessage.MessageType.ErrorMessage:
        log.info("no file manager answers: %s", reply.errorMessage())
        return False
    return True
