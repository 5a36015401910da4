"""Groups where vectors lie close together: scikit-learn's HDBSCAN; all else is in none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from desktop.grouping.centres import (
    NONE,
    Floats,
    Labels,
    centres_of,
    closeness_to,
    nearest,
    without_odd,
)

MOST = 10_000
"""HDBSCAN's time grows with the square: so many vectors at most take part, evenly chosen, and the
others join what those make."""

_LEAST_MEMBERS = 5
_N_NEAR = 3
_BORDER = 0.25
"""A vector that did not take part joins where it is closer than this share of those that did."""


def group(vectors: Floats, report: Callable[[int], None] = lambda _: None) -> Labels:
    """(n,) the group of each of the vectors (n, d), unit length; NONE where nothing is close. The
    leaves of the tree are taken, which are the small groups that hold one thing each."""
    from sklearn.cluster import HDBSCAN
    from threadpoolctl import threadpool_limits

    n = len(vectors)
    labels = np.full(n, NONE, np.int32)
    if n < 2 * _LEAST_MEMBERS:
        return labels
    part = np.arange(0, n, max(1, -(-n // MOST)))
    report(10)
    found = HDBSCAN(
        min_cluster_size=_LEAST_MEMBERS,
        min_samples=_N_NEAR,
        cluster_selection_method="leaf",
        copy=True,
    )
    with threadpool_limits(1):
        labels[part] = found.fit_predict(vectors[part])
    _, centres = centres_of(vectors, labels)
    labels = without_odd(vectors, labels, centres)
    report(80)
    if len(part) < n and labels.max() != NONE:
        _join_others(vectors, labels, part)
    return labels


def _join_others(vectors: Floats, labels: Labels, part: np.ndarray) -> None:
    numbers, centres = centres_of(vectors[part], labels[part])
    closeness = closeness_to(vectors[part], labels[part], numbers, centres)
    border = np.array([np.quantile(closeness[labels[part] == each], _BORDER) for each in numbers])
    others = np.setdiff1d(np.arange(len(vectors)), part)
    at = nearest(vectors[others], centres)
    joins = np.einsum("nd,nd->n", vectors[others], centres[at]) >= border[at]
    labels[others[joins]] = numbers[at[joins]]
