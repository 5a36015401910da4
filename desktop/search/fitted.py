"""Fitted: the calibration of one model, learned from photos of which people said what they show.

A score is seen beside what can be foretold of the words alone: how widely they score photos from
elsewhere, how high the photos that show them are wont to score, and how many of the first are wont
to be right; the last two by a regression on the words of the captions the model was trained with. A
logistic curve, fitted on photos that the model was not trained with, makes a probability of these.

Libraries differ in how much of what is asked they hold: of a person's photos one in a hundred shows
a forest, of a hiker's one in five. The curve knows the first kind. So the share that fits is
estimated from the scores themselves, by expectation and maximisation, and the curve is moved a part
of the way (Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a classifier to new a
priori probabilities"). A part only, since where everything is scenery all scores of a forest are
higher, though no photo shows one.

Whether anything fits at all is told by two rules, each of which loses one in twenty-five of the
questions whose photos are there. Several of the best hits together: many words have one photo that
scores well by accident, few have twenty. And the words beside others that mean nearly the same:
where snow, ice and mountains score higher in this library than "glacier" does, as far as each is
above its own noise, there is no glacier, however high it scores among so much scenery.

Measured with the starter on words of captions and photos that this was not fitted to (the mean of
two halves), then on scenery and on clothes; on the left without the shift and the second rule:

    right of the likely         .64 .76 .26      .66 .74 .44
    F1 of the likely            .06 .30 .03      .05 .55 .16
    calibration error           .01 .48 .41      .02 .27 .27
    absent recognised           .21 .00 .00      .19 .25 .35
    present called nothing      .09 .00 .00      .09 .13 .08

Tried without gain: the scores beside the library's own middle, quartiles and deviation; beside the
best terms for each photo; the whole shift, after which nearly all scenery is a likely forest.

It is written by `library.evaluation.fitting` into calibration.npz beside the weights.
"""

from __future__ import annotations

import hashlib
import logging
import zipfile
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.index import Neighbours
from desktop.search.odds import Odds, logit
from desktop.settings import resource_path

log = logging.getLogger(__name__)

FloatArray = NDArray[np.floating]

CALIBRATION_FILE = "calibration.npz"

RANKS = (1, 2, 5, 10, 20, 50)
"""The best hits that tell whether anything fits."""

N_NEAR = 30
SAME_FROM = 0.9
"""Terms whose cosine with the words is higher are taken for the same."""
NEAR_RANKS = (2, 5, 10, 20)
"""The best hits by which words are compared with the terms that are near them."""

SHIFT = 0.25
"""How far the odds follow the share of photos that seems to fit."""
MOST_FITTING = 0.6
N_TRUSTED = 20
"""The share is drawn towards the usual one as by so many photos."""
_ROUNDS, _SETTLED = 30, 1e-4

ENOUGH = 1_000
"""So many photos tell how a library is; what was fitted saw as many."""

_NODES, _NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(25)


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
        terms: (m, d) embedded words that many captions use, and term_noise (m, 2) the mean and
            deviation of their scores with photos from elsewhere.
        nearness: weights of what `beside` returns, of the second thing that is foretold, and 1.
        near_below: the cut-off of that sum.
    """

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    rest: NDArray[np.float32]
    known: NDArray[np.float32]
    hit: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    presence: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    absent_below: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    terms: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    term_noise: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    nearness: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    near_below: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
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
        slope = float(self.hit[0])
        offset = float(np.array([std, *foretold, 1.0]) @ self.hit[1:])
        if not len(found.scores):
            return Odds(slope, offset)
        known = np.append(evidence(found.scores, found.n_searched, mean, std), foretold)
        is_absent = bool(known @ self.presence[:-1] + self.presence[-1] < self.absent_below)
        beside = self.beside(embedding, found)
        if beside is not None:
            told = np.append(beside, foretold[1]) @ self.nearness[:-1] + self.nearness[-1]
            if told < self.near_below:
                return Odds(slope, offset, True)
        usual = _share_of(slope * (mean + std * _NODES) + offset)
        here = slope * (_thinned(found.sample) @ embedding).astype(np.float64) + offset
        return Odds(slope, offset + SHIFT * _shift(here, usual), is_absent)

    def beside(self, embedding: FloatArray, found: Neighbours) -> NDArray[np.float64] | None:
        """How far the hits of these words stand above the middle, and above most, of what terms
        near in meaning find in the same library, (2 * len(NEAR_RANKS),) in deviations of their own
        noise; None without terms or photos.

        The terms are looked for in a sample. Among more photos than that the words have the easier
        part, so that nothing is called absent for the size of the library.
        """
        if not len(self.terms) or not len(found.sample):
            return None
        alike = self.terms @ embedding
        near = np.argsort(np.where(alike < SAME_FROM, -alike, 1.0), kind="stable")[:N_NEAR]
        sample = _thinned(found.sample)
        scores = self.terms[near] @ sample.T
        at = np.minimum(NEAR_RANKS, len(sample)) - 1
        best = np.partition(scores, np.unique(-1 - at), axis=1)[:, -1 - at]
        theirs = (best - self.term_noise[near, :1]) / self.term_noise[near, 1:]
        mean, std = self.noise(embedding)
        own = (found.scores[np.minimum(at, len(found.scores) - 1)] - mean) / std
        middle, most = np.quantile(theirs, (0.5, 0.8), axis=0)
        return np.concatenate([own - middle, own - most])


def _thinned(sample: FloatArray) -> FloatArray:
    """At most ENOUGH of them, evenly."""
    return sample[:: -(-len(sample) // ENOUGH)] if len(sample) else sample


def _share_of(logits: NDArray[np.float64]) -> float:
    """The share of photos that fit by these odds, at the nodes of a normal distribution."""
    return float(_probabilities(logits) @ _NODE_WEIGHTS / _NODE_WEIGHTS.sum())


def _shift(logits: NDArray[np.float64], usual: float) -> float:
    """How much higher the odds are in a library with these odds (n,), by its own share of fitting
    photos instead of the usual one."""
    share = usual
    for _ in range(_ROUNDS):
        fitting = _probabilities(logits + logit(share) - logit(usual))
        found = (fitting.sum() + N_TRUSTED * usual) / (len(logits) + N_TRUSTED)
        share, before = min(float(found), MOST_FITTING), share
        if abs(share - before) < _SETTLED * before:
            break
    return logit(share) - logit(usual)


def _probabilities(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))


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
