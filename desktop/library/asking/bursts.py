"""Bursts: which photos were taken at one time and look alike, known before anybody lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import Catalog
from desktop.search import BURST_S, distances, look_alikes

IdArray = NDArray[np.int64]
Run = tuple[int, ...]
"""photo_ids, each taken within BURST_S of the one before."""
Groups = tuple[tuple[int, ...], ...]

MOST_IN_RUN = 400
"""A longer run, such as a film of single pictures, is looked at in parts."""

_AT_ONCE = 4_000
"""So many embeddings are read at once: 8 MB of 512 numbers."""

_N_USUAL = 1_000
"""From so many photos it is told what is usual."""


@dataclass(frozen=True, slots=True, eq=False)
class AlikeGroups:
    """Groups of photos that look alike.

    Attributes:
        photo_ids: (m,) sorted, of all that are in a group.
        groups: (m,) the number of its group.
        ranks: (m,) 0 for the one that stands for all: of copies the largest, of frames the first.
    """

    photo_ids: IdArray
    groups: IdArray
    ranks: IdArray

    @classmethod
    def of(cls, groups: Sequence[Sequence[int]]) -> AlikeGroups:
        """groups: the one that stands for all first."""
        members = [
            (photo_id, number, rank)
            for number, group in enumerate(groups)
            for rank, photo_id in enumerate(group)
        ]
        table = np.array(sorted(members), np.int64).reshape(-1, 3)
        return cls(*table.T)

    def with_photo(self, photo_id: int) -> frozenset[int]:
        """Its group; the photo alone where it has no look-alikes."""
        at = int(np.searchsorted(self.photo_ids, photo_id))
        if at == len(self.photo_ids) or self.photo_ids[at] != photo_id:
            return frozenset((photo_id,))
        return frozenset(self.photo_ids[self.groups == self.groups[at]].tolist())


NO_GROUPS = AlikeGroups.of(())


class Bursts:
    """Looks at photos of one time alone: a copy of another date stands elsewhere in a list by date.
    Where only their files tell the time, as after copying, frames of a burst cannot be told, and
    copies can.

    One thread, but for `known`.
    """

    def __init__(self, catalog: Catalog, model_id: Callable[[], str]) -> None:
        """model_id: of the model that tells likeness."""
        self._catalog = catalog
        self._model_id = model_id
        self._known = NO_GROUPS
        self._found: dict[Run, Groups] = {}
        self._at: tuple[str, int, int] | None = None
        self._revision = 0

    @property
    def known(self) -> AlikeGroups:
        """As they were at the last `update`. Instant, any thread."""
        return self._known

    def update(self) -> bool:
        """Look at photos that have come or changed since the last time; whether there were any.
        100,000 at first in seconds, then in half of one."""
        revisions = self._catalog.revisions()
        now = self._model_id(), revisions.photos, revisions.embeddings
        if now == self._at:
            return False
        if self._at is not None and self._at[0] != now[0]:
            self._found = {}
        taken = self._catalog.photos.list_moments()
        taken = taken[np.isin(taken[:, 0], self._catalog.made.list_ids(now[0]))]
        runs = list(_runs(taken))
        changed = set(self._catalog.made.list_ids(now[0], self._revision).tolist())
        found = {
            run: self._found[run] for run in runs if run in self._found and changed.isdisjoint(run)
        }
        new = [run for run in runs if run not in found]
        found |= self._look_at(new, taken, now[0])
        self._found, self._at, self._revision = found, now, revisions.revision
        self._known = AlikeGroups.of([group for run in runs for group in found[run]])
        return True

    def _look_at(self, runs: Sequence[Run], taken: IdArray, model_id: str) -> dict[Run, Groups]:
        if not runs:
            return {}
        by_id = taken[np.argsort(taken[:, 0])]
        step = max(1, len(by_id) // _N_USUAL)
        _, sample = self._catalog.made.get_vectors(by_id[::step, 0].tolist(), model_id)
        usual = sample.mean(axis=0)
        found: dict[Run, Groups] = {}
        for block in _blocks(runs):
            ids = [photo_id for run in block for photo_id in run]
            known, vectors = self._catalog.made.get_vectors(ids, model_id)
            facts = by_id[np.searchsorted(by_id[:, 0], ids)]
            start = 0
            for run in block:
                rows = slice(start, start := start + len(run))
                at = np.searchsorted(known, run)
                is_known = np.isin(run, known).all()  # none was forgotten meanwhile
                found[run] = _groups(facts[rows], vectors[at], usual) if is_known else ()
        return found


def _runs(taken: IdArray) -> Iterator[Run]:
    """taken: see `list_moments`."""
    follows = np.diff(taken[:, 1]) <= BURST_S
    breaks = np.flatnonzero(~follows) + 1
    sizes = np.diff(np.concatenate(([0], breaks, [len(taken)])))
    starts = np.concatenate(([0], breaks))
    for start, size in zip(starts[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
        for at in range(start, start + size, MOST_IN_RUN):
            run = taken[at : min(at + MOST_IN_RUN, start + size), 0]
            if len(run) > 1:
                yield tuple(run.tolist())


def _blocks(runs: Sequence[Run]) -> Iterator[list[Run]]:
    block: list[Run] = []
    n_photos = 0
    for run in runs:
        block.append(run)
        n_photos += len(run)
        if n_photos >= _AT_ONCE:
            yield block
            block, n_photos = [], 0
    if block:
        yield block


def _groups(facts: IdArray, vectors: NDArray[np.float32], usual: NDArray[np.float32]) -> Groups:
    """facts: see `list_moments`, of one run. usual: (d,) the mean of the library's embeddings."""
    usual_cosine = float(usual @ vectors.mean(axis=0))
    began = datetime(1970, 1, 1)
    moments = [
        began + timedelta(seconds=second) if is_told else None
        for second, is_told in facts[:, (1, 3)].tolist()
    ]
    groups = look_alikes(distances(vectors, usual_cosine), moments)
    return tuple(
        tuple(facts[row, 0].item() for row in sorted(rows, key=lambda row: (-facts[row, 2], row)))
        for rows in groups
    )
