"""Fitted: the calibration of one model, learned from photos of which people said what they show.

A score is seen beside what can be foretold of the words alone: how widely they score photos from
elsewhere, how high the photos that show them are wont to score, how many of the first are wont to
be right, and how many show them at all. The last three are those of words near them in meaning,
among the words of captions in several languages: in whatever language something is said, it lies
near what means the same. A logistic curve, fitted on photos that the model was not trained with,
makes a probability of these, the steeper the better the words are known.

What usual photos foretell holds the less, the stranger a library is, that is the more its photos
have in common that usual photos do not: where all is scenery, all scores of a forest are higher,
and a fifth of the photos may show one. So the curve also sees how strange the library is, and how
high it scores the words on average. It was fitted to small libraries of a few subjects, too, whose
photos were moved along what they have in common, and which were asked for other things, too
(`library.evaluation.themes`). Where only some photos are of another make, everyday things are
judged among the others (`parts`).

Whether anything fits at all is told, among usual photos, by how widely the scores of the words lie
here and elsewhere, by their mean, and by several of the best hits together, for many words have one
photo that scores well by accident and few have twenty. Among strange ones it is told by the words
beside others that mean nearly the same: where snow, ice and mountains score higher in this library
than "glacier" does, as far as each is above its own noise, there is no glacier, however high it
scores among so much scenery. Where nothing seems to fit, no photo is likely.

Measured with the starter on words of captions and photos that this was not fitted to (the mean of
two halves), then on scenery and on clothes, to which nothing was fitted; on the left the rule of
before, where a regression on the words themselves foretold, the slope was one for all, and presence
was told everywhere by the best hits and by near terms:

    right of the likely         .64 .73 .66      .69 .74 .63
    right of the maybe          .29 .40 .23      .34 .43 .30
    F1 of the likely            .05 .66 .27      .07 .68 .28
    calibration error           .02 .12 .13      .01 .08 .07
    absent recognised           .15 .33 .45      .21 .25 .40
    present called nothing      .09 .00 .10      .09 .04 .10

Of 42 words for everyday things, in fourteen languages beside English and about the photos that the
English words were fitted to, 8 % were called nothing where their photos were there and 67 % were
recognised where not; by the rule of before 12 and 51 %, with half as many likely photos. In the
nine of these languages that neither words nor model learned from it is 7 and 66 %.

As a cut-off for all questions the probability has an F1 of .25, .73 and .40; the best single score,
with hindsight, .17, .73 and .35; the best that is right as often as the likely .02, .67, .15.

With two other things asked of each small library, 33 instead of 39 % of 60 things that are nowhere
had likely photos among scenery, 20 instead of 28 % among clothes, for .02 of F1; with four 28 and
12 %, for .02 to .03 more.

Tried without gain: what is foretold, in strange libraries, too; the scores at tenths of the
library, and their deviation; how many terms are nearer to each photo; the heights of all terms in
the library as chance; boosted trees; small libraries made of the photos that the rest is fitted to;
the share of photos that seem to fit, told by expectation and maximisation (Saerens, Latinne and
Decaestecker 2002). For presence: how alike the best hits are, each block of the vectors by itself,
the shape of the upper tail (two normals, gaps, deviations above the middle), the scores of usual
photos as chance; all of these beside what terms have in the same library; other things asked here,
too. In the curve of the hits, how widely the words score: it holds for photos that were moved and
not for real ones. The 50th hit alone told scenery (.92 of absent ones at 10 % of present ones lost)
and the 20th beside the library's own deviation clothes (.75), but no cut-off held for both, and
none of it carried from one kind of library to another.

It is written by `library.evaluation.fitting` into calibration.npz beside the weights.
"""

from __future__ import annotations

import hashlib
import logging
import math
import zipfile
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.index import Neighbours
from desktop.search.calibration.odds import Odds, logit
from desktop.search.calibration.parts import part_asked
from desktop.settings import resource_path

log = logging.getLogger(__name__)

FloatArray = NDArray[np.floating]

CALIBRATION_FILE = "calibration.npz"

RANKS = (1, 2, 5, 10, 20, 50)
"""The best hits that tell whether anything fits."""
AMONG_USUAL = (2, 4)
"""Which of these tell it among usual photos: the fifth and the twentieth."""

MEANS_THE_SAME = 0.06
"""Terms whose cosines with the words differ by so much differ e-fold in what they foretell."""

N_NEAR = 30
SAME_FROM = 0.9
"""Terms whose cosine with the words is higher are taken for the same."""
NEAR_RANKS = (2, 5, 10, 20)
"""The best hits by which words are compared with the terms that are near them."""

MOST_STRANGE = 0.65
"""Nothing stranger was fitted to or measured."""
NOTHING_KNOWN = 0.5
"""What is foretold of words by usual photos says nothing where photos are so strange, and the less
the stranger they are."""
HARDLY_USUAL = 0.15
"""Where a library is so strange, a third of what presence is told by is what tells it among usual
photos; the rest is what tells it among strange ones."""
FEW = 20
"""So many photos tell half of how strange their library is."""

TELLING = 200
"""Among fewer photos nothing is ever told to be absent: of questions whose photos were there, one
in six was told so among 200, three in ten among 80, and four in ten among 40."""

MOST_OF_ABSENT = 0.4
"""Where nothing seems to fit, no photo is more probable: none is likely."""

ENOUGH = 1_000
"""So many photos tell how a library is."""

_LEAST_SLOPE, _LEAST_STD = 1.0, 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Beforehand:
    """What is known of words before any photo is looked at.

    Attributes:
        embedding: (d,).
        mean, std: see `Fitted.noise`.
        foretold: see `Fitted.foretell`.
    """

    embedding: FloatArray
    mean: float
    std: float
    foretold: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What was fitted for one model, as in calibration.npz.

    Attributes:
        mean, axes, rest: the scores of words with photos from elsewhere, told from the photos
            alone: their mean (d,), their principal axes (d, k), each as long as the deviation along
            it, and the variance in every other direction.
        terms: (m, d) embedded words that many captions use, in several languages.
        known: (m, 4) of each term: how its photos score, how many of the first are right, the
            logarithm of the share that shows it, and how much it counts.
        hit: weights of what `hit_rows` returns, and 1.
        model: the `fingerprint` of the model it was fitted for.
        usual, strange: weights of the two halves of what `evidence_of` returns, and 1; where the
            sum is below 0, nothing fits.
        term_noise: (n, 2) mean and deviation of the scores of the first n terms, which are of one
            language, with photos from elsewhere.
    """

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    rest: NDArray[np.float32]
    terms: NDArray[np.float32]
    known: NDArray[np.float32]
    hit: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    usual: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    strange: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    term_noise: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 2), np.float32))
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
        """How the photos of these words score, how many of the first are right, and the logarithm
        of the share that shows them (3,): as of the terms near them in meaning."""
        alike = (self.terms @ embedding).astype(np.float64)
        weights = np.exp((alike - alike.max()) / MEANS_THE_SAME) * self.known[:, 3]
        foretold: NDArray[np.float64] = weights @ self.known[:, :3] / weights.sum()
        return foretold

    def beforehand(self, embedding: FloatArray) -> Beforehand:
        """By words with this embedding (d,)."""
        return Beforehand(embedding, *self.noise(embedding), self.foretell(embedding))

    def strangeness(self, sample: FloatArray) -> float:
        """How much photos (n, d) have in common that usual ones do not, 0 to MOST_STRANGE: the
        cosine of any two, seen from the usual mean, as a length."""
        return self._strangeness(_thinned(sample))[0]

    def _strangeness(self, sample: FloatArray) -> tuple[float, FloatArray]:
        """The same of a thinned sample, and the mean photo (d,)."""
        n = len(sample)
        if n < 2:
            return 0.0, self.mean
        middle = sample.mean(axis=0, dtype=np.float64)
        # Of all photos, seen from the usual mean, the squared length, and that of their sum; no
        # copy of the sample is made.
        usual = self.mean.astype(np.float64)
        squares = float(np.vdot(sample, sample) - n * (2 * middle - usual) @ usual)
        total = n * (middle - usual)
        in_common = (float(total @ total) - squares) / (n - 1) / max(squares, 1e-9)
        length = float(np.sqrt(max(in_common, 0.0))) * n / (n + FEW)
        return min(length, MOST_STRANGE), middle

    def among(self, embedding: FloatArray, found: Neighbours) -> Neighbours:
        """What was found as if only those photos were searched that the question is about, see
        `part_asked`: as many of them, with their scores and their sample."""
        sample = _thinned(found.sample)
        scores = sample @ embedding
        asked = part_asked(sample, scores, self.mean)
        if asked is None:
            return found
        own = scores[asked].astype(np.float64)
        return replace(
            found,
            n_searched=max(round(found.n_searched * float(asked.mean())), 1),
            mean_score=float(own.mean()),
            std_score=float(own.std()),
            sample=sample[asked],
        )

    def about(self, words: Beforehand, sample: FloatArray) -> NDArray[np.float64]:
        """What a score is seen beside (7,): the noise of the words, how strange the library is, the
        same times how its photos score on average and times the noise, and what is foretold."""
        strange, middle = self._strangeness(_thinned(sample))
        lifted = (float(middle @ words.embedding) - words.mean) / words.std if strange else 0.0
        foretold = words.foretold * _usualness(strange)
        return np.array([words.std, strange, strange * lifted, strange * words.std, *foretold])

    def evidence_of(
        self, words: Beforehand, found: Neighbours, strange: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """What tells whether anything fits, among usual photos (7,) and among strange ones (15,);
        None without photos or terms. strange: how strange the library is, see `strangeness`."""
        beside = self.beside(words, found)
        if beside is None or not len(found.scores):
            return None
        wider = float(np.log(max(found.std_score, _LEAST_STD) / words.std))
        lifted = (found.mean_score - words.mean) / words.std
        best = evidence(found.scores, found.n_searched, words.mean, words.std)
        usual = [wider, lifted, *best[list(AMONG_USUAL)], *words.foretold]
        return np.array(usual), np.array([*best, *beside, strange])

    def odds(self, embedding: FloatArray, found: Neighbours) -> Odds:
        """For words with this embedding (d,)."""
        found = self.among(embedding, found)
        words = self.beforehand(embedding)
        about = self.about(words, found.sample)
        # A row is linear in the score, so that two of them tell the line.
        rows = hit_rows(np.array([0.0, 1.0]), about)
        offset, at_one = (rows @ self.hit[:-1] + self.hit[-1]).tolist()
        slope = max(at_one - offset, _LEAST_SLOPE)
        strange = float(about[1])
        known = self.evidence_of(words, found, strange)
        if known is None:
            return Odds(slope, offset)
        of_usual, of_strange = (
            float(row @ weights[:-1] + weights[-1])
            for row, weights in zip(known, (self.usual, self.strange), strict=True)
        )
        usual = _weight_of_usual(strange)
        told = usual * of_usual + (1 - usual) * of_strange
        is_absent = told < 0 and found.n_searched >= TELLING
        if is_absent:
            offset = min(offset, logit(MOST_OF_ABSENT) - slope * float(found.scores[0]))
        return Odds(slope, offset, is_absent)

    def beside(self, words: Beforehand, found: Neighbours) -> NDArray[np.float64] | None:
        """How far the hits of these words stand above the middle, and above most, of what terms
        near in meaning find in the same library, (2 * len(NEAR_RANKS),) in deviations of their own
        noise; None without terms or photos.

        The terms are looked for in a sample. Among more photos than that the words have the easier
        part, so that nothing is called absent for the size of the library.
        """
        terms = self.terms[: len(self.term_noise)]
        if not len(terms) or not len(found.sample):
            return None
        alike = terms @ words.embedding
        near = np.argsort(np.where(alike < SAME_FROM, -alike, 1.0), kind="stable")[:N_NEAR]
        sample = _thinned(found.sample)
        scores = terms[near] @ sample.T
        at = np.minimum(NEAR_RANKS, len(sample)) - 1
        best = np.partition(scores, -1 - at, axis=1)[:, -1 - at]
        theirs = (best - self.term_noise[near, :1]) / self.term_noise[near, 1:]
        own = (found.scores[np.minimum(at, len(found.scores) - 1)] - words.mean) / words.std
        ordered = np.sort(theirs, axis=0)
        middle, most = _at_share(ordered, 0.5), _at_share(ordered, 0.8)
        return np.concatenate([own - middle, own - most])


def _at_share(ordered: FloatArray, share: float) -> FloatArray:
    """The quantile of each column of rising rows, between two of them as far as it lies there. As
    np.quantile has it, which imports numpy.ma: a thirtieth of the first answer's time."""
    place = share * (len(ordered) - 1)
    below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
    between: FloatArray = below + (place % 1) * (above - below)
    return between


def _thinned(sample: FloatArray) -> FloatArray:
    """At most ENOUGH of them, evenly."""
    return sample[:: -(-len(sample) // ENOUGH)] if len(sample) else sample


def _usualness(strange: float) -> float:
    """1 where photos are usual, 0 where they are so strange that nothing is known of them."""
    return max(1 - strange / NOTHING_KNOWN, 0.0)


def _weight_of_usual(strange: float) -> float:
    """How much presence is told as among usual photos. Where half of a library is scenery
    (strangeness 0.24), words for scenery are lifted and those for people are not, so that these
    seemed absent; among everyday photos it is 0.05."""
    return float(np.exp(-((strange / HARDLY_USUAL) ** 2)))


def hit_rows(scores: FloatArray, about: NDArray[np.float64]) -> NDArray[np.float64]:
    """What tells whether each photo fits (n, 10): its score, the same times how many of the first
    are wont to be right and times how strange the library is, and what it is seen beside."""
    right, strange = float(about[5]), float(about[1])
    own = [scores, scores * right, scores * strange]
    return np.column_stack([*own, np.tile(about, (len(scores), 1))])


def evidence(scores: FloatArray, n_searched: int, mean: float, std: float) -> NDArray[np.float64]:
    """Some of the best scores, best first, in deviations above what the same rank among so many,
    ENOUGH at most, would have by chance: nothing is absent for the size of the library."""
    n = min(n_searched, ENOUGH)
    ranks = [min(rank, len(scores)) for rank in RANKS]
    best = np.array([scores[rank - 1] for rank in ranks], np.float64)
    by_chance = [
        NormalDist().inv_cdf(min(max(1 - (rank - 0.5) / n, 0.001), 1 - 1e-9)) for rank in ranks
    ]
    return (best - mean) / std - by_chance


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
