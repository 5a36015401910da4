"""How well likeness agrees with labels, and models with one another, in numbers. Plain arithmetic
on embeddings: no catalog, no model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop.jobs import Job

IdArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]

PRECISION_AT = (1, 5, 10, 20)
_ROWS_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """How often what resembles a photo has its label; each photo is asked, the others answer.

    Attributes:
        precision: the mean share of the same label among so many nearest; only for numbers of
            which there are that many others.
        agreeing: the mean share of the same label among the k neighbours, and by_label the same
            for the photos of each label.
        knn_accuracy: the share of photos whose label is the one that most of their k neighbours
            have; of labels that are equally frequent, the one whose photo is nearest.
        mean_average_precision: over all others in order; photos that are alone with their label
            are left out.
        chance: the share of the same label among photos drawn at random.
    """

    precision: Mapping[int, float]
    agreeing: float
    by_label: Mapping[str, float]
    knn_accuracy: float
    mean_average_precision: float
    chance: float


def agreement_with_labels(
    vectors: FloatArray, labels: NDArray[np.str_], k: int, job: Job
) -> LabelFigures:
    """vectors (n, d) of length 1, labels (n,), n >= 2; k is cut to the n - 1 others. Raises
    Cancelled."""
    names, codes = np.unique(labels, return_inverse=True)
    n = len(vectors)
    k = min(k, n - 1)
    n_of = np.bincount(codes)
    shares = np.zeros((n, max(*PRECISION_AT, k)), np.float64)
    average = np.zeros(n, np.float64)
    is_won = np.zeros(n, bool)
    for start in range(0, n, _ROWS_AT_ONCE):
        job.report(start, n, "Comparing photos")
        rows = np.arange(start, min(start + _ROWS_AT_ONCE, n))
        order = _others_in_order(vectors, rows)
        neighbours = codes[order]
        is_same = neighbours == codes[rows, None]
        counted = np.cumsum(is_same, axis=1) / np.arange(1, n)
        shares[rows, : min(n - 1, shares.shape[1])] = counted[:, : shares.shape[1]]
        n_same = np.maximum(n_of[codes[rows]] - 1, 1)
        average[rows] = (counted * is_same).sum(axis=1) / n_same
        is_won[rows] = _voted(neighbours[:, :k], len(names)) == codes[rows]
    agreeing = shares[:, k - 1]
    has_others = n_of[codes] > 1
    return LabelFigures(
        precision={at: float(shares[:, at - 1].mean()) for at in PRECISION_AT if at < n},
        agreeing=float(agreeing.mean()),
        by_label={str(name): float(agreeing[codes == at].mean()) for at, name in enumerate(names)},
        knn_accuracy=float(is_won.mean()),
        mean_average_precision=float(average[has_others].mean()) if has_others.any() else 0.0,
        chance=float((n_of[codes] - 1).mean() / (n - 1)),
    )


def nearest(vectors: FloatArray, k: int, job: Job) -> IdArray:
    """The positions (n, k) of the k others nearest to each, best first; k < n. Raises
    Cancelled."""
    rows = np.arange(len(vectors))
    found = []
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        job.report(start, len(rows), "Comparing photos")
        found.append(_others_in_order(vectors, rows[start : start + _ROWS_AT_ONCE])[:, :k])
    return np.concatenate(found)


def overlap(one: IdArray, other: IdArray) -> float:
    """The mean share of neighbours (n, k) that two models have in common."""
    k = one.shape[1]
    both = np.sort(np.concatenate([one, other], axis=1), axis=1)
    return float((np.diff(both, axis=1) == 0).sum(axis=1).mean() / k)


def _others_in_order(vectors: FloatArray, rows: IdArray) -> IdArray:
    """(r, n - 1): all but the row itself, nearest first, ties by position."""
    scores = vectors[rows] @ vectors.T
    scores[np.arange(len(rows)), rows] = np.inf
    order = np.argsort(-scores, axis=1, kind="stable")
    return order[:, 1:]


def _voted(neighbours: IdArray, n_labels: int) -> IdArray:
    """(r,) the label that most have among neighbours (r, k), of equal ones the nearest."""
    k = neighbours.shape[1]
    votes = np.zeros((len(neighbours), n_labels))
    # Being nearer weighs less than half a vote, however many are near.
    weights = 1 + 0.5 ** np.arange(1, k + 1) / 2
    for at in range(k):
        votes[np.arange(len(neighbours)), neighbours[:, at]] += weights[at]
    best: IdArray = votes.argmax(axis=1)
    return best
