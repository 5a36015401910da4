"""Several clauses together: one order of the photos, in which the weakest clause counts.

A cosine says little by itself, so each is first made a belief: how probable it is that the clause
holds, or that it does not where it is unwanted. The band of a photo is that of its least belief.
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
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from desktop.search.calibration.odds import Bands, Odds
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
_BETWEEN_BANDS = 1e6
"""More than any doubt."""


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
    photo_ids: IdArray,
    scores: Sequence[FloatArray],
    odds: Sequence[Odds],
    whole: tuple[FloatArray, Odds] | None = None,
    left_out: Collection[int] = (),
) -> tuple[Hit, ...]:
    """The hits for all clauses, best first, ties by photo_id.

    photo_ids: (m,); scores: (m,) for each clause of the query, and behind these for the photo that
    is to be resembled; odds: of each of them. whole: both for all that is wanted together.
    left_out: photos that are no hits.
    """
    clauses = list(query.clauses)
    unwanted = [clause.is_unwanted for clause in clauses]
    weights = [clause.weight for clause in clauses]
    n_photos = len(scores) - len(clauses)
    unwanted += [False] * n_photos
    weights += [1.0] * n_photos
    allowed = ~np.isin(photo_ids, list(left_out))
    for score, is_unwanted in zip(scores, unwanted, strict=True):
        allowed &= np.isfinite(score)  # what is not a number is no answer
        if query.min_score is not None and not is_unwanted:
            allowed &= score >= query.min_score
    kept = np.flatnonzero(allowed)
    scores = [score[kept] for score in scores]
    held = [each.probabilities(score) for each, score in zip(odds, scores, strict=True)]
    beliefs = [1 - each if no else each for each, no in zip(held, unwanted, strict=True)]
    more = np.zeros(len(kept))
    if whole is not None:
        more = SHARE_OF_WHOLE * _doubts(whole[1].probabilities(whole[0][kept]))
    bands = odds[0].bands
    rows = _in_order(photo_ids[kept], beliefs, weights, more, bands, query.n)
    ids = photo_ids[kept[rows]].tolist()
    score_rows = np.stack([score[rows] for score in scores], axis=1).tolist()
    held_rows = np.stack([each[rows] for each in held], axis=1).tolist()
    hits = (
        _hit(photo_id, clauses, of_photo, held_by_it, unwanted, bands)
        for photo_id, of_photo, held_by_it in zip(ids, score_rows, held_rows, strict=True)
    )
    return tuple(sorted(hits, key=lambda hit: _BANDS.index(hit.band)))  # exact at the lines, too


def _hit(
    photo_id: int,
    clauses: Sequence[Clause],
    scores: Sequence[float],
    held: Sequence[float],
    unwanted: Sequence[bool],
    bands: Bands,
) -> Hit:
    """held: how probable it is that the photo shows what each clause says."""
    parts = tuple(
        ClauseScore(clause, score, bands.of(probability), probability)
        for clause, score, probability in zip(clauses, scores, held, strict=False)
    )
    beliefs = [1 - each if no else each for each, no in zip(held, unwanted, strict=True)]
    wanted = [score for score, no in zip(scores, unwanted, strict=True) if not no]
    score = min(wanted) if wanted else -max(scores)
    return Hit(photo_id, score, bands.of(min(beliefs)), min(beliefs), parts)


def _in_order(
    photo_ids: IdArray,
    beliefs: Sequence[Beliefs],
    weights: Sequence[float],
    more: Beliefs,
    bands: Bands,
    n: int,
) -> NDArray[np.int64]:
    """The n best rows, in order. more: (m,) doubts beside those about the clauses."""
    greatest, total = np.zeros(len(photo_ids)), np.zeros(len(photo_ids))
    for belief, weight in zip(beliefs, weights, strict=True):
        doubt = weight * _doubts(belief)
        np.maximum(greatest, doubt, out=greatest)
        total += doubt
    least = np.minimum.reduce(beliefs)
    bands_down = (least < bands.likely_from).astype(np.float64) + (least < bands.maybe_from)
    key = greatest + SHARE_OF_ALL / len(beliefs) * total + more + _BETWEEN_BANDS * bands_down
    rows = np.arange(len(key))
    if 0 < n < len(rows):
        rows = np.flatnonzero(key <= np.partition(key, n - 1)[n - 1])
    return rows[np.lexsort((photo_ids[rows], key[rows]))][: max(n, 0)]


def _doubts(beliefs: Beliefs) -> Beliefs:
    return np.asarray(-np.log(np.maximum(beliefs, _LEAST_BELIEF)))
