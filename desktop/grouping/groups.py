"""Grouper: takes vectors in, and tells which of them lie together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from desktop.grouping import dense, even
from desktop.grouping.centres import NONE as NONE
from desktop.grouping.centres import (
    Floats,
    Labels,
    centres_of,
    closeness_to,
    nearest,
    numbered_as,
    unit,
)

N_DIMS = 32
"""Numbers that are kept of each vector. Of photos' embeddings, 16 to 64 gave the same groups as all
512 (adjusted Rand index within 0.01), and density can be told in few dimensions only."""

JOINS = 0.1
"""What comes later joins a close group where it is closer than this share of those in it."""


class Way(StrEnum):
    """How vectors are grouped.

    EVEN: each is in the group whose middle is nearest (MiniBatchKMeans); odd ones are in none.
    CLOSE: only what really belongs together is in a group (HDBSCAN); the rest, often half of all,
        is in none.
    """

    EVEN = "even"
    CLOSE = "close"


@dataclass(frozen=True, slots=True, eq=False)
class GroupingTask:
    """What is wanted of the vectors.

    Attributes:
        before: (n,) the group that each was in so far; NONE for those in none.
        is_new: (n,) whether it was not there when they were grouped.
        kept: groups that stay as they are: they may get more, and lose nothing.
        k: how many groups there shall be, with the kept ones; None as many as are found. EVEN only.
        anew: groups that are not kept are found again; otherwise what is new is put where it
            belongs, and the others hardly move.
        grows: where nothing is found anew: there may be more groups now. Of EVEN, some fall in two;
            of CLOSE, some are found among what is in none.
    """

    way: Way
    before: Labels
    is_new: NDArray[np.bool_]
    kept: frozenset[int] = frozenset()
    k: int | None = None
    anew: bool = True
    grows: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Attributes:
    labels: (n,) int32, the group of each; NONE for those in none. A group that was there before has
        its number, a new one a higher one than all of those.
    closeness: (n,) float32 cosines with the middle of its group; 0 for those in none.
    """

    labels: Labels
    closeness: Floats


class Grouper:
    """Takes n vectors (n, d) in any number of parts, reduces them as they come, and groups them.
    One thread; the same vectors in the same order give the same groups."""

    def __init__(self) -> None:
        self._pca: object = None
        self._parts: list[Floats] = []

    def fit(self, sample: Floats) -> None:
        """Find out by a sample (m, d) of the vectors what can be left out of each. Call it
        first."""
        from sklearn.decomposition import PCA

        n_dims = min(N_DIMS, sample.shape[1], max(1, len(sample) - 1))
        self._pca = PCA(n_dims, random_state=0).fit(sample)
        self._parts = []

    def take(self, vectors: Floats) -> None:
        """Take in more of them."""
        from sklearn.decomposition import PCA

        assert isinstance(self._pca, PCA)
        self._parts.append(unit(self._pca.transform(vectors).astype(np.float32)))

    def group(self, asked: GroupingTask, report: Callable[[int], None] = lambda _: None) -> Groups:
        """Group all that was taken in. report: told how much is done, in percent."""
        vectors = np.concatenate(self._parts)
        labels = asked.before.copy()
        _join(vectors, labels, asked)
        free = ~np.isin(labels, list(asked.kept))
        if not asked.anew and asked.way is Way.CLOSE:
            free &= labels == NONE  # what is found anew by density would be other groups
        if not asked.anew and not (asked.grows or _moves(asked)):
            return _told(vectors, labels)
        first = max(int(asked.before.max(initial=NONE)), max(asked.kept, default=NONE)) + 1
        if asked.way is Way.CLOSE:
            found = dense.group(vectors[free], report)
        elif asked.anew:
            k = None if asked.k is None else max(0, asked.k - len(asked.kept))
            found = even.group(vectors[free], k, None, report)
        else:
            numbers, start = centres_of(vectors[free], asked.before[free])
            found = even.group(vectors[free], None, start, report, asked.grows)
            if not asked.grows:  # those that begin at a middle are the group that had it
                labels[free] = np.where(found == NONE, NONE, numbers[found])
                return _told(vectors, labels)
        labels[free] = numbered_as(found, asked.before[free], first)
        return _told(vectors, labels)

    def split(self, n: int) -> Labels:
        """In which of n groups, from 0 on, each of the vectors is."""
        vectors = np.concatenate(self._parts)
        labels = even.group(vectors, n, None)
        numbers, centres = centres_of(vectors, labels)
        odd = labels == NONE
        labels[odd] = numbers[nearest(vectors[odd], centres)]
        return labels


def _moves(asked: GroupingTask) -> bool:
    """Whether an update moves the middles: those of EVEN do, a little. Close groups stay, since
    density found anew would give others."""
    return asked.way is Way.EVEN and bool(asked.is_new.any())


def _join(vectors: Floats, labels: Labels, asked: GroupingTask) -> None:
    """Put what is new into the group it is nearest to; where all others are found anew, only into
    those that are kept."""
    numbers, centres = centres_of(vectors, labels)
    rows = np.flatnonzero(asked.is_new)
    if not len(numbers) or not len(rows):
        return
    at = nearest(vectors[rows], centres)
    joins = ~np.full(len(rows), asked.anew) | np.isin(numbers[at], list(asked.kept))
    if asked.way is Way.CLOSE or asked.anew:
        closeness = closeness_to(vectors, labels, numbers, centres)
        border = np.array([np.quantile(closeness[labels == each], JOINS) for each in numbers])
        joins &= np.einsum("nd,nd->n", vectors[rows], centres[at]) >= border[at]
    labels[rows[joins]] = numbers[at[joins]]


def _told(vectors: Floats, labels: Labels) -> Groups:
    numbers, centres = centres_of(vectors, labels)
    return Groups(labels, closeness_to(vectors, labels, numbers, centres))
