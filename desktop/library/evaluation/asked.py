"""Embedded photos, and embedded questions of which it is known what answers them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop.index import SAMPLE, Neighbours

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Photos (n, d) and words (m, d), with the positions of the photos that are right, and of those
    that surely are; see `Question`."""

    name: str
    photos: Vectors
    texts: tuple[str, ...]
    words: Vectors
    right: tuple[Rows, ...]
    sure: tuple[Rows, ...] = ()

    def among(self, photos: Rows, questions: Iterable[int]) -> Asked:
        """Some of the photos and questions."""
        at = np.full(len(self.photos), -1)
        at[photos] = np.arange(len(photos))
        kept = [n for n in questions if (at[self.right[n]] >= 0).sum() >= 1]
        right = tuple(np.sort(at[self.right[n]][at[self.right[n]] >= 0]) for n in kept)
        texts = tuple(self.texts[n] for n in kept)
        return Asked(self.name, self.photos[photos], texts, self.words[kept], right)

    def beside(self, other: Asked) -> Asked:
        """The same questions where the other's photos are there, too, of which none is right."""
        photos = np.concatenate([self.photos, other.photos])
        name = f"{self.name} beside {other.name}"
        return Asked(name, photos, self.texts, self.words, self.right)

    def answers(self, question: int, kept: Rows) -> Neighbours:
        """Those of the photos at these positions, best first, as the index finds them."""
        there = self.photos[kept]
        scores = there @ self.words[question]
        order = np.argsort(-scores, kind="stable")
        sample = there[:: max(1, len(there) // SAMPLE)]
        mean, std = float(scores.mean()), float(scores.std())
        return Neighbours(kept[order], scores[order], len(kept), mean, std, True, sample)

    def others(self, question: int) -> Rows:
        """The photos that are not right."""
        return np.setdiff1d(np.arange(len(self.photos)), self.right[question])
