"""Calibration: what a score means for one query over one library.

A fixed cut-off does not work (immich#5996, rclip#207): one query's best photo scores less than
another query's noise, because cosines shift with the words. But over any library most photos do
not show what was asked, so the scores of all photos are the noise of this very query, and a photo
matters by how far it stands out of it: the line is drawn at mean + stds * std of those scores.

A library where nothing fits has a best photo too, and where half of the photos fit the mean is no
noise. So the lines may move only so far around the scores that are usual: with gap = likely_score -
maybe_score, likely within [likely_score - gap/4, likely_score], maybe within [maybe_score,
maybe_score + gap/2]. Few photos tell little about noise: n of them move the lines by n / (n + 50)
of the way only.

What is usual is measured for the model where words ask. Photos resemble each other on another
scale, for which the usual scores lie between the mean, which all photos have in common, and 1, the
score of the photo itself. Words and an image together make an embedding of the image's kind.

Through both lines goes a logistic curve, which tells for any score how probable it is that the
photo fits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop.embedding import Embedder
from desktop.index import Neighbours
from desktop.search.query import Band, Verdict

LIKELY_FROM = 0.5
MAYBE_FROM = 0.2
"""The probabilities at which the bands begin."""

LIKELY_STDS = 3.0
MAYBE_STDS = 2.5
"""A caption's own photo stands out by 2.5 at the median, 0.1 % of the others by 3 or more."""

LIKELY_WAY = 0.5
MAYBE_WAY = 0.3
"""The usual scores of images, as a share of the way from the mean to 1."""

HALF_BELIEVED = 50
USUAL_IMAGE_MEAN = 0.4

_LEAST_GAP = 1e-3
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Odds:
    """How probable it is that a photo of some score fits: logistic, and rising with the score."""

    slope: float
    offset: float

    @classmethod
    def through(cls, likely: float, maybe: float) -> Odds:
        """The odds that reach both bands at these scores; maybe < likely."""
        gap = max(likely - maybe, _LEAST_GAP)
        slope = (_logit(LIKELY_FROM) - _logit(MAYBE_FROM)) / gap
        return cls(slope, _logit(LIKELY_FROM) - slope * likely)

    def probabilities(self, scores: NDArray[np.floating]) -> NDArray[np.float64]:
        """Of scores (n,), each by itself."""
        logits = np.clip(self.slope * np.asarray(scores, np.float64) + self.offset, -30, 30)
        return 1 / (1 + np.exp(-logits))


def band_of(probability: float) -> Band:
    if probability >= LIKELY_FROM - _ROUNDING:
        return Band.LIKELY
    return Band.MAYBE if probability >= MAYBE_FROM - _ROUNDING else Band.UNLIKELY


def verdict_of(probabilities: NDArray[np.float64]) -> Verdict:
    """What the hits say together; best first."""
    if not len(probabilities):
        return Verdict.NOTHING
    match band_of(float(probabilities[0])):
        case Band.LIKELY:
            return Verdict.FOUND
        case Band.MAYBE:
            return Verdict.WEAK
        case Band.UNLIKELY:
            return Verdict.NOTHING


@dataclass(frozen=True, slots=True)
class Calibrator:
    """Odds for the queries of one model; see `Embedder` for its usual scores."""

    likely_score: float
    maybe_score: float

    @classmethod
    def of(cls, embedder: Embedder) -> Calibrator:
        return cls(embedder.likely_score, embedder.maybe_score)

    def for_words(self, _embedding: NDArray[np.float32], found: Neighbours) -> Odds:
        """For words with this embedding (d,)."""
        return odds_for_words(found, self.likely_score, self.maybe_score)

    def for_likeness(self, found: Neighbours) -> Odds:
        """For a query with an image in it."""
        return odds_for_image(found)


def odds_for_words(found: Neighbours, likely_score: float, maybe_score: float) -> Odds:
    """The odds for a query of words. likely_score >= maybe_score: the embedder's."""
    gap = likely_score - maybe_score
    belief = _belief(found)

    def line(stds: float, usual: float, down: float, up: float) -> float:
        moved = belief * (found.mean_score + stds * found.std_score - usual)
        return usual + min(max(moved, -down), up)

    return Odds.through(
        likely=line(LIKELY_STDS, likely_score, down=gap / 4, up=0.0),
        maybe=line(MAYBE_STDS, maybe_score, down=0.0, up=gap / 2),
    )


def odds_for_image(found: Neighbours) -> Odds:
    """The odds for a query with an image in it."""
    mean = USUAL_IMAGE_MEAN + _belief(found) * (found.mean_score - USUAL_IMAGE_MEAN)
    likely, maybe = (mean + way * (1.0 - mean) for way in (LIKELY_WAY, MAYBE_WAY))
    return odds_for_words(found, likely, maybe)


def _belief(found: Neighbours) -> float:
    return found.n_searched / (found.n_searched + HALF_BELIEVED)


def _logit(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))
