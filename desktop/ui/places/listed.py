"""A list by date where look-alikes are put together: by arithmetic, whatever its length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from desktop.library import AlikeGroups
from desktop.ui.places.answers import Answer, Stack

IdArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class ListedStacks(Mapping[int, Stack]):
    """Where photos stand among their look-alikes; made one by one, when they are asked for.

    Attributes:
        photo_ids: (m,) sorted.
        places, sizes, are_open: (m,) as in `Stack`.
    """

    photo_ids: IdArray
    places: IdArray
    sizes: IdArray
    are_open: NDArray[np.bool_]

    def __getitem__(self, photo_id: int) -> Stack:
        at = int(np.searchsorted(self.photo_ids, photo_id))
        if at == len(self.photo_ids) or self.photo_ids[at] != photo_id:
            raise KeyError(photo_id)
        return Stack(int(self.places[at]), int(self.sizes[at]), bool(self.are_open[at]))

    def __iter__(self) -> Iterator[int]:
        return iter(self.photo_ids.tolist())

    def __len__(self) -> int:
        return len(self.photo_ids)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ListedStacks):
            return NotImplemented
        mine, theirs = ((x.photo_ids, x.places, x.sizes, x.are_open) for x in (self, other))
        return all(np.array_equal(one, two) for one, two in zip(mine, theirs, strict=True))

    __hash__ = None  # type: ignore[assignment]


def put_together(answer: Answer, groups: AlikeGroups, opened: Set[int]) -> Answer:
    """The list with one photo for each group of look-alikes, the best of those that are in it; of a
    group of which a photo is in `opened`, the others follow right behind."""
    ids = answer.photo_ids
    if answer.results is not None or not len(groups.photo_ids):
        return answer
    at = np.minimum(np.searchsorted(groups.photo_ids, ids), len(groups.photo_ids) - 1)
    rows = np.flatnonzero(groups.photo_ids[at] == ids)
    rows = rows[np.lexsort((groups.ranks[at[rows]], groups.groups[at[rows]]))]
    number = groups.groups[at[rows]]
    begins = np.concatenate(([True], number[1:] != number[:-1]))[: len(rows)]
    starts = np.flatnonzero(begins)
    sizes = np.diff(np.concatenate((starts, [len(rows)])))
    sizes_of, starts_of = np.repeat(sizes, sizes), np.repeat(starts, sizes)
    places = np.arange(len(rows)) - starts_of
    is_opened = np.isin(ids[rows], list(opened))
    are_open = np.repeat(np.logical_or.reduceat(is_opened, starts), sizes) if len(rows) else begins
    leaders = rows[starts_of]
    stands = np.arange(len(ids), dtype=np.float64)
    stands[rows] = np.where(are_open, leaders + places / (sizes_of + 1), rows)
    month_of = np.repeat(np.arange(len(answer.months)), [month.n_photos for month in answer.months])
    month_of[rows] = month_of[leaders]
    is_shown = np.ones(len(ids), bool)
    is_shown[rows] = (places == 0) | are_open
    order = np.argsort(stands, kind="stable")
    order = order[is_shown[order]]
    in_stack = (sizes_of > 1) & is_shown[rows]
    by_id = np.argsort(ids[rows[in_stack]])
    stacked = rows[in_stack][by_id], places[in_stack][by_id], sizes_of[in_stack][by_id]
    n_rows = np.bincount(month_of[order], minlength=len(answer.months))
    return replace(
        answer,
        photo_ids=ids[order],
        rows_of_months=tuple(n_rows.tolist()),
        stacks=ListedStacks(ids[stacked[0]], *stacked[1:], are_open[in_stack][by_id]),
    )
