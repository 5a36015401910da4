"""Cancellable work: `Job`, progress and cancel point in one call; waits that end with it."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from desktop.errors import Cancelled
from desktop.time_left import TimeLeft

LEAST_WORK_S = 0.5
MOST_REST_S = 10.0
"""A slowed job works at least, and rests at most, for so long at a time."""


LOOK_EVERY_S = 0.2
"""Whoever waits for something else looks this often whether the job was cancelled."""


def signals_to_end() -> list[signal.Signals]:
    """Those at which a program ends in order: Ctrl-C, SIGTERM, and that its terminal was closed,
    unless that is ignored, as `nohup` has it."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    return numbers


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is.

    Attributes:
        done, total: in units of the label; total is 0 while it is unknown.
        label: what is being done, a few words such as "Looking through Pictures".
        per_s: units a second of late, above 0; None until it can be told.
        left_s: seconds left, see `TimeLeft`; None until it can be told.
    """

    done: int
    total: int
    label: str
    per_s: float | None = None
    left_s: float | None = None


class Job:
    """One piece of work that can be watched, paused, slowed and cancelled from another thread.

    The work calls `report` (or `check`) often; that one call publishes the progress, blocks while
    the job is paused, rests where it is slowed, and raises `Cancelled` once it is cancelled.
    """

    def __init__(
        self,
        on_progress: Callable[[Progress], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_progress = on_progress
        self._clock = clock
        self._cancelled = threading.Event()
        self._running = threading.Event()
        self._running.set()
        self._share = 1.0
        self._rested_s = clock()
        self._rest_is_over = threading.Event()
        self._part = ""
        self._label = ""
        self._done = 0
        self._time_left = TimeLeft(clock)

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def paused(self) -> bool:
        return not self._running.is_set()

    def cancels_within(self, timeout_s: float) -> bool:
        """Wait until it is cancelled, at most so long. Returns whether it was. Any thread."""
        return self._cancelled.wait(timeout_s)

    def cancel(self) -> None:
        """Make the next `report` or `check` raise, also when the job is paused. Any thread."""
        self._cancelled.set()
        self._running.set()
        self._rest_is_over.set()

    def pause(self) -> None:
        """Make the next `report` or `check` wait until `resume`. Any thread."""
        if not self.cancelled:
            self._running.clear()

    def resume(self) -> None:
        """Let a paused job go on. Any thread."""
        self._running.set()

    def slow_down(self, share: float) -> None:
        """Work for this share of the time (0 < share <= 1; 1 is full speed) and rest in between.
        Any thread, at once."""
        if share != self._share:
            self._share = share
            self._rested_s = self._clock()
            self._rest_is_over.set()

    def check(self) -> None:
        """Wait while paused, rest if slowed; raise `Cancelled` if cancelled. The working thread."""
        if self.paused:
            paused_s = self._clock()
            self._running.wait()
            self._rested_s = self._clock()
            self._time_left.skip(self._rested_s - paused_s)
        self._rest()
        if self.cancelled:
            raise Cancelled

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Put `name` before the labels that are reported in the block. The working thread."""
        self._part = f"{name}: "
        try:
            yield
        finally:
            self._part = ""

    def report(
        self,
        done: int,
        total: int,
        label: str,
        work_done: float = 0.0,
        work_total: float = 0.0,
    ) -> None:
        """Publish progress, then `check`. The working thread.

        done, total: in units of the label. work_done, work_total: what the units differ in, such as
        the bytes of photos, so that the time left is right where small ones and large ones are
        mixed, or one kind comes last; 0 where it is not known.
        """
        label = self._part + label
        if label != self._label or done < self._done:
            self._label = label
            self._time_left = TimeLeft(self._clock)
        self._done = done
        if self._on_progress is not None:
            per_s, left_s = self._time_left.measure(done, total, work_done, work_total)
            self._on_progress(Progress(done, total, label, per_s, left_s))
        self.check()

    def _rest(self) -> None:
        """Stand still in proportion to the time worked since the last rest."""
        worked_s = self._clock() - self._rested_s
        if self._share >= 1 or worked_s < LEAST_WORK_S:
            return
        self._rest_is_over.clear()
        if not self.cancelled:
            self._rest_is_over.wait(min(worked_s * (1 / self._share - 1), MOST_REST_S))
        self._rested_s = self._clock()


def wait(
    ready: Callable[[float], bool], within_s: float = math.inf, job: Job | None = None
) -> bool:
    """Wait until `ready` returns True; False when the time is over. `ready` is called with the
    seconds it may wait itself, such as an Event's `wait` or a connection's `poll`. Raises Cancelled
    soon after `job` is cancelled."""
    until_s = time.monotonic() + within_s
    while job is None or not job.cancelled:
        left_s = until_s - time.monotonic()
        if ready(max(0.0, min(left_s, LOOK_EVERY_S))):
            return True
        if left_s <= 0:
            return False
    raise Cancelled


@contextmanager
def held(lock: threading.Lock | threading.Semaphore, job: Job | None = None) -> Iterator[None]:
    """Hold `lock` in the block. Raises Cancelled soon after `job` is, while it waits for it."""
    wait(lambda timeout_s: lock.acquire(timeout=timeout_s), job=job)
    try:
        yield
    finally:
        lock.release()
