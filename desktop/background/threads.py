"""Threads: `Loop` takes one step after the other, `Worker` does what is submitted, in order.

`concurrent.futures` has pools, but none that lets newer work take the place of what waits, that
stops within a limit, or that tells of an error whose Future nobody reads.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from desktop.errors import Cancelled, UserError

T = TypeVar("T")


def report(error: BaseException) -> None:
    """Hand what nobody expected to the excepthook, which logs and shows it. Any thread."""
    thread = threading.current_thread()
    hooked = threading.ExceptHookArgs((type(error), error, error.__traceback__, thread))
    threading.excepthook(hooked)


@contextmanager
def reported() -> Iterator[None]:
    """Report what is raised in the block, and go on after it; what was cancelled just ends."""
    try:
        yield
    except Cancelled:
        pass
    except BaseException as error:
        report(error)


class Loop:
    """A thread that takes one step after the other, until one returns False.

    A step that raises is reported, and the next one follows: so a step takes its item first, or
    waits, before it does anything that may fail. Its owner sees to it that a step that waits is
    woken when it is to end.
    """

    def __init__(self, name: str, step: Callable[[], bool]) -> None:
        self._step = step
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; True when the thread has ended, or never began."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        goes_on = True
        while goes_on:
            with reported():
                goes_on = self._step()


class Worker:
    """One thread that does what is submitted, in order.

    `submit_latest` keeps only the newest waiting work of a key: words typed while a search runs
    make the searches in between vanish. The thread starts with the first submission. What work
    raises is in its Future; anything but a UserError or Cancelled is reported as well, since not
    every Future is read.
    """

    def __init__(self, name: str) -> None:
        self._queue: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = (
            queue.SimpleQueue()
        )
        self._latest: dict[Hashable, Future[Any]] = {}
        self._lock = threading.Lock()
        self._loop = Loop(name, self._step)
        self._started = False
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
            self._queue.put(None)
        return self._loop.join(timeout_s)

    def _put(self, future: Future[Any], work: Callable[[], Any]) -> None:
        if self._stopped:
            future.cancel()
            return
        self._queue.put((future, work))
        if not self._started:
            self._started = True
            self._loop.start()

    def _step(self) -> bool:
        item = self._queue.get()
        if item is None:
            return False
        future, work = item
        if self._stopped:
            future.cancel()
        if future.set_running_or_notify_cancel():
            try:
                result = work()
            except BaseException as error:
                if not isinstance(error, UserError | Cancelled):
                    report(error)
                future.set_exception(error)
            else:
                future.set_result(result)
        return True


def stop_all(workers: Iterable[Worker], timeout_s: float) -> bool:
    """Stop them all at once; True when every thread has ended within the time they have
    together."""
    stopping = list(workers)
    until_s = time.monotonic() + timeout_s
    for worker in stopping:
        worker.stop(0)
    ended = [worker.stop(max(0.0, until_s - time.monotonic())) for worker in stopping]
    return all(ended)
