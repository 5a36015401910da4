"""Calibration: what a score means for one query over one library, with one model.

A fixed cut-off does not work (immich#5996, rclip#207): one query's best photo scores less than
another query's noise, because cosines shift with the words, and words differ in how well a model
knows them: "dog" finds dogs, "older" finds little. So each model has its own calibration, see
`Fitted`. A model without one, such as CLIP, is taken to be as its usual scores say, and what fits
is told by the best hit.

Photos resemble each other on another scale. Three quarters of the library score less than some
level, which is what photos have in common, those of one sort above all; probable likeness lies
between it and 1, the score of the photo itself. Words and an image together make an embedding of
the image's kind.

Until now the level was the mean of the scores. Where half of a library is of another sort the mean
is lower, and all that is of one sort was likely. The new ways along it were chosen on everyday
photos with captions that the models were not trained on; nothing was fitted to the others. Right of
the likely and of the maybe (`likeness evaluate`; mixed: with as many everyday photos):

                    everyday   scenery    clothes    mixed: scenery, clothes
    starter, mean   .54 .41    .75 .60    .64 .39    .64 .36   .34 .18
    starter         .58 .43    .86 .66    .79 .43    .72 .40   .63 .27
    starter-large   .61 .44    .88 .69    .78 .47    .74 .42   .67 .31
    cnn (Lite0)     .71 .43    .92 .76    .87 .56    .81 .55   .76 .34

It is stricter: of scenery 16 likely ones a question instead of 33, of clothes 3 instead of 7, of
everyday photos 2 instead of 5; every other everyday photo has none.

Tried without gain: a logistic curve of the way along, of the deviation of the scores, of the level
and of the best hits. It fitted the captioned photos better and carried to no other library.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from desktop.embedding import Embedder
from desktop.index import Neighbours
from desktop.search.calibration.fitted import ENOUGH, Fitted, fitted_for
from desktop.search.calibration.odds import Odds

FloatArray = NDArray[np.floating]

LIKELY_STDS = 3.0
MAYBE_STDS = 2.5
"""A caption's own photo stands out by 2.5 at the median, 0.1 % of the others by 3 or more."""

COMMON = 0.75
"""The share of the library that scores less than what photos have in common."""
USUAL_COMMON = 0.45
"""That score where there are too few photos to tell."""

HALF_BELIEVED = 50


@dataclass(frozen=True, slots=True)
class Ways:
    """Where the bands of likeness begin, as shares of the way from what photos have in common to
    1."""

    likely: float = 0.5
    maybe: float = 0.25


WAYS = {"pixels": Ways(likely=0.95, maybe=0.9)}
"""Of models that are not like the others. What `pixels` finds nearest shows the same thing hardly
more often than any other photo does, unless it is the same photo or nearly so."""


@dataclass(frozen=True, slots=True)
class Calibrator:
    """Odds for the queries of one model; see `Embedder` for its usual scores."""

    likely_score: float
    maybe_score: float
    fitted: Fitted | None = None
    ways: Ways = Ways()

    @classmethod
    def of(cls, embedder: Embedder) -> Calibrator:
        fitted = fitted_for(embedder.name, embedder.dim)
        ways = WAYS.get(embedder.name, Ways())
        return cls(embedder.likely_score, embedder.maybe_score, fitted, ways)

    def for_words(self, embedding: FloatArray, found: Neighbours) -> Odds:
        """For words with this embedding (d,). found: RANKS[-1] hits at least, if there are."""
        if self.fitted is not None:
            return self.fitted.odds(embedding, found)
        return odds_for_words(found, self.likely_score, self.maybe_score)

    def for_likeness(
        self, embedding: FloatArray, found: Neighbours, of_any: FloatArray | None = None
    ) -> Odds:
        """For a query with an image in it, with this embedding (d,). of_any: (m,) the scores of any
        photos, where they are not the cosines of the sample."""
        if of_any is None:
            sample = found.sample[:: max(1, len(found.sample) // ENOUGH)]
            # Without BLAS, whose threads wait for each other where the computer is busy.
            of_any = np.einsum("ij,j->i", sample, embedding)
        return odds_for_image(of_any, found.n_searched, self.ways)


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
    belief = _belief(found.n_searched)

    def line(stds: float, usual: float, down: float, up: float) -> float:
        moved = belief * (found.mean_score + stds * found.std_score - usual)
        return usual + min(max(moved, -down), up)

    return Odds.through(
        likely=line(LIKELY_STDS, likely_score, down=gap / 4, up=0.0),
        maybe=line(MAYBE_STDS, maybe_score, down=0.0, up=gap / 2),
    )


def odds_for_image(of_any: FloatArray, n_searched: int, ways: Ways) -> Odds:
    """The odds for a query with an image in it. of_any: (m,) the scores of any photos."""
    common = USUAL_COMMON
    if len(of_any):
        common += _belief(n_searched) * (float(np.quantile(of_any, COMMON)) - USUAL_COMMON)
    likely, maybe = (common + way * (1.0 - common) for way in (ways.likely, ways.maybe))
    return Odds.through(likely, maybe)


def _belief(n_searched: int) -> float:
    """How much the scores of so few photos tell."""
    return n_searched / (n_searched + HALF_BELIEVED)
