"""Models: which there are, and which of them answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

from desktop.catalog import Catalog
from desktop.embedding import AUTO, Embedder, ModelInfo, Registry
from desktop.errors import ModelUnavailable
from desktop.jobs import Job
from desktop.library.answering.spaces import Spaces, expect_words, find_info, wanted_by
from desktop.library.indexing.indexing import Indexing
from desktop.library.reports import Event, ModelChanged
from desktop.search import Purpose
from desktop.settings import Settings
from desktop.settings_in_use import SettingsInUse


class Models:
    """Lists models, fetches them and chooses which answer. Not on Qt's main thread: it reads the
    disk and the catalog."""

    def __init__(
        self,
        catalog: Catalog,
        registry: Registry,
        make_registry: Callable[[Settings], Registry],
        spaces: Spaces,
        settings: SettingsInUse,
        indexing: Indexing,
        publish: Callable[[Event], None],
    ) -> None:
        self._catalog = catalog
        self._registry = registry
        self._make_registry = make_registry
        self._spaces = spaces
        self._settings = settings
        self._indexing = indexing
        self._publish = publish

    def list_all(self) -> list[ModelInfo]:
        return self._registry.list_models()

    def id_of(self, name: str) -> str:
        """The model_id that is meant by a name in the list of models, or by a model_id with which
        photos have been embedded here. Raises ModelUnavailable."""
        for each in self.list_all():
            if each.model_id is not None and name in (each.name, each.model_id):
                return each.model_id
        if name in self.count_embeddings():
            return name
        raise ModelUnavailable(
            f"No photo was read by a model called {name}.",
            "`likeness models` lists those that there are.",
        )

    def count_embeddings(self) -> dict[str, int]:
        """model_id -> photos embedded with it."""
        return self._catalog.made.count_vectors()

    def use(self, name: str, purpose: Purpose | None = None) -> None:
        """Search with this model ("auto" too), or let it answer only words, or only likeness. The
        one before goes on answering until every photo has been embedded with the new one. What
        knows no words can be used alone all the same: then words are refused, and all else works.
        Raises ModelUnavailable; so it does where words alone are given to what knows none."""
        name = self._registry.resolve(name) if name != AUTO else name
        if purpose is Purpose.WORDS:
            expect_words(self._registry.create(name))
        now = self._naming(name)
        if purpose is Purpose.LIKENESS:
            chosen = dataclasses.replace(now, likeness_model=name)
        else:
            kept = "" if purpose is None else now.likeness_model or now.model
            chosen = dataclasses.replace(now, model=name, likeness_model=kept)
        self.follow(chosen)

    def add(self, name: str) -> ModelInfo:
        """List a model with the others: a kind with what is meant, owner/name, or the path of a
        folder or file. Raises ModelUnavailable where it cannot be used."""
        name = self._registry.resolve(name)
        self._registry.create(name)
        self._settings.change(self._naming(name))
        return next(model for model in self._registry.list_models() if model.name == name)

    def _naming(self, name: str) -> Settings:
        """The settings, in which this name stands if it would not be listed without."""
        now = self._settings()
        if name == AUTO or any(model.name == name for model in self._registry.list_models()):
            return now
        return dataclasses.replace(now, own_models=(*now.own_models, name))

    def undo_change(self) -> None:
        """Stay with the models that answer if another is on its way. Else go back to the previous
        one; what it lacks is embedded in the background. Raises ModelUnavailable if there is none.
        """
        now = self._settings()
        if self._spaces.coming is not None:
            words, likeness = (self._spaces.answering(purpose).name for purpose in Purpose)
            kept = "" if likeness == words else likeness
            self.follow(dataclasses.replace(now, model=words, likeness_model=kept))
            return
        previous = self._spaces.previous()
        self._settings.change(dataclasses.replace(now, model=previous.name))
        self._spaces.go_back(previous)
        self._publish(ModelChanged())
        self._indexing.start_over()

    def download(self, name: str, job: Job) -> Path:
        """Fetch a model because the person asked. Minutes, on the caller's thread, progress in
        bytes.

        Raises DownloadFailed, ModelUnavailable or Cancelled.
        """
        path = self._registry.download(name, job)
        self._publish(ModelChanged())
        return path

    def follow(self, settings: Settings, since: Settings | None = None) -> None:
        """Save settings that name other models, and let these come. since: see
        `SettingsInUse.change`. Raises ModelUnavailable, and then nothing has changed."""
        wanted_by(self._make_registry(settings), settings)  # raises
        self._settings.change(settings, since)
        self._spaces.want(wanted_by(self._registry, settings))
        self._publish(ModelChanged())
        self._indexing.start_over()


def info_of(embedder: Embedder, models: Sequence[ModelInfo]) -> ModelInfo:
    """The entry of this one in the list; made up for a model whose weights have gone from their
    place since it was opened, and of one as a version before had it, that of today with its
    model_id."""
    listed = find_info(embedder.model_id, models)
    if listed is not None:
        return listed
    name, id_ = embedder.name, embedder.model_id
    today = next((each for each in models if each.name == name and each.is_available), None)
    if today is not None:
        return dataclasses.replace(today, model_id=id_)
    return ModelInfo(name, name, "", id_, None, False, 0)
