"""Snapshot: an immutable view of every embedding of one model, and the two ways to search it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop.errors import ModelMismatch
from desktop.index.forest import Forest
from desktop.index.part import FloatArray, IdArray, Mask, Part

SAMPLE = 2_000
"""Rows whose scores stand for the library where Annoy answers: the mean of so many is off by about
one fiftieth of the spread."""

DEEPEST = 0.05
"""The share of its rows that Annoy is asked for at most. It looks at half of them, so a list that
goes deeper has holes; then the exact scan answers."""

SCORE_DECIMALS = 6
"""Sums of float32 in another order differ by 1e-7; rounding lets equal photos tie on every path."""


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The photos nearest to an embedding.

    Attributes:
        photo_ids, scores: (k,) int64 and (k,) float32, best first, ties by photo_id.
        n_searched: how many embeddings were considered (those allowed).
        mean_score, std_score: of the scores over all searched photos, where Annoy answered over a
            sample; 0 where nothing was searched.
        is_exact: whether every embedding was compared.
    """

    photo_ids: IdArray
    scores: FloatArray
    n_searched: int
    mean_score: float
    std_score: float
    is_exact: bool


class Snapshot:
    """Immutable: take it once and use only it. Any thread.

    Attributes:
        model_id, dim: of the embeddings.
        n_items: live photos.
        n_tail: those of them that are not in the last build.
        has_forest: whether Annoy can answer for the built part.
    """

    def __init__(
        self, model_id: str, dim: int, built: Part, forest: Forest | None, tail: Part
    ) -> None:
        """built: the rows of a generation, which are Annoy's rows; tail: what came later."""
        self.model_id = model_id
        self.dim = dim
        self._built = built
        self._forest = forest
        self._tail = tail
        self._last_masks: tuple[IdArray | None, Mask, Mask] | None = None

    @property
    def n_items(self) -> int:
        return self._built.n_alive + self._tail.n_alive

    @property
    def n_tail(self) -> int:
        return self._tail.n_alive

    @property
    def has_forest(self) -> bool:
        return self._forest is not None

    def search(
        self,
        embedding: FloatArray,
        n: int,
        allowed: IdArray | None = None,
        exact_limit: int = 300_000,
    ) -> Neighbours:
        """The n photos nearest to `embedding` (d,) float32, unit length. Scores are cosines in
        [-1, 1].

        allowed: sorted photo_ids that may answer; None for all. Asking again with the same array
        is quicker. Exact when at most exact_limit photos may answer; else Annoy for the built
        part, asked for more until n allowed ones are found. Raises ModelMismatch when the
        dimension differs.
        """
        query = np.ascontiguousarray(embedding, np.float32)
        if query.shape != (self.dim,):
            raise ModelMismatch(
                f"an embedding of shape {query.shape} cannot be compared with those of "
                f"{self.model_id}, which have {self.dim} dimensions"
            )
        in_built, in_tail = self._masks(allowed)
        n_built = int(np.count_nonzero(in_built))
        n_searched = n_built + int(np.count_nonzero(in_tail))
        rows = None
        if self._forest is not None and n_searched > exact_limit:
            rows = _rows_of_forest(self._forest, query, n, in_built, n_built)
        if rows is None:
            found = self._built.scan(query, in_built), self._tail.scan(query, in_tail)
            seen = np.concatenate([scores for _, scores in found])
        else:
            found = self._built.score_rows(query, rows), self._tail.scan(query, in_tail)
            seen = self._sample(query, in_built, in_tail)
        photo_ids = np.concatenate([ids for ids, _ in found])
        best_ids, best_scores = _best(photo_ids, np.concatenate([s for _, s in found]), n)
        mean, std = _spread(seen)
        return Neighbours(best_ids, best_scores, n_searched, mean, std, rows is None)

    def pick(self, n: int, seed: int = 0) -> FloatArray:
        """Embeddings (<= n, d) of photos of the last build, chosen at random."""
        alive = np.flatnonzero(self._built.alive)
        rows = np.random.default_rng(seed).permutation(alive)[:n]
        return np.array(self._built.vectors[np.sort(rows)])

    def _masks(self, allowed: IdArray | None) -> tuple[Mask, Mask]:
        """Rows that may answer; kept for the next search with the same array (2 ms at 100,000)."""
        last = self._last_masks
        if last is None or last[0] is not allowed:
            last = (allowed, self._built.mask(allowed), self._tail.mask(allowed))
            self._last_masks = last
        return last[1], last[2]

    def _sample(self, query: FloatArray, in_built: Mask, in_tail: Mask) -> FloatArray:
        """Scores of about SAMPLE photos that may answer, evenly over both parts."""
        n_allowed = np.count_nonzero(in_built) + np.count_nonzero(in_tail)
        step = max(1, int(n_allowed) // SAMPLE)
        parts = ((self._built, in_built), (self._tail, in_tail))
        scores = [part.score_rows(query, np.flatnonzero(mask)[::step])[1] for part, mask in parts]
        return np.concatenate(scores)


def _rows_of_forest(
    forest: Forest, query: FloatArray, n: int, mask: Mask, n_allowed: int
) -> NDArray[np.int64] | None:
    """Rows of the mask that Annoy finds nearest, at least n; None if that goes deeper than Annoy
    is good for."""
    wanted = min(n, n_allowed)
    n_asked = math.ceil(wanted * forest.n_rows / max(n_allowed, 1))
    while n_asked <= forest.n_rows * DEEPEST:
        rows = forest.nearest(query, n_asked)
        rows = rows[mask[rows]]
        if len(rows) >= wanted:
            return rows
        n_asked *= 2
    return None


def _best(photo_ids: IdArray, scores: FloatArray, n: int) -> tuple[IdArray, FloatArray]:
    """The n best, ties by photo_id. What is not a number is no answer."""
    real = np.isfinite(scores)
    if not real.all():
        photo_ids, scores = photo_ids[real], scores[real]
    n = max(min(n, len(scores)), 0)
    if 0 < n < len(scores):
        line = np.partition(scores, len(scores) - n)[len(scores) - n]
        near = scores >= line - 10.0**-SCORE_DECIMALS
        photo_ids, scores = photo_ids[near], scores[near]
    scores = np.clip(np.round(scores, SCORE_DECIMALS), -1.0, 1.0).astype(np.float32)
    order = np.lexsort((photo_ids, -scores))[:n]
    return photo_ids[order], scores[order]


def _spread(scores: FloatArray) -> tuple[float, float]:
    real = scores[np.isfinite(scores)]
    if not len(real):
        return 0.0, 0.0
    return float(real.mean(dtype=np.float64)), float(real.std(dtype=np.float64))
