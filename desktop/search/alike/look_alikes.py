"""Look-alikes: copies of one photo, in whatever size and quality, and what was taken in one burst.

Two photos are taken for the same where their cosine lies nearly all the way from the usual one, of
any two photos in the library, to 1; or a good part of it, and both are far nearer to each other
than to what follows, or were taken within a minute of each other. Each measure is a share of that
way, since models differ in what is usual.

Measured on 240 photos that the starters were not trained on, among 1,000, each with one to four
other versions of it (JPEG quality 30 and 75, half and two thirds as wide, which is fewer pixels
than the networks look at, 5, 10 and 20 % cut away, brighter): the shares of right pairs among those
found, and of those found among the right ones. Chosen on the first half of the photos with starter:

                                  starter, first half   other half    starter-large, other half
    as near as NEAR               1.000 .678            1.000 .667    1.000 .808
    and those of FAR_NEARER       1.000 .745            1.000 .754    .994 .902
    ... where .5 were enough      .995 .784             .993 .805     .994 .921

What was passed over is small or cut off.

Bursts were made of 200 other such photos: two calm frames each (cut by up to 8 %, turned by up to 1
degree, 15 % brighter or darker, noise) and two hasty ones (23 %, 3 degrees, 45 %), seconds apart;
beside them in the same minute a random photo, or the nearest of 400 others. Precision and recall of
pairs with the starter, by NEAR_IN_BURST, first half / other half; nothing was chosen by them, since
what people do between two frames was not made:

                       without      .85          .8           .75          .7
    calm, random       1 1 / 1 .99  1 1 / 1 1    1 1 / 1 1    1 1 / 1 1    1 1 / 1 1
    hasty, random      1 .67/1 .68  1 .70/1 .71  1 .80/1 .80  1 .92/1 .87  1 .97/1 .94
    calm, the nearest  .99 / 1      .99 / 1      .99 / 1      .99 / .97    .95 / .93
    hasty, the nearest .99 / 1      .99 / 1      .99 / 1      .99 / .97    .95 / .92
    (the latter two: precision; recall as above)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

NEAR = 0.88
"""So far from the usual cosine to 1, two photos are the same."""

FAR_NEARER = 0.4
"""Or as long as nothing else is nearer to either than this divides their distance."""

USUAL_NEXT = 0.6
"""What comes next is taken to be no further than this: among few photos it may be anything."""

MOST_VERSIONS = 12
"""So many photos may be as near before the next comes."""

NEAR_IN_BURST = 0.8
BURST_S = 60.0

LEAST = min(NEAR_IN_BURST, 1 - FAR_NEARER * USUAL_NEXT)
"""What is further from all others has no look-alike."""


def distances(vectors: FloatArray, usual: float) -> NDArray[np.floating]:
    """(n, n) what is left of the way from the usual cosine to 1; between a photo and itself inf.

    vectors: (n, d), unit length. usual: the mean cosine of any two photos.
    """
    far = np.asarray((1.0 - vectors @ vectors.T) / max(1.0 - usual, 1e-3))
    np.fill_diagonal(far, np.inf)
    return far


def candidates(far: NDArray[np.floating]) -> NDArray[np.int64]:
    """The rows that may have look-alikes: few, as a rule. far: see `distances`."""
    return np.flatnonzero((far <= 1.0 - LEAST).any(axis=1))


def look_alikes(far: NDArray[np.floating], moments: Sequence[datetime | None]) -> list[list[int]]:
    """The rows that belong together, those of one alone left out; in each the first row first.

    far: see `distances`. moments: when each was taken by a clock in the camera; None where that is
    not known.
    """
    rows = candidates(far)
    if not len(rows):
        return []
    near, reach = far[np.ix_(rows, rows)], _reaches(far[rows])
    are_same = (near <= 1.0 - NEAR) | ((near <= reach[:, None]) & (near <= reach[None]))
    are_same |= (near <= 1.0 - NEAR_IN_BURST) & _in_bursts([moments[row] for row in rows])
    groups = []
    is_free = np.ones(len(rows), bool)
    for place in range(len(rows)):
        if is_free[place]:
            is_free[place] = False
            others = np.flatnonzero(are_same[place] & is_free)
            is_free[others] = False
            if len(others):
                groups.append(rows[[place, *others]].tolist())
    return groups


def _reaches(far: NDArray[np.floating]) -> NDArray[np.floating]:
    """(r,) how far the versions of each photo are, by its distances (r, n): up to the widest gap
    behind one of the nearest, 0 where none is wide enough."""
    n_seen = min(MOST_VERSIONS + 1, far.shape[1])
    nearest = np.sort(np.partition(far, n_seen - 1, axis=1)[:, :n_seen], axis=1)
    following = np.minimum(nearest[:, 1:], USUAL_NEXT)
    following[np.isinf(nearest[:, 1:])] = 0.0  # where nothing follows, nothing is told
    gaps = following / np.maximum(nearest[:, :-1], 1e-3)
    if not gaps.shape[1]:
        return np.zeros(len(far))
    at = gaps.argmax(axis=1)
    rows = np.arange(len(far))
    return np.where(gaps[rows, at] >= 1 / FAR_NEARER, nearest[rows, at], 0.0)


def _in_bursts(moments: Sequence[datetime | None]) -> NDArray[np.bool_]:
    """(n, n) whether two were taken within BURST_S of each other."""
    began = datetime(1970, 1, 1)
    seconds = np.array(
        [np.nan if each is None else (each - began).total_seconds() for each in moments]
    )
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(seconds[:, None] - seconds[None]) <= BURST_S)
