"""Rehearsal: a whole session of the window without a person, for `likeness doctor`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot

from desktop.errors import UserError
from desktop.library import Query, Status
from desktop.ui.places.answers import Answer
from desktop.ui.places.place import Place
from desktop.ui.window.main_window import MainWindow

log = logging.getLogger(__name__)

POLL_MS = 50

_Ready = Callable[[], bool]


class Rehearsal(QObject):
    """Adds a folder, waits until its photos are searchable, asks by words and by likeness, looks at
    a photo and at the settings, and closes the window. Main thread.

    Attributes:
        done: what was done so far: step -> how many photos it concerned.
    """

    def __init__(self, window: MainWindow, folder: Path, words: str) -> None:
        super().__init__(window)
        self.done: dict[str, int] = {}
        self._window = window
        self._folder = folder
        self._words = words
        self._status: Status | None = None
        self._answer: Answer | None = None
        self._ready: _Ready = lambda: True
        self._steps = self._play()
        self._poll = QTimer(self, interval=POLL_MS)
        self._poll.timeout.connect(self._go_on)
        window.bridge.status_changed.connect(self._on_status)
        window.bridge.failed.connect(self._on_failed)
        asking = window.results.asking
        asking.asked.connect(self._on_asked)
        asking.answered.connect(self._on_answered)
        asking.refused.connect(self._on_refused)

    def start(self) -> None:
        self._poll.start()

    @Slot()
    def _go_on(self) -> None:
        if self._ready():
            try:
                self._ready = next(self._steps)
            except StopIteration:
                self._poll.stop()
                self._window.close()

    def _play(self) -> Iterator[_Ready]:
        """Each step yields what to wait for before the next one."""
        window = self._window
        window.folders.add(self._folder)
        yield self._all_searchable
        assert self._status is not None
        self.done["indexed"] = self._status.counts.searchable
        window.navigation.ask(Query(text=self._words))
        yield self._answered
        self.done["found by words"] = self._n_answered
        photo = window.results.model.photo_at(0)
        assert photo is not None, "an answer that is settled has its photos"
        window.commands.find_similar_to(photo)
        yield self._answered
        self.done["found similar"] = self._n_answered
        window.navigation.view_photo_at(0)
        window.preferences.show()
        window.preferences.show_models()
        yield self._answered

    def _all_searchable(self) -> bool:
        counts = self._status.counts if self._status is not None else None
        return counts is not None and counts.photos > 0 and counts.searchable == counts.photos

    def _answered(self) -> bool:
        """Whether what was asked last is shown, with all its pictures."""
        return self._answer is not None and self._window.is_settled

    @property
    def _n_answered(self) -> int:
        return len(self._answer.photo_ids) if self._answer is not None else 0

    @Slot(object)
    def _on_status(self, status: Status) -> None:
        self._status = status

    @Slot(object)
    def _on_asked(self, _: Place) -> None:
        self._answer = None

    @Slot(object)
    def _on_answered(self, answer: Answer) -> None:
        self._answer = answer

    @Slot(object, object)
    def _on_refused(self, _: Place, error: UserError) -> None:
        self._on_failed(error)

    @Slot(object)
    def _on_failed(self, error: UserError) -> None:
        """End early; what is missing from `done` tells that the session was not whole."""
        log.warning("the rehearsal ends: %s", error.message)
        self._poll.stop()
        self._window.close()
