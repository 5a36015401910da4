"""Heartbeat: how long Qt's event loop was held up, and by what."""

from __future__ import annotations

import faulthandler
import os
import re
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer

BEAT_MS = 10
SCHEDULED = Path("/proc/thread-self/schedstat")


@dataclass(frozen=True)
class Gap:
    """Between two beats that were more than twice as far apart as they should be. Seconds.

    Attributes:
        busy_s: how long the main thread itself was at work (its CPU time).
        queued_s: how long it was ready and other programs or threads had the cores (Linux; else 0).
    """

    length_s: float
    busy_s: float
    queued_s: float

    @property
    def own_s(self) -> float:
        """What the machine does not explain: work of the main thread, and its waiting for locks,
        the interpreter's among them."""
        return self.length_s - self.queued_s


class Heartbeat(QObject):
    """Beats every 10 ms on the main thread; a watcher thread writes down where the main thread is
    when a beat is late.

    Attributes:
        gaps, n_beats: so far.
        stacks: the innermost calls of the main thread when it was late -> how often.
    """

    def __init__(self, late_s: float = 0.05) -> None:
        super().__init__()
        self._clock = _Clock()
        self.gaps: list[Gap] = []
        self.stacks: Counter[str] = Counter()
        self.n_beats = 0
        self._late_s = late_s
        self._last_s, self._busy_s, self._queued_s = self._clock.read()
        self._main_id = threading.get_ident()
        self._ended = threading.Event()
        self._timer = QTimer(self, interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._watcher = threading.Thread(target=self._watch, name="heartbeat")

    def start(self) -> None:
        self._last_s, self._busy_s, self._queued_s = self._clock.read()
        self._timer.start()
        self._watcher.start()

    def stop(self) -> None:
        self._timer.stop()
        self._ended.set()
        self._watcher.join()
        self._clock.close()

    def told(self) -> str:
        """The figures, and where the time went, a line each."""
        longest = max(self.gaps, key=lambda gap: gap.length_s, default=Gap(0, 0, 0))
        lines = [
            f"{self.n_beats} beats; more than 50 ms late or at work:",
            *(
                f"  {name}: {sum(one > 0.05 for one in each)} times, longest {max(each):.3f} s"
                for name, each in (
                    ("by the clock", [gap.length_s for gap in self.gaps] or [0.0]),
                    ("without waiting for a core", [gap.own_s for gap in self.gaps] or [0.0]),
                    ("the main thread at work", [gap.busy_s for gap in self.gaps] or [0.0]),
                )
            ),
            f"  the longest: {longest}",
        ]
        return "\n".join([*lines, *(f"{n:6} {at}" for at, n in self.stacks.most_common(12))])

    def _beat(self) -> None:
        now_s, busy_s, queued_s = self._clock.read()
        self.n_beats += 1
        if now_s - self._last_s > 2 * BEAT_MS / 1000:
            gap = Gap(now_s - self._last_s, busy_s - self._busy_s, queued_s - self._queued_s)
            self.gaps.append(gap)
        self._last_s, self._busy_s, self._queued_s = now_s, busy_s, queued_s

    def _watch(self) -> None:
        """Through faulthandler, which touches no Python object: a frame that is held here would
        keep a QPainter of the main thread alive after its paintEvent, which ends in a crash."""
        with tempfile.TemporaryFile("w+") as file:
            while not self._ended.wait(BEAT_MS / 1000):
                if time.monotonic() - self._last_s > self._late_s:
                    file.seek(0)
                    file.truncate()
                    faulthandler.dump_traceback(file)
                    file.seek(0)
                    self.stacks[_where(file.read(), self._main_id)] += 1


class _Clock:
    """Cheap to read, as what it measures is on the same thread: the one that makes it."""

    def __init__(self) -> None:
        self._scheduled = -1
        with suppress(OSError):  # not Linux
            self._scheduled = os.open(SCHEDULED, os.O_RDONLY)

    def read(self) -> tuple[float, float, float]:
        """The clock, the thread's CPU time, its time in the queue for a core."""
        queued_s = 0.0
        if self._scheduled >= 0:
            queued_s = int(os.pread(self._scheduled, 64, 0).split()[1]) / 1e9
        return time.monotonic(), time.thread_time(), queued_s

    def close(self) -> None:
        if self._scheduled >= 0:
            os.close(self._scheduled)


def _where(dumped: str, thread_id: int) -> str:
    """The innermost calls of a thread in what faulthandler wrote."""
    _, _, after = dumped.partition(f"Thread 0x{thread_id:016x} ")
    calls = re.findall(r'File "(?:[^"]*/)?([^"/]+)", line (\d+) in (\S+)', after.split("\n\n")[0])
    return " < ".join(f"{file}:{line} {name}" for file, line, name in calls[:5])
