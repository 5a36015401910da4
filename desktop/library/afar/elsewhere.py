"""Elsewhere: what indexing leaves to other processes, decoding and the model, is done by the
machines of a cluster."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
from PIL import Image

from desktop.embedding import Embedder, EmbedderApart, FloatArray
from desktop.errors import ModelUnavailable
from desktop.ingest import BATCH
from desktop.jobs import Job
from desktop.library.afar.cluster import Cluster, ModelGone, connected
from desktop.media import Decoders, Fit, FittedPhoto, HashedFile, Sides, Thumbnails

BACK_WITHIN_S = 180.0
"""So long a model may take to begin anew on another machine."""
_LOOK_EVERY_S = 0.5


class FarDecoders(Decoders):
    """Decodes on the cluster what is indexed. All else that a photo is opened for stays here."""

    def __init__(self, cluster: Cluster, ships: bool, n_free: int) -> None:
        """ships: photos are sent as bytes; else they are opened under the same path there. n_free:
        cores on which no model works."""
        super().__init__()
        self._cluster = cluster
        self._ships = ships
        self.n_processes = max(1, n_free)

    def read(
        self,
        file: HashedFile,
        least: Sides,
        fits: Mapping[str, Fit],
        thumbnails: Thumbnails,
        job: Job | None = None,
    ) -> FittedPhoto | None:
        """See `Decoders.read`. Raises ClusterAway, too."""
        contents = None
        if self._ships:
            contents = {each.name: each.read_bytes() for each in (*file.sidecars, file.path)}
        is_new = not thumbnails.exists(file.content_hash)
        found = self._cluster.read(job, file, contents, least, dict(fits), is_new)
        if found.thumbnail is not None:
            thumbnails.put(file.content_hash, found.thumbnail)
        photo: FittedPhoto | None = found.photo
        return photo


class FarEmbedder(EmbedderApart):
    """Embeds images with several copies of a model, each on some machine of the cluster. Words are
    embedded here."""

    def __init__(self, here: EmbedderApart, cluster: Cluster, n_models: int) -> None:
        super().__init__(here.make)
        self._cluster = cluster
        on_gpu = cluster.n_gpus >= n_models
        self._models = [cluster.start_model(here.make, on_gpu) for _ in range(n_models)]

    def embed_images(self, images: Sequence[Image.Image]) -> FloatArray:
        """See `Embedder.embed_images`. A part that a machine has taken along when it went is given
        to another. Raises ClusterAway, too."""
        if not images:
            return np.zeros((0, self.dim), dtype=np.float32)
        fitted = [self.fit(image) for image in images]
        parts = [fitted[start : start + BATCH] for start in range(0, len(fitted), BATCH)]
        asked = [self._ask_model(number, part) for number, part in enumerate(parts)]
        done = [
            self._taken(number, part, reference)
            for number, (part, reference) in enumerate(zip(parts, asked, strict=True))
        ]
        return np.concatenate(done)

    def unload(self) -> None:
        """End all of them."""
        models, self._models = self._models, []
        for model in models:
            self._cluster.end_model(model)
        super().unload()

    def _ask_model(self, number: int, images: Sequence[Image.Image]) -> Any:
        return self._models[number % len(self._models)].embed_images.remote(images)

    def _taken(self, number: int, images: Sequence[Image.Image], reference: Any) -> FloatArray:
        until_s = time.monotonic() + BACK_WITHIN_S
        while True:
            try:
                embeddings: FloatArray = self._cluster.answer(reference)
            except ModelGone as error:
                if time.monotonic() > until_s:
                    raise ModelUnavailable(
                        f"The model {self.name} ends again and again on the cluster.",
                        "The logs of Ray may say why; often memory is short there.",
                    ) from error
                time.sleep(_LOOK_EVERY_S)  # until Ray has begun it anew
                number += 1
                reference = self._ask_model(number, images)
            else:
                return embeddings


class Elsewhere:
    """Attributes:
    decoders: for the pipeline, instead of those here.
    batch: photos that are embedded together, so that all models work.
    """

    def __init__(self, cluster: Cluster, n_models: int | None, ships: bool) -> None:
        """n_models: of each model, as many copies; None for one a GPU, or one where there is
        none."""
        self._cluster = cluster
        self._n_models = n_models or max(1, cluster.n_gpus)
        n_busy = 0 if cluster.n_gpus >= self._n_models else self._n_models
        self.decoders = FarDecoders(cluster, ships, cluster.n_cores - n_busy)
        self.batch = BATCH * self._n_models
        self._embedders: dict[str, FarEmbedder] = {}

    def embedder(self, here: Embedder) -> Embedder:
        """The same model, on the cluster."""
        if not isinstance(here, EmbedderApart):
            return here
        if here.model_id not in self._embedders:
            self._embedders[here.model_id] = FarEmbedder(here, self._cluster, self._n_models)
        return self._embedders[here.model_id]

    def close(self) -> None:
        for each in self._embedders.values():
            each.unload()
        self.decoders.close()


@contextmanager
def elsewhere(where: str, n_models: int | None = None, ships: bool = False) -> Iterator[Elsewhere]:
    """For `Indexing.run`. where: see `connected`. Raises ClusterAway or ExtraMissing."""
    with ExitStack() as last_first:
        cluster = last_first.enter_context(connected(where))
        yield last_first.enter_context(contextlib.closing(Elsewhere(cluster, n_models, ships)))
