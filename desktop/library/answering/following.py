"""Following: by which model a shared catalog is answered, when another machine has changed it."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from desktop.catalog import Catalog
from desktop.embedding import AUTO, Embedder, Registry
from desktop.errors import ModelUnavailable
from desktop.library.answering.spaces import Spaces, find_info, wanted_by
from desktop.library.reports import Event, Failed, ModelChanged, SavedChanged
from desktop.search import Purpose
from desktop.settings_in_use import SettingsInUse

log = logging.getLogger(__name__)

FILE_NAME = "answered.json"

Answering = Mapping[Purpose, str]
"""The model_id of each."""


class Following:
    """Lets this machine's settings follow, so that machines do not undo each other's change. Any
    thread but Qt's main one."""

    def __init__(
        self,
        catalog: Catalog,
        registry: Registry,
        spaces: Spaces,
        settings: SettingsInUse,
        index_path: Path,
        publish: Callable[[Event], None],
        start_over: Callable[[], None],
    ) -> None:
        self._catalog = catalog
        self._registry = registry
        self._spaces = spaces
        self._settings = settings
        self._noted_at = index_path / FILE_NAME
        self._publish = publish
        self._start_over = start_over

    def settle(self) -> None:
        """Before models are opened: follow a change that was made since this machine had the
        catalog open. Raises a UserError where the settings cannot be saved."""
        now = self._spaces.in_catalog()
        if not self._catalog.claims.is_shared or not now:
            return
        before = self._noted()
        is_new_here = before is None and self._settings().model == AUTO
        if is_new_here or (before is not None and before != now):
            try:
                self._follow(now)
            except ModelUnavailable as error:
                log.warning("%s", error.message)
        self._note(now)

    def hear(self, event: Event) -> None:
        """Something was written that is not about photos: follow a change of models, if it is
        one."""
        if not isinstance(event, SavedChanged) or not self._catalog.claims.is_shared:
            return
        now = self._spaces.answered_elsewhere()
        if now is None or now == self._noted():
            return
        self._note(now)  # one that cannot be followed is told once
        try:
            embedders = self._follow(now)
        except ModelUnavailable as error:
            self._publish(Failed(error))
            return
        self._spaces.follow(embedders)
        self._publish(ModelChanged())
        self._start_over()

    def _follow(self, now: Answering) -> dict[Purpose, Embedder]:
        """Have the settings name these models. Raises ModelUnavailable for one that is not here."""
        settings = self._settings()
        try:
            wanted = wanted_by(self._registry, settings)
        except ModelUnavailable:
            wanted = {}
        if {purpose: each.model_id for purpose, each in wanted.items()} == now:
            return wanted
        words, likeness = self._name_of(now[Purpose.WORDS]), self._name_of(now[Purpose.LIKENESS])
        followed = dataclasses.replace(
            settings, model=words, likeness_model="" if likeness == words else likeness
        )
        embedders = wanted_by(self._registry, followed)
        self._settings.change(followed)
        log.info("another machine has changed the model that answers: %s", words)
        return embedders

    def _name_of(self, model_id: str) -> str:
        info = find_info(model_id, self._registry.list_models())
        if info is None:
            raise ModelUnavailable(
                f"On another machine {model_id} answers now, which is not on this computer.",
                "Get it as there, and choose it with `likeness models use`; until then the model"
                " before answers here.",
            )
        return info.name

    def _noted(self) -> dict[Purpose, str] | None:
        """What answered when this machine last looked; None where it never did."""
        try:
            document = json.loads(self._noted_at.read_text(encoding="utf-8"))
            return {purpose: str(document[purpose.value]) for purpose in Purpose}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("%s is not read: %r", FILE_NAME, error)
            return None

    def _note(self, now: Answering) -> None:
        """A disk that refuses is logged: then the next start may take back a change."""
        unfinished = self._noted_at.with_suffix(".tmp")
        try:
            self._noted_at.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(json.dumps(dict(now)), encoding="utf-8")
            unfinished.replace(self._noted_at)
        except OSError as error:
            log.warning("%s is not written: %s", FILE_NAME, error)
