"""PhotoScope: the photos that may answer, of a library whose embeddings another program keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from desktop.index.neighbours import SAMPLE, Spread, best_of, spread_of
from desktop.index.part import FloatArray, IdArray, Part, is_among
from desktop.index.seam import CatalogVectors

READ_AT_ONCE = 5_000


class PhotoScope:
    """Some photos, by rising photo_id, and a sample of their embeddings. Any thread.

    Attributes:
        allowed: the array by which they were asked for.
        photo_ids: those of them that can be found.
    """

    def __init__(
        self, allowed: IdArray | None, photo_ids: IdArray, catalog: CatalogVectors, dim: int
    ) -> None:
        self.allowed = allowed
        self.photo_ids = photo_ids
        self._catalog = catalog
        self._dim = dim

    def __len__(self) -> int:
        return len(self.photo_ids)

    @cached_property
    def sample(self) -> FloatArray:
        """(<= 2 * SAMPLE, d) embeddings, evenly over all."""
        some = self.photo_ids[:: max(1, len(self) // SAMPLE)]
        blocks = [vectors for _, vectors in blocks_of(self._catalog, some)]
        return np.concatenate(blocks) if blocks else np.zeros((0, self._dim), np.float32)

    def spread(self, query: FloatArray) -> Spread:
        return spread_of(self.sample @ query)


def blocks_of(catalog: CatalogVectors, photo_ids: IdArray) -> Iterator[tuple[IdArray, FloatArray]]:
    """The embeddings of these photos, as far as the catalog has them, in blocks."""
    for start in range(0, len(photo_ids), READ_AT_ONCE):
        ids, vectors = catalog.read(photo_ids[start : start + READ_AT_ONCE].tolist())
        if len(ids):
            yield ids, vectors


def scan(
    catalog: CatalogVectors, photo_ids: IdArray, query: FloatArray, n: int
) -> tuple[IdArray, FloatArray]:
    """The n photos nearest to `query` of these, compared here. Memory for one block at a time."""
    best = np.zeros(0, np.int64), np.zeros(0, np.float32)
    for ids, vectors in blocks_of(catalog, photo_ids):
        best = best_of(*joined([best, (ids, vectors @ query)]), n)
    return best


def scan_each(
    catalog: CatalogVectors, photo_ids: IdArray, queries: FloatArray
) -> tuple[IdArray, FloatArray]:
    """All of these photos compared with each of `queries` (k, d): ids (m,) and scores (k, m)."""
    ids, scores = [np.zeros(0, np.int64)], [np.zeros((len(queries), 0), np.float32)]
    for some, vectors in blocks_of(catalog, photo_ids):
        ids.append(some)
        scores.append((vectors @ queries.T).T)
    return np.concatenate(ids), np.ascontiguousarray(np.concatenate(scores, axis=1))


def scan_part(part: Part, allowed: IdArray | None, query: FloatArray) -> tuple[IdArray, FloatArray]:
    selected = part.select(allowed)
    return selected.photo_ids, selected.scan(query)


def joined(
    found: Sequence[tuple[IdArray, FloatArray]],
) -> tuple[IdArray, FloatArray]:
    return np.concatenate([ids for ids, _ in found]), np.concatenate([each for _, each in found])


def holds(photo_ids: IdArray, among: IdArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(n,) whether each of a few ids is in `among`, which is sorted and may be long."""
    if not len(among):
        return np.zeros(len(photo_ids), np.bool_)
    places = np.minimum(np.searchsorted(among, photo_ids), len(among) - 1)
    return np.asarray(among[places] == photo_ids)


def without(photo_ids: IdArray, others: IdArray) -> IdArray:
    """Both sorted."""
    return photo_ids[~is_among(photo_ids, others)] if len(others) else photo_ids


def within(photo_ids: IdArray, others: IdArray) -> IdArray:
    """Both sorted."""
    return photo_ids[is_among(photo_ids, others)]


def together(photo_ids: IdArray, others: IdArray) -> IdArray:
    """Both sorted, and so is the answer."""
    if not len(others):
        return photo_ids
    return np.union1d(photo_ids, others)
