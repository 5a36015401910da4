"""Neighbours: what a search answers, whichever engine was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from desktop.errors import ModelMismatch
from desktop.index.part import FloatArray, IdArray

SAMPLE: Final = 2_000
"""Photos whose scores stand for the library: the mean of so many is off by about one fiftieth of
the spread. The exact answer uses them too, so that no photo changes its band between the two."""

SCORE_DECIMALS: Final = 6
"""Sums of float32 in another order differ by 1e-7; rounding lets equal photos tie on every path."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How the scores of one embedding lie over the library: a sample of it, evenly spaced; 0 where
    nothing was searched."""

    mean: float
    std: float


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The photos nearest to an embedding.

    Attributes:
        photo_ids, scores: (k,) int64 and (k,) float32, best first, ties by photo_id.
        n_searched: how many embeddings were considered (those allowed).
        mean_score, std_score: the Spread of the scores over the photos that were allowed.
        is_exact: whether every embedding was compared.
        sample: (m, d) embeddings of photos that were allowed, evenly spaced; at least SAMPLE of
            them, if there are so many.
    """

    photo_ids: IdArray
    scores: FloatArray
    n_searched: int
    mean_score: float
    std_score: float
    is_exact: bool
    sample: FloatArray


def spread_of(scores: FloatArray) -> Spread:
    """scores: (m,); what is not a number is left out."""
    real = scores[np.isfinite(scores)]
    if not len(real):
        return Spread(0.0, 0.0)
    return Spread(float(real.mean(dtype=np.float64)), float(real.std(dtype=np.float64)))


def best_of(photo_ids: IdArray, scores: FloatArray, n: int) -> tuple[IdArray, FloatArray]:
    """The n best, ties by photo_id. What is not a number is no answer."""
    if n <= 0:
        return photo_ids[:0], scores[:0]
    if n < len(scores):
        best = np.partition(scores, len(scores) - n)[len(scores) - n :]
        if not np.isnan(best).any():  # they count as greater than any number
            near = np.flatnonzero(scores >= best[0] - 10.0**-SCORE_DECIMALS)
            photo_ids, scores = photo_ids[near], scores[near]
    real = np.isfinite(scores)
    if not real.all():
        return best_of(photo_ids[real], scores[real], n)
    scores = np.clip(np.round(scores, SCORE_DECIMALS), -1.0, 1.0).astype(np.float32)
    order = np.lexsort((photo_ids, -scores))[:n]
    return photo_ids[order], scores[order]


def as_query(embedding: FloatArray, dim: int, model_id: str) -> FloatArray:
    """The same as contiguous float32 (dim,). Raises ModelMismatch where it is of another model."""
    query = np.ascontiguousarray(embedding, np.float32)
    if query.shape != (dim,):
        raise ModelMismatch(
            f"an embedding of shape {query.shape} cannot be compared with those of "
            f"{model_id}, which have {dim} dimensions"
        )
    return query
