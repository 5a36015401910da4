"""Tail: the embeddings that came after the last build, in arrays that grow in place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from desktop.index.part import FloatArray, IdArray, Mask, Part

_FIRST_CAPACITY = 256


class Tail:
    """Rows in the order they came. Called under the lock of its Index; its Parts go to any thread.

    New rows are written behind those that earlier Parts show, so adding copies nothing but the new
    rows; the arrays double when they are full. A row that dies makes a new `alive`, never a change
    in an old Part.
    """

    def __init__(self, dim: int) -> None:
        self._photo_ids: IdArray = np.empty(0, np.int64)
        self._vectors: FloatArray = np.empty((0, dim), np.float32)
        self._alive: Mask = np.empty(0, np.bool_)
        self._n_rows = 0
        self._row_of: dict[int, int] = {}

    def __len__(self) -> int:
        return self._n_rows

    def append(self, photo_ids: IdArray, vectors: FloatArray) -> None:
        """Add rows; the ids differ from each other. Photos that are here already lose their old
        row."""
        known = (self._row_of.get(photo_id) for photo_id in photo_ids.tolist())
        self.discard([row for row in known if row is not None])
        start, end = self._n_rows, self._n_rows + len(photo_ids)
        self._reserve(end)
        self._photo_ids[start:end] = photo_ids
        self._vectors[start:end] = vectors
        self._alive[start:end] = True
        self._row_of.update(zip(photo_ids.tolist(), range(start, end), strict=True))
        self._n_rows = end

    def discard(self, rows: Sequence[int] | NDArray[np.int64]) -> None:
        """Let the rows of these photos die."""
        if len(rows):
            self._alive = self._alive.copy()
            self._alive[rows] = False

    def part(self, start: int = 0) -> Part:
        """The rows from `start` on as they are now. No copy."""
        shown = slice(start, self._n_rows)
        return Part(self._photo_ids[shown], self._vectors[shown], self._alive[shown])

    def _reserve(self, n_rows: int) -> None:
        capacity = len(self._photo_ids)
        if n_rows <= capacity:
            return
        n_more = max(n_rows, 2 * capacity, _FIRST_CAPACITY) - capacity
        self._photo_ids = np.concatenate([self._photo_ids, np.empty(n_more, np.int64)])
        grown = np.empty((capacity + n_more, self._vectors.shape[1]), np.float32)
        grown[: self._n_rows] = self._vectors[: self._n_rows]
        self._vectors = grown
        self._alive = np.concatenate([self._alive, np.empty(n_more, np.bool_)])
