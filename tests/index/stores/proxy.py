"""A wire between a program and a server that can be cut or stand still."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


class Proxy:
    """Passes on what it gets, both ways. Attributes: port: on 127.0.0.1."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._may_pass = threading.Event()
        self._may_pass.set()
        self._has_ended = False
        self._lines: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def stall(self) -> None:
        """Nothing arrives any more, and nobody is told."""
        self._may_pass.clear()

    def go_on(self) -> None:
        self._may_pass.set()

    def close(self) -> None:
        self._has_ended = True
        self._may_pass.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        for thread in self._threads:
            thread.join()

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, name="proxy")  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._has_ended:
            try:
                ours, _ = self._listening.accept()
                theirs = socket.create_connection(("127.0.0.1", self._to_port))
            except OSError:
                if not self._has_ended:
                    with contextlib.suppress(UnboundLocalError, OSError):
                        ours.close()
                continue
            self._lines += [ours, theirs]
            self._start(self._pass, ours, theirs)
            self._start(self._pass, theirs, ours)

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65_536):
                self._may_pass.wait()
                other.sendall(data)
        for line in (one, other):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def proxy(to_port: int) -> Iterator[Proxy]:
    running = Proxy(to_port)
    try:
        yield running
    finally:
        running.close()
