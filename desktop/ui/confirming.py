"""Confirming: how an exact answer takes the place of a first one without a jump."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from desktop.library import Hit
from desktop.ui.asking import Answer


def agree(first: Answer, exact: Answer) -> bool:
    """Whether both show the same photos, in the same order and bands."""
    return np.array_equal(first.photo_ids, exact.photo_ids) and all(
        a.band is b.band for a, b in zip(first.hits, exact.hits, strict=True)
    )


def keep_cell(first: Answer, exact: Answer, row: int) -> Answer:
    """The exact answer, but for the photo at `row` of the first one, which keeps its column: it
    stands as far from the start of its section as before. All others are where they belong.

    It is for the photo under the mouse, which may be about to be clicked; nothing is changed where
    that photo is in the exact answer no longer.
    """
    results = exact.results
    if results is None or not 0 <= row < len(first.hits):
        return exact
    hit = first.hits[row]
    hits = list(exact.hits)
    at = next((at for at, each in enumerate(hits) if each.photo_id == hit.photo_id), None)
    if at is None:
        return exact
    rows = [other for other, each in enumerate(hits) if each.band is hits[at].band]
    place = rows[0] + row - _first_of_band(first.hits, row)
    hits.insert(min(place, rows[-1]), hits.pop(at))
    ids = np.array([each.photo_id for each in hits], np.int64)
    return replace(exact, photo_ids=ids, results=replace(results, hits=tuple(hits)))


def _first_of_band(hits: Sequence[Hit], row: int) -> int:
    """The row where the section of `row` begins."""
    while row and hits[row - 1].band is hits[row].band:
        row -= 1
    return row
