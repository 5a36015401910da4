"""Asking: what is at a place is found off the main thread, and the newest answer wins."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from desktop.errors import QueryUnanswerable, UserError
from desktop.library import Change, PhotosChanged, Purpose
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.places.answers import Answer, find_answer
from desktop.ui.places.place import ALL, Place, Spot

REFRESH_MS = 1500
"""Photos that arrive while indexing join what is shown at most this often."""


class Asking(QObject):
    """Main thread.

    In a large library a search has two answers: a first one, fast, and where it may lack photos the
    exact one, which is asked for when the first is there and put off when the person goes on.

    Signals:
        asked(Place): the answer is on its way.
        answered(Answer)
        refused(Place, UserError): there is none.
    """

    asked = Signal(object)
    answered = Signal(object)
    refused = Signal(object, object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._place = ALL
        self._is_awaited = False
        self._refresh = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._refresh.timeout.connect(self.ask_again)

    @property
    def place(self) -> Place:
        return self._place

    def ask(self, place: Place, spot: Spot | None = None) -> None:
        """Find what is there, and scroll to the spot."""
        self._refresh.stop()
        self._place = place
        self._is_awaited = True
        self.asked.emit(place)
        self._send(place, spot)

    def rename(self, place: Place) -> None:
        """The place that was asked about is called otherwise now."""
        self._place = place

    @Slot()
    def get_ready(self, purpose: Purpose = Purpose.WORDS) -> None:
        """Wake the model while words are being typed, or a picture is held over the window; a
        search that fails later says why."""
        warm_up = partial(self._bridge.library.warm_up, purpose)
        self._bridge.do(Lane.QUERY, warm_up, self, _nothing, _nothing, key="ready")

    @Slot()
    def refresh_soon(self) -> None:
        """Ask again because photos have changed; many changes are one reason to ask."""
        if not self._refresh.isActive():
            self._refresh.start()

    @Slot(object)
    def refresh_for(self, event: PhotosChanged) -> None:
        """Ask again as `refresh_soon` does, if what is shown here depends on what has changed."""
        needed = Change.THERE if self._place.query is None else Change.THERE | Change.FOUND
        if event.what & needed:
            self.refresh_soon()

    @Slot()
    def ask_again(self) -> None:
        """Once there is an answer that can be refreshed; the newest question drops all others."""
        if self._is_awaited:
            self._refresh.start()
        else:
            self._send(self._place, is_refresh=True)

    def _send(
        self,
        place: Place,
        spot: Spot | None = None,
        is_refresh: bool = False,
        is_confirmation: bool = False,
    ) -> None:
        is_again = is_refresh or is_confirmation
        lane = Lane.READ if place.is_listing else Lane.QUERY
        work = partial(find_answer, self._bridge.library, place, exact=is_again)
        then = partial(self._on_found, spot, is_again, is_confirmation)
        refuse = partial(self._refuse, place, is_again)
        self._bridge.do(lane, work, self, then, refuse, key="answer")

    def _on_found(
        self, spot: Spot | None, is_refresh: bool, is_confirmation: bool, answer: Answer
    ) -> None:
        self._is_awaited = False
        self.answered.emit(
            replace(answer, spot=spot, is_refresh=is_refresh, is_confirmation=is_confirmation)
        )
        if not answer.is_final and answer.place == self._place:
            self._send(answer.place, spot, is_confirmation=True)

    def _refuse(self, place: Place, is_refresh: bool, error: UserError) -> None:
        """A model or an engine may be back when it is asked again, and what is shown stays; what
        cannot be asked any more, such as a concept that was forgotten, finds nothing."""
        if not is_refresh or isinstance(error, QueryUnanswerable):
            self._is_awaited = False
            self.refused.emit(place, error)


def _nothing(_: object) -> None:
    """Neither success nor failure of getting ready is to be shown."""
