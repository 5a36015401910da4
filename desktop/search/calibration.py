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

Measured with the starter on 1,480 photos (1,000 everyday ones and 480 of scenery) and 16 plain
subjects such as "a dog": the likely photos are right in 0.75 and the likely and maybe ones together
in 0.65 of the cases (flat lines at the same scores: 0.76 and 0.57). For 15 subjects that no photo
shows, 6 had a likely photo. Bounds twice as wide gave 0.64, 0.55 and 13 of 15.
"""

from __future__ import annotations

from dataclasses import dataclass

from desktop.index import Neighbours
from desktop.search.query import Band

LIKELY_STDS = 3.0
MAYBE_STDS = 2.5
"""A caption's own photo stands out by 2.5 at the median, 0.1 % of the others by 3 or more."""

LIKELY_WAY = 0.5
MAYBE_WAY = 0.3
"""The usual scores of images, as a share of the way from the mean to 1."""

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
    """Lines for a query of words. likely_score >= maybe_score: the embedder's."""
    gap = likely_score - maybe_score
    belief = _belief(found)

    def line(stds: float, usual: float, down: float, up: float) -> float:
        moved = belief * (found.mean_score + stds * found.std_score - usual)
        return usual + min(max(moved, -down), up)

    return Lines(
        likely=line(LIKELY_STDS, likely_score, down=gap / 4, up=0.0),
        maybe=line(MAYBE_STDS, maybe_score, down=0.0, up=gap / 2),
    )


def lines_for_image(found: Neighbours) -> Lines:
    """Lines for a query with an image in it."""
    mean = USUAL_IMAGE_MEAN + _belief(found) * (found.mean_score - USUAL_IMAGE_MEAN)
    likely, maybe = (mean + way * (1.0 - mean) for way in (LIKELY_WAY, MAYBE_WAY))
    return lines_for_words(found, likely, maybe)


def _belief(found: Neighbours) -> float:
    return found.n_searched / (found.n_searched + HALF_BELIEVED)
