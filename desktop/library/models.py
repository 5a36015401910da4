"""Which model answers, which one is coming, and the change from one to the other."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import Catalog
from desktop.embedding import Embedder, ModelInfo, Registry
from desktop.errors import ModelUnavailable, UserError
from desktop.index import Index, remove_others
from desktop.jobs import Job
from desktop.search import Engine
from desktop.settings import Settings

log = logging.getLogger(__name__)


REST_AFTER_S = 60.0


@dataclass(frozen=True, slots=True)
class Answering:
    """A model that answers: taken once, it stays whole while another takes its place."""

    embedder: Embedder
    index: Index
    engine: Engine


class Models:
    """The answering model with its index, and the coming one. Any thread.

    The answering model is what the catalog says answered last; the coming one is what the settings
    want. They are the same but for the time between choosing a model and the moment when every
    photo has been embedded with it.
    """

    def __init__(
        self,
        catalog: Catalog,
        index_path: Path,
        registry: Registry,
        settings: Callable[[], Settings],
    ) -> None:
        self._catalog = catalog
        self._index_path = index_path
        self._registry = registry
        self._settings = settings
        self._lock = threading.RLock()
        self._answering: Embedder | None = None
        self._coming: Embedder | None = None
        self._loaded: Answering | None = None
        self._last_used_s = time.monotonic()
        self.notice: UserError | None = None

    def open(self) -> None:
        """Find out who answers. Loads no weights. A chosen model that is not at hand leaves a
        notice, and the best one at hand is taken."""
        try:
            wanted = self._registry.create(self._settings().model)
        except ModelUnavailable as error:
            self.notice = error
            wanted = self._registry.create("auto")
        with self._lock:
            self._answering = self._embedder_of(self._catalog.answering_model()) or wanted
            self._want(wanted)

    def use(self, embedder: Embedder) -> None:
        """Make this the coming model, or the answering one at once where nothing waits for it."""
        with self._lock:
            self._want(embedder)

    def undo(self) -> Embedder:
        """Let the previous model answer again, at once. Raises ModelUnavailable if there is
        none."""
        with self._lock:
            previous = self._embedder_of(self._catalog.previous_model())
            if previous is None:
                raise ModelUnavailable(
                    "There is no earlier model to go back to.",
                    "Choose a model in the list instead.",
                )
            self._coming = None
            self._answer_with(previous)
            return previous

    def switch_if_complete(self) -> bool:
        """Let the coming model answer if every photo has been embedded with it."""
        with self._lock:
            coming = self._coming
            if coming is None or self._catalog.count(coming.model_id).waiting:
                return False
            self._coming = None
            self._answer_with(coming)
            return True

    @property
    def answering(self) -> Embedder:
        with self._lock:
            assert self._answering is not None, "open() comes first"
            return self._answering

    @property
    def exact_search_limit(self) -> int:
        """As the person set it; 0 leaves it to what is measured."""
        return self._settings().exact_search_limit

    def measure(self) -> None:
        """Measure how fast the index answers here, where it is loaded and that is not known yet. A
        tenth of a second, when little else is going on."""
        with self._lock:
            loaded = self._loaded
        if loaded is not None:
            loaded.index.measure()

    @property
    def coming(self) -> Embedder | None:
        with self._lock:
            return self._coming

    def take(self) -> Answering:
        """The answering model with its index, which is brought up to date from the disk at first
        use."""
        with self._lock:
            self._last_used_s = time.monotonic()
            embedder = self.answering
            if self._loaded is None or self._loaded.embedder is not embedder:
                self._loaded = self._load(embedder)
            return self._loaded

    def saved(
        self, model_id: str, photo_ids: NDArray[np.int64], embeddings: NDArray[np.float32]
    ) -> None:
        """Tell the index of embeddings that were just committed. The ingest thread."""
        with self._lock:
            self._last_used_s = time.monotonic()
            if self._loaded is not None and self._loaded.embedder.model_id == model_id:
                self._loaded.index.add(photo_ids, embeddings)

    def tidy(self, job: Job, revision: int) -> None:
        """Let the embeddings of photos that were forgotten leave memory and disk, and build the
        index where that is due.

        revision: see `Index.rebuild`. Raises Cancelled, or UserError where the disk is full.
        """
        loaded = self.take()
        model_id = loaded.embedder.model_id
        loaded.index.keep_only(lambda: self._catalog.made.list_ids(model_id))
        if loaded.index.needs_rebuild or loaded.index.holds_removed:
            loaded.index.rebuild(job, revision)
        remove_others(self._index_path, {model_id})

    def unload_if_idle(self) -> bool:
        """Give the memory of the weights back after settings.idle_unload_s without use."""
        idle_s = self._settings().idle_unload_s
        with self._lock:
            if not idle_s or time.monotonic() - self._last_used_s < idle_s:
                return False
            embedders = [self._answering, self._coming]
        loaded = [embedder for embedder in embedders if embedder is not None and embedder.is_loaded]
        for embedder in loaded:
            embedder.unload()
        return bool(loaded)

    def rest_if_idle(self, idle_s: float = REST_AFTER_S) -> None:
        """Let go of the index's pages in memory after so long without use."""
        with self._lock:
            if self._loaded is not None and time.monotonic() - self._last_used_s >= idle_s:
                self._loaded.index.rest()

    def info(self, model_id: str | None, models: list[ModelInfo]) -> ModelInfo | None:
        """The entry of a list of models that has this model_id."""
        return (
            next((model for model in models if model.model_id == model_id), None)
            if model_id
            else None
        )

    def close(self) -> None:
        with self._lock:
            self._loaded = None
            for embedder in (self._answering, self._coming):
                if embedder is not None and embedder.is_loaded:
                    embedder.unload()

    def _want(self, wanted: Embedder) -> None:
        answering = self.answering
        if wanted.model_id == answering.model_id:
            self._coming = None
            if wanted is not answering:  # the same weights on another device
                answering.unload()
                self._answering = wanted
                if self._loaded is not None:
                    self._loaded = self._searching(self._loaded.index, wanted)
            if self._catalog.answering_model() is None:
                self._catalog.set_answering_model(wanted.model_id)
            return
        self._coming = wanted
        self.switch_if_complete()

    def _answer_with(self, embedder: Embedder) -> None:
        self._catalog.set_answering_model(embedder.model_id)
        self._answering = embedder
        self._loaded = None
        log.info("%s answers from now on", embedder.model_id)

    def _embedder_of(self, model_id: str | None) -> Embedder | None:
        model = self.info(model_id, self._registry.list_models())
        return self._registry.create(model.name) if model is not None else None

    def _load(self, embedder: Embedder) -> Answering:
        catalog, model_id = self._catalog, embedder.model_id

        def read(photo_ids: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
            return catalog.made.get_vectors(photo_ids, model_id)

        def changed_since(revision: int) -> NDArray[np.int64]:
            return catalog.made.list_ids(model_id, revision)

        index = Index(self._index_path, model_id, embedder.dim)
        index.load(catalog.made.list_ids(model_id), changed_since, read)
        return self._searching(index, embedder)

    def _searching(self, index: Index, embedder: Embedder) -> Answering:
        engine = Engine(self._catalog, index, embedder, lambda: self.exact_search_limit)
        return Answering(embedder, index, engine)
