"""Several clauses together: one order of the photos, in which the weakest clause counts.

A cosine says little by itself, so each is first made a belief: how probable it is that the clause
holds, or that it does not where it is unwanted. How probable it is that a photo fits is the mean,
in logits, of two: that of the wanted clause which it fits least, and that of all that is wanted,
said in one breath; and no more than that it does not show what is unwanted. That tells the band.
Within a band it ranks by its greatest doubt, by all of them a little, and by the doubt about what
is wanted said in one breath, since a model knows more of "dog water" than of the two words; a
weight makes a doubt greater.

Measured with the starter on 500 photos that it was not trained on, with 102 pairs of words that two
of a photo's five captions use, the share of right ones among the first 5 and 10 of half of the
pairs, and of the other half, for which nothing was chosen:

    the least belief, and a tenth of the others      .117 .178    .150 .228
    the sum of all doubts                            .131 .200    .164 .225
    the least cosine                                 .105 .162    .166 .213
    the least belief, and both words in one breath   .149 .218    .228 .300
    both words in one breath alone                   .136 .240    .233 .310

The last finds as many, but tells nothing of the single clauses.

The bands, of 250 such pairs among the 1,000 dev photos, in two halves; right is a photo for which
two captions use the one word and two the other, which many of those that show both do not have:

                                     likely, right of them     maybe, right of them
    the least belief                   8 .25     14 .21         237 .19    213 .13
    both words in one breath         222 .31    127 .28       1,447 .13  1,254 .10
    the greater of these             229 .30    128 .28       1,493 .13  1,339 .10
    their mean in logits              24 .58     22 .32         480 .20    323 .18
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop.index import ENOUGH, ScoreRange
from desktop.search.calibration.odds import Bands, Odds, logit
from desktop.search.language.parsing import Clause
from desktop.search.query import Band, ClauseScore, Hit, Query

FloatArray = NDArray[np.float32]
Beliefs = NDArray[np.float64]
IdArray = NDArray[np.int64]

SHARE_OF_ALL = 0.1
"""How much the mean doubt about all clauses counts beside the greatest one."""

_BANDS = (Band.LIKELY, Band.MAYBE, Band.UNLIKELY)
SHARE_OF_WHOLE = 2.0
"""How much the doubt about all that is wanted, said in one breath, counts beside the greatest."""

_LEAST_BELIEF = 1e-12
_MOST_LOGIT = 30.0
"""As of `Odds.probabilities`."""
_BETWEEN_BANDS = 1e6
"""More than any doubt."""

_SPARE = 2e-3
"""More than doubts differ by for how they are computed."""


def is_joint(query: Query) -> bool:
    """Whether the query must be answered clause by clause. One clause is one embedding, also where
    it is put together with a photo."""
    clauses = query.clauses
    return len(clauses) > 1 or any(clause.is_unwanted for clause in clauses)


def whole_of(query: Query) -> str:
    """All words that are wanted, said in one breath."""
    wanted = [clause.words for clause in query.clauses if not clause.is_unwanted]
    return " ".join(filter(None, wanted))


def join(
    query: Query,
    scores: Sequence[ScoreRange],
    odds: Sequence[Odds],
    whole: tuple[ScoreRange, Odds] | None = None,
    left_out: Collection[int] = (),
) -> tuple[Hit, ...]:
    """The hits for all clauses, best first, ties by photo_id.

    scores: of the same photos, for each clause of the query, and behind these for the photo that
    is to be resembled; odds: of each of them. whole: both for all that is wanted together.
    left_out: photos that are no hits.
    """
    clauses = list(query.clauses)
    n_photos = len(scores) - len(clauses)
    unwanted = [clause.is_unwanted for clause in clauses] + [False] * n_photos
    weights = [clause.weight for clause in clauses] + [1.0] * n_photos
    asked = _Ranking(query.min_score, odds, unwanted, weights, whole[1] if whole else None)
    ranges = [*scores, whole[0]] if whole else list(scores)
    photo_ids, bands = scores[0].photo_ids, odds[0].bands
    out = np.isin(photo_ids, list(left_out))
    rows = asked.may_be_best([(each.low, each.high) for each in ranges], query.n, out)
    if len(rows) > max(query.n, ENOUGH):
        among = [each.closer(rows) for each in ranges]
        rows = rows[asked.may_be_best(among, query.n, np.zeros(len(rows), np.bool_))]
    exact = [each.exact(rows) for each in ranges]
    may_be = np.isfinite(exact).all(axis=0)  # what is not a number is no answer
    if query.min_score is not None:
        for score, no in zip(exact, unwanted, strict=False):
            may_be &= no | (score >= query.min_score)
    rows, exact = rows[may_be], [score[may_be] for score in exact]
    held = [each.probabilities(score) for each, score in zip(odds, exact, strict=False)]
    beliefs = [1 - each if no else each for each, no in zip(held, unwanted, strict=True)]
    more, believed = np.zeros(len(rows)), np.minimum.reduce(beliefs)
    if whole is not None:
        in_one_breath = whole[1].probabilities(exact[-1])
        more = SHARE_OF_WHOLE * _doubts(in_one_breath)
        believed = _together(beliefs, unwanted, in_one_breath)
    best = _in_order(photo_ids[rows], beliefs, weights, more, believed, bands, query.n)
    score_rows = np.stack([score[best] for score in exact[: len(scores)]], axis=1).tolist()
    held_rows = np.stack([each[best] for each in held], axis=1).tolist()
    hits = (
        _hit(photo_id, clauses, of_photo, held_by_it, unwanted, believed_of_it, bands)
        for photo_id, of_photo, held_by_it, believed_of_it in zip(
            photo_ids[rows[best]].tolist(),
            score_rows,
            held_rows,
            believed[best].tolist(),
            strict=True,
        )
    )
    return tuple(sorted(hits, key=lambda hit: _BANDS.index(hit.band)))  # exact at the lines, too


@dataclass(frozen=True, slots=True)
class _Ranking:
    """What decides the order of photos.

    Attributes:
        odds, unwanted, weights: of each clause.
        whole: the odds of all that is wanted, said in one breath.
    """

    min_score: float | None
    odds: Sequence[Odds]
    unwanted: Sequence[bool]
    weights: Sequence[float]
    whole: Odds | None

    def may_be_best(
        self, bounds: Sequence[tuple[FloatArray, FloatArray]], n: int, out: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """The rows that may be among the n best; bounds: lows and highs (m,) of the scores of the
        clauses, and behind these of the whole; out: rows that may not."""
        if n <= 0 or n >= len(out):
            return np.flatnonzero(~out)
        sides = [
            (low, high) if no else (high, low)
            for (low, high), no in zip(bounds, (*self.unwanted, False), strict=False)
        ]
        least, most = (self._key([each[side] for each in sides], side) for side in (0, 1))
        is_sure = np.isfinite(most) & ~out
        if self.min_score is not None:
            for (low, _), no in zip(bounds, self.unwanted, strict=False):
                is_sure &= no | (low >= self.min_score)
        most[~is_sure] = np.inf
        at_most = np.partition(most, n - 1)[n - 1]
        return np.flatnonzero(~(least > at_most) & ~out)

    def _key(self, scores: Sequence[FloatArray], side: int) -> FloatArray:
        """About the key of `_in_order` (m,), a little less for side 0 and a little more for side 1.

        In float32 logarithms and exponentials take a tenth of the time. What that changes is far
        less than _SPARE.
        """
        spare = np.float32(_SPARE if side else -_SPARE)
        shape = scores[0].shape
        greatest, total, doubted = (np.zeros(shape, np.float32) for _ in range(3))
        against = np.full(shape, -_MOST_LOGIT, np.float32)  # of what is wanted, the most doubted
        for score, odds, no, weight in zip(
            scores, self.odds, self.unwanted, self.weights, strict=False
        ):
            logits = _rough_logits(score, odds, no)
            counts_alone = no or self.whole is None
            if not counts_alone:
                np.maximum(against, logits, out=against)
            doubt = _into_doubts(logits)
            if counts_alone:
                np.maximum(doubted, doubt, out=doubted)
            doubt *= np.float32(weight)
            np.maximum(greatest, doubt, out=greatest)
            total += doubt
        key = greatest + np.float32(SHARE_OF_ALL / len(self.odds)) * total
        if self.whole is not None:
            logits = _rough_logits(scores[-1], self.whole, False)
            against += logits
            against /= 2
            key += np.float32(SHARE_OF_WHOLE) * _into_doubts(logits)
        key += spare * np.float32(1 + max(self.weights))
        bands = self.odds[0].bands
        for line in (bands.likely_from, bands.maybe_from):
            is_below = (doubted + spare > -np.log(line)) | (against + spare > -logit(line))
            key += np.float32(_BETWEEN_BANDS) * is_below
        return key


def _hit(
    photo_id: int,
    clauses: Sequence[Clause],
    scores: Sequence[float],
    held: Sequence[float],
    unwanted: Sequence[bool],
    believed: float,
    bands: Bands,
) -> Hit:
    """held: how probable it is that the photo shows what each clause says; believed: that it
    fits."""
    parts = tuple(
        ClauseScore(clause, score, bands.of(probability), probability)
        for clause, score, probability in zip(clauses, scores, held, strict=False)
    )
    wanted = [score for score, no in zip(scores, unwanted, strict=True) if not no]
    score = min(wanted) if wanted else -max(scores)
    return Hit(photo_id, score, bands.of(believed), believed, parts)


def _together(beliefs: Sequence[Beliefs], unwanted: Sequence[bool], whole: Beliefs) -> Beliefs:
    """(m,) how probable it is that each photo fits; whole: all that is wanted, in one breath."""
    rows = list(zip(beliefs, unwanted, strict=True))
    least = np.minimum.reduce([belief for belief, no in rows if not no])
    logits = (_logits(least) + _logits(whole)) / 2
    joint: Beliefs = np.minimum.reduce(
        [1 / (1 + np.exp(-logits)), *(belief for belief, no in rows if no)]
    )
    return joint


def _logits(beliefs: Beliefs) -> Beliefs:
    logits: Beliefs = np.log(beliefs) - np.log1p(-beliefs)
    return logits


def _in_order(
    photo_ids: IdArray,
    beliefs: Sequence[Beliefs],
    weights: Sequence[float],
    more: Beliefs,
    believed: Beliefs,
    bands: Bands,
    n: int,
) -> NDArray[np.int64]:
    """The n best rows, in order. more: (m,) doubts beside those about the clauses; believed: (m,)
    that each fits."""
    greatest, total = np.zeros(len(photo_ids)), np.zeros(len(photo_ids))
    for belief, weight in zip(beliefs, weights, strict=True):
        doubt = weight * _doubts(belief)
        np.maximum(greatest, doubt, out=greatest)
        total += doubt
    bands_down = (believed < bands.likely_from).astype(np.float64) + (believed < bands.maybe_from)
    key = greatest + SHARE_OF_ALL / len(beliefs) * total + more + _BETWEEN_BANDS * bands_down
    rows = np.arange(len(key))
    if 0 < n < len(rows):
        rows = np.flatnonzero(key <= np.partition(key, n - 1)[n - 1])
    return rows[np.lexsort((photo_ids[rows], key[rows]))][: max(n, 0)]


def _rough_logits(scores: FloatArray, odds: Odds, is_unwanted: bool) -> FloatArray:
    """(m,) of what speaks against a clause, by scores (m,), in float32."""
    sign = 1 if is_unwanted else -1
    logits = scores * np.float32(sign * odds.slope)
    logits += np.float32(sign * odds.offset)
    return np.clip(logits, -_MOST_LOGIT, _MOST_LOGIT, out=logits)


def _into_doubts(logits: FloatArray) -> FloatArray:
    """(m,) the doubts about a clause, in the place of what speaks against it."""
    np.exp(logits, out=logits)
    logits += 1
    np.log(logits, out=logits)
    return np.minimum(logits, np.float32(-np.log(_LEAST_BELIEF)), out=logits)


def _doubts(beliefs: Beliefs) -> Beliefs:
    return np.asarray(-np.log(np.maximum(beliefs, _LEAST_BELIEF)))
