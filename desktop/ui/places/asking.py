"""Asking: from a Question to the Answer that is shown, newest first, with a way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from desktop.errors import UserError
from desktop.library import Results
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.places.answers import Answer
from desktop.ui.places.questions import History, Place, Question

REFRESH_MS = 1500
"""Photos that arrive while indexing join what is shown at most this often."""


class Asking(QObject):
    """Asks the library and keeps the history. Main thread.

    In a large library a search has two answers: a first one, fast, and where it may lack photos the
    exact one, which is asked for when the first is there and put off by any newer question.

    Signals:
        asked(Question): a question was put; the answer is on its way.
        answered(Answer)
        refused(Question, UserError): it cannot be answered.
    """

    asked = Signal(object)
    answered = Signal(object)
    refused = Signal(object, object)

    def __init__(
        self, bridge: Bridge, place: Callable[[], Place | None], parent: QObject | None = None
    ) -> None:
        """place: tells where the grid stands, for the way back."""
        super().__init__(parent)
        self._bridge = bridge
        self._place = place
        self._history = History(Question())
        self._refresh = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._refresh.timeout.connect(self._ask_again)

    @property
    def question(self) -> Question:
        return self._history.current

    @property
    def can_go_back(self) -> bool:
        return self._history.can_go_back

    @property
    def can_go_forward(self) -> bool:
        return self._history.can_go_forward

    def ask(self, question: Question) -> None:
        """Show the answer to this; asking the same again does nothing."""
        if self._history.push(question, self._place()):
            self._put(question)

    def keep(self) -> None:
        """Let the words that were typed so far stand in the history."""
        self._history.push(replace(self.question, is_draft=False))

    def go(self, steps: int) -> None:
        """Back (-1) or forward (+1)."""
        visit = self._history.go(steps, self._place())
        self._put(visit.question, visit.place)

    def start(self) -> None:
        """Ask the first question."""
        self._put(self.question)

    @Slot()
    def get_ready(self) -> None:
        """Wake the model while words are being typed; a search that fails later says why."""
        warm_up = self._bridge.library.warm_up
        self._bridge.do(Lane.QUERY, warm_up, self, _nothing, _nothing, key="ready")

    @Slot()
    def refresh_soon(self) -> None:
        """Ask again because photos have changed; many changes make one question."""
        if not self._refresh.isActive():
            self._refresh.start()

    @Slot()
    def _ask_again(self) -> None:
        self._send(self.question, is_refresh=True)

    def _put(self, question: Question, place: Place | None = None) -> None:
        self._refresh.stop()
        self.asked.emit(question)
        self._send(question, place=place)

    def _send(
        self, question: Question, is_refresh: bool = False, place: Place | None = None
    ) -> None:
        library = self._bridge.library
        refuse = partial(self._refuse, question, is_refresh)
        if question.is_search:
            query = question.query()
            then = partial(self._on_results, question, is_refresh, place)
            work = partial(library.search, query, exact=is_refresh)
            self._bridge.do(Lane.QUERY, work, self, then, refuse, key="answer")
        else:
            listed = partial(self._on_listed, question, is_refresh, place)
            listing = partial(library.list_photo_ids, question.filter)
            self._bridge.do(Lane.READ, listing, self, listed, refuse, key="answer")

    def _on_results(
        self, question: Question, is_refresh: bool, place: Place | None, results: Results
    ) -> None:
        ids = _ids_of(results)
        self.answered.emit(Answer(question, ids, results, is_refresh, place=place))
        if not results.is_exact and question.same_as(self.question):
            # The same Query object, whose words need not be embedded again.
            work = partial(self._bridge.library.search, results.query, exact=True)
            then = partial(self._on_confirmed, question, place)
            refuse = partial(self._refuse, question, True)
            self._bridge.do(Lane.QUERY, work, self, then, refuse, key="answer")

    def _on_confirmed(self, question: Question, place: Place | None, results: Results) -> None:
        ids = _ids_of(results)
        self.answered.emit(Answer(question, ids, results, True, is_confirmation=True, place=place))

    def _on_listed(
        self,
        question: Question,
        is_refresh: bool,
        place: Place | None,
        photo_ids: NDArray[np.int64],
    ) -> None:
        self.answered.emit(Answer(question, photo_ids, None, is_refresh, place=place))

    def _refuse(self, question: Question, is_refresh: bool, error: UserError) -> None:
        if not is_refresh:
            self.refused.emit(question, error)


def _ids_of(results: Results) -> NDArray[np.int64]:
    return np.array([hit.photo_id for hit in results.hits], np.int64)


def _nothing(_: object) -> None:
    """Neither success nor failure of getting ready is to be shown."""
