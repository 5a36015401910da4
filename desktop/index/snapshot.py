"""Snapshot: an immutable view of every embedding of one model, and the two ways to search it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Attributes: photo_ids (k,) int64 and scores (k,) float32, best first, ties by photo_id;
    n_searched: how many embeddings were considered (those allowed by the mask);
    mean_score, std_score: of the scores over all searched photos (a sample where Annoy answered);
    is_exact: whether every embedding was compared."""

    photo_ids: NDArray[np.int64]
    scores: NDArray[np.float32]
    n_searched: int
    mean_score: float
    std_score: float
    is_exact: bool


class Snapshot:
    """Immutable: take it once and use only it. Any thread.

    Attributes: model_id, dim, n_items (live photos), n_tail (of them not in Annoy yet).
    """

    def search(
        self,
        embedding: NDArray[np.float32],
        n: int,
        allowed: NDArray[np.int64] | None = None,
        exact_limit: int = 100_000,
    ) -> Neighbours:
        """The n photos nearest to `embedding` (d,) float32, unit length. Scores are cosines in [-1, 1].

        allowed: sorted photo_ids that may answer; None for all. Exact when at most exact_limit
        photos are allowed; else Annoy for the built part, widened until n allowed ones are found.
        Raises ModelMismatch when the dimension differs.
        """
        raise NotImplementedError
