"""Pace: how fast a job goes, and how long it will still take."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

RATE_WINDOW_S = 20.0
"""How far back the shown rate looks: long enough to be steady, short enough to follow."""

SPEED_WINDOW_S = 60.0
"""How far back the time left looks: a machine that has become slower is believed after this."""

SPEED_WINDOW_UNITS = 256
"""Photos that the time left looks back on at least, where they take longer than that: they are
taken by pages that are alike, and one page of small photos tells little of the rest."""

LEAST_MARKS = 5
"""Steps that a window holds at least, however long they took: a slow machine saves a batch of
photos every half minute."""

LEAST_ELAPSED_S = 1.0
"""Nothing is told from less: the first steps come in bursts."""

BURST_S = 0.2
"""What is finished within this time is one step."""

LEAST_STEP_S = 1.0
"""What is told of the job's shape comes from steps as long as this: photos are read ahead, so that
short ones hold the time of others."""

STALLED_S = 120.0
"""After so long without a step no rate is told any more."""

_SHARES = tuple(step / 50 for step in range(51))
_SHARE_SPREAD = 0.25


@dataclass(frozen=True, slots=True)
class _Mark:
    at_s: float
    done: int
    work: float


class Pace:
    """Measures one job from its reports. Not for several threads at once.

    Time goes into every photo, and into every byte of it, and what is still to come may be made
    differently from what is done: 500-pixel photos first and those of 12 megapixels last. So the
    time for the whole job is taken as T * ((1 - s) * photos + s * bytes), both as shares of their
    totals:

    - s, the share that goes by bytes, is a matter of model and machine and does not change while
      the job runs. It is fitted to all steps since the start: least squares, each step weighted by
      1 / its duration, as durations of sums of independent parts vary in proportion to their
      length (Gauss-Markov; Aitken 1935, "On least squares and linear combinations of
      observations"). Where the steps were all alike they say nothing about s; then it stays near
      one half, which a normal prior of width `_SHARE_SPREAD` stands for.
    - T follows the machine, which may become slower: it is measured over the last
      `SPEED_WINDOW_S`.

    The time until the first step is finished is left out: a model is loaded in it. So is what
    `skip` was told of.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._skipped_s = 0.0
        self._marks: deque[_Mark] = deque()
        self._last_done: int | None = None
        self._steps = _Steps()

    def skip(self, seconds: float) -> None:
        """Leave a time out in which the job was made to stand still."""
        self._skipped_s += seconds

    def measure(
        self, done: int, total: int, work_done: float = 0.0, work_total: float = 0.0
    ) -> tuple[float | None, float | None]:
        """Take note of how far the job is -> (units a second, seconds left), None until known.

        done, total: in units, such as photos; total is 0 while it is unknown. work_done,
        work_total: what else the units cost, such as bytes; 0 where it is not known.
        """
        now_s = self._clock() - self._skipped_s
        self._note(now_s, done, work_done)
        return self._rate(now_s), self._left(now_s, done, total, work_done, work_total)

    def _note(self, now_s: float, done: int, work: float) -> None:
        if self._last_done is None:
            self._last_done = done
        if done == self._last_done:
            return
        self._last_done = done
        last = self._marks[-1] if self._marks else None
        if last is not None and now_s - last.at_s < BURST_S:
            self._marks[-1] = _Mark(last.at_s, done, work)
            return
        if last is not None:
            self._steps.take(last)
        self._marks.append(_Mark(now_s, done, work))
        while (
            len(self._marks) > LEAST_MARKS
            and self._marks[1].at_s < now_s - SPEED_WINDOW_S
            and self._marks[1].done <= done - SPEED_WINDOW_UNITS
        ):
            self._marks.popleft()

    def _rate(self, now_s: float) -> float | None:
        marks = list(self._marks)
        while len(marks) > LEAST_MARKS and marks[1].at_s < now_s - RATE_WINDOW_S:
            marks.pop(0)
        elapsed_s = _elapsed_s(marks, now_s)
        if elapsed_s is None or marks[-1].done <= marks[0].done:
            return None
        return (marks[-1].done - marks[0].done) / elapsed_s

    def _left(
        self, now_s: float, done: int, total: int, work_done: float, work_total: float
    ) -> float | None:
        elapsed_s = _elapsed_s(list(self._marks), now_s)
        if elapsed_s is None or not total:
            return None
        share = self._steps.share_of_work(total, work_total)

        def part(units: float, work: float) -> float:
            by_work = share * work / work_total if share else 0.0
            return (1 - share) * units / total + by_work

        first, last = self._marks[0], self._marks[-1]
        gained = part(last.done - first.done, last.work - first.work)
        if gained <= 0:
            return None
        left = part(max(total - done, 0), max(work_total - work_done, 0.0))
        in_hand_s = min(now_s - last.at_s, elapsed_s / (len(self._marks) - 1))
        return max(left * elapsed_s / gained - in_hand_s, 0.0)


class _Steps:
    """Sums over all steps, from which the share of time that goes by work is told."""

    def __init__(self) -> None:
        self._last: _Mark | None = None
        self._n = 0
        self._duration_s = 0.0
        self._units = 0.0
        self._work = 0.0
        self._units_units = 0.0
        self._units_work = 0.0
        self._work_work = 0.0
        self._share: tuple[tuple[int, int, float], float] | None = None

    def take(self, mark: _Mark) -> None:
        """Add the step up to a mark that will not change any more; short ones are put together."""
        last = self._last
        if last is None:
            self._last = mark
        elif mark.at_s - last.at_s >= LEAST_STEP_S:
            self._add(mark.at_s - last.at_s, mark.done - last.done, mark.work - last.work)
            self._last = mark

    def _add(self, duration_s: float, units: float, work: float) -> None:
        self._n += 1
        self._duration_s += duration_s
        self._units += units
        self._work += work
        self._units_units += units * units / duration_s
        self._units_work += units * work / duration_s
        self._work_work += work * work / duration_s

    def share_of_work(self, total: int, work_total: float) -> float:
        """s of `Pace`, in 0..1; 0 where the work is not known."""
        if work_total <= 0:
            return 0.0
        if self._work <= 0:
            return 0.5
        asked = (self._n, total, work_total)
        if self._share is None or self._share[0] != asked:
            self._share = asked, self._likeliest_share(total, work_total)
        return self._share[1]

    def _likeliest_share(self, total: int, work_total: float) -> float:
        def doubt(share: float) -> float:
            """-log of the posterior: noise of unknown size, of which 0.1 % is taken for granted."""
            a, b = (1 - share) / total, share / work_total
            gained = a * self._units + b * self._work
            squares = (
                a * a * self._units_units + 2 * a * b * self._units_work + b * b * self._work_work
            )
            unexplained_s = max(self._duration_s - gained * gained / squares, 0.0)
            noise = unexplained_s / self._duration_s + 0.001
            return self._n / 2 * math.log(noise) + (share - 0.5) ** 2 / (2 * _SHARE_SPREAD**2)

        return min(_SHARES, key=doubt)


def _elapsed_s(marks: list[_Mark], now_s: float) -> float | None:
    """Time that the steps between the first and the last mark took, None if it says nothing yet.

    Between steps the time stands still, so that a rate does not fall and jump with every batch;
    a step that takes longer than any of the others before it counts as it goes on.
    """
    if len(marks) < 2 or now_s - marks[-1].at_s > STALLED_S:
        return None
    gaps_s = [later.at_s - earlier.at_s for earlier, later in pairwise(marks)]
    overdue_s = max(now_s - marks[-1].at_s - max(gaps_s), 0.0)
    elapsed_s = marks[-1].at_s - marks[0].at_s + overdue_s
    return elapsed_s if elapsed_s >= LEAST_ELAPSED_S else None
