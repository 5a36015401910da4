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
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from desktop.search.alike.look_alikes import LEAST, distances, look_alikes
from desktop.search.query import Band, Hit, Sameness

FloatArray = NDArray[np.float32]

MOMENT = timedelta(minutes=15)
"""Before or after the photo that was asked with."""

NAME_OFF = timedelta(seconds=2)
"""A copy keeps its time; that in a name may be a second off."""

N_COMPARED = 20
"""So many of the nearest are looked at: what follows the copies shows how near copies are."""


class ClockTime(NamedTuple):
    """When a photo was taken by a clock in a camera.

    Attributes:
        is_in_photo: whether the photo tells it, and not its name, say.
    """

    at: datetime
    is_in_photo: bool = True

    def is_of_copy(self, other: ClockTime) -> bool:
        """Whether both may be of one photo: frames of a burst differ by their second, or its
        digits."""
        if not (self.is_in_photo and other.is_in_photo):
            return abs(self.at - other.at) <= NAME_OFF
        if self.at.microsecond and other.at.microsecond:
            return self.at == other.at
        return self.at.replace(microsecond=0) == other.at.replace(microsecond=0)


_ORDER = (Sameness.PHOTO, Sameness.MOMENT, None)


def is_near(score: float, usual: float) -> bool:
    """Whether a photo with this cosine may be the same."""
    return (score - usual) / max(1.0 - usual, 1e-3) >= LEAST


def with_sameness(
    hits: Sequence[Hit],
    asked: FloatArray,
    vectors: Mapping[int, FloatArray],
    usual: float,
    taken: ClockTime | None,
    moments: Mapping[int, ClockTime],
) -> tuple[Hit, ...]:
    """The hits with what is the same told and put first.

    asked: (d,) the photo that was asked with. vectors: of the hits that may be the same, by
    photo_id. usual: the mean cosine of it with photos of the library. taken, moments: of it and of
    the hits.
    """
    near = [hit.photo_id for hit in hits if hit.photo_id in vectors]
    groups: list[list[int]] = []
    if near:
        rows = np.stack([asked, *(vectors[photo_id] for photo_id in near)])
        groups = look_alikes(distances(rows, usual), [None] * len(rows))
    same = {near[row - 1] for group in groups if group[0] == 0 for row in group[1:]}

    def sameness(hit: Hit) -> Sameness | None:
        moment = moments.get(hit.photo_id)
        if taken is None or moment is None:
            return Sameness.PHOTO if hit.photo_id in same else None
        if hit.photo_id in same and taken.is_of_copy(moment):
            return Sameness.PHOTO
        is_of_it = hit.band is Band.LIKELY and abs(moment.at - taken.at) <= MOMENT
        return Sameness.MOMENT if is_of_it else None

    told = [replace(hit, sameness=sameness(hit)) for hit in hits]
    return tuple(sorted(told, key=lambda hit: _ORDER.index(hit.sameness)))
