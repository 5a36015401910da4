"""Changing: how settings are changed while the library is open, here and elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from desktop.errors import UserError
from desktop.ingest import Rules
from desktop.library.answering.engines import chosen
from desktop.library.answering.models import Models
from desktop.library.indexing.indexing import Indexing
from desktop.library.reports import EngineChanged, Event, Failed, SettingsChanged
from desktop.settings import Places, Settings
from desktop.settings_in_use import SettingsInUse


class Changing:
    """Saves settings and acts on them. Any thread but Qt's main one."""

    def __init__(
        self,
        places: Places,
        settings: SettingsInUse,
        models: Models,
        indexing: Indexing,
        publish: Callable[[Event], None],
    ) -> None:
        self._places = places
        self._settings = settings
        self._models = models
        self._indexing = indexing
        self._publish = publish

    def change(self, settings: Settings, since: Settings | None = None) -> None:
        """Save and apply: other exclude patterns rescan, another model re-embeds. since: the
        settings that these were made from; None for those in use. Raises UserError, and then
        nothing has changed."""
        before = self._settings()
        Rules(settings.exclude, self._places.own_folders)  # raises what is wrong before it is saved
        if settings.engine_in_full != before.engine_in_full:
            chosen(*settings.engine_in_full)  # raises, too
        if _models_of(settings) != _models_of(before):
            self._models.follow(settings, since)
        else:
            self._settings.change(settings, since)
        self._indexing.follow(before)

    def follow(self) -> None:
        """Take over what the command line, or a person with an editor, has written into the
        settings since. All of it or nothing: what cannot work is told once, and stays in the file.
        The check-up thread."""
        try:
            settings = self._settings.changed_elsewhere()
            if settings is None:
                return
            before = self._settings()
            self.change(settings, before)
        except UserError as error:
            self._publish(Failed(error))
            return
        if settings.engine_in_full != before.engine_in_full:
            self._publish(EngineChanged())
        self._publish(SettingsChanged())


def _models_of(settings: Settings) -> tuple[str, ...]:
    """The settings by which models are made."""
    return settings.model, settings.likeness_model, settings.model_folder, settings.device
