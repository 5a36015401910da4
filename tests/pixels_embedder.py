"""An embedder that knows no words: a photo as a few grey pixels. With its row for the table of
factories, it is all that another kind of model takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from desktop.embedding.embedder import Make
from desktop.embedding.models.factories import Factory
from desktop.errors import ModelUnavailable, QueryUnanswerable

FILE = "pixels.json"


class PixelsEmbedder:
    """Implements Embedder. An embedding is the photo in side x side grey pixels, length 1."""

    has_text = False
    languages = ()
    precision = "float32"
    licence = ""
    about = "A model of your own choice, which compares photos alone."
    likely_score = maybe_score = 1.0

    def __init__(self, name: str, side_px: int, device: str) -> None:
        self.name = name
        self.model_id = f"{name}@{side_px}"
        self.dim = side_px * side_px
        self.input_px = side_px
        self.device = device
        self.is_loaded = False

    def load(self) -> None:
        self.is_loaded = True

    def unload(self) -> None:
        self.is_loaded = False

    @property
    def fit(self) -> Callable[[Image.Image], Image.Image]:
        return partial(_fit, side_px=self.input_px)

    def embed_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        self.load()
        rows = [
            np.asarray(self.fit(image).convert("L"), np.float32).ravel() + 1 for image in images
        ]
        return np.stack([row / np.linalg.norm(row) for row in rows])

    def embed_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise QueryUnanswerable(f"{self.name} knows no words.")


def _fit(image: Image.Image, side_px: int) -> Image.Image:
    return image.resize((side_px, side_px), Image.Resampling.BOX)


def _prepare(name: str, folder: Path, device: str) -> Make:
    try:
        side_px = int(json.loads((folder / FILE).read_text())["side_px"])
    except (ValueError, KeyError) as error:
        raise ModelUnavailable(f"{FILE} makes no sense.") from error
    return partial(PixelsEmbedder, name, side_px, device)


PIXELS = Factory(lambda folder: (folder / FILE).is_file(), _prepare)


def write_pixels_model(folder: Path, side_px: int = 8) -> None:
    folder.mkdir(parents=True)
    (folder / FILE).write_text(json.dumps({"side_px": side_px}))
