"""RowScores: the rows that may answer, beside some embeddings; roughly first, and truly where that
matters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np

from desktop.index.coarse import CoarseRows
from desktop.index.part import FloatArray, IdArray, Selection, is_close
from desktop.index.scores import Bounds

T = TypeVar("T")

AT_ONCE_BYTES = 64 * 1024 * 1024
"""So much of the embeddings is copied out at a time."""


class RowScores:
    """Of the rows of a built part and a tail, counted on from one to the other, with embeddings
    (k, d). A row may be several embeddings, one behind the other. Any thread."""

    def __init__(self, parts: tuple[Selection, Selection], embeddings: FloatArray) -> None:
        self._built, self._tail = parts
        self._embeddings = embeddings
        self._n_segments = self._built.part.vectors.shape[1] // embeddings.shape[1]
        self._vectors = _Last(self._pick)
        self._coarse = _Last(self._pick_coarse)
        self._bounds: Bounds | None = None
        self._exact: dict[int, tuple[IdArray, FloatArray]] = {}

    def bounds(self) -> Bounds:
        """See `Selection.bounds`."""
        self._bounds = self._built.bounds(self._embeddings)
        if len(self._tail):
            tail = self._tail.bounds(self._embeddings)
            low, high = (
                np.concatenate(both, axis=1) for both in zip(self._bounds, tail, strict=True)
            )
            self._bounds = low, high
        return self._bounds

    def exact(self, number: int, rows: IdArray) -> FloatArray:
        """(r,) true scores of some rows with the embedding of this number, (r, n_segments) where a
        row is several. Equal embeddings have equal scores, whichever rows they are asked with."""
        known = self._known_exact(number, rows)
        if known is not None:
            return known
        blocks = self._in_blocks(rows)
        if len(blocks) > 1:
            return np.concatenate([self.exact(number, block) for block in blocks])
        vectors = self._vectors(rows)
        shape = len(vectors), self._n_segments, self._embeddings.shape[1]
        scores: FloatArray = np.vecdot(vectors.reshape(shape), self._embeddings[number])
        scores = scores[:, 0] if self._n_segments == 1 else scores
        if np.all(rows[:-1] < rows[1:]):
            self._exact[number] = rows, scores.copy()
        return scores

    def _known_exact(self, number: int, rows: IdArray) -> FloatArray | None:
        """What was told of these rows when they were last asked for among others."""
        known_rows, scores = self._exact.get(number, (rows[:0], None))
        if scores is None or not len(known_rows):
            return None
        places = np.searchsorted(known_rows, rows)
        places[places == len(known_rows)] = 0
        return scores[places] if np.array_equal(known_rows[places], rows) else None

    def closer(self, number: int, rows: IdArray) -> Bounds:
        """Lows and highs (r,) of some rows, as close to each other as can be told quickly."""
        if self._bounds is not None and is_close(self._embeddings):
            low, high = self._bounds
            return low[number, rows], high[number, rows]
        blocks = self._in_blocks(rows)
        if len(blocks) > 1:
            lows, highs = zip(*(self.closer(number, block) for block in blocks), strict=True)
            return np.concatenate(lows), np.concatenate(highs)
        coarse = self._coarse(rows)
        low, high = np.empty(len(rows), np.float32), np.empty(len(rows), np.float32)
        is_coarse = rows < (len(self._built) if coarse is not None else 0)
        if coarse is not None and is_coarse.any():
            asked = coarse.ask(self._embeddings[number : number + 1], closely=True)
            every = slice(0, len(coarse.numbers) // self._n_segments)
            told = [(low, high) for _, low, high in coarse.bounds(asked, every, self._n_segments)]
            low[is_coarse], high[is_coarse] = (
                np.concatenate(side, axis=1)[0] for side in zip(*told, strict=True)
            )
        others = np.flatnonzero(~is_coarse)
        if len(others):
            scores = self.exact(number, rows[others])
            low[others] = high[others] = scores if self._n_segments == 1 else scores.max(axis=1)
        low[~np.isfinite(high)] = -np.inf
        high[~np.isfinite(high)] = np.inf
        return low, high

    def _in_blocks(self, rows: IdArray) -> list[IdArray]:
        """So that not too many are copied at once where most photos look the same, or all are
        asked for."""
        n = max(AT_ONCE_BYTES // (4 * self._built.part.vectors.shape[1]), 1)
        return [rows[start : start + n] for start in range(0, max(len(rows), 1), n)]

    def _pick(self, rows: IdArray) -> FloatArray:
        is_built = rows < len(self._built)
        built = self._built.pick(rows[is_built])
        if is_built.all():
            return built
        vectors = np.empty((len(rows), built.shape[1]), np.float32)
        vectors[is_built] = built
        vectors[~is_built] = self._tail.pick(rows[~is_built] - len(self._built))
        return vectors

    def _pick_coarse(self, rows: IdArray) -> CoarseRows | None:
        return self._built.pick_coarse(rows[rows < len(self._built)], self._n_segments)


class _Last(Generic[T]):
    """What was picked out last, for the next question with the same rows: they lie apart in memory,
    and fetching them takes longer than comparing them."""

    def __init__(self, pick: Callable[[IdArray], T]) -> None:
        self._pick = pick
        self._last: tuple[IdArray, T] | None = None

    def __call__(self, rows: IdArray) -> T:
        last = self._last
        if last is None or not np.array_equal(last[0], rows):
            last = self._last = rows, self._pick(rows)
        return last[1]
