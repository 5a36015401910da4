"""Calibration: what a score means for one query over one library.

A fixed cut-off does not work (immich#5996, rclip#207): one query's best photo scores less than
another query's noise, because cosines shift with the words. But over any library most photos do
not show what was asked, so the scores of all photos are the noise of this very query, and a photo
matters by how far it stands out of it.

Words. A line is drawn at mean + z * std of the scores over the library. In a library where nothing
fits there is still a best photo, and in one where half of the photos fit the mean is no noise; so
the line may move only within bounds around the two scores that were measured for the model: likely
in [maybe_score, likely_score + gap], maybe in [maybe_score - gap, likely_score], where gap =
likely_score - maybe_score.

Images. Photos resemble each other on another scale, and no model states it. The lines are drawn
between the mean and 1, the score of the photo itself: at a half of the way for likely, at 0.3 for
maybe. Words and an image together are an embedding of the image's kind.

Few photos tell little about noise: n photos are believed by n / (n + 50), the rest of the belief
stays with the model's own scores, or, for images, with a mean of 0.4.
"""

from __future__ import annotations

from dataclasses import dataclass

from desktop.index import Neighbours
from desktop.search.query import Band

LIKELY_STDS = 3.5
MAYBE_STDS = 2.5
"""Of 10,000 photos that do not fit, normally 2 and 62 stand out so far."""

LIKELY_WAY = 0.5
MAYBE_WAY = 0.3

HALF_BELIEVED = 50
USUAL_IMAGE_MEAN = 0.4


@dataclass(frozen=True, slots=True)
class Lines:
    """The scores from which on a photo is a likely and a maybe hit; maybe <= likely."""

    likely: float
    maybe: float

    def band(self, score: float) -> Band:
        if score >= self.likely:
            return Band.LIKELY
        return Band.MAYBE if score >= self.maybe else Band.UNLIKELY


def lines_for_words(found: Neighbours, likely_score: float, maybe_score: float) -> Lines:
    """Lines for a query of words. likely_score, maybe_score: the embedder's, likely_score >=
    maybe_score."""
    gap = likely_score - maybe_score
    belief = found.n_searched / (found.n_searched + HALF_BELIEVED)

    def line(stds: float, usual: float, low: float) -> float:
        seen = found.mean_score + stds * found.std_score
        return min(max(usual + belief * (seen - usual), low), low + 2 * gap)

    return Lines(
        likely=line(LIKELY_STDS, likely_score, maybe_score),
        maybe=line(MAYBE_STDS, maybe_score, maybe_score - gap),
    )


def lines_for_image(found: Neighbours) -> Lines:
    """Lines for a query with an image in it."""
    belief = found.n_searched / (found.n_searched + HALF_BELIEVED)
    mean = USUAL_IMAGE_MEAN + belief * (found.mean_score - USUAL_IMAGE_MEAN)
    return Lines(
        likely=mean + LIKELY_WAY * (1.0 - mean),
        maybe=mean + MAYBE_WAY * (1.0 - mean),
    )
