"""Odds: how probable it is that a photo fits, and the bands and the verdict that follow from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop.search.query import Band, Verdict

FloatArray = NDArray[np.floating]

LIKELY_FROM = 0.45
MAYBE_FROM = 0.2
"""The probabilities at which the bands begin, unless a person moves them."""

MOST_MOVED = 1.5
"""How far the most sensitive setting moves the bands down, in logits: to 0.15 and 0.05."""

_LEAST_GAP = 1e-3
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Bands:
    """The probabilities at which the bands begin."""

    likely_from: float = LIKELY_FROM
    maybe_from: float = MAYBE_FROM

    @classmethod
    def at(cls, sensitivity: float) -> Bands:
        """sensitivity: from -1, where little is likely, to 1, where much is; 0 is as measured."""
        moved = -MOST_MOVED * min(max(sensitivity, -1.0), 1.0)
        return cls(
            _probability(logit(LIKELY_FROM) + moved), _probability(logit(MAYBE_FROM) + moved)
        )

    def of(self, probability: float) -> Band:
        if probability >= self.likely_from - _ROUNDING:
            return Band.LIKELY
        return Band.MAYBE if probability >= self.maybe_from - _ROUNDING else Band.UNLIKELY


USUAL = Bands()


@dataclass(frozen=True, slots=True)
class Odds:
    """How probable it is that a photo of some score fits: logistic, and rising with the score.

    Attributes:
        is_absent: whether the best hits look as they do where nothing fits; None where that cannot
            be told.
        bands: where they begin.
    """

    slope: float
    offset: float
    is_absent: bool | None = None
    bands: Bands = USUAL

    @classmethod
    def through(cls, likely: float, maybe: float) -> Odds:
        """The odds that reach both bands at these scores; maybe < likely."""
        gap = max(likely - maybe, _LEAST_GAP)
        slope = (logit(LIKELY_FROM) - logit(MAYBE_FROM)) / gap
        return cls(slope, logit(LIKELY_FROM) - slope * likely)

    def probabilities(self, scores: FloatArray) -> NDArray[np.float64]:
        """Of scores (n,), each by itself."""
        logits = np.clip(self.slope * np.asarray(scores, np.float64) + self.offset, -30, 30)
        return 1 / (1 + np.exp(-logits))


def verdict_of(bands: Iterable[Band], is_absent: bool | None) -> Verdict:
    """What the best hits say together. is_absent: as in `Odds`."""
    known = set(bands)
    if Band.LIKELY in known:
        return Verdict.FOUND
    if is_absent is None:
        return Verdict.WEAK if Band.MAYBE in known else Verdict.NOTHING
    return Verdict.NOTHING if is_absent or not known else Verdict.WEAK


def logit(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


def _probability(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))
