"""Spaces: the models that answer, each with its index; and the change from one to another."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.background import Worker, stop_all
from desktop.catalog import Catalog
from desktop.embedding import Embedder, ModelInfo, Registry
from desktop.errors import ModelUnavailable, UserError
from desktop.index import Index, VectorIndex, remove_kept, remove_others
from desktop.ingest import TilesPass
from desktop.jobs import LOOK_EVERY_S, Job
from desktop.library.answering.engine_in_use import EngineInUse
from desktop.library.answering.tile_indexes import TileIndexes
from desktop.search import Engine, Purpose
from desktop.settings import Settings

log = logging.getLogger(__name__)


REST_AFTER_S = 60.0
_READ_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Space:
    """A model with its index: taken once, it stays whole while another takes its place."""

    embedder: Embedder
    index: VectorIndex
    engine: Engine


class Spaces:
    """Which model answers words, which one likeness, and which are coming. Any thread.

    As a rule one model does both. What answers is what the catalog says answered last; what is
    wanted is what the settings say. Where the two differ, a model is coming: it answers as soon as
    every photo has been embedded with it.

    Attributes:
        engines: by which engine their indexes answer, and which one is coming.
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
        self._answering: dict[Purpose, Embedder] = {}
        self._coming: dict[Purpose, Embedder] = {}
        self._loaded: dict[str, Space] = {}
        self._tiles = TileIndexes(catalog, index_path)
        self._known_up_to: dict[str, int] = {}
        self._own: dict[str, list[NDArray[np.int64]]] = {}
        self.engines = EngineInUse(catalog, index_path, settings)
        self._last_used_s = time.monotonic()
        self.notice: UserError | None = None

    def open(self) -> None:
        """Find out who answers. Loads no weights. A chosen model that is not at hand leaves a
        notice, and another takes its place: the best one at hand, or the one for words."""
        settings = self._settings()
        words = self._create(settings.model) or self._registry.create("auto")
        name = settings.likeness_model
        likeness = self._create(name) if name and name != settings.model else None
        log.info("the engine %s answers", self.engines.answering)
        with self._lock:
            answering = self._embedder_of(self._catalog.answering_model()) or words
            self._answering[Purpose.WORDS] = answering
            similar = self._embedder_of(self._catalog.likeness_model()) or answering
            self._answering[Purpose.LIKENESS] = similar
        self.want({Purpose.WORDS: words, Purpose.LIKENESS: likeness or words})

    def want(self, wanted: Mapping[Purpose, Embedder]) -> None:
        """Make these the coming models, or the answering ones at once where nothing waits for
        them."""
        with self._changing():
            for purpose, embedder in wanted.items():
                self._replace(embedder)
                self._coming.pop(purpose, None)
                if embedder.model_id != self._answering[purpose].model_id:
                    self._coming[purpose] = embedder
            if self._catalog.answering_model() is None:
                self._catalog.set_answering_model(self.answering().model_id)
            self._switch()

    def previous(self) -> Embedder:
        """The model that answered words before. Raises ModelUnavailable if there is none."""
        embedder = self._embedder_of(self._catalog.previous_model())
        if embedder is None:
            raise ModelUnavailable(
                "There is no earlier model to go back to.", "Choose a model in the list instead."
            )
        return embedder

    def go_back(self, previous: Embedder) -> None:
        """Let that model answer again, at once: words, and likeness where nothing else was chosen
        for it."""
        with self._changing():
            for purpose in Purpose:
                if purpose is Purpose.WORDS or not self._settings().likeness_model:
                    self._coming.pop(purpose, None)
                    self._answer_with(purpose, previous)

    def in_catalog(self) -> dict[Purpose, str]:
        """The model_ids that answer as the catalog has them; {} in a new one."""
        words = self._catalog.answering_model()
        if words is None:
            return {}
        return {Purpose.WORDS: words, Purpose.LIKENESS: self._catalog.likeness_model() or words}

    def answered_elsewhere(self) -> dict[Purpose, str] | None:
        """The same, where another process has changed them; None where it has not."""
        with self._lock:  # so that a change of this process is seen whole
            now = self.in_catalog()
            here = {purpose: each.model_id for purpose, each in self._answering.items()}
        return now if now and now != here else None

    def follow(self, embedders: Mapping[Purpose, Embedder]) -> None:
        """Let these answer as the catalog says already; nothing is coming any more."""
        with self._changing():
            self._coming.clear()
            for purpose, embedder in embedders.items():
                self._replace(embedder)
                self._answering[purpose] = embedder

    def switch_if_complete(self) -> bool:
        """Let coming models answer if every photo has been embedded with them."""
        with self._changing():
            return self._switch()

    def answering(self, purpose: Purpose = Purpose.WORDS) -> Embedder:
        with self._lock:
            return self._answering[purpose]

    def is_answering(self, model_id: str) -> bool:
        with self._lock:
            return any(model_id == known.model_id for known in self._answering.values())

    def is_of_tiles(self, pass_id: str) -> bool:
        return any(pass_id == TilesPass(each).pass_id for each in self.with_tiles)

    @property
    def coming(self) -> Embedder | None:
        """The model that will answer next."""
        with self._lock:
            return next(iter(self._coming.values()), None)

    @property
    def embedders(self) -> list[Embedder]:
        """All that photos are embedded with, each once: those that answer, and those coming."""
        with self._lock:
            found = [*self._answering.values(), *self._coming.values()]
        return list({embedder.model_id: embedder for embedder in found}.values())

    @property
    def with_tiles(self) -> list[Embedder]:
        """Those that also embed the parts of photos, each once: those that answer, where it is
        wanted."""
        with self._lock:
            answering = self._answering.values() if self._settings().find_parts else ()
            return list({embedder.model_id: embedder for embedder in answering}.values())

    @property
    def exact_search_limit(self) -> int:
        """As the person set it; 0 leaves it to what is measured."""
        return self._settings().exact_search_limit

    def take(self, purpose: Purpose = Purpose.WORDS) -> Space:
        """The space that answers, its index brought up to date from the disk at first use."""
        with self._lock:
            self._last_used_s = time.monotonic()
            embedder = self._answering[purpose]
            space = self._loaded.get(embedder.model_id)
            if space is None:
                space = self._loaded[embedder.model_id] = self._load(embedder)
            return space

    def take_all(self) -> list[Space]:
        """Those that answer, each once."""
        spaces = [self.take(purpose) for purpose in Purpose]
        return list({space.embedder.model_id: space for space in spaces}.values())

    def saved(
        self, model_id: str, photo_ids: NDArray[np.int64], embeddings: NDArray[np.float32]
    ) -> None:
        """Tell the index of embeddings that were just committed, of photos or of their tiles.
        model_id: the pass_id, for tiles. The ingest thread."""
        with self._lock:
            self._last_used_s = time.monotonic()
            if model_id in self._loaded:
                self._loaded[model_id].index.add(photo_ids, embeddings)
                self._own[model_id].append(photo_ids)
            else:
                self._tiles.add(model_id, photo_ids, embeddings)
            self.engines.saved(model_id, photo_ids, embeddings)

    def catch_up(self) -> NDArray[np.int64]:
        """Tell the indexes of embeddings that other processes have committed, and return the
        photos. Cheap where there are none. Any thread."""
        now, found = self._catalog.revisions(), [np.zeros(0, np.int64)]
        with self._lock:
            behind = [
                (space.index, model_id, self._known_up_to[model_id], self._own[model_id])
                for model_id, space in self._loaded.items()
                if self._known_up_to[model_id] < now.embeddings
            ]
            for _, model_id, _, _ in behind:
                self._known_up_to[model_id], self._own[model_id] = now.revision, []
        for index, model_id, since, own in behind:
            new = self._catalog.made.list_ids(model_id, since)
            new = np.setdiff1d(new, np.concatenate([found[0], *own]))
            for start in range(0, len(new), _READ_AT_ONCE):
                ids = new[start : start + _READ_AT_ONCE].tolist()
                index.add(*self._catalog.made.get_vectors(ids, model_id))
            found.append(new)
        return np.unique(np.concatenate(found))

    @property
    def needs_rebuild(self) -> bool:
        indexes = self._take_indexes().values()
        return self.engines.coming is not None or any(index.needs_rebuild for index in indexes)

    def rebuild(self, job: Job, revision: int) -> None:
        """Build the indexes for which it is time, see `VectorIndex.rebuild`; and those of a coming
        engine, which answers from then on."""
        for index in self._take_indexes().values():
            if index.needs_rebuild:
                index.rebuild(job, revision)
        self._change_engine(job, revision)

    def tidy(self, job: Job, revision: int) -> None:
        """Let the embeddings of photos that were forgotten leave memory and disk, and build the
        indexes for which it is time. What an engine before has left goes, too, unless it is coming
        back.

        revision: see `VectorIndex.rebuild`. Raises Cancelled, or UserError where the disk is full
        or the engine's program is away.
        """
        indexes = self._take_indexes()
        for pass_id, index in indexes.items():
            index.keep_only(partial(self._catalog.made.list_ids, pass_id))
            if index.needs_rebuild or index.holds_removed:
                index.rebuild(job, revision)
        remove_others(self._index_path, indexes.keys())
        if self.engines.coming is None:
            remove_kept(self._index_path, indexes)

    def measure(self) -> None:
        """Measure how fast the indexes answer here, where they are loaded and that is not known
        yet. A tenth of a second, when little else is going on."""
        with self._lock:
            loaded = list(self._loaded.values())
        for space in loaded:
            space.index.measure()

    def unload_if_idle(self) -> bool:
        """Give the memory of the weights back after settings.idle_unload_s without use."""
        idle_s = self._settings().idle_unload_s
        with self._lock:
            if not idle_s or time.monotonic() - self._last_used_s < idle_s:
                return False
        loaded = [embedder for embedder in self.embedders if embedder.is_loaded]
        for embedder in loaded:
            embedder.unload()
        return bool(loaded)

    def rest_if_idle(self, idle_s: float = REST_AFTER_S) -> None:
        """Let go of the indexes' pages in memory after so long without use."""
        with self._lock:
            if time.monotonic() - self._last_used_s >= idle_s:
                for space in self._loaded.values():
                    space.index.rest()
                self._tiles.rest()

    def outlast(self, workers: Sequence[Worker], within_s: float) -> bool:
        """Stop workers that use the models. Work in hand is finished, but not where it waits for
        weights that are still being loaded, and a model that hangs is ended after so long. Returns
        whether all have ended."""
        until_s = time.monotonic() + within_s
        while not stop_all(workers, LOOK_EVERY_S):
            if time.monotonic() >= until_s:
                self.close()
                return stop_all(workers, within_s)
            for embedder in self.embedders:
                if not embedder.is_loaded:
                    embedder.unload()
        return True

    def close(self) -> None:
        with self._lock:
            indexes = [*(space.index for space in self._loaded.values()), *self._tiles.let_go()]
            self._loaded = {}
        for index in indexes:
            index.close()
        for embedder in self.embedders:
            embedder.unload()

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Under the lock; what is not used any more afterwards is unloaded, without the lock, since
        that waits for what the model is doing."""
        with self._lock:
            before = [*self._answering.values(), *self._coming.values()]
            yield
            used = [*self._answering.values(), *self._coming.values()]
            answering = {embedder.model_id for embedder in self._answering.values()}
            left = [self._loaded.pop(id_) for id_ in self._loaded.keys() - answering]
        for space in left:
            space.index.close()
        for embedder in before:
            if embedder.is_loaded and not any(embedder is one for one in used):
                embedder.unload()

    def _replace(self, embedder: Embedder) -> None:
        """Put this embedder in the place of every other one of the same model, since it may be for
        another device."""
        for group in (self._answering, self._coming):
            for purpose, known in group.items():
                if known.model_id == embedder.model_id:
                    group[purpose] = embedder
        space = self._loaded.get(embedder.model_id)
        if space is not None and space.embedder is not embedder:
            self._loaded[embedder.model_id] = self._searching(space.index, embedder)

    def _switch(self) -> bool:
        complete = [
            (purpose, embedder)
            for purpose, embedder in self._coming.items()
            if not self._catalog.count(embedder.model_id).waiting
        ]
        for purpose, embedder in complete:
            del self._coming[purpose]
            self._answer_with(purpose, embedder)
        return bool(complete)

    def _answer_with(self, purpose: Purpose, embedder: Embedder) -> None:
        if purpose is Purpose.WORDS:
            self._catalog.set_answering_model(embedder.model_id)
        else:
            self._catalog.set_likeness_model(embedder.model_id)
        self._answering[purpose] = embedder
        log.info("%s answers %s from now on", embedder.model_id, purpose)

    def _create(self, name: str) -> Embedder | None:
        """None where it is not at hand, which is noted."""
        try:
            return self._registry.create(name)
        except ModelUnavailable as error:
            self.notice = error
            return None

    def _embedder_of(self, model_id: str | None) -> Embedder | None:
        """The same object for the same model while it is in use; None for one that is not here."""
        known = [embedder for embedder in self.embedders if embedder.model_id == model_id]
        if known or model_id is None:
            return next(iter(known), None)
        model = find_info(model_id, self._registry.list_models())
        if model is None:
            return self._registry.create_earlier(model_id)
        return self._registry.create(model.name)

    def _load(self, embedder: Embedder) -> Space:
        id_ = embedder.model_id
        self._known_up_to[id_], self._own[id_] = self._catalog.revision(), []
        return self._searching(self.engines.open(embedder), embedder)

    def _change_engine(self, job: Job, revision: int) -> None:
        """Let a coming engine answer, if there is one, once it is filled. Until then, and wherever
        this ends, the one before answers."""
        choice = self.engines.coming
        if choice is None:
            return
        embedders = [space.embedder for space in self.take_all()]
        before = self._catalog.revision()
        with self.engines.filled(choice, embedders, job, revision) as indexes, self._lock:
            answering = {each.model_id: each for each in self._answering.values()}
            if self.engines.coming != choice or not answering.keys() <= indexes.keys():
                return  # taken back, or another model answers by now
            self.engines.switch(choice)
            old = self._loaded
            self._loaded = {i: self._searching(indexes[i], each) for i, each in answering.items()}
            self._known_up_to = dict.fromkeys(answering, before)
            self._own = {id_: [] for id_ in answering}
            indexes.clear()
            indexes.update({id_: space.index for id_, space in old.items()})

    def _searching(self, index: VectorIndex, embedder: Embedder) -> Space:
        engine = Engine(
            self._catalog,
            index,
            embedder,
            lambda: self.exact_search_limit,
            lambda: self._settings().names_count,
            lambda: self._settings().sensitivity.get(embedder.name, 0.0),
            partial(self._take_tiles, embedder),
        )
        return Space(embedder, index, engine)

    def _take_indexes(self) -> dict[str, VectorIndex]:
        """All that answer, by the pass that makes what is in them."""
        indexes: dict[str, VectorIndex] = {}
        for space in self.take_all():
            indexes[space.embedder.model_id] = space.index
            tiles = self._take_tiles(space.embedder)
            if tiles is not None:
                indexes[TilesPass(space.embedder).pass_id] = tiles
        return indexes

    def _take_tiles(self, embedder: Embedder) -> Index | None:
        with self._lock:
            return self._tiles.take(embedder, self.with_tiles)


def wanted_by(registry: Registry, settings: Settings) -> dict[Purpose, Embedder]:
    """The models that the settings name. Raises ModelUnavailable for one that is not at hand."""
    words = registry.create(settings.model)
    name = registry.resolve(settings.likeness_model or settings.model)
    likeness = words if name == words.name else registry.create(name)
    return {Purpose.WORDS: words, Purpose.LIKENESS: likeness}


def expect_words(embedder: Embedder) -> None:
    """Raises ModelUnavailable for a model that is to answer words and knows none."""
    if not embedder.has_text:
        raise ModelUnavailable(
            f"The model {embedder.name} does not understand words.",
            f"Use it for photos alone: `likeness models use {embedder.name} --for likeness`.",
        )


def find_info(model_id: str | None, models: Sequence[ModelInfo]) -> ModelInfo | None:
    """The entry of a list of models that has this model_id."""
    found = (model for model in models if model_id and model.model_id == model_id)
    return next(found, None)
