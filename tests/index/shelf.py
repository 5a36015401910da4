"""Shelf: embeddings with revisions, read the way an Index reads a catalog; and vectors to put
there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.index import CatalogVectors, Index
from desktop.index.approximate import ANNOY

MODEL = "colours/deep@3"

IdArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]


def unit(vectors: NDArray[np.floating]) -> FloatArray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def clustered(n: int, dim: int, seed: int = 0) -> FloatArray:
    """(n, dim) shaped like embeddings of photos: one common direction, and clusters of about 50
    whose members have cosines of 0.6-0.7."""
    rng = np.random.default_rng(seed)
    centres = unit(rng.standard_normal((max(n // 50, 1), dim)))
    common = unit(rng.standard_normal(dim))
    noise = unit(rng.standard_normal((n, dim)))
    return unit(centres[rng.integers(0, len(centres), n)] + 0.5 * common + 0.8 * noise)


def remove(index: Index, photo_ids: Collection[int]) -> None:
    """Let the catalog have all photos of the index but these."""
    found = index.snapshot.search(unit(np.ones(index.snapshot.dim)), index.snapshot.n_items)
    index.keep_only(lambda: np.setdiff1d(found.photo_ids, sorted(photo_ids)))


class Shelf:
    """What a catalog knows of one model's embeddings, kept in memory.

    Attributes:
        revision: rises with each `put`.
        n_read: embeddings that were read so far.
    """

    def __init__(self) -> None:
        self.revision = 0
        self.n_read = 0
        self._rows: dict[int, tuple[int, FloatArray]] = {}

    def put(self, photo_ids: Sequence[int] | IdArray, vectors: FloatArray) -> None:
        self.revision += 1
        for photo_id, vector in zip(photo_ids, vectors, strict=True):
            self._rows[int(photo_id)] = (self.revision, vector)

    def drop(self, photo_ids: Sequence[int]) -> None:
        self.revision += 1
        for photo_id in photo_ids:
            self._rows.pop(photo_id, None)

    def known_ids(self) -> IdArray:
        return np.array(sorted(self._rows), np.int64)

    def changed_since(self, revision: int) -> IdArray:
        return np.array(sorted(i for i, (at, _) in self._rows.items() if at > revision), np.int64)

    def read(self, photo_ids: Sequence[int]) -> tuple[IdArray, FloatArray]:
        self.n_read += len(photo_ids)
        ids = sorted(set(photo_ids) & self._rows.keys())
        return np.array(ids, np.int64), np.array([self._rows[i][1] for i in ids], np.float32)

    def all(self) -> tuple[IdArray, FloatArray]:
        ids = self.known_ids()
        return ids, np.array([self._rows[i][1] for i in ids.tolist()], np.float32)

    def source(self) -> CatalogVectors:
        return CatalogVectors(self.changed_since, self.read)

    def load(self, folder: Path, dim: int, model_id: str = MODEL, kind: str = ANNOY) -> Index:
        """A new Index over `folder`, brought up to this shelf."""
        index = Index(folder, model_id, dim, kind)
        index.load(self.source())
        return index
