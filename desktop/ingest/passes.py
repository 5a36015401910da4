"""Passes: what is made of photos. One decode feeds all that a photo still lacks.

A new pass is a class like `EmbeddingPass` and a place in `PASSES`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from desktop.catalog import Failure, Value
from desktop.embedding import Embedder
from desktop.media import THUMBNAIL_LEAST_PX, THUMBNAIL_LEAST_SHORT_PX, TILES, Fit, Sides
from desktop.power import WaitsFor

PARTS = "parts of photos"

OnEmbedded = Callable[[str, NDArray[np.int64], NDArray[np.float32]], None]
"""Told after every commit: model_id, photo_ids (n,) int64, embeddings (n, d) float32."""


@dataclass(frozen=True, slots=True)
class Material:
    """What a pass is given of a photo.

    Attributes:
        image: as the pass's `fit` gave it.
        made: what the passes that it comes `after` made of the photo, by their names.
    """

    image: Image.Image
    made: Mapping[str, Value]


class Pass(ABC):
    """Makes something of each photo. The ingest thread, but for `fit`.

    Attributes:
        name: without "@", and not that of another pass.
        version: when it changes, this pass and those that come `after` it do all photos anew; no
            other pass does.
        least: the smallest size to which a photo may be reduced for it.
        after: passes whose values it needs; they come before it in the list of passes.
        waits_for: when it may run.
    """

    name: str
    version: str
    least: Sides
    after: tuple[Pass, ...] = ()
    waits_for: WaitsFor = WaitsFor.NOTHING

    @property
    def pass_id(self) -> str:
        """What the catalog records the work by."""
        return "+".join([f"{self.name}@{self.version}", *(each.pass_id for each in self.after)])

    @property
    @abstractmethod
    def fit(self) -> Fit:
        """Reduces an upright RGB image to what the pass looks at. Can be pickled, for it is called
        in the decoding processes."""

    @abstractmethod
    def run(self, photos: Sequence[Material]) -> Sequence[Value | Failure]:
        """One value a photo, or why there is none. What it raises ends indexing, not this photo."""

    def saved(self, photo_ids: Sequence[int], values: Sequence[Value]) -> None:  # noqa: B027
        """Called with what was just committed."""


class EmbeddingPass(Pass):
    """Embeds photos by a model; the pass_id is the model_id."""

    def __init__(
        self, embedder: Embedder, on_embedded: OnEmbedded = lambda _id, _photos, _vectors: None
    ) -> None:
        self._embedder = embedder
        self._on_embedded = on_embedded
        self.name, _, self.version = embedder.model_id.partition("@")
        self.least = Sides(embedder.input_px)

    @property
    def fit(self) -> Fit:
        return self._embedder.fit

    def run(self, photos: Sequence[Material]) -> Sequence[Value | Failure]:
        return list(self._embedder.embed_images([photo.image for photo in photos]))

    def saved(self, photo_ids: Sequence[int], values: Sequence[Value]) -> None:
        self._on_embedded(self.pass_id, np.array(photo_ids, np.int64), np.stack(values))


class TilesPass(Pass):
    """Embeds the TILES of each photo by a model, so that small things in large photos are found.
    Its value is their embeddings one behind the other, in float16 as bytes, which takes half of the
    room and moves a cosine by less than 0.001."""

    name = PARTS

    def __init__(
        self, embedder: Embedder, on_embedded: OnEmbedded = lambda _id, _photos, _vectors: None
    ) -> None:
        """on_embedded: is told the pass_id, and the embeddings (n, t * d)."""
        self._embedder = embedder
        self._on_embedded = on_embedded
        self.version = f"{len(TILES)} by {embedder.model_id}"
        self.least = Sides(max(tile.least(embedder.input_px).short_px for tile in TILES))

    @property
    def fit(self) -> Fit:
        return partial(_tiles_of, self._embedder.fit)

    def run(self, photos: Sequence[Material]) -> Sequence[Value | Failure]:
        tiles = [tile for photo in photos for tile in _tiles_in(photo.image)]
        rows = self._embedder.embed_images(tiles).astype("<f2")
        return [part.tobytes() for part in rows.reshape(len(photos), -1)]

    def saved(self, photo_ids: Sequence[int], values: Sequence[Value]) -> None:
        self._on_embedded(self.pass_id, np.array(photo_ids, np.int64), self.embeddings(values))

    def embeddings(self, values: Sequence[Value]) -> NDArray[np.float32]:
        """(n, t * d) of what this pass has made."""
        if not values:
            return np.zeros((0, self._embedder.dim * len(TILES)), np.float32)
        rows = [np.frombuffer(bytes(value), "<f2") for value in values]
        return np.stack(rows).astype(np.float32)


def _tiles_of(fit: Fit, image: Image.Image) -> Image.Image:
    """The tiles of a photo, fitted, one below the other. Called in a decoding process."""
    fitted = [fit(tile.crop(image)) for tile in TILES]
    column = Image.new("RGB", (fitted[0].width, fitted[0].height * len(fitted)))
    for number, tile in enumerate(fitted):
        column.paste(tile, (0, number * tile.height))
    return column


def _tiles_in(column: Image.Image) -> list[Image.Image]:
    height = column.height // len(TILES)
    return [
        column.crop((0, number * height, column.width, (number + 1) * height))
        for number in range(len(TILES))
    ]


def sides_for(passes: Sequence[Pass]) -> Sides:
    """What a decode must not go below for all of them and the thumbnail."""
    return Sides(
        max(THUMBNAIL_LEAST_SHORT_PX, *(each.least.short_px for each in passes)),
        max(THUMBNAIL_LEAST_PX, *(each.least.long_px for each in passes)),
    )


PASSES: tuple[Pass, ...] = ()
"""What is made of photos besides embeddings by the models: a pass comes after those it needs."""
