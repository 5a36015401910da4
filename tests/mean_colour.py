"""A small second pass beside the models: all that a newcomer has to write to add one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from desktop.catalog import Failure, Value
from desktop.ingest import Material, Pass
from desktop.media import Fit, Sides
from desktop.power import WaitsFor


class MeanColour(Pass):
    """The mean colour of a photo, three bytes. One that is all black has none.

    Attributes: n_photos: how many it was given so far.
    """

    name = "mean colour"
    least = Sides(16)

    def __init__(self, version: str = "1", waits_for: WaitsFor = WaitsFor.NOTHING) -> None:
        self.version = version
        self.waits_for = waits_for
        self.n_photos = 0

    @property
    def fit(self) -> Fit:
        return reduce

    def run(self, photos: Sequence[Material]) -> Sequence[Value | Failure]:
        self.n_photos += len(photos)
        return [mean(photo.image) for photo in photos]


def reduce(image: Image.Image) -> Image.Image:
    """Called in a decoding process."""
    return image.resize((16, 16), Image.Resampling.BOX)


def mean(image: Image.Image) -> Value | Failure:
    colour = np.asarray(image).reshape(-1, 3).mean(0).round().astype(np.uint8)
    return colour.tobytes() if colour.max() > 20 else Failure("It is all black.")
