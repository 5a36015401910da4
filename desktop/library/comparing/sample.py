"""Some photos, as several models see them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop.embedding import Embedder
from desktop.errors import UserError
from desktop.jobs import Job
from desktop.library.reading_apart import ReadApart

BYTES_A_NUMBER = 4


@dataclass(frozen=True, slots=True, eq=False)
class ModelView:
    """What one model made of the photos of a sample.

    Attributes:
        vectors: (n, d) float32 of length 1, in the order of the sample's positions.
        texts: (t, d) the same of the questions; none where the model knows no words.
        photos_per_s: how many it read a second, decoding included; 0 where there were none.
    """

    name: str
    model_id: str
    has_text: bool
    vectors: NDArray[np.float32]
    texts: NDArray[np.float32]
    photos_per_s: float

    @property
    def bytes_a_photo(self) -> int:
        """What an embedding takes in the catalog, and again in the index."""
        return int(self.vectors.shape[1]) * BYTES_A_NUMBER


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Photos that every model could read.

    Attributes:
        positions: of these among the photos that were given, rising; (n,) int64.
        n_unreadable: how many of those given are left out.
    """

    positions: NDArray[np.int64]
    n_unreadable: int
    models: tuple[ModelView, ...]


def read_sample(
    read: ReadApart, embedders: Sequence[Embedder], job: Job, texts: Sequence[str] = ()
) -> Sample:
    """Embed the photos, and the texts, by one model after the other: each as indexing would do it
    alone, so that the time is that of the model and one model at most is in memory.

    Raises Cancelled, ModelUnavailable, UserError where none of the photos can be read by all or
    the disk is full.
    """
    speeds, asked = [], []
    for embedder in embedders:
        with job.part(embedder.name):
            words, speed = _read_by(embedder, read, job, texts)
        asked.append(words)
        speeds.append(speed)
    ids = np.stack([read.ids_of(embedder.model_id) for embedder in embedders])
    positions = np.flatnonzero((ids > 0).all(axis=0))
    if not len(positions):
        raise UserError("None of the photos could be read by all the models.")
    views = [
        ModelView(
            embedder.name,
            embedder.model_id,
            embedder.has_text,
            read.vectors_of(ids[0][positions], embedder.model_id),
            words,
            speed,
        )
        for embedder, words, speed in zip(embedders, asked, speeds, strict=True)
    ]
    return Sample(positions, len(read.paths) - len(positions), tuple(views))


def _read_by(
    embedder: Embedder, read: ReadApart, job: Job, texts: Sequence[str]
) -> tuple[NDArray[np.float32], float]:
    """The texts (t, d), none where the model knows no words; and how many photos it read a
    second."""
    job.report(0, 0, "Loading")
    embedder.load()
    try:
        started_s = time.perf_counter()
        read.embed(embedder, job)
        elapsed_s = time.perf_counter() - started_s
        knows_words = embedder.has_text and texts
        none = np.zeros((0, embedder.dim), np.float32)
        words = embedder.embed_text(texts) if knows_words else none
    finally:
        embedder.unload()
    n_read = int((read.ids_of(embedder.model_id) > 0).sum())
    return words, n_read / elapsed_s
