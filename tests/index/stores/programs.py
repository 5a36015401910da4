"""Servers of the tests that are Python programs: Milvus Lite, and chdb behind HTTP."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

STARTS_WITHIN_S = 60.0
PASSWORD = "a red umbrella"
HERE = Path(__file__).parent


class Program:
    """A server at a port of this machine.

    Attributes:
        port: on 127.0.0.1; the same after a restart.
    """

    def __init__(self, script: str, scheme: str, folder: Path) -> None:
        self.port = free_port()
        self._script = HERE / script
        self._scheme = scheme
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return self.uri_at(self.port)

    def uri_at(self, port: int) -> str:
        user = "likeness@" if self._scheme == "clickhouse" else ""
        database = "/default" if self._scheme == "clickhouse" else ""
        return f"{self._scheme}://{user}127.0.0.1:{port}{database}"

    def start(self) -> None:
        log = self._folder.with_suffix(".log")
        with log.open("ab") as said:
            command = [sys.executable, self._script, str(self.port), str(self._folder)]
            self._process = subprocess.Popen(command, stdout=said, stderr=said)
        until_s = time.monotonic() + STARTS_WITHIN_S
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            has_ended = self._process.poll() is not None
            assert not has_ended and time.monotonic() < until_s, log.read_text(errors="replace")
            time.sleep(0.05)

    def kill(self) -> None:
        """As when its machine fails."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextlib.contextmanager
def program(script: str, scheme: str, folder: Path) -> Iterator[Program]:
    """One that runs as long as the block."""
    running = Program(script, scheme, folder)
    running.start()
    try:
        yield running
    finally:
        running.kill()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
