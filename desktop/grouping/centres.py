"""Middles of groups, and how vectors stand to them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Labels = NDArray[np.int32]

NONE = -1
"""The label of what is in no group."""

_ROWS = 20_000
_ODD = 3.0
"""What is further from the middle than the usual by so many times the usual spread is odd."""


def unit(vectors: Floats) -> Floats:
    """Each (n, d) with length 1; 0 stays 0."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Floats = vectors / np.maximum(lengths, np.float32(1e-12))
    return scaled


def centres_of(vectors: Floats, labels: Labels) -> tuple[Labels, Floats]:
    """The k numbers of the groups there are, rising, and their middles (k, d) of length 1."""
    numbers, at = np.unique(labels, return_inverse=True)
    sums = np.zeros((len(numbers), vectors.shape[1]), np.float32)
    np.add.at(sums, at, vectors)
    real = numbers != NONE
    return numbers[real].astype(np.int32), unit(sums[real])


def nearest(vectors: Floats, centres: Floats) -> NDArray[np.int64]:
    """(n,) the row of the centre to which each is nearest."""
    parts = [
        np.argmax(vectors[start : start + _ROWS] @ centres.T, axis=1)
        for start in range(0, len(vectors), _ROWS)
    ]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def closeness_to(vectors: Floats, labels: Labels, numbers: Labels, centres: Floats) -> Floats:
    """(n,) cosines with the middle of its own group; 0 for those in none."""
    closeness = np.zeros(len(vectors), np.float32)
    for number, centre in zip(numbers, centres, strict=True):
        rows = labels == number
        closeness[rows] = vectors[rows] @ centre
    return closeness


def numbered_as(labels: Labels, before: Labels, first: int) -> Labels:
    """The same groups, with the numbers of those before that they are: more than half of what is in
    either is in both. Others get numbers from `first` on. What is in `before` NONE does not
    count."""
    known = before != NONE
    pairs, shared = np.unique(np.stack([labels, before])[:, known], axis=1, return_counts=True)
    n_now, n_before = _sizes(labels[known]), _sizes(before[known])
    numbers = {NONE: NONE}
    for (group, old), n_both in zip(pairs.T.tolist(), shared.tolist(), strict=True):
        if group != NONE and 2 * n_both > n_now[group] + n_before[old] - n_both:
            numbers[group] = old
    groups, at = np.unique(labels, return_inverse=True)
    for group in groups.tolist():
        if group not in numbers:
            numbers[group] = first
            first += 1
    named = np.array([numbers[group] for group in groups.tolist()], np.int32)
    return named[at]


def without_odd(vectors: Floats, labels: Labels, centres: Floats, least: int = 1) -> Labels:
    """The same without what lies oddly far from the middle of its group: by the median and the
    median distance from it, which odd ones hardly change (Iglewicz and Hoaglin 1993).

    labels: rows of `centres`. least: a smaller group is none.
    """
    labels = labels.copy()
    for number, centre in enumerate(centres):
        rows = np.flatnonzero(labels == number)
        if len(rows) < least:
            labels[rows] = NONE
            continue
        closeness = vectors[rows] @ centre
        usual = np.median(closeness)
        spread = 1.4826 * np.median(np.abs(closeness - usual))
        labels[rows[closeness < usual - _ODD * spread - 1e-6]] = NONE
    return labels


def _sizes(labels: Labels) -> dict[int, int]:
    groups, n_members = np.unique(labels, return_counts=True)
    return dict(zip(groups.tolist(), n_members.tolist(), strict=True))
