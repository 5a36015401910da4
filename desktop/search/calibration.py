"""Calibration: what a score means for one query over one library, with one model.

A fixed cut-off does not work (immich#5996, rclip#207): one query's best photo scores less than
another query's noise, because cosines shift with the words, and words differ in how well a model
knows them: "dog" finds dogs, "older" finds little. (The library itself is no measure: where half of
its photos fit, their scores are no noise.) So a score is seen beside what can be foretold of the
words alone: how widely they score photos from elsewhere, how high the photos that show them are
wont to score, and how many of the first are wont to be right; the last two by a regression on the
words of the captions the model was trained with. A logistic curve, fitted on photos that the model
was not trained with, makes a probability of these, and the bands begin at fixed probabilities; the
share of right photos in each is measured by `likeness evaluate`.

Whether anything fits at all is told by several of the best hits together: many words have one photo
that scores well by accident, few have twenty. A second curve, fitted on questions whose photos were
there and on the same with them taken out, says so; its cut-off loses fewer than one in ten of those
whose photos were there.

Both are fitted for a model by `library.evaluation.fitting`, which writes calibration.npz beside its
weights. A model without that file, such as CLIP, is taken to be as its usual scores say, and what
fits is told by the best hit. Photos resemble each other on another scale: probable likeness lies
between the mean of the library, which all photos have in common, and 1, the score of the photo
itself. Words and an image together make an embedding of the image's kind.
"""

from __future__ import annotations

import hashlib
import logging
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.embedding import Embedder
from desktop.index import Neighbours
from desktop.search.query import Band, Verdict
from desktop.settings import resource_path

log = logging.getLogger(__name__)

FloatArray = NDArray[np.floating]

CALIBRATION_FILE = "calibration.npz"

LIKELY_FROM = 0.4
MAYBE_FROM = 0.2
"""The probabilities at which the bands begin."""

RANKS = (1, 2, 5, 10, 20, 50)
"""The best hits that tell whether anything fits."""

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
    """How probable it is that a photo of some score fits: logistic, and rising with the score.

    Attributes:
        is_absent: whether the best hits look as they do where nothing fits; None where that cannot
            be told.
    """

    slope: float
    offset: float
    is_absent: bool | None = None

    @classmethod
    def through(cls, likely: float, maybe: float) -> Odds:
        """The odds that reach both bands at these scores; maybe < likely."""
        gap = max(likely - maybe, _LEAST_GAP)
        slope = (_logit(LIKELY_FROM) - _logit(MAYBE_FROM)) / gap
        return cls(slope, _logit(LIKELY_FROM) - slope * likely)

    def probabilities(self, scores: FloatArray) -> NDArray[np.float64]:
        """Of scores (n,), each by itself."""
        logits = np.clip(self.slope * np.asarray(scores, np.float64) + self.offset, -30, 30)
        return 1 / (1 + np.exp(-logits))


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What was fitted for one model, as in calibration.npz.

    Attributes:
        mean, axes, rest: the scores of words with photos from elsewhere, told from the photos
            alone: their mean (d,), their principal axes (d, k), each as long as the deviation along
            it, and the variance in every other direction.
        known: weights (d + 1, 2) of embedded words, and 1, which foretell how their photos score
            and how many of the first are right.
        hit: weights of a score, of the deviation of the noise, of what is foretold, and 1.
        model: the `fingerprint` of the model it was fitted for.
        presence: weights of what `evidence` returns, of what is foretold, and 1.
        absent_below: the cut-off of that sum.
    """

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    rest: NDArray[np.float32]
    known: NDArray[np.float32]
    hit: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    presence: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    absent_below: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    model: NDArray[np.str_] = field(default_factory=lambda: np.array(""))

    @classmethod
    def load(cls, path: Path) -> Fitted:
        """Raises OSError, ValueError or KeyError where the file is absent or damaged."""
        try:
            with np.load(path, allow_pickle=False) as file:
                wide = {each.name: file[each.name] for each in fields(cls)}
        except zipfile.BadZipFile as error:
            raise ValueError(str(error)) from error
        return cls(**{name: _widened(array) for name, array in wide.items()})

    def save(self, path: Path) -> None:
        """Write calibration.npz, the background in half precision."""
        halved: dict[str, Any] = {
            each.name: _halved(getattr(self, each.name)) for each in fields(self)
        }
        np.savez_compressed(path, **halved)

    def noise(self, embedding: FloatArray) -> tuple[float, float]:
        """Mean and deviation of the scores of words with photos from elsewhere."""
        along = embedding @ self.axes
        # The axes hold nearly all of it; what is left is the same in all other directions.
        return float(embedding @ self.mean), float(np.sqrt(along @ along + self.rest))

    def foretell(self, embedding: FloatArray) -> NDArray[np.float64]:
        """How the photos of these words score, and how many of the first are right (2,)."""
        foretold: NDArray[np.float64] = np.append(embedding, 1.0) @ self.known
        return foretold

    def odds(self, embedding: FloatArray, found: Neighbours) -> Odds:
        """For words with this embedding (d,)."""
        mean, std = self.noise(embedding)
        foretold = self.foretell(embedding)
        offset = float(np.array([std, *foretold, 1.0]) @ self.hit[1:])
        is_absent = None
        if len(found.scores):
            known = np.append(evidence(found.scores, found.n_searched, mean, std), foretold)
            is_absent = bool(known @ self.presence[:-1] + self.presence[-1] < self.absent_below)
        return Odds(float(self.hit[0]), offset, is_absent)


def evidence(scores: FloatArray, n_searched: int, mean: float, std: float) -> NDArray[np.float64]:
    """What tells whether anything fits: some of the best scores, best first, as they are and in
    deviations above what the same rank among so many would have by chance; and the noise itself."""
    best = np.array([scores[min(rank, len(scores)) - 1] for rank in RANKS], np.float64)
    ranks = [min(rank, len(scores)) for rank in RANKS]
    by_chance = [
        NormalDist().inv_cdf(min(max(1 - (rank - 0.5) / n_searched, 0.001), 1 - 1e-9))
        for rank in ranks
    ]
    return np.array([*best, *((best - mean) / std - by_chance), mean, std])


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


def band_of(probability: float) -> Band:
    if probability >= LIKELY_FROM - _ROUNDING:
        return Band.LIKELY
    return Band.MAYBE if probability >= MAYBE_FROM - _ROUNDING else Band.UNLIKELY


def verdict_of(bands: Iterable[Band], is_absent: bool | None) -> Verdict:
    """What the best hits say together. is_absent: as in `Odds`."""
    known = set(bands)
    if Band.LIKELY in known:
        return Verdict.FOUND
    if is_absent is None:
        return Verdict.WEAK if Band.MAYBE in known else Verdict.NOTHING
    return Verdict.NOTHING if is_absent or not known else Verdict.WEAK


def odds_for_words(found: Neighbours, likely_score: float, maybe_score: float) -> Odds:
    """The odds for words with a model that was not fitted. likely_score >= maybe_score: the
    embedder's.

    The lines are drawn at mean + stds * std of the library's own scores, but may move only so far
    around the usual scores, since where half of the photos fit the mean is no noise: with gap =
    likely_score - maybe_score, likely within [likely_score - gap/4, likely_score], maybe within
    [maybe_score, maybe_score + gap/2]. Few photos tell little about noise: n of them move the lines
    by n / (n + 50) of the way only.
    """
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


@lru_cache(maxsize=8)
def fitted_for(name: str, dim: int) -> Fitted | None:
    """What comes with Likeness for this model; None where there is nothing, or where it was fitted
    to other weights of the same name."""
    path = resource_path("models", name, CALIBRATION_FILE)
    if not path.is_file():
        return None
    try:
        fitted = Fitted.load(path)
    except (OSError, ValueError, KeyError) as error:
        log.warning("the calibration of %s cannot be read: %s", name, error)
        return None
    is_its_own = str(fitted.model) == fingerprint(name) and len(fitted.mean) == dim
    if not is_its_own:
        log.warning("the calibration of %s was fitted to other weights and is not used", name)
    return fitted if is_its_own else None


def fingerprint(name: str) -> str:
    """What tells the weights of a model that comes with Likeness from others of the same name: its
    config.json names their hashes."""
    config = resource_path("models", name, "config.json")
    return hashlib.sha256(config.read_bytes()).hexdigest() if config.is_file() else ""


def _halved(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(np.float16) if array.dtype == np.float32 else array


def _widened(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(np.float32) if array.dtype == np.float16 else array


def _belief(found: Neighbours) -> float:
    return found.n_searched / (found.n_searched + HALF_BELIEVED)


def _logit(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))
