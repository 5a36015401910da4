"""Scores: how photos compare with some embeddings, as far as it matters.

Where photos are compared by coarse rows, all that is known of most is between what their scores
lie. That is enough to tell that they are not among the best; the few others are compared truly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from desktop.index.neighbours import SCORE_DECIMALS, Neighbours, Spread, best_of
from desktop.index.part import FloatArray, IdArray

Bounds = tuple[FloatArray, FloatArray]

ENOUGH = 100
"""So few rows are compared truly at once."""

_TIED = 2 * 10.0**-SCORE_DECIMALS
"""Scores that differ by less may be the same once they are rounded."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoreRange:
    """How photos compare with one embedding. Any thread.

    Attributes:
        photo_ids: (m,).
        low, high: (m,) float32, between which the true score of each lies; -inf and inf where that
            is no number.
        exact: the true scores (r,) of some rows (r,).
        closer: lows and highs (r,) of some rows, closer to each other and quicker to have than
            true scores.
    """

    photo_ids: IdArray
    low: FloatArray
    high: FloatArray
    exact: Callable[[IdArray], FloatArray]
    closer: Callable[[IdArray], Bounds]

    def best(self, n: int, among: IdArray | None = None) -> tuple[IdArray, FloatArray]:
        """The n best, of these rows if they are given: ids and scores, ties by photo_id."""
        rows = self.may_be_best(n, among)
        return best_of(self.photo_ids[rows], self.exact(rows), n)

    def may_be_best(self, n: int, among: IdArray | None = None) -> IdArray:
        """The rows that may be among the n best, or tie with the last of them."""
        if among is None:
            rows = _may_be_best((self.low, self.high), n)
        else:
            rows = among[_may_be_best((self.low[among], self.high[among]), n)]
        if len(rows) > max(n, ENOUGH):
            rows = rows[_may_be_best(self.closer(rows), n)]
        return rows


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """How the photos that may answer compare with each of k embeddings. Any thread.

    Attributes:
        photo_ids: (m,).
        low, high: (k, m), see `ScoreRange`.
        exact, closer: see `ScoreRange`, with the embedding of that number.
        n_searched: how many photos may answer.
        spreads: for each embedding, how scores lie over these photos.
        sample: see `Neighbours`.
    """

    photo_ids: IdArray
    low: FloatArray
    high: FloatArray
    exact: Callable[[int, IdArray], FloatArray]
    closer: Callable[[int, IdArray], Bounds]
    n_searched: int
    spreads: Sequence[Spread]
    sample: FloatArray

    def range(self, number: int) -> ScoreRange:
        return ScoreRange(
            self.photo_ids,
            self.low[number],
            self.high[number],
            lambda rows: self.exact(number, rows),
            lambda rows: self.closer(number, rows),
        )

    def neighbours(self, number: int, n: int, seen: ScoreRange | None = None) -> Neighbours:
        """The n nearest to the embedding of this number; seen: otherwise than as `range` has it."""
        best = (seen or self.range(number)).best(n)
        spread = self.spreads[number]
        return Neighbours(*best, self.n_searched, spread.mean, spread.std, True, self.sample)


@dataclass(frozen=True, slots=True, eq=False)
class SegmentScores:
    """The same where each photo has several embeddings: the best of them counts.

    Attributes:
        exact: the true scores (r, how many embeddings a photo has) of some rows (r,), with the
            embedding of that number.
    """

    photo_ids: IdArray
    low: FloatArray
    high: FloatArray
    exact: Callable[[int, IdArray], FloatArray]
    closer: Callable[[int, IdArray], Bounds]


def _may_be_best(bounds: Bounds, n: int) -> IdArray:
    low, high = bounds
    if n <= 0:
        return np.zeros(0, np.int64)
    if n >= len(low):
        return np.arange(len(low))
    least = np.partition(low, len(low) - n)[len(low) - n]
    return np.flatnonzero(high >= least - np.float32(_TIED))


def known_scores(
    photo_ids: IdArray,
    scores: FloatArray,
    n_searched: int,
    spreads: Sequence[Spread],
    sample: FloatArray,
) -> Scores:
    """Scores (k, m) that are all known."""
    is_real = np.isfinite(scores)
    low, high = np.where(is_real, scores, -np.inf), np.where(is_real, scores, np.inf)
    return Scores(
        photo_ids,
        low,
        high,
        lambda number, rows: scores[number, rows],
        lambda number, rows: (low[number, rows], high[number, rows]),
        n_searched,
        spreads,
        sample,
    )
