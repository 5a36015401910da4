"""A measurement in a process of its own, and the side of it that starts and watches it.

The process runs `python -m benchmarks.child MODULE ARGUMENTS`: this file is its main module, which
the decoding processes that it starts import anew, so it imports little.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

SAMPLE_S = 0.02


class Child:
    """A process that says words on stdout and goes on when it is told to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._memory = psutil.Process(process.pid)

    def hear(self) -> str:
        """The next word; blocks. Raises RuntimeError when the process ended instead."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r} ended with {self._process.wait()}")
        return line.strip()

    def go_on(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    @property
    def resident_mb(self) -> float:
        """Of the process, and what the processes it has started hold for themselves alone."""
        own = float(self._memory.memory_info().rss)
        return (own + sum(map(_unshared_bytes, self._memory.children()))) / 1e6

    @property
    def anonymous_mb(self) -> float:
        """Without mapped files (the index, libraries), whose pages the system may drop; only Linux
        tells them apart."""
        info = self._memory.memory_info()
        return float(info.rss - getattr(info, "shared", 0)) / 1e6

    def watch_until_heard(self) -> tuple[list[float], list[float]]:
        """Seconds and resident megabytes, sampled until the next word."""
        listener = threading.Thread(target=self.hear)
        listener.start()
        started_s = time.perf_counter()
        at_s: list[float] = []
        resident_mb: list[float] = []
        while listener.is_alive():
            at_s.append(time.perf_counter() - started_s)
            resident_mb.append(self.resident_mb)
            time.sleep(SAMPLE_S)
        return at_s, resident_mb


@contextmanager
def child(module: str, *arguments: object) -> Iterator[Child]:
    """Start `module.in_child(arguments)`; it is ended when the block is left."""
    command = [sys.executable, "-m", "benchmarks.child", module, *map(str, arguments)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        yield Child(process)
    finally:
        process.kill()
        process.communicate()


def say_and_wait(word: object) -> None:
    """The child's side: say a word, and wait until told to go on."""
    say(word)
    sys.stdin.readline()


def say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def _unshared_bytes(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().uss)
    except psutil.Error:
        return 0.0  # it has just ended


if __name__ == "__main__":
    importlib.import_module(sys.argv[1]).in_child(*sys.argv[2:])
