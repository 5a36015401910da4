"""Sameness: which of the hits show the very photo that was asked with, and which its moment.

A copy, another size or a light crop is the same photo by the rule of `look_alikes`. What is likely
to resemble it and was taken within a quarter of an hour, by a clock in the camera, is of the same
moment; there were no such photos to measure it with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from desktop.search.look_alikes import LEAST, look_alikes
from desktop.search.query import Band, Hit, Sameness

FloatArray = NDArray[np.float32]

MOMENT = timedelta(minutes=15)
"""Before or after the photo that was asked with."""

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
        groups = look_alikes(rows, usual, [None] * len(rows))
    same = {near[row - 1] for group in groups if group[0] == 0 for row in group[1:]}

    def sameness(hit: Hit) -> Sameness | None:
        if hit.photo_id in same:
            return Sameness.PHOTO
        moment = moments.get(hit.photo_id)
        if taken is None or moment is None or hit.band is not Band.LIKELY:
            return None
        return Sameness.MOMENT if abs(moment - taken) <= MOMENT else None

    told = [replace(hit, sameness=sameness(hit)) for hit in hits]
    return tuple(sorted(told, key=lambda hit: _ORDER.index(hit.sameness)))
