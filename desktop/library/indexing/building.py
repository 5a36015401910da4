"""Building: what is done for the index in the background, and how far a change of its engine is."""

from __future__ import annotations

import threading
from collections.abc import Callable

from desktop.errors import UserError
from desktop.jobs import Job, Progress
from desktop.library.answering.engine_in_use import EngineInUse
from desktop.library.indexing.setback import Setback
from desktop.library.reports import EngineChanged, Event
from desktop.settings import Places


class Building:
    """One piece of work at a time, on the index thread; all else may be called by any.

    A change of the engine takes minutes, so it is shown, and paused and stopped by the person.
    Building what answers anyway is neither: it is quick, and nobody has asked for it.
    """

    def __init__(
        self,
        places: Places,
        engines: EngineInUse,
        show: Callable[[], None],
        publish: Callable[[Event], None],
    ) -> None:
        """show: called when `progress` or `waits_because` may be other ones."""
        self._engines = engines
        self._show = show
        self._publish = publish
        self._setback = Setback(places, "the index is built")
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._progress: Progress | None = None
        self._is_paused = False
        self._is_change = False
        self._is_closed = False

    @property
    def progress(self) -> Progress | None:
        """How far a change of the engine is; None where none is being worked on."""
        return self._progress

    @property
    def waits_because(self) -> str:
        """See `Setback`."""
        return self._setback.waits_because

    @property
    def is_worth_a_try(self) -> bool:
        """See `Setback`."""
        return self._setback.is_worth_a_try()

    def do(
        self,
        work: Callable[[Job], None],
        tell: Callable[[UserError], None],
        is_change: bool = True,
    ) -> bool:
        """Do it; whether nothing has stopped it. What does is told. is_change: whether it brings a
        coming engine, where there is one."""
        job = Job(self._on_progress)
        with self._lock:
            if self._is_closed:
                return False
            self._job, self._is_change = job, is_change
            if self._is_paused and self._changes_engine:
                job.pause()
        before = self._engines.answering
        try:
            with self._setback.remembered(tell):
                work(job)
        finally:
            with self._lock:
                self._job = self._progress = None
            if self._engines.answering != before:
                self._publish(EngineChanged())
            self._show()
        return not self._setback.waits_because

    def pause(self) -> None:
        with self._lock:
            self._is_paused = True
            if self._job is not None and self._changes_engine:
                self._job.pause()

    def give_way(self) -> None:
        """Drop a change that is paused, since what is done now and then waits for it. It begins
        again when it is resumed."""
        with self._lock:
            if self._job is not None and self._is_paused:
                self._job.cancel()

    def resume(self) -> None:
        with self._lock:
            self._is_paused = False
            if self._job is not None:
                self._job.resume()

    def stop(self) -> None:
        """Drop the work in hand: another engine is wanted."""
        with self._lock:
            if self._job is not None:
                self._job.cancel()

    def close(self) -> None:
        """Drop the work in hand, and begin none."""
        self._is_closed = True
        self.stop()

    def _on_progress(self, progress: Progress) -> None:
        if self._changes_engine:
            self._progress = progress
            self._show()

    @property
    def _changes_engine(self) -> bool:
        return self._is_change and self._engines.coming is not None
