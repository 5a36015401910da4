"""TimeLeft: how fast a job goes, and how long it will still take."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

STEP_S = 1.0
"""What is finished within this time is one step: photos are read ahead and come in bursts."""

LEAST_STEPS = 4
"""Figures rest on at least so many steps, however long they took: a slow machine saves a batch of
photos every half minute."""

RATE_WINDOW_S = 20.0
"""How far back the shown rate looks: long enough to be steady, short enough to follow."""

SPEED_WINDOW_S = 60.0
"""How far back the time left looks: a machine that has become slower is believed after this."""

SPEED_WINDOW_UNITS = 256
"""The time left looks back on at least so many photos, should they take longer than that: photos
come in pages of similar ones, and one page of small photos tells little of the rest."""

STALLED_S = 120.0
"""After so long without a step there is no time left to be told."""

_NOISE_S = 0.01
"""How much durations vary, as their variance a second: about a tenth for a step of a second."""
_SPREAD = 0.5
"""How unequal the two parts of the time are expected to be, before anything is known."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """How far the job was when a step was finished."""

    at_s: float
    done: int
    work: float


class TimeLeft:
    """Measures one job from its reports. Not for several threads at once.

    A photo takes some time, and each of its bytes takes some; which of the two counts for more is a
    matter of model and machine. So the whole job takes T * ((1 - s) * photos + s * bytes), both as
    shares of their totals. s is fitted to all steps since the start, see `_Costs`; T is measured
    over the last `SPEED_WINDOW_S`, since a machine may become slower.

    The time until the first step is finished is left out: a model is loaded in it. So is what
    `skip` was told of.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._skipped_s = 0.0
        self._marks: deque[_Mark] = deque()
        self._last_done: int | None = None
        self._costs = _Costs()

    def skip(self, seconds: float) -> None:
        """Leave out so many seconds, in which the job was paused."""
        self._skipped_s += seconds

    def measure(
        self, done: int, total: int, work_done: float = 0.0, work_total: float = 0.0
    ) -> tuple[float | None, float | None]:
        """Take note of how far the job is -> (units a second, seconds left), None until known.

        done, total: in units, such as photos; total is 0 while it is unknown. work_done,
        work_total: what else the units cost, such as bytes; 0 where it is not known.
        """
        now_s = self._clock() - self._skipped_s
        if self._last_done is not None and done != self._last_done:
            self._note(_Mark(now_s, done, work_done))
        self._last_done = done
        left = _Mark(now_s, max(total - done, 0), max(work_total - work_done, 0.0))
        return self._rate(now_s), self._left(left, total, work_total) if total else None

    def _note(self, mark: _Mark) -> None:
        marks = self._marks
        if marks and mark.at_s - marks[-1].at_s < STEP_S:
            marks[-1] = _Mark(marks[-1].at_s, mark.done, mark.work)
            return
        if len(marks) > 1:
            self._costs.add(marks[-2], marks[-1])
        marks.append(mark)
        while (
            len(marks) > LEAST_STEPS + 1
            and marks[1].at_s < mark.at_s - SPEED_WINDOW_S
            and marks[1].done <= mark.done - SPEED_WINDOW_UNITS
        ):
            marks.popleft()

    def _rate(self, now_s: float) -> float | None:
        marks = list(self._marks)
        while len(marks) > LEAST_STEPS + 1 and marks[1].at_s < now_s - RATE_WINDOW_S:
            marks.pop(0)
        elapsed_s = _elapsed_s(marks, now_s)
        if elapsed_s is None or marks[-1].done <= marks[0].done:
            return None
        return (marks[-1].done - marks[0].done) / elapsed_s

    def _left(self, left: _Mark, total: int, work_total: float) -> float | None:
        """left: the time now, and what is still to be done."""
        elapsed_s = _elapsed_s(list(self._marks), left.at_s)
        if elapsed_s is None:
            return None
        share = self._costs.share_of_work(total, work_total)
        by_unit, by_work = (1 - share) / total, share / work_total if share else 0.0
        first, last = self._marks[0], self._marks[-1]
        gained = by_unit * (last.done - first.done) + by_work * (last.work - first.work)
        if gained <= 0:
            return None
        in_hand_s = min(left.at_s - last.at_s, elapsed_s / (len(self._marks) - 1))
        left_s = (by_unit * left.done + by_work * left.work) * elapsed_s / gained
        return max(left_s - in_hand_s, 0.0)


class _Costs:
    """What all steps tell of the time that a unit takes, and a byte of it: least squares.

    Each step counts by 1 / its duration, as the variance of a sum of independent parts grows with
    its length. Steps that are all alike cannot tell the two apart, so the fit begins as if a few
    measurements had shown both parts to take the same time.
    """

    def __init__(self) -> None:
        self._duration_s = self._units = self._work = 0.0
        self._units_units = self._units_work = self._work_work = 0.0

    def add(self, begin: _Mark, end: _Mark) -> None:
        duration_s, units, work = (
            end.at_s - begin.at_s,
            end.done - begin.done,
            end.work - begin.work,
        )
        self._duration_s += duration_s
        self._units += units
        self._work += work
        self._units_units += units * units / duration_s
        self._units_work += units * work / duration_s
        self._work_work += work * work / duration_s

    def share_of_work(self, total: int, work_total: float) -> float:
        """s of `TimeLeft`, in 0..1; 0 where the work is not known."""
        if work_total <= 0:
            return 0.0
        x, y = self._units / total, self._work / work_total
        if x <= 0 or y <= 0:
            return 0.5
        whole_s = 2 * self._duration_s / (x + y)
        pull = _NOISE_S / (_SPREAD * whole_s) ** 2
        xx = self._units_units / total**2 + pull
        xy = self._units_work / (total * work_total) - pull
        yy = self._work_work / work_total**2 + pull
        unit_s, work_s = max(x * yy - y * xy, 0.0), max(y * xx - x * xy, 0.0)
        return work_s / (unit_s + work_s) if unit_s + work_s > 0 else 0.5


def _elapsed_s(marks: list[_Mark], now_s: float) -> float | None:
    """Time that the steps between the first and the last mark took, None if it says nothing yet.

    Between steps the time stands still, so that a rate does not fall and jump with every batch;
    a step that takes longer than any of the others before it counts as it goes on.
    """
    if len(marks) < 2 or now_s - marks[-1].at_s > STALLED_S:
        return None
    longest_s = max(later.at_s - earlier.at_s for earlier, later in pairwise(marks))
    overdue_s = max(now_s - marks[-1].at_s - longest_s, 0.0)
    return marks[-1].at_s - marks[0].at_s + overdue_s
