"""Part: embeddings with their photo_ids, as one immutable block that can be scanned exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IdArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]
Mask = NDArray[np.bool_]

SPARSE = 8
"""Where fewer than one row in so many may answer, those rows are copied out and compared; else all
are compared and most are dropped: a row in order costs about an eighth of a row picked out."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Rows of one model's embeddings. Nobody writes to a row that a Part shows.

    Attributes:
        photo_ids: (n,) int64; no id is alive in two rows.
        vectors: (n, d) float32, rows of length 1; memory-mapped for a generation.
        alive: (n,) whether the row still counts (photos are removed and embedded again).
    """

    photo_ids: IdArray
    vectors: FloatArray
    alive: Mask

    @classmethod
    def empty(cls, dim: int) -> Part:
        return cls(np.zeros(0, np.int64), np.zeros((0, dim), np.float32), np.zeros(0, np.bool_))

    def __len__(self) -> int:
        return len(self.photo_ids)

    @property
    def n_alive(self) -> int:
        return int(np.count_nonzero(self.alive))

    def mask(self, allowed: IdArray | None) -> Mask:
        """Rows that may answer. allowed: sorted photo_ids, None for all."""
        return self.alive if allowed is None else self.alive & is_among(self.photo_ids, allowed)

    def without(self, rows: NDArray[np.int64]) -> Part:
        """The same rows, those given no longer alive."""
        alive = self.alive.copy()
        alive[rows] = False
        return Part(self.photo_ids, self.vectors, alive)

    def scan(self, embedding: FloatArray, mask: Mask) -> tuple[IdArray, FloatArray]:
        """photo_ids and scores of every row of the mask."""
        n_rows = int(np.count_nonzero(mask))
        if n_rows * SPARSE < len(self):
            return self.score_rows(embedding, np.flatnonzero(mask))
        scores = self.vectors @ embedding
        if n_rows == len(self):
            return self.photo_ids, scores
        return self.photo_ids[mask], scores[mask]

    def score_rows(
        self, embedding: FloatArray, rows: NDArray[np.int64]
    ) -> tuple[IdArray, FloatArray]:
        """photo_ids and scores of some rows."""
        return self.photo_ids[rows], self.vectors[rows] @ embedding


def is_among(photo_ids: IdArray, among: IdArray) -> Mask:
    """(n,) whether each id is in `among`, which is sorted. np.isin sorts both every time, which
    takes ten times as long at 100,000."""
    if not len(among):
        return np.zeros(len(photo_ids), np.bool_)
    places = np.searchsorted(among, photo_ids)
    places[places == len(among)] = 0
    return np.asarray(among[places] == photo_ids, np.bool_)
