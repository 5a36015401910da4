"""Agreement: how much of what is found stays the same when embeddings are rounded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop.embedding.embedder import FloatArray

N_PHOTOS = 300
"""So many of a person's photos are embedded both ways."""
N_NEAREST = 20
ENOUGH = 0.95


@dataclass(frozen=True, slots=True)
class Agreement:
    """Shares from 0 to 1, means over what was asked.

    Attributes:
        n_photos, n_queries: how many photos and questions in words were compared.
        photos: of the `N_NEAREST` photos nearest to each, so many stay, all of them rounded.
        queries: of the first `N_NEAREST` answers to each question, so many stay; 1 without any.
        mixed: the lower of both where every other photo is rounded, and the others are not, as in
            a library that has grown.
    """

    n_photos: int
    n_queries: int
    photos: float
    queries: float
    mixed: float

    @property
    def share(self) -> float:
        """The least of them."""
        return min(self.photos, self.queries, self.mixed)

    @property
    def is_enough(self) -> bool:
        return self.share >= ENOUGH


def agreement_of(plain: FloatArray, rounded: FloatArray, texts: FloatArray) -> Agreement:
    """plain, rounded: (n, d) embeddings of the same photos, n >= 2; texts: (t, d) of questions, t
    may be 0. All of length 1."""
    every_other = (np.arange(len(plain)) % 2 == 1)[:, np.newaxis]
    mixed = np.where(every_other, rounded, plain)
    near, answers = _nearest(plain), _first(texts, plain)
    return Agreement(
        n_photos=len(plain),
        n_queries=len(texts),
        photos=_staying(near, _nearest(rounded)),
        queries=_staying(answers, _first(texts, rounded)),
        mixed=min(
            _staying(near, _nearest(mixed)),
            _staying(answers, _first(texts, mixed)),
        ),
    )


def _nearest(rows: FloatArray) -> NDArray[np.int64]:
    """(n, k) the photos nearest to each, itself left out."""
    scores = rows @ rows.T
    np.fill_diagonal(scores, -np.inf)
    return np.argsort(-scores, axis=1, kind="stable")[:, : min(N_NEAREST, len(rows) - 1)]


def _first(texts: FloatArray, rows: FloatArray) -> NDArray[np.int64]:
    """(t, k) the photos that answer each question best."""
    return np.argsort(-(texts @ rows.T), axis=1, kind="stable")[:, : min(N_NEAREST, len(rows))]


def _staying(before: NDArray[np.int64], after: NDArray[np.int64]) -> float:
    if not before.size:
        return 1.0
    n_staying = sum(len(np.intersect1d(*pair)) for pair in zip(before, after, strict=True))
    return n_staying / before.size
