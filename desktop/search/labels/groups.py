"""Groups of photos that resemble each other, for few photos such as mistakes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from desktop.jobs import Job

_AT_MOST = 24
_TURNS = 25


def group_by_likeness(vectors: NDArray[np.float32], job: Job) -> list[NDArray[np.int64]]:
    """Rows that belong together, the largest group first; in each the most typical row first.

    vectors: (n, d) float32, unit length. k-means by cosine, with about the square root of n/2
    groups, at most 24; it begins with rows that are far from each other, so that it ends the same
    each time. A worker's thread. Raises Cancelled.
    """
    n = len(vectors)
    n_groups = min(_AT_MOST, max(1, round((n / 2) ** 0.5)))
    if n <= 2:
        return [np.arange(n)] if n else []
    centres = vectors[_far_apart(vectors, n_groups)]
    nearest = np.full(n, -1)
    cosines = vectors @ centres.T
    for turn in range(_TURNS):
        job.report(turn, _TURNS, "Grouping mistakes")
        before, nearest = nearest, cosines.argmax(axis=1)
        if np.array_equal(before, nearest):
            break
        kept = np.unique(nearest)
        sums = np.stack([vectors[nearest == each].sum(axis=0) for each in kept])
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        cosines = vectors @ (sums / np.maximum(lengths, 1e-6)).T
    nearest = cosines.argmax(axis=1)
    groups = [np.flatnonzero(nearest == each) for each in np.unique(nearest)]
    groups = [rows[np.argsort(-cosines[rows].max(axis=1), kind="stable")] for rows in groups]
    return sorted(groups, key=lambda rows: (-len(rows), int(rows.min())))


def _far_apart(vectors: NDArray[np.float32], n_rows: int) -> list[int]:
    """Rows of which each is as far from those before as can be; the first is nearest to the
    middle."""
    rows = [int((vectors @ vectors.mean(axis=0)).argmax())]
    nearest = vectors @ vectors[rows[0]]
    while len(rows) < n_rows:
        rows.append(int(nearest.argmin()))
        nearest = np.maximum(nearest, vectors @ vectors[rows[-1]])
    return rows
