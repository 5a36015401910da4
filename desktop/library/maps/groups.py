"""By what the photos of a map can be coloured: when they were taken, where they lie, what tables
say of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import LISTED, Catalog, WhenAndWhere

IdArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

N_RANGES = 6
"""Into so many ranges numbers are put, where there are more different ones."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """What photos are coloured by.

    Attributes:
        names: of the groups, in the order in which they are told.
        of: (n,) int64: the group of each photo, as a row of `names`; -1 for none.
        is_ordered: the names follow one another, as years do.
    """

    names: tuple[str, ...]
    of: IdArray
    is_ordered: bool = False


GroupBy = Callable[[IdArray], Grouped]
"""The groups of these photos (n,), rising. Not on Qt's main thread."""


def by_year(catalog: Catalog, photo_ids: IdArray) -> Grouped:
    there = _rows_of(photo_ids, catalog.photos.list_when_and_where(LISTED))
    return grouped([str(year) for year in there.years.tolist()], is_ordered=True)


def by_folder(catalog: Catalog, photo_ids: IdArray) -> Grouped:
    """Watched folders; where there is one only, the sub-folders right in it."""
    there = _rows_of(photo_ids, catalog.photos.list_when_and_where(LISTED))
    names = {folder.folder_id: folder.path.name for folder in catalog.folders.list_all()}
    if len(set(there.folder_ids.tolist())) > 1:
        return grouped([names.get(each, "") for each in there.folder_ids.tolist()])
    return grouped(there.sub_folders)


def by_attribute(
    values: Callable[[str, IdArray], tuple[Sequence[str | None], FloatArray]],
    name: str,
    photo_ids: IdArray,
) -> Grouped:
    """What a table says of photos: its words, or where it says many numbers, ranges of them that
    hold about as many photos each. values: words and numbers of photos, NaN for none."""
    texts, numbers = values(name, photo_ids)
    known = numbers[~np.isnan(numbers)]
    n_said = sum(text is not None for text in texts)
    if n_said and len(known) == n_said and len(np.unique(known)) > N_RANGES:
        borders = np.unique(np.quantile(known, np.linspace(0, 1, N_RANGES + 1)))
        row = np.clip(np.searchsorted(borders, numbers, side="right") - 1, 0, len(borders) - 2)
        names = tuple(f"{a:.3g} to {b:.3g}" for a, b in pairwise(borders.tolist()))
        return Grouped(names, np.where(np.isnan(numbers), -1, row), is_ordered=True)
    return grouped([text or "" for text in texts])


def grouped(names: Sequence[str], is_ordered: bool = False) -> Grouped:
    """Groups of photos of which each says one name, "" for none: the largest group first, or by
    name."""
    if not len(names):
        return Grouped((), np.zeros(0, np.int64), is_ordered)
    known, of, counts = np.unique(np.array(names), return_inverse=True, return_counts=True)
    order = np.arange(len(known)) if is_ordered else np.argsort(-counts, kind="stable")
    order = order[known[order] != ""]
    rows = np.full(len(known), -1, np.int64)
    rows[order] = np.arange(len(order))
    return Grouped(tuple(known[order].tolist()), rows[of.ravel()], is_ordered)


def _rows_of(photo_ids: IdArray, there: WhenAndWhere) -> WhenAndWhere:
    """What is known of these photos, in their order; of one that is gone, nothing."""
    rows = np.searchsorted(there.photo_ids, photo_ids)
    rows[rows == len(there.photo_ids)] = 0
    is_known = there.photo_ids[rows] == photo_ids if len(there.photo_ids) else rows < 0
    return WhenAndWhere(
        photo_ids,
        np.where(is_known, there.folder_ids[rows], -1),
        np.where(is_known, there.years[rows], 0),
        [
            there.sub_folders[row] if known else ""
            for row, known in zip(rows, is_known, strict=True)
        ],
    )
