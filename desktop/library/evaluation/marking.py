"""What marks are worth: the best photos for the name of a class are marked as a person would who
knows them, and the next are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from desktop.index import Neighbours
from desktop.library.evaluation.asked import Rows, Vectors
from desktop.search import Odds, probe

MARKS = (1, 3, 5)
NEXT = 20


@dataclass(frozen=True, slots=True)
class MarkFigures:
    """What is right among the NEXT photos behind those that are marked, on average.

    Attributes:
        n_marks: so many of the first were marked, right ones as meant and others as not meant.
        before, after: as the words alone have them, and as the marks move the question.
    """

    n_marks: int
    before: float
    after: float


def with_marks(
    words: Vectors, photos: Vectors, right: Rows, found: Neighbours, odds: Odds
) -> list[tuple[float, float]]:
    """For each of MARKS that leaves photos to look at, the shares of right ones before and after,
    for one question.

    words: (d,). photos: (n, d). right: which rows of photos are right. found: all photos as the
    words find them, their rows for photo_ids, with what the scores mean.
    """
    shares = []
    for n_marks in (each for each in MARKS if each < len(found.photo_ids)):
        marked, others = found.photo_ids[:n_marks], found.photo_ids[n_marks:]
        is_right = np.isin(marked, right)
        more, less = photos[marked[is_right]], photos[marked[~is_right]]
        moved = probe(more, less, found.sample, words, odds).embedding
        nearest = others[np.argsort(-(photos[others] @ moved), kind="stable")]
        shares.append((_share(others, right), _share(nearest, right)))
    return shares


def figures_of(questions: Sequence[Sequence[tuple[float, float]]]) -> tuple[MarkFigures, ...]:
    """The means over all questions; none for more marks than photos, which leave none behind."""
    means = np.mean(questions, axis=0) if questions else ()
    return tuple(
        MarkFigures(n_marks, float(before), float(after))
        for n_marks, (before, after) in zip(MARKS, means, strict=False)
    )


def _share(photos: Rows, right: Rows) -> float:
    return float(np.isin(photos[:NEXT], right).mean())
