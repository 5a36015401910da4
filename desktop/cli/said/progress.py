"""A job's progress on stderr, and Ctrl-C as its cancel button."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from desktop.cli.said.output import duration, size
from desktop.cli.said.streams import STDERR, note
from desktop.jobs import signals_to_end
from desktop.legible import legible
from desktop.library import Job, Progress

if TYPE_CHECKING:
    from tqdm import tqdm

LINE_EVERY_S = 10.0
LINE_EVERY_SHARE = 0.1

_COUNTING = "{desc}: {n_fmt}"
_BAR = "{desc}: {percentage:3.0f}% |{bar}| {n_fmt}/{total_fmt}{postfix}"


SAVING = "Stopping; what is in hand is being saved."
TAKING_AWAY = "Stopping; what was written is taken away."

_AFTER_THE_FIRST: Mapping[signal.Signals, Callable[[int, FrameType | None], Any] | signal.Handlers]
_AFTER_THE_FIRST = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
"""SIGHUP is ignored then: who closes a terminal may send it twice."""


@contextmanager
def watched_job(unit: str = "", stopping: str = "Stopping.") -> Iterator[Job]:
    """A job that shows its progress on stderr and that Ctrl-C, SIGTERM or the end of the
    terminal cancels.

    unit: what is counted, "photos" or "B" (bytes); "" where that is something else at each step,
    and no rate is told. The first signal cancels, so that the work ends in order, and says
    `stopping`; a second of those two ends the process as usual. The main thread.
    """
    show: Bar | ProgressLines = Bar(unit) if sys.stderr.isatty() else ProgressLines(unit)
    job = Job(show)
    with _cancelled_by_signals(job, stopping):
        try:
            yield job
        finally:
            show.close()


@contextmanager
def _cancelled_by_signals(job: Job, stopping: str) -> Iterator[None]:
    def cancel(_signal: int, _frame: FrameType | None) -> None:
        for each in before:
            signal.signal(each, _AFTER_THE_FIRST.get(each, signal.SIG_IGN))
        job.cancel()
        # Not through sys.stderr, which may be in the midst of a line. A terminal has just shown ^C
        # at the end of the bar.
        line_before = "\n" if os.isatty(STDERR) else ""
        with suppress(OSError):
            os.write(STDERR, f"{line_before}{stopping}\n".encode())

    before = {each: signal.signal(each, cancel) for each in signals_to_end()}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


class Bar:
    """A bar on a terminal, with the rate and the time left that the job has measured."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._bar: tqdm[NoReturn] | None = None
        self._label = ""

    def __call__(self, progress: Progress) -> None:
        with suppress(OSError):  # of a terminal that is gone: the work goes on without it
            self._show(progress)

    def _show(self, progress: Progress) -> None:
        if self._bar is None or progress.label != self._label:
            self.close()
            self._label = progress.label
            self._bar = self._make(progress)
        bar = self._bar
        if bar.total != (progress.total or None):
            bar.total = progress.total or None
            bar.bar_format = _BAR if progress.total else _COUNTING
        bar.set_postfix_str(_pace(progress, self._unit), refresh=False)
        bar.update(progress.done - bar.n)

    def close(self) -> None:
        if self._bar is not None:
            with suppress(OSError):
                self._bar.close()
            self._bar = None

    def _make(self, progress: Progress) -> tqdm[NoReturn]:
        from tqdm import tqdm

        tqdm.monitor_interval = 0  # its thread refreshes bars that stand still; ours need not
        return tqdm(
            desc=legible(progress.label),
            total=progress.total or None,
            bar_format=_BAR if progress.total else _COUNTING,
            unit_scale=self._unit == "B",
            dynamic_ncols=True,
            file=sys.stderr,
        )


class ProgressLines:
    """Now and then a line, where stderr goes into a file: at every tenth, or every ten seconds."""

    def __init__(self, unit: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._unit = unit
        self._clock = clock
        self._label = ""
        self._next_done = 0.0
        self._next_s = 0.0

    def __call__(self, progress: Progress) -> None:
        is_new = progress.label != self._label
        is_further = bool(progress.total) and progress.done >= self._next_done
        if not (is_new or is_further or self._clock() >= self._next_s):
            return
        self._label = progress.label
        self._next_done = progress.done + max(1.0, progress.total * LINE_EVERY_SHARE)
        self._next_s = self._clock() + LINE_EVERY_S
        note(self._line(progress))

    def close(self) -> None:
        """Nothing is left to be closed."""

    def _line(self, progress: Progress) -> str:
        in_bytes = self._unit == "B"
        done = size(progress.done) if in_bytes else f"{progress.done:,}"
        total = size(progress.total) if in_bytes else f"{progress.total:,}"
        so_far = f"{done} of {total}" if progress.total else done
        pace = _pace(progress, self._unit)
        return f"{progress.label}: {so_far}" + (f", {pace}" if pace else "")


def _pace(progress: Progress, unit: str) -> str:
    """ "26.1 photos/s, 4 min left", as far as it is known."""
    parts = []
    if unit and progress.per_s is not None and progress.total:
        rate = size(round(progress.per_s)) if unit == "B" else f"{progress.per_s:.1f} {unit}"
        parts.append(f"{rate}/s")
    if progress.left_s is not None:
        parts.append(f"{duration(progress.left_s)} left")
    return ", ".join(parts)
