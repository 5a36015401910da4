"""Passes: what is made of photos. One decode feeds all that a photo still lacks.

A new pass is a class like `EmbeddingPass` and a place in `PASSES`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from desktop.catalog import Failure, Value
from desktop.embedding import Embedder
from desktop.media import THUMBNAIL_LEAST_PX, THUMBNAIL_LEAST_SHORT_PX, Fit, Sides
from desktop.power import WaitsFor

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


def sides_for(passes: Sequence[Pass]) -> Sides:
    """What a decode must not go below for all of them and the thumbnail."""
    return Sides(
        max(THUMBNAIL_LEAST_SHORT_PX, *(each.least.short_px for each in passes)),
        max(THUMBNAIL_LEAST_PX, *(each.least.long_px for each in passes)),
    )


PASSES: tuple[Pass, ...] = ()
"""What is made of photos besides embeddings by the models: a pass comes after those it needs."""
