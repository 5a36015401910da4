"""Index: the current Snapshot of one model, kept on disk as generations, rebuilt in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.index.snapshot import Snapshot
from desktop.jobs import Job

Embeddings = Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]]


class Index:
    """Owner of the files under `folder` (one folder a model_id). Methods are safe from any thread;
    `rebuild` is meant for a short-lived worker of its own."""

    def __init__(self, folder: Path, model_id: str, dim: int) -> None: ...

    @property
    def snapshot(self) -> Snapshot: ...

    def load(
        self,
        known_ids: NDArray[np.int64],
        changed_since: Callable[[int], NDArray[np.int64]],
        read: Callable[[Sequence[int]], tuple[NDArray[np.int64], NDArray[np.float32]]],
    ) -> None:
        """Take up the generation on disk if it verifies; photos of it that are not in known_ids are
        dropped; known_ids that are not in it, and changed_since(manifest's catalog_revision) (photos
        whose embedding was written after it), are read with `read` into the tail. Anything wrong on
        disk: logged, and all are read (exact search meanwhile, `needs_rebuild` true)."""

    def add(self, photo_ids: NDArray[np.int64], embeddings: NDArray[np.float32]) -> None:
        """Put photos into the tail (replacing what they had): the next snapshot finds them."""

    def remove(self, photo_ids: Sequence[int]) -> None: ...

    @property
    def needs_rebuild(self) -> bool:
        """The tail (with the removed) has grown past max(1000, 10 %) of the built part."""

    def rebuild(self, job: Job, catalog_revision: int) -> None:
        """catalog_revision: every embedding written up to it has been added here; goes into the manifest.
        Write the next generation and swap it in; what was added meanwhile stays in the tail.
        Cancel leaves the old one. OSError (disk full) leaves the old one and is raised as UserError."""

    def recall(self, n_queries: int = 100, n: int = 50) -> float | None:
        """recall@n of Annoy against the exact scan on photos of this library; None without Annoy."""
