"""Patience: drives are waited for, but not for ever. One that does not answer is away.

A call to a network drive that hangs cannot be ended from outside. So it is made on a thread of its
own, which is left behind if the drive stays silent, and ends when the drive answers or goes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from desktop.background import report
from desktop.errors import Cancelled, LikenessError
from desktop.ingest.scan import is_away
from desktop.jobs import LOOK_EVERY_S, Job

log = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE_S = 15.0
"""A disk that sleeps takes up to ten seconds to turn again."""


class NoAnswer(LikenessError):
    """A drive has been silent for too long."""


class Drives:
    """The drives that hold the watched folders. Any thread."""

    def __init__(self) -> None:
        self._all = Job()
        self._lock = threading.Lock()
        self._waiting: dict[Path, _Call[Any]] = {}

    def close(self) -> None:
        """Wait for no drive any more; those who wait get Cancelled."""
        self._all.cancel()

    def is_away(self, root: Path, has_photos: bool) -> bool:
        """As `scan.is_away`; a folder that does not answer counts as away, almost at once from the
        second time on."""
        try:
            return self.ask(root, lambda _: is_away(root, has_photos))
        except NoAnswer:
            return True

    def ask(self, path: Path, work: Callable[[Callable[[], None]], T], job: Job | None = None) -> T:
        """Do `work`, which is given a function to call whenever it has got further. `path` is the
        folder or file that it is about.

        Raises NoAnswer when it gets no further for `PATIENCE_S`, time in which `job` is paused left
        out, or while an earlier call about the same path is still waiting; Cancelled soon after
        `job` is, or all is closed; and what `work` raises.
        """
        with self._lock:
            earlier = self._waiting.get(path)
        # A drive that has just come back gets a moment to end what waited for it.
        if earlier is not None and not earlier.ends_within(PATIENCE_S / 10):
            raise NoAnswer
        with self._lock:
            self._waiting.pop(path, None)
        call = _Call(work)
        try:
            return call.wait([self._all] if job is None else [self._all, job])
        except NoAnswer:
            log.warning("a folder or file does not answer")
            with self._lock:
                self._waiting[path] = call
            raise


class _Call(Generic[T]):
    """Work on a thread of its own."""

    def __init__(self, work: Callable[[Callable[[], None]], T]) -> None:
        self._work = work
        self._done = threading.Event()
        self._given_up = False
        self._beat_s = time.monotonic()
        self._result: list[T] = []
        self._error: BaseException | None = None
        threading.Thread(target=self._run, name="drive", daemon=True).start()

    def ends_within(self, timeout_s: float) -> bool:
        return self._done.wait(timeout_s)

    def wait(self, jobs: Sequence[Job]) -> T:
        while not self._done.wait(LOOK_EVERY_S):
            if any(job.cancelled for job in jobs):
                self._given_up = True
                raise Cancelled
            if any(job.paused for job in jobs):
                self._beat_s = time.monotonic()
            if time.monotonic() - self._beat_s > PATIENCE_S:
                self._given_up = True
                raise NoAnswer
        if self._error is not None:
            raise self._error
        return self._result[0]

    def _run(self) -> None:
        try:
            self._result.append(self._work(self._beat))
        except BaseException as error:  # raised where it is waited for
            self._error = error
            if self._given_up and not isinstance(error, LikenessError | OSError):
                report(error)
        finally:
            self._done.set()

    def _beat(self) -> None:
        if self._given_up:
            raise Cancelled
        self._beat_s = time.monotonic()
