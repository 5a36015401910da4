"""Vectors of real photos and of parts cut out of them, and any number of generated ones with the
same covariance."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.models import starter
from desktop.embedding import Embedder

FloatArray = NDArray[np.float32]

PHOTOS = Path("..", "shared", "data", "captioned")
"""Photos with captions.csv (image, split, caption), where there are such beside the checkout."""

N_WORDS = 200
N_ASKED = 200
"""Photos at the end that are only asked with."""

NOISE = 0.5
"""The share of the variance of a generated photo that is its own; the rest is that of a real one,
so that there are events of similar photos, as many as there are real ones."""

_BATCH = 32
_BLOCK = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class RealVectors:
    """Attributes:
    photos: (n, d) unit length, of photos and then of parts of them.
    asked: (N_ASKED, d) of other parts, to ask with.
    words: (N_WORDS, d) of captions.
    """

    photos: FloatArray
    asked: FloatArray
    words: FloatArray

    def like_these(self, n: int, seed: int = 0) -> Iterator[FloatArray]:
        """n rows of length 1 in blocks, with the mean and covariance of `photos` before they are
        scaled."""
        random = np.random.default_rng(seed)
        mean = self.photos.mean(axis=0)
        centred = self.photos - mean
        covariance = centred.T @ centred / len(centred)
        values, directions = np.linalg.eigh(covariance.astype(np.float64))
        root = (directions * np.sqrt(values.clip(0))).T.astype(np.float32)
        for start in range(0, n, _BLOCK):
            size = min(_BLOCK, n - start)
            real = centred[random.integers(len(centred), size=size)]
            own = random.standard_normal((size, len(root)), np.float32) @ root
            yield unit(mean + np.sqrt(1 - NOISE) * real + np.sqrt(NOISE) * own)


def unit(rows: FloatArray) -> FloatArray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def real_vectors(kept: Path, photos: Path, n: int) -> RealVectors:
    """n vectors by the starter, read from `kept` if they are there; ten minutes for 10,000."""
    path = kept / f"real-vectors-{n}.npz"
    if path.exists():
        with np.load(path, allow_pickle=False) as file:
            return RealVectors(file["photos"], file["asked"], file["words"])
    embedder = starter("float32")
    embedder.load()
    try:
        images = images_of(photos, n + N_ASKED)
        embeddings = np.concatenate(list(_embed(embedder, images)))
        words = embedder.embed_text(captions_of(photos, N_WORDS))
    finally:
        embedder.unload()
    kept.mkdir(parents=True, exist_ok=True)
    made = {"photos": embeddings[:n], "asked": embeddings[n:], "words": words}
    np.savez(path, **made)  # type: ignore[arg-type]
    return RealVectors(**made)


def images_of(photos: Path, n: int) -> Iterator[Image.Image]:
    """All photos, then parts of a quarter of their area at random places."""
    paths = sorted((photos / "images").iterdir())
    random = np.random.default_rng(0)
    for number in range(n):
        with Image.open(paths[number % len(paths)]) as opened:
            image = opened.convert("RGB")
        if number >= len(paths):
            width, height = image.width // 2, image.height // 2
            left, top = (int(random.integers(side + 1)) for side in (width, height))
            image = image.crop((left, top, left + width, top + height))
        yield image


def captions_of(photos: Path, n: int) -> list[str]:
    with (photos / "captions.csv").open(newline="", encoding="utf-8") as file:
        captions = [row["caption"] for row in csv.DictReader(file)]
    return captions[:: max(1, len(captions) // n)][:n]


def _embed(embedder: Embedder, images: Iterator[Image.Image]) -> Iterator[FloatArray]:
    batch: list[Image.Image] = []
    for image in images:
        batch.append(embedder.fit(image))
        if len(batch) == _BATCH:
            yield embedder.embed_images(batch)
            batch = []
    if batch:
        yield embedder.embed_images(batch)
