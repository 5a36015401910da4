"""Embeddings with their photo_ids: a `Part` is an immutable block that can be scanned exactly, a
`Tail` grows in place and gives Parts of itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from desktop.index.coarse import ROUNDING, CoarseRows, best_of_segments

log = logging.getLogger(__name__)

IdArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]
Mask = NDArray[np.bool_]

SPARSE = 8
"""Where fewer than one row in so many may answer, those rows are copied out and compared; else all
are compared and most are dropped: a row in order costs about an eighth of a row picked out."""

SPARSE_COARSE = 32
"""The same where there are coarse rows, of which one in order costs a quarter or less."""

_BLOCK_ROWS = 8_192
_STRETCH_ROWS = 1_024
"""Photos of a folder lie together, so what is sparse is decided for so many rows at a time."""

_TABLE_IDS_PER_ROW = 16


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Rows of one model's embeddings. Nobody writes to a row that a Part shows.

    Attributes:
        photo_ids: (n,) int64; no id is alive in two rows.
        vectors: (n, d) float32, rows of length 1; memory-mapped for a generation.
        alive: (n,) whether the row still counts (photos are removed and embedded again).
        coarse: the same rows, or as many pieces of each, by which they are compared more quickly.
    """

    photo_ids: IdArray
    vectors: FloatArray
    alive: Mask
    coarse: CoarseRows | None = None

    @classmethod
    def empty(cls, dim: int) -> Part:
        return cls(np.zeros(0, np.int64), np.zeros((0, dim), np.float32), np.zeros(0, np.bool_))

    def __len__(self) -> int:
        return len(self.photo_ids)

    @property
    def n_alive(self) -> int:
        return int(np.count_nonzero(self.alive))

    def select(self, allowed: IdArray | None) -> Selection:
        """Rows that may answer. allowed: sorted photo_ids, None for all."""
        mask = self.alive if allowed is None else self.alive & is_among(self.photo_ids, allowed)
        return Selection(self, mask)

    def newest(self, n: int) -> Part:
        """The last n rows. No copy."""
        start = max(len(self) - n, 0)
        return Part(self.photo_ids[start:], self.vectors[start:], self.alive[start:])

    def without(self, rows: NDArray[np.int64]) -> Part:
        """The same rows, those given no longer alive."""
        alive = self.alive.copy()
        alive[rows] = False
        return replace(self, alive=alive)


class Selection:
    """The rows of a Part that may answer, and how to compare them; worth keeping for the next
    query. Any thread.

    Attributes:
        mask: (n,) over the Part's rows.
        photo_ids: (m,) of the rows of the mask, in their order.
    """

    def __init__(self, part: Part, mask: Mask) -> None:
        self.part = part
        self.mask = mask
        self.n_rows = int(np.count_nonzero(mask))
        self.photo_ids = part.photo_ids if self.is_all else part.photo_ids[mask]
        self._sample: tuple[int, FloatArray] | None = None

    def __len__(self) -> int:
        return self.n_rows

    @property
    def is_all(self) -> bool:
        return self.n_rows == len(self.part)

    @cached_property
    def _dense(self) -> list[tuple[slice, bool]]:
        """Stretches of rows, each with whether few of its rows count."""
        return _stretches(self.mask, self.n_rows, SPARSE)

    @cached_property
    def _coarse(self) -> list[tuple[slice, bool]]:
        """The same for coarse rows."""
        return _stretches(self.mask, self.n_rows, SPARSE_COARSE)

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The rows of the mask."""
        return np.flatnonzero(self.mask)

    def scan(self, embedding: FloatArray) -> FloatArray:
        """(m,) scores of the rows of the mask, in their order."""
        vectors = self.part.vectors
        if self.is_all:
            return vectors @ embedding
        scores = np.empty(self.n_rows, np.float32)
        end = 0
        for stretch, is_sparse in self._dense:
            kept = self.mask[stretch]
            if is_sparse:
                found = vectors[stretch][kept] @ embedding
            else:
                found = (vectors[stretch] @ embedding)[kept]
            start, end = end, end + len(found)
            scores[start:end] = found
        return scores

    def scan_each(self, embeddings: FloatArray) -> FloatArray:
        """(k, m) scores for each of `embeddings` (k, d), as `scan` gives them; the rows are read
        once for all of them."""
        vectors, turned = self.part.vectors, np.ascontiguousarray(embeddings.T)
        if self.is_all:
            return np.ascontiguousarray((vectors @ turned).T)
        scores = np.empty((len(embeddings), self.n_rows), np.float32)
        end = 0
        for stretch, is_sparse in self._dense:
            kept = self.mask[stretch]
            if is_sparse:
                found = vectors[stretch][kept] @ turned
            else:
                found = (vectors[stretch] @ turned)[kept]
            start, end = end, end + len(found)
            scores[:, start:end] = found.T
        return scores

    def bounds(self, embeddings: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Between what the scores lie with each of `embeddings` (k, d): lows and highs (k, m); -inf
        and inf where a score is no number. Where a row of the Part is several embeddings, one
        behind the other, the best of them counts."""
        low = np.empty((len(embeddings), self.n_rows), np.float32)
        high = np.empty_like(low)
        end = 0
        for lows, highs in self._bounds(embeddings):
            start, end = end, end + lows.shape[1]
            low[:, start:end], high[:, start:end] = lows, highs
        low[~np.isfinite(high)] = -np.inf
        return low, high

    def _bounds(self, embeddings: FloatArray) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Block by block, in order."""
        coarse, n_segments = self.part.coarse, self.part.vectors.shape[1] // embeddings.shape[1]
        asked = coarse.ask(embeddings, is_close(embeddings)) if coarse is not None else None
        for stretch, is_sparse in self._dense if coarse is None else self._coarse:
            if coarse is None or asked is None or is_sparse:
                for scores in self._best_scores(embeddings, stretch, is_sparse):
                    yield scores - np.float32(ROUNDING), scores + np.float32(ROUNDING)
                continue
            for rows, lows, highs in coarse.bounds(asked, stretch, n_segments):
                kept = np.flatnonzero(self.mask[rows])
                if len(kept) < lows.shape[1]:
                    # Numpy takes three times as long where it is told by a mask.
                    lows, highs = lows.take(kept, axis=1), highs.take(kept, axis=1)
                yield lows, highs

    def _best_scores(
        self, embeddings: FloatArray, stretch: slice, is_sparse: bool
    ) -> Iterator[FloatArray]:
        """(k, r) block by block, of the rows of the mask in a stretch; inf for what is no
        number."""
        turned = np.ascontiguousarray(embeddings.T)
        for start in range(stretch.start, stretch.stop, _BLOCK_ROWS):
            rows = slice(start, min(start + _BLOCK_ROWS, stretch.stop))
            vectors = self.part.vectors[rows]
            if is_sparse:
                vectors = vectors[self.mask[rows]]
            scores = vectors.reshape(-1, len(turned)) @ turned
            best = best_of_segments(scores.T, vectors.shape[1] // len(turned))
            kept = slice(None) if is_sparse or self.is_all else self.mask[rows]
            yield np.where(np.isfinite(best), best, np.inf)[:, kept]

    def pick(self, rows: NDArray[np.int64]) -> FloatArray:
        """A copy of some rows of the mask, counted among these."""
        return self.part.vectors[self._of_part(rows)]

    def pick_coarse(self, rows: NDArray[np.int64], n_segments: int) -> CoarseRows | None:
        """The same of the coarse rows, where there are such."""
        coarse = self.part.coarse
        return coarse.pick(self._of_part(rows), n_segments) if coarse is not None else None

    def _of_part(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return rows if self.is_all else self.rows[rows]

    def every(self, step: int) -> FloatArray:
        """A copy of one embedding in `step`, evenly over the rows of the mask; kept until another
        step is asked for."""
        known = self._sample
        if known is None or known[0] != step:
            rows = np.arange(0, len(self.part), step) if self.is_all else self.rows[::step]
            known = self._sample = step, np.array(self.part.vectors[rows])
        return known[1]

    def score_rows(
        self, embedding: FloatArray, rows: NDArray[np.int64]
    ) -> tuple[IdArray, FloatArray]:
        """photo_ids and scores of some rows of the Part."""
        return self.part.photo_ids[rows], np.vecdot(self.part.vectors[rows], embedding)


def _stretches(mask: Mask, n_rows: int, sparse: int) -> list[tuple[slice, bool]]:
    """Cut the mask into stretches of rows, each with whether fewer than one in `sparse` counts;
    neighbours of the same kind are put together."""
    if n_rows == len(mask):
        return [(slice(0, n_rows), False)] if n_rows else []
    starts = np.arange(0, len(mask), _STRETCH_ROWS)
    counts = np.add.reduceat(mask, starts, dtype=np.int64)
    found: list[tuple[slice, bool]] = []
    for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
        if not count:
            continue
        stretch = slice(start, min(start + _STRETCH_ROWS, len(mask)))
        is_sparse = count * sparse < stretch.stop - stretch.start
        if found and found[-1][0].stop == start and found[-1][1] == is_sparse:
            stretch = slice(found.pop()[0].start, stretch.stop)
        found.append((stretch, is_sparse))
    return found


def is_close(embeddings: FloatArray) -> bool:
    """Whether the bounds of scores with these are as close as they can be told without all numbers:
    where there are several, that costs hardly more."""
    return len(embeddings) > 1


def is_among(photo_ids: IdArray, among: IdArray) -> Mask:
    """(n,) whether each id is in `among`, which is sorted.

    Ids of a catalog are small and dense, so a table of them answers in 2 ms for a million, where
    np.searchsorted takes 31 and np.isin 8.
    """
    if not len(among) or not len(photo_ids):
        return np.zeros(len(photo_ids), np.bool_)
    lowest, highest = min(int(among[0]), int(photo_ids.min())), int(photo_ids.max())
    if lowest >= 0 and highest < _TABLE_IDS_PER_ROW * (len(among) + len(photo_ids)):
        table = np.zeros(highest + 1, np.bool_)
        table[among[: np.searchsorted(among, highest, side="right")]] = True
        return table[photo_ids]
    places = np.searchsorted(among, photo_ids)
    places[places == len(among)] = 0
    return np.asarray(among[places] == photo_ids, np.bool_)


def rising(photo_ids: IdArray) -> IdArray:
    """Each id once, in order. What comes from a catalog is so already."""
    if np.all(photo_ids[:-1] < photo_ids[1:]):
        return photo_ids
    return np.unique(photo_ids)


def usable(photo_ids: IdArray, embeddings: FloatArray, dim: int) -> tuple[IdArray, FloatArray]:
    """What of these can be kept: photos in order, each once with its last embedding.

    embeddings: (n, dim). A row that holds something else than numbers is left out and logged.
    Raises ValueError for another shape.
    """
    vectors = np.asarray(embeddings, np.float32)
    if vectors.shape != (len(photo_ids), dim):
        raise ValueError(f"{len(photo_ids)} photos, but embeddings of shape {vectors.shape}")
    is_real = np.isfinite(vectors).all(axis=1)
    if not is_real.all():
        log.error("no numbers in the embeddings of photos %s", photo_ids[~is_real].tolist())
    ids, from_end = np.unique(np.asarray(photo_ids, np.int64)[is_real][::-1], return_index=True)
    return ids, vectors[is_real][::-1][from_end]


_FIRST_CAPACITY = 256


class Tail:
    """Rows in the order they came. Called under the lock of its Index; its Parts go to any thread.

    New rows are written behind those that earlier Parts show, so adding copies nothing but the new
    rows; the arrays double when they are full. A row that dies makes a new `alive`, never a change
    in an old Part.
    """

    def __init__(self, dim: int) -> None:
        self._photo_ids: IdArray = np.empty(0, np.int64)
        self._vectors: FloatArray = np.empty((0, dim), np.float32)
        self._alive: Mask = np.empty(0, np.bool_)
        self._n_rows = 0
        self._row_of: dict[int, int] = {}

    def __len__(self) -> int:
        return self._n_rows

    def append(self, photo_ids: IdArray, vectors: FloatArray) -> None:
        """Add rows; the ids differ from each other. Photos that are here already lose their old
        row."""
        known = (self._row_of.get(photo_id) for photo_id in photo_ids.tolist())
        self.discard([row for row in known if row is not None])
        start, end = self._n_rows, self._n_rows + len(photo_ids)
        self._reserve(end)
        self._photo_ids[start:end] = photo_ids
        self._vectors[start:end] = vectors
        self._alive[start:end] = True
        self._row_of.update(zip(photo_ids.tolist(), range(start, end), strict=True))
        self._n_rows = end

    def discard(self, rows: Sequence[int] | NDArray[np.int64]) -> None:
        """Let the rows of these photos die."""
        if len(rows):
            self._alive = self._alive.copy()
            self._alive[rows] = False

    def part(self, start: int = 0) -> Part:
        """The rows from `start` on as they are now. No copy."""
        shown = slice(start, self._n_rows)
        return Part(self._photo_ids[shown], self._vectors[shown], self._alive[shown])

    def _reserve(self, n_rows: int) -> None:
        capacity = len(self._photo_ids)
        if n_rows <= capacity:
            return
        n_more = max(n_rows, 2 * capacity, _FIRST_CAPACITY) - capacity
        self._photo_ids = np.concatenate([self._photo_ids, np.empty(n_more, np.int64)])
        grown = np.empty((capacity + n_more, self._vectors.shape[1]), np.float32)
        grown[: self._n_rows] = self._vectors[: self._n_rows]
        self._vectors = grown
        self._alive = np.concatenate([self._alive, np.empty(n_more, np.bool_)])
