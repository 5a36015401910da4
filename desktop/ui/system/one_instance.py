"""OneInstance: one window for each data folder; a second start raises the first window."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from desktop.errors import UserError

log = logging.getLogger(__name__)

_WAIT_MS = 2000
_MOST_BYTES = 1_000_000
# No path holds a zero byte, and none is empty.
_SEPARATOR = b"\0"
_END = b"\0\0"


class OneInstance(QObject):
    """Signals:
    raise_wanted: somebody started Likeness again on the same data folder.
    paths_given(list[Path]): with these folders or photos, at least one.
    """

    raise_wanted = Signal()
    paths_given = Signal(list)

    def __init__(self, data_path: Path, parent: QObject | None = None) -> None:
        """data_path: the folder of the catalog; its hash names lock and socket."""
        super().__init__(parent)
        name = hashlib.sha256(str(data_path.resolve()).encode()).hexdigest()[:16]
        self._name = f"likeness-{name}"
        self._lock = QLockFile(str(data_path / "window.lock"))
        self._lock.setStaleLockTime(0)  # a crashed owner is known by its process id
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)

    def claim(self, paths: Sequence[Path] = ()) -> bool:
        """True when this process is the first one; else the first one is asked to show itself, and
        handed the paths. Raises UserError where the data folder cannot be written."""
        if self._lock.tryLock(0):
            QLocalServer.removeServer(self._name)  # left over by a crash
            if not self._server.listen(self._name):
                log.warning(
                    "a second start cannot raise this window: %s", self._server.errorString()
                )
            return True
        if self._lock.error() is not QLockFile.LockError.LockFailedError:
            raise UserError(
                f"The data folder {Path(self._lock.fileName()).parent} cannot be written.",
                "Check that its disk has room and that you may write there.",
            )
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_WAIT_MS):
            log.warning("the window that is open does not answer: %s", socket.errorString())
            return False
        socket.write(_SEPARATOR.join(os.fsencode(path) for path in paths) + _END)
        while socket.bytesToWrite() and socket.waitForBytesWritten(_WAIT_MS):
            pass
        socket.disconnectFromServer()
        return False

    def release(self) -> None:
        """Let the next start be the first one."""
        self._server.close()
        self._lock.unlock()

    @Slot()
    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(self._on_words)
            socket.disconnected.connect(socket.deleteLater)
            self._read(socket)
        self.raise_wanted.emit()

    @Slot()
    def _on_words(self) -> None:
        socket = self.sender()
        assert isinstance(socket, QLocalSocket)
        self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        """Take what has come once it has come whole."""
        if not socket.peek(_MOST_BYTES).endsWith(_END):
            return
        names = bytes(socket.readAll().data()).removesuffix(_END)
        if names:
            self.paths_given.emit([Path(os.fsdecode(n)) for n in names.split(_SEPARATOR)])
