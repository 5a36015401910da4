"""Calibration: what a score means for one query over one library, with one model.

A fixed cut-off does not work (immich#5996, rclip#207): one query's best photo scores less than
another query's noise, because cosines shift with the words, and words differ in how well a model
knows them: "dog" finds dogs, "older" finds little. So each model has its own calibration, see
`Fitted`. A model without one, such as CLIP, is taken to be as its usual scores say, and what fits
is told by the best hit.

Photos resemble each other on another scale: probable likeness lies between the mean of the library,
which all photos have in common, and 1, the score of the photo itself. Words and an image together
make an embedding of the image's kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from desktop.embedding import Embedder
from desktop.index import Neighbours
from desktop.search.calibration.fitted import Fitted, fitted_for
from desktop.search.calibration.odds import Odds

FloatArray = NDArray[np.floating]

LIKELY_STDS = 3.0
MAYBE_STDS = 2.5
"""A caption's own photo stands out by 2.5 at the median, 0.1 % of the others by 3 or more."""

LIKELY_WAY = 0.5
MAYBE_WAY = 0.3
"""The usual scores of images, as a share of the way from the mean to 1."""

HALF_BELIEVED = 50
USUAL_IMAGE_MEAN = 0.4


@dataclass(frozen=True, slots=True)
class Calibrator:
    """Odds for the queries of one model; see `Embedder` for its usual scores."""

    likely_score: float
    maybe_score: float
    fitted: Fitted | None = None

    @classmethod
    def of(cls, embedder: Embedder) -> Calibrator:
        fitted = fitted_for(embedder.name, embedder.dim)
        return cls(embedder.likely_score, embedder.maybe_score, fitted)

    def for_words(self, embedding: FloatArray, found: Neighbours) -> Odds:
        """For words with this embedding (d,). found: RANKS[-1] hits at least, if there are."""
        if self.fitted is not None:
            return self.fitted.odds(embedding, found)
        return odds_for_words(found, self.likely_score, self.maybe_score)

    def for_likeness(self, found: Neighbours) -> Odds:
        """For a query with an image in it."""
        return odds_for_image(found)


def odds_for_words(found: Neighbours, likely_score: float, maybe_score: float) -> Odds:
    """The odds for words with a model that was not fitted. likely_score >= maybe_score: the
    embedder's.

    The lines are drawn at mean + stds * std of the library's own scores, but may move only so far
    around the usual scores, since where half of the photos fit the mean is no noise: with gap =
    likely_score - maybe_score, likely within [likely_score - gap/4, likely_score], maybe within
    [maybe_score, maybe_score + gap/2]. Few photos tell little about noise: n of them move the lines
    by n / (n + 50) of the way only. Of a model whose usual scores nobody has measured (nan), the
    library's own scores are all that is known.
    """
    if isnan(likely_score):
        mean, std = found.mean_score, found.std_score
        return Odds.through(likely=mean + LIKELY_STDS * std, maybe=mean + MAYBE_STDS * std)
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
