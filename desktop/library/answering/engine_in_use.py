"""EngineInUse: which engine of the index answers, and which is wanted."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import Catalog
from desktop.embedding import Embedder
from desktop.errors import EngineUnavailable
from desktop.index import EXACT, KIND, CatalogVectors, EngineChoice, Facts, VectorIndex, make_index
from desktop.jobs import Job
from desktop.settings import Settings

log = logging.getLogger(__name__)

FILE_NAME = "engine.json"


class EngineInUse:
    """The engine that answers, and the one that is to answer next. Any thread.

    What is wanted is what the settings say. What answers is noted beside the indexes, which are
    caches as the note is; where there is none, what is wanted answers. Where the two differ, an
    engine is coming: it answers as soon as it holds every photo.
    """

    def __init__(
        self, catalog: Catalog, index_path: Path, settings: Callable[[], Settings]
    ) -> None:
        self._catalog = catalog
        self._index_path = index_path
        self._settings = settings
        self._lock = threading.Lock()
        self._answering: EngineChoice | None = None
        self._filling: dict[str, VectorIndex] = {}
        self._fell_back: EngineUnavailable | None = None

    @property
    def answering(self) -> EngineChoice:
        with self._lock:
            if self._answering is None:
                self._answering = self._find_answering()
            return self._answering

    @property
    def coming(self) -> EngineChoice | None:
        """None, too, where what is wanted cannot be had; `notice` says why."""
        try:
            wanted = self._wanted()
        except EngineUnavailable:
            return None
        return wanted if wanted != self.answering else None

    @property
    def notice(self) -> EngineUnavailable | None:
        """Why another engine answers than the one that should; None where it does, or comes."""
        try:
            self._wanted()
        except EngineUnavailable as error:
            return error
        return self._fell_back if self.coming is None else None

    def open(self, embedder: Embedder) -> VectorIndex:
        """The index of what this model made, brought up to the catalog."""
        index = make_index(self.answering, self._index_path, embedder.model_id, embedder.dim)
        index.load(self._vectors_of(embedder.model_id))
        return index

    @contextlib.contextmanager
    def filled(
        self, choice: EngineChoice, embedders: Sequence[Embedder], job: Job, revision: int
    ) -> Iterator[dict[str, VectorIndex]]:
        """For the block: an index of this engine for each model, by model_id, that holds every
        photo. Those that are in the dictionary at the end are closed.

        revision: see `VectorIndex.rebuild`. Raises Cancelled or UserError.
        """
        indexes: dict[str, VectorIndex] = {}
        try:
            for each in embedders:
                index = make_index(choice, self._index_path, each.model_id, each.dim)
                indexes[each.model_id] = index
                self._fill(index, each.model_id, choice.row.takes_difference, job, revision)
            yield indexes
        finally:
            with self._lock:
                self._filling = {}
            for index in indexes.values():
                index.close()

    def saved(
        self, model_id: str, photo_ids: NDArray[np.int64], embeddings: NDArray[np.float32]
    ) -> None:
        """Tell indexes that are being filled of embeddings that were just committed."""
        with self._lock:
            index = self._filling.get(model_id)
        if index is not None:
            index.add(photo_ids, embeddings)

    def switch(self, choice: EngineChoice) -> None:
        """Let this engine answer from now on. Raises OSError where that cannot be noted."""
        with self._lock:
            self._note(choice)
            self._answering, self._fell_back = choice, None
        log.info("the engine %s answers from now on", choice)

    def _fill(
        self, index: VectorIndex, model_id: str, takes_difference: bool, job: Job, revision: int
    ) -> None:
        """What a local engine has on disk from before is enough, with the few photos that came
        since in memory, as they are while it answers. takes_difference: see `EngineRow`."""
        vectors, before = self._vectors_of(model_id), self._catalog.revision()
        index.load(vectors)
        with self._lock:
            self._filling[model_id] = index
        index.add(*vectors.read(vectors.changed_since(before).tolist()))
        is_behind = index.snapshot.n_tail and (takes_difference or not index.held().count)
        if index.needs_rebuild or is_behind:
            index.rebuild(job, revision)

    def _vectors_of(self, model_id: str) -> CatalogVectors:
        made = self._catalog.made
        return CatalogVectors(
            partial(made.list_ids, model_id),
            lambda photo_ids: made.get_vectors(photo_ids, model_id),
            self._facts,
            lambda: self._catalog.revisions().photos,
        )

    def _facts(self) -> Facts:
        photo_ids, folder_ids, taken_s, kinds = self._catalog.photos.list_facts()
        return Facts(photo_ids, folder_ids, taken_s, np.array(kinds, KIND))

    def _wanted(self) -> EngineChoice:
        choice = EngineChoice.parse(*self._settings().engine_in_full)
        choice.row.expect_at_hand()
        return choice

    def _find_answering(self) -> EngineChoice:
        """Every photo is compared where neither can be had: their embeddings are here."""
        for find in (self._noted, self._wanted):
            try:
                found = find()
            except EngineUnavailable as error:
                self._fell_back = error
                log.warning("%s %s", error.message, error.hint)
                return EngineChoice(EXACT)
            if found is not None:
                self._note_first(found)
                return found
        raise AssertionError("an engine is wanted at any time")

    def _note_first(self, choice: EngineChoice) -> None:
        """So that another one which is wanted from now on is a change."""
        if (self._index_path / FILE_NAME).exists():
            return
        try:
            self._note(choice)
        except OSError as error:  # then what is wanted at the next start answers at once
            log.warning("%s is not written: %s", FILE_NAME, error)

    def _noted(self) -> EngineChoice | None:
        choice = noted(self._index_path)
        if choice is not None:
            choice.row.expect_at_hand()
        return choice

    def _note(self, choice: EngineChoice) -> None:
        path = self._index_path / FILE_NAME
        unfinished = path.with_suffix(".tmp")
        document = {"engine": str(choice), "uri": choice.uri}
        unfinished.write_text(json.dumps(document), encoding="utf-8")
        unfinished.replace(path)


def noted(index_path: Path) -> EngineChoice | None:
    """The engine that answers, as it is noted beside the indexes; None where it is not."""
    try:
        document = json.loads((index_path / FILE_NAME).read_text(encoding="utf-8"))
        return EngineChoice.parse(str(document["engine"]), str(document["uri"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, EngineUnavailable) as error:
        log.warning("%s is not read: %r", FILE_NAME, error)
        return None
