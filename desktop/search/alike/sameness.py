"""Sameness: which of the hits show the very photo that was asked with, and which its moment.

A copy, another size or a light crop is the same photo by the rule of `look_alikes`, unless clocks
in cameras say that it was taken at another time. What is likely to resemble it and was taken within
a quarter of an hour, by such clocks, is of the same moment.

Measured with the starter on frames made of 100 photos that it was not trained on, as in
`look_alikes`: which share was told to be what.

                                             the same photo   moment   neither
    calm and hasty frames, seconds apart     .00              1.00     .00
    the same without times                   .95, .51         .00      .05, .49
    quality 40, 3/4 as wide, 10 % cut away,
    brighter, at the same time               .92              .08      .00
    a random other photo of that minute      .00              .01      .99
    the nearest of 400 others, of the same   .00              .37      .63
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from desktop.search.alike.look_alikes import LEAST, distances, look_alikes
from desktop.search.query import Band, Hit, Sameness

FloatArray = NDArray[np.float32]

MOMENT = timedelta(minutes=15)
"""Before or after the photo that was asked with."""

SAME_CLOCK = timedelta(seconds=2)
"""A copy keeps its time; that in a name may be a second off."""

N_COMPARED = 20
"""So many of the nearest are looked at: what follows the copies shows how near copies are."""

_ORDER = (Sameness.PHOTO, Sameness.MOMENT, None)


def is_near(score: float, usual: float) -> bool:
    """Whether a photo with this cosine may be the same."""
    return (score - usual) / max(1.0 - usual, 1e-3) >= LEAST


def with_sameness(
    hits: Sequence[Hit],
    asked: FloatArray,
    vectors: Mapping[int, FloatArray],
    usual: float,
    taken: datetime | None,
    moments: Mapping[int, datetime],
) -> tuple[Hit, ...]:
    """The hits with what is the same told and put first.

    asked: (d,) the photo that was asked with. vectors: of the hits that may be the same, by
    photo_id. usual: the mean cosine of it with photos of the library. taken, moments: when it and
    the hits were taken by a clock in a camera.
    """
    near = [hit.photo_id for hit in hits if hit.photo_id in vectors]
    groups: list[list[int]] = []
    if near:
        rows = np.stack([asked, *(vectors[photo_id] for photo_id in near)])
        groups = look_alikes(distances(rows, usual), [None] * len(rows))
    same = {near[row - 1] for group in groups if group[0] == 0 for row in group[1:]}

    def sameness(hit: Hit) -> Sameness | None:
        moment = moments.get(hit.photo_id)
        apart = abs(moment - taken) if taken is not None and moment is not None else None
        if hit.photo_id in same and (apart is None or apart <= SAME_CLOCK):
            return Sameness.PHOTO
        if apart is None or hit.band is not Band.LIKELY:
            return None
        return Sameness.MOMENT if apart <= MOMENT else None

    told = [replace(hit, sameness=sameness(hit)) for hit in hits]
    return tuple(sorted(told, key=lambda hit: _ORDER.index(hit.sameness)))
