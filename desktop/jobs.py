"""Cancellable work: `Job` (progress and cancel point in one call) and `Worker` (one thread, one
queue)."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from desktop.errors import Cancelled

log = logging.getLogger(__name__)

T = TypeVar("T")

RATE_WINDOW_S = 15.0
"""How far back the rate looks: long enough to be steady, short enough to follow a slower folder."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is.

    Attributes:
        done, total: in units of the label; total is 0 while it is unknown.
        label: what is being done, a few words such as "Looking through Pictures".
        per_s: units a second over the last `RATE_WINDOW_S`, None until it can be told.
        left_s: seconds left at that rate, None until it can be told.
    """

    done: int
    total: int
    label: str
    per_s: float | None = None
    left_s: float | None = None


class Job:
    """One piece of work that can be watched, paused and cancelled from another thread.

    The work calls `report` (or `check`) often; that one call publishes the progress, blocks while
    the job is paused, and raises `Cancelled` once it is cancelled.
    """

    def __init__(self, on_progress: Callable[[Progress], None] | None = None) -> None:
        self._on_progress = on_progress
        self._cancelled = threading.Event()
        self._running = threading.Event()
        self._running.set()
        self._marks: deque[tuple[float, int]] = deque()
        self._label = ""

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def paused(self) -> bool:
        return not self._running.is_set()

    def cancel(self) -> None:
        """Make the next `report` or `check` raise, also when the job is paused. Any thread."""
        self._cancelled.set()
        self._running.set()

    def pause(self) -> None:
        """Make the next `report` or `check` wait until `resume`. Any thread."""
        if not self.cancelled:
            self._running.clear()

    def resume(self) -> None:
        """Let a paused job go on. Any thread."""
        self._running.set()

    def check(self) -> None:
        """Wait while paused; raise `Cancelled` if cancelled. The working thread."""
        if self.paused:
            self._running.wait()
            self._marks.clear()
        if self.cancelled:
            raise Cancelled

    def report(self, done: int, total: int, label: str) -> None:
        """Publish progress, then `check`. The working thread."""
        if self._on_progress is not None:
            self._on_progress(self._measure(done, total, label))
        self.check()

    def _measure(self, done: int, total: int, label: str) -> Progress:
        now = time.monotonic()
        if label != self._label or (self._marks and done < self._marks[-1][1]):
            self._marks.clear()
            self._label = label
        if not self._marks or now - self._marks[-1][0] >= 0.2:
            self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[0][0] > RATE_WINDOW_S:
            self._marks.popleft()
        elapsed_s = now - self._marks[0][0]
        n_done = done - self._marks[0][1]
        if elapsed_s < 0.5 or n_done <= 0:
            return Progress(done, total, label)
        per_s = n_done / elapsed_s
        return Progress(done, total, label, per_s, max(total - done, 0) / per_s if total else None)


class Worker:
    """One thread that does what is submitted, in order.

    `submit_latest` keeps only the newest waiting work of a key: words typed while a search runs
    make the searches in between vanish. The thread starts with the first submission.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._queue: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = (
            queue.SimpleQueue()
        )
        self._latest: dict[Hashable, Future[Any]] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = False

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Do `work` on the thread. Any thread. After `stop` the future is cancelled at once."""
        future: Future[T] = Future()
        with self._lock:
            self._put(future, work)
        return future

    def submit_latest(self, key: Hashable, work: Callable[[], T]) -> Future[T]:
        """Do `work` on the thread, and cancel what waits under the same key. Any thread."""
        future: Future[T] = Future()
        with self._lock:
            waiting = self._latest.get(key)
            if waiting is not None:
                waiting.cancel()
            self._latest[key] = future
            self._put(future, work)
        return future

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Cancel what waits, let the work in hand end, and join. True when the thread has ended."""
        with self._lock:
            self._stopped = True
            thread = self._thread
            self._queue.put(None)
        if thread is None:
            return True
        thread.join(timeout_s)
        return not thread.is_alive()

    def _put(self, future: Future[Any], work: Callable[[], Any]) -> None:
        if self._stopped:
            future.cancel()
            return
        self._queue.put((future, work))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            future, work = item
            if self._stopped:
                future.cancel()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = work()
            except BaseException as error:  # handed to whoever waits on the future
                future.set_exception(error)
            else:
                future.set_result(result)
