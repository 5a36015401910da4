"""TileIndexes: the indexes of parts of photos, by which small things are found."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import Catalog
from desktop.embedding import Embedder
from desktop.index import CatalogVectors, Index
from desktop.ingest import TilesPass
from desktop.media import TILES


class TileIndexes:
    """One for each model whose tiles are wanted, brought up to date from the disk at first use.
    Under the lock of `Spaces`."""

    def __init__(self, catalog: Catalog, index_path: Path) -> None:
        self._catalog = catalog
        self._index_path = index_path
        self._indexes: dict[str, Index] = {}

    def take(self, embedder: Embedder, wanted: Sequence[Embedder]) -> Index | None:
        """That of a model; None where it is not among those that are wanted, and the others are let
        go of. Each row holds all parts of a photo."""
        made, pass_ids = TilesPass(embedder), {TilesPass(each).pass_id for each in wanted}
        self._indexes = {id_: index for id_, index in self._indexes.items() if id_ in pass_ids}
        if made.pass_id not in pass_ids:
            return None
        if made.pass_id not in self._indexes:
            self._indexes[made.pass_id] = self._load(embedder, made)
        return self._indexes[made.pass_id]

    def add(
        self, pass_id: str, photo_ids: NDArray[np.int64], embeddings: NDArray[np.float32]
    ) -> None:
        """Tell the index of tiles that were just committed, where it is in use."""
        if pass_id in self._indexes:
            self._indexes[pass_id].add(photo_ids, embeddings)

    def rest(self) -> None:
        """Let go of their pages in memory."""
        for index in self._indexes.values():
            index.rest()

    def let_go(self) -> list[Index]:
        """Hand them over to be closed."""
        indexes, self._indexes = list(self._indexes.values()), {}
        return indexes

    def _load(self, embedder: Embedder, made: TilesPass) -> Index:
        catalog, pass_id = self._catalog, made.pass_id

        def read(photo_ids: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
            values = catalog.made.get_values(photo_ids, pass_id)
            return np.array(list(values), np.int64), made.embeddings(list(values.values()))

        dim = embedder.dim * len(TILES)
        index = Index(self._index_path, pass_id, dim, kind="", n_segments=len(TILES))
        index.load(CatalogVectors(partial(catalog.made.list_ids, pass_id), read))
        return index
