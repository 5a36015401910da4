"""Groups around middles: scikit-learn's KMeans, and how many groups there are."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np

from desktop.grouping.centres import NONE, Floats, Labels, nearest, unit, without_odd

_SEED = 0
_SAMPLE = 5_000
_COMPARED = 2_000
"""Vectors by which the number of groups and where they begin are found, and those of them that are
compared pair by pair."""

_STEP = 1.25
_AS_GOOD = 0.85
"""Of numbers whose silhouette is this share of the best, the highest is taken: two groups that
belong together are merged with one click, one that holds two things is of little use."""

LEAST_K, MOST_K = 4, 120
_LEAST_MEMBERS = 3


def group(
    vectors: Floats,
    k: int | None,
    start: Floats | None,
    report: Callable[[int], None] = lambda _: None,
    grows: bool = False,
) -> Labels:
    """(n,) the group of each of the vectors (n, d), unit length; NONE for odd ones.

    k: how many groups; None finds out. start: middles (m, d) to begin with. grows: there may be
    more groups than those.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    n = len(vectors)
    # The threads of BLAS wait for each other longer than they work; and that equal vectors make
    # fewer groups than were asked for is no news.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        is_found = k is None and start is None
        if k is None:
            k = len(start) if start is not None else find_k(vectors, report)
        k = min(k, n)
        if not k:
            return np.full(n, NONE, np.int32)
        if grows and start is not None:
            k = max(k, find_k(vectors, report))
            start = _with_more(vectors, start, k)
        report(60)
        if start is None or len(start) != k:
            start = _begin(vectors, k)
        report(75)
        settled = KMeans(k, init=start, n_init=1, max_iter=30, random_state=_SEED).fit(vectors)
    report(95)
    labels = settled.labels_.astype(np.int32)
    least = _LEAST_MEMBERS if is_found else 1
    return without_odd(vectors, labels, unit(settled.cluster_centers_.astype(np.float32)), least)


def _begin(vectors: Floats, k: int) -> Floats:
    """Middles (k, d) to begin with: the best of several k-means in a sample. (MiniBatchKMeans gave
    worse ones, and others for other samples of the same photos.)"""
    from sklearn.cluster import KMeans

    sample = _some(vectors, max(_SAMPLE, 4 * k))
    found = KMeans(k, n_init=10, random_state=_SEED).fit(sample)
    return np.asarray(found.cluster_centers_, np.float32)


def _some(vectors: Floats, n: int) -> Floats:
    """At most n of them, by chance and in their order."""
    chosen = np.random.default_rng(_SEED).permutation(len(vectors))[:n]
    return vectors[np.sort(chosen)]


def _with_more(vectors: Floats, start: Floats, k: int) -> Floats:
    """These middles and others up to k: the group that lies furthest apart, by the sum of its
    distances, falls in two, again and again."""
    from sklearn.cluster import KMeans

    while 0 < len(start) < min(k, len(vectors)):
        at = nearest(vectors, start)
        apart = 1 - np.einsum("nd,nd->n", vectors, start[at])
        widest = int(np.bincount(at, apart, len(start)).argmax())
        members = vectors[at == widest]
        if len(members) < 2:
            break
        halves = KMeans(2, n_init=3, random_state=_SEED).fit(members)
        larger = int(np.bincount(halves.labels_).argmax())
        both = unit(halves.cluster_centers_.astype(np.float32))
        start = np.concatenate(
            [
                start[:widest],
                both[larger : larger + 1],
                start[widest + 1 :],
                both[1 - larger : 2 - larger],
            ]
        )
    return start


def find_k(vectors: Floats, report: Callable[[int], None] = lambda _: None) -> int:
    """How many groups these vectors fall into, by the mean silhouette (Rousseeuw 1987) in a sample.

    Looked at are numbers from an eighth of the root of n up to the root of n, a common rule of
    thumb being the root of n / 2.
    """
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.metrics import silhouette_score

    if len(vectors) < 2 * LEAST_K:
        return min(1, len(vectors))
    root = len(vectors) ** 0.5
    least = max(LEAST_K, min(MOST_K / 2, root / 8))
    most = max(least, min(MOST_K, root))
    n_steps = int(np.log(most / least) / np.log(_STEP))
    numbers: list[int] = sorted({round(least * _STEP**step) for step in range(n_steps + 1)})
    sample = _some(vectors, _SAMPLE)
    compared = sample[:: -(-len(sample) // _COMPARED)]
    scores = []
    for at, k in enumerate(numbers):
        report(60 * at // len(numbers))
        batches = MiniBatchKMeans(k, n_init=5, batch_size=2048, random_state=_SEED)
        labels = batches.fit(sample).predict(compared)
        n_found = len(np.unique(labels))
        is_told = 1 < n_found < len(compared)
        scores.append(float(silhouette_score(compared, labels)) if is_told else -1.0)
    enough = max(scores) * _AS_GOOD if max(scores) > 0 else max(scores)
    return max(k for k, score in zip(numbers, scores, strict=True) if score >= enough)
