"""A small, honest embedder for tests: colours as numbers, and words that name colours.

It is deterministic, needs no weights, and its answers can be told by looking: "red" finds what is
red.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

COLOURS = {
    "red": (220, 30, 30),
    "green": (30, 180, 40),
    "blue": (30, 60, 220),
    "yellow": (230, 220, 40),
    "white": (245, 245, 245),
    "black": (12, 12, 12),
}


class ColourEmbedder:
    """Implements Embedder. An embedding is a coarse colour histogram (64,), length 1.

    Attributes:
        n_images: how many images were embedded so far.
    """

    has_text = True
    languages = ("en",)
    input_px = 32
    device = "cpu"
    precision = "float32"
    licence = ""
    about = "Colours, and words that name them."
    likely_score = 0.8
    maybe_score = 0.5
    dim = 64

    def __init__(self, name: str = "colours", revision: str = "1") -> None:
        self.name = name
        self.model_id = f"{name}@{revision}"
        self.is_loaded = False
        self.n_images = 0
        self._lock = threading.Lock()

    def load(self) -> None:
        self.is_loaded = True

    def unload(self) -> None:
        self.is_loaded = False

    @property
    def fit(self) -> Callable[[Image.Image], Image.Image]:
        return _fit

    def embed_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        self.load()
        with self._lock:
            self.n_images += len(images)
        rows = [_histogram(np.asarray(self.fit(image))) for image in images]
        return np.stack(rows) if rows else np.zeros((0, self.dim), np.float32)

    def embed_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.load()
        return np.stack([_of_words(text) for text in texts])


def _fit(image: Image.Image) -> Image.Image:
    side_px = ColourEmbedder.input_px
    return image.resize((side_px, side_px), Image.Resampling.BOX)


def _of_words(text: str) -> NDArray[np.float32]:
    named = [COLOURS[word] for word in text.lower().split() if word in COLOURS] or [(128, 128, 128)]
    return _histogram(np.array([named], np.uint8))


def _histogram(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    cells = (pixels.reshape(-1, 3) // 64).astype(np.int64) @ np.array([16, 4, 1])
    counts = np.bincount(cells, minlength=64).astype(np.float32)
    counts += 1e-3
    return (counts / np.linalg.norm(counts)).astype(np.float32)
