"""What answers are worth, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from desktop.index import Neighbours
from desktop.search import Band, Odds, Verdict, verdict_of

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

RECALL_AT = (1, 5, 10)
PRECISION_AT = (1, 5, 10, 20)
RELIABLE_FIRST = 20
"""The reliability of probabilities is measured on so many first hits of each question: nearly all
of the others are as improbable as they are wrong, which would flatter it."""
N_BINS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """One answer, best hit first.

    Attributes:
        scores, probabilities, bands: of the hits.
        is_right: whether each hit shows what was asked.
    """

    scores: FloatArray
    probabilities: FloatArray
    bands: tuple[Band, ...]
    is_right: BoolArray
    verdict: Verdict

    @classmethod
    def of(cls, found: Neighbours, odds: Odds, right: NDArray[np.int64]) -> Answered:
        """What was found, as a person would be told of it. right: photo_ids."""
        probabilities = odds.probabilities(found.scores)
        bands = tuple(map(odds.bands.of, probabilities.tolist()))
        return cls(
            found.scores.astype(np.float64),
            probabilities,
            bands,
            np.isin(found.photo_ids, right),
            verdict_of(bands, odds.is_absent),
        )


@dataclass(frozen=True, slots=True)
class Retrieval:
    """How well whole captions find their own photo. recall: by number of first hits."""

    n_questions: int
    recall: Mapping[int, float]
    median_rank: float

    @classmethod
    def of(cls, ranks: Sequence[int]) -> Retrieval:
        """Ranks count from 1."""
        at = np.array(ranks)
        recall = {k: float((at <= k).mean()) for k in RECALL_AT}
        return cls(len(ranks), recall, float(np.median(at)))


@dataclass(frozen=True, slots=True)
class BandFigures:
    """What a band is worth. right: the share of its photos that are right; None without photos."""

    n_photos: int
    right: float | None


@dataclass(frozen=True, slots=True)
class Bin:
    """Hits whose probabilities are alike: what they were said to be on average, and the share that
    is right."""

    said: float
    right: float
    n_hits: int


@dataclass(frozen=True, slots=True)
class VerdictFigures:
    """Verdicts of questions whose photos are there, and of the same with those taken out.

    Attributes:
        present, absent: verdict -> questions.
    """

    present: Mapping[str, int]
    absent: Mapping[str, int]

    @property
    def called_nothing(self) -> float:
        """The share of questions that have photos and are told that there is nothing."""
        return _share(self.present)

    @property
    def recognised(self) -> float:
        """The share of questions without photos that are told so."""
        return _share(self.absent)


@dataclass(frozen=True, slots=True)
class SetFigures:
    """What the answers to questions of one kind are worth.

    Attributes:
        precision: the share of right ones among so many first hits.
        bands: of the answers to questions whose photos are there.
        bands_absent: photos in each band where nothing is right.
        likely_f1: of the band likely over all answers together.
        best_fixed_f1, best_own_f1: of the best single score, or probability, as a cut-off, chosen
            with hindsight; fixed_f1_as_right: of the best score as whose cut-off no smaller share
            is right than of the likely.
        reliability, calibration_error: of the first RELIABLE_FIRST hits; the error is the expected
            one (ECE, Naeini et al. 2015).
    """

    name: str
    n_questions: int
    precision: Mapping[int, float]
    bands: Mapping[str, BandFigures]
    bands_absent: Mapping[str, int]
    likely_f1: float
    best_fixed_f1: float
    best_own_f1: float
    fixed_f1_as_right: float
    reliability: tuple[Bin, ...]
    calibration_error: float
    verdicts: VerdictFigures

    @classmethod
    def of(cls, name: str, present: Sequence[Answered], absent: Sequence[Answered]) -> SetFigures:
        """present: the answers to each question; absent: to the same with their photos taken
        out. Raises ValueError without answers."""
        bins = reliability(present)
        n_hits = sum(each.n_hits for each in bins)
        error = sum(each.n_hits * abs(each.said - each.right) for each in bins) / max(n_hits, 1)
        bands = {band: _figures_of(band, present) for band in Band}
        is_right = np.concatenate([each.is_right for each in present])
        scores = np.concatenate([each.scores for each in present])
        own = np.concatenate([each.probabilities for each in present])
        as_right = bands[Band.LIKELY].right or 0.0
        is_likely = np.array([b is Band.LIKELY for b in chain(*(each.bands for each in present))])
        return cls(
            name=name,
            n_questions=len(present),
            precision={k: _precision(present, k) for k in PRECISION_AT},
            bands={band.value: figures for band, figures in bands.items()},
            bands_absent={b.value: sum(each.bands.count(b) for each in absent) for b in Band},
            likely_f1=_f1(int(is_right[is_likely].sum()), int(is_likely.sum()), is_right.sum()),
            best_fixed_f1=best_f1(scores, is_right),
            best_own_f1=best_f1(own, is_right),
            fixed_f1_as_right=best_f1(scores, is_right, as_right),
            reliability=bins,
            calibration_error=error,
            verdicts=VerdictFigures(_counted(present), _counted(absent)),
        )


def reliability(answers: Sequence[Answered]) -> tuple[Bin, ...]:
    """The first hits of all answers, in bins of equal width."""
    said = np.concatenate([each.probabilities[:RELIABLE_FIRST] for each in answers])
    is_right = np.concatenate([each.is_right[:RELIABLE_FIRST] for each in answers])
    at = np.minimum((said * N_BINS).astype(np.int64), N_BINS - 1)
    return tuple(
        Bin(float(said[at == n].mean()), float(is_right[at == n].mean()), int((at == n).sum()))
        for n in range(N_BINS)
        if (at == n).any()
    )


def best_f1(scores: FloatArray, is_right: BoolArray, least: float = 0.0) -> float:
    """The F1 of the best single score as a cut-off; least: the share that must be right."""
    order = np.argsort(-scores, kind="stable")
    n_right = np.cumsum(is_right[order])
    n_found = np.arange(1, len(order) + 1)
    is_last = np.append(np.diff(scores[order]) != 0, True)  # equal scores stand or fall together
    f1 = 2 * n_right / np.maximum(n_found + is_right.sum(), 1)
    is_open = is_last & (n_right >= least * n_found)
    return float(f1[is_open].max(initial=0.0))


def _figures_of(band: Band, answers: Sequence[Answered]) -> BandFigures:
    rows = [
        is_right
        for each in answers
        for known, is_right in zip(each.bands, each.is_right.tolist(), strict=True)
        if known is band
    ]
    return BandFigures(len(rows), sum(rows) / len(rows) if rows else None)


def _precision(answers: Sequence[Answered], k: int) -> float:
    return float(
        np.mean([each.is_right[:k].mean() if len(each.is_right) else 0 for each in answers])
    )


def _f1(n_right_found: int, n_found: int, n_right: int) -> float:
    return 2 * n_right_found / max(n_found + n_right, 1)


def _counted(answers: Sequence[Answered]) -> dict[str, int]:
    counts = Counter(each.verdict for each in answers)
    return {verdict.value: counts[verdict] for verdict in Verdict}


def _share(verdicts: Mapping[str, int]) -> float:
    return verdicts[Verdict.NOTHING.value] / max(sum(verdicts.values()), 1)
