"""Labels that seem wrong: what a photo's nearest neighbours are called, against its own label.

Each label has a share among the nearest, by similarity; divided by how frequent it is in all, since
a rare one has few photos that could be near. The doubt is the logarithm of how much more the best
other label is supported than the photo's own.

Measured by giving 5 % of the photos another label at random, with ten seeds: how many of the first
24 suspects are such (scenes: of 24 planted among 480; clothes: of 20 among 400), and which share of
as many suspects as were planted are right where the classes have from 100 % to 4 % of their photos
(uneven). The starter's embeddings:

                                            scenes   clothes   uneven scenes, clothes
    share of others among 10                18.2     10.0      .76  .56
    share of others among 30                20.0     12.9      .85  .50
    the same, by similarity                 19.8     13.3      .86  .51
    confident learning on these shares      19.7     11.9
    mean of the 5 most similar of a label   19.8     12.6
    doubt without regard to frequency       20.0     13.9      .85  .51
    doubt, as it is here                    20.1     13.9      .86  .57
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop.jobs import Job

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

N_NEAREST = 50
_SOFTNESS = 0.1
"""A neighbour this much less similar than the nearest one counts 1/e as much."""

_LEAST_SUPPORT = 0.02
_ROWS = 512
"""Compared at once: 200 MB of cosines where there are 100,000 photos."""


@dataclass(frozen=True, slots=True)
class Doubts:
    """How doubtful each label is.

    Attributes:
        doubt: (n,) float32; above 0 where another label is supported more.
        likelier: (n,) which label that is.
        agree: (n,) how many of the nearest have the photo's own label.
        n_nearest: how many were asked.
    """

    doubt: FloatArray
    likelier: IntArray
    agree: IntArray
    n_nearest: int


def doubts(vectors: FloatArray, labels: Sequence[int] | IntArray, job: Job) -> Doubts:
    """vectors: (n, d) float32, unit length. labels: (n,) numbers from 0 on. A worker's thread:
    100,000 photos take a minute or two. Raises Cancelled."""
    said = np.asarray(labels, np.int64)
    n = len(said)
    n_nearest = min(N_NEAREST, n - 1)
    n_labels = int(said.max()) + 1 if n else 0
    if n_nearest < 1 or n_labels < 2:
        return Doubts(np.zeros(n, np.float32), said, np.full(n, max(n_nearest, 0)), n_nearest)
    frequency = np.bincount(said, minlength=n_labels) / n
    parts: list[tuple[FloatArray, IntArray, IntArray]] = []
    for start in range(0, n, _ROWS):
        job.report(start, n, "Comparing photos")
        rows = np.arange(start, min(start + _ROWS, n))
        near, cosines = _nearest(vectors, rows, n_nearest)
        parts.append(_doubt(said[rows], said[near], cosines, frequency))
    job.report(n, n, "Comparing photos")
    doubt, likelier, agree = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Doubts(doubt, likelier, agree, n_nearest)


def _nearest(vectors: FloatArray, rows: IntArray, n_nearest: int) -> tuple[IntArray, FloatArray]:
    """The rows nearest to each of these, itself left out, and their cosines, in no order."""
    cosines = vectors[rows] @ vectors.T
    cosines[np.arange(len(rows)), rows] = -np.inf
    near = greatest(cosines, n_nearest)
    return near, np.take_along_axis(cosines, near, axis=1)


_BUNCH = 32


def greatest(values: FloatArray, n: int) -> IntArray:
    """(m, n) the columns of the n greatest of each row of `values` (m, k), in no order; n <= k.

    The n greatest lie in the n bunches of columns with the greatest best ones, so that only these
    are looked through: a sixteenth of the time where there are 100,000 columns and n is 50.
    """
    n_bunches = values.shape[1] // _BUNCH
    if n_bunches <= n:
        return np.argpartition(-values, n - 1, axis=1)[:, :n]
    bunched = n_bunches * _BUNCH
    bests = values[:, :bunched].reshape(len(values), _BUNCH, n_bunches).max(axis=1)
    bunches = np.argpartition(-bests, n - 1, axis=1)[:, :n]
    members = np.arange(0, bunched, n_bunches)
    inside = (bunches[:, :, np.newaxis] + members).reshape(len(values), -1)
    behind = np.broadcast_to(
        np.arange(bunched, values.shape[1]), (len(values), values.shape[1] - bunched)
    )
    columns = np.concatenate([inside, behind], axis=1)
    found = np.argpartition(-np.take_along_axis(values, columns, axis=1), n - 1, axis=1)[:, :n]
    return np.take_along_axis(columns, found, axis=1)


def _doubt(
    own: IntArray, theirs: IntArray, cosines: FloatArray, frequency: NDArray[np.float64]
) -> tuple[FloatArray, IntArray, IntArray]:
    """own: (m,) labels; theirs: (m, k) those of the nearest; cosines: (m, k)."""
    at = np.arange(len(own))
    weights = np.exp((cosines - cosines.max(axis=1, keepdims=True)) / _SOFTNESS)
    shares = np.zeros((len(own), len(frequency)))
    np.add.at(shares, (at[:, np.newaxis], theirs), weights)
    shares /= weights.sum(axis=1, keepdims=True)
    # A label that no photo has any more is frequent 0 times and has no share.
    usual = np.maximum(frequency, 1.0 / (len(own) * len(frequency) + 1e6))
    support = np.log(shares / usual / np.count_nonzero(frequency) + _LEAST_SUPPORT)
    of_own = support[at, own]
    support[at, own] = -np.inf
    likelier = support.argmax(axis=1)
    doubt = (support[at, likelier] - of_own).astype(np.float32)
    return doubt, likelier, (theirs == own[:, np.newaxis]).sum(axis=1)
