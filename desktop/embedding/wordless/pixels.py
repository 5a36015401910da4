"""`pixels`: a photo as a few of its own pixels. The baseline of everything; no weights, no torch.

Measured on two labelled folders (`likeness evaluate`, share of the first 10 of the same kind):
scenery 0.35, clothing 0.22, where chance is 0.16 and 0.10. Sides from 8 to 32 pixels differ by less
than 0.01.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from desktop.embedding.embedder import FloatArray, Make
from desktop.embedding.wordless.alone import PhotoModel
from desktop.errors import ModelUnavailable

SIDE_PX = 16
MIDDLE = 127.5
"""Taken off each value, so that light and dark are opposites. No byte is equal to it: no photo
gives zeros alone."""


@dataclass(frozen=True, slots=True)
class PixelNetwork:
    """A `Network` that has nothing to load: it looks at a photo in 16 x 16 pixels."""

    device: str = "cpu"
    precision: str = "float32"
    batch: int = 64

    def see(self, images: Sequence[Image.Image]) -> FloatArray:
        """See `Network.see`."""
        rows = [np.asarray(fit(image), dtype=np.float32).ravel() - MIDDLE for image in images]
        return np.stack(rows)


def fit(image: Image.Image) -> Image.Image:
    """Squash an RGB image to the pixels that are compared; that size is left alone."""
    if image.size == (SIDE_PX, SIDE_PX):
        return image
    return image.resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR)


def prepare_pixels(name: str, argument: str, device: str) -> Make:
    """See `ModelKind.prepare`. There is one of it, and it runs on the processor."""
    if argument:
        raise ModelUnavailable("There is one model of pixels.", "It is called `pixels`.")
    model = PhotoModel(
        name,
        revision=f"{SIDE_PX}px",
        dim=3 * SIDE_PX * SIDE_PX,
        input_px=SIDE_PX,
        fit=fit,
        load=_load,
        about="Compares colours and where they are, without any network: a baseline for the "
        "others, and the quickest.",
        licence="no licence needed",
    )
    return model.make(device)


def _load(_: str, __: str) -> PixelNetwork:
    return PixelNetwork()
