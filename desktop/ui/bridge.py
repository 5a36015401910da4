"""Bridge: where work of other threads becomes signals and calls on Qt's main thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from shiboken6 import isValid

from desktop.background import Worker, reported, stop_all
from desktop.errors import UserError
from desktop.library import (
    EngineChanged,
    Event,
    Failed,
    FoldersChanged,
    Library,
    MapChanged,
    ModelChanged,
    PhotosChanged,
    ProgressChanged,
    SavedChanged,
    SettingsChanged,
    Status,
    ThemesChanged,
)

log = logging.getLogger(__name__)

T = TypeVar("T")

CALM_MS = 250
"""Between two looks at the library's state. Each takes 10 ms of Python, too much for the window
while photos come and go by the dozen."""


END_WITHIN_S = 10.0
"""So long closing waits for the work in hand. A drive that hangs would hold it up for ever."""


class Lane(Enum):
    """On which thread work is done, so that long work never stands in the way of short.

    QUERY: the library's query worker: searches, and what a person changes. READ: short reads of the
    catalog, which must not wait for a model that is loading. COUNT: what saved searches find, for
    which nobody waits. IMAGE: decoding for the viewer.
    DESKTOP: other programs and drives that may sleep. LONG: downloads and closing. GROUPING:
    themes, which are found in a process of their own.
    """

    QUERY = auto()
    READ = auto()
    COUNT = auto()
    IMAGE = auto()
    DESKTOP = auto()
    LONG = auto()
    GROUPING = auto()


@dataclass(frozen=True, slots=True)
class _Reply:
    receiver: QObject
    key: Hashable | None
    ticket: int
    then: Callable[[Any], None]
    otherwise: Callable[[UserError], None] | None
    future: Future[Any]


class Bridge(QObject):
    """Made on the main thread, lives until the last worker has ended.

    `do` sends work to a lane and calls back on the main thread. Work with a key replaces what waits
    under that key, and only the newest answer of a key is delivered: the answer to old words never
    overwrites the answer to new ones.

    Signals (all on the main thread):
        progress_changed(ProgressChanged), photos_changed(PhotosChanged), folders_changed,
        model_changed, engine_changed, settings_changed, saved_changed, map_changed, themes_changed:
            the library's events, at most one of a kind for each turn of the event loop; changes of
            photos are put together.
        status_changed(Status): after any of them, at most every `CALM_MS`.
        failed(UserError): work stopped for a reason the person should read.
    """

    progress_changed = Signal(object)
    photos_changed = Signal(object)
    folders_changed = Signal()
    model_changed = Signal()
    engine_changed = Signal()
    settings_changed = Signal()
    saved_changed = Signal()
    map_changed = Signal()
    themes_changed = Signal()
    status_changed = Signal(object)
    failed = Signal(object)
    _replied = Signal(object)
    _happened = Signal()
    _shut_down = Signal()

    def __init__(self, library: Library) -> None:
        super().__init__()
        self.library = library
        self._workers = {
            Lane.READ: Worker("reads"),
            Lane.COUNT: Worker("counts"),
            Lane.IMAGE: Worker("images"),
            Lane.DESKTOP: Worker("desktop"),
            Lane.LONG: Worker("long"),
            Lane.GROUPING: Worker("grouping"),
        }
        self._tickets: dict[Hashable, int] = {}
        self._last_ticket = 0
        self._events: dict[type, Event] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._is_status_due = False
        self._calm = QTimer(self, singleShot=True, interval=CALM_MS)
        self._calm.timeout.connect(self._on_calm)
        self._replied.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._happened.connect(self._relay, Qt.ConnectionType.QueuedConnection)
        self._shut_down.connect(self._on_shut_down, Qt.ConnectionType.QueuedConnection)
        self._when_shut_down: Callable[[], None] | None = None
        self._shutting_down: threading.Thread | None = None

    def listen(self) -> None:
        """Start to relay the library's events."""
        self.library.listen(self._on_event)
        self.refresh_status()

    def do(
        self,
        lane: Lane,
        work: Callable[[], T],
        receiver: QObject,
        then: Callable[[T], None],
        otherwise: Callable[[UserError], None] | None = None,
        key: Hashable | None = None,
    ) -> None:
        """Do `work` on a lane's thread, then call `then` with its result on the main thread.

        A UserError goes to `otherwise`, or to `failed`; what else the work raises, its thread has
        reported. Nothing is called once `receiver` is gone. Main thread.
        """
        if self._closed:
            return
        self._last_ticket += 1
        if key is not None:
            self._tickets[key] = self._last_ticket
        future = self._submit(lane, work, key)
        reply = _Reply(receiver, key, self._last_ticket, then, otherwise, future)
        future.add_done_callback(lambda _: self._reply(reply))

    def forget(self, key: Hashable) -> None:
        """Drop the answers under this key that have been asked for and have not come yet. Main
        thread."""
        self._tickets.pop(key, None)

    def refresh_status(self) -> None:
        """Ask the library how it is; `status_changed` brings the answer. Main thread."""
        self.do(Lane.READ, self.library.status, self, self._on_status, key="status")

    def close(self) -> None:
        """End the bridge's threads and leave the library open; no callback comes any more. Blocks
        until the work in hand is done, but not for ever. Main thread."""
        self._closed = True
        stop_all(self._workers.values(), END_WITHIN_S)

    def shut_down(
        self,
        first: Sequence[Callable[[], None]],
        last: Sequence[Callable[[], None]],
        then: Callable[[], None],
    ) -> None:
        """End everything in order without blocking: what is in `first`, the lanes, the library;
        what is in `last` follows when all of it has ended.

        `then` is called on the main thread when all of it has ended; no other callback comes any
        more. Main thread, once.
        """
        self._closed = True
        self._when_shut_down = then
        own = (self._end_lanes, self.library.close)

        def work() -> None:
            for step in (self.library.pictures.stop, *first, *own, *last):
                with reported():
                    step()
            self._shut_down.emit()

        self._shutting_down = threading.Thread(target=work, name="shutting-down")
        self._shutting_down.start()

    def _end_lanes(self) -> None:
        if not stop_all(self._workers.values(), END_WITHIN_S):
            log.warning("closing goes on without work that does not end")

    def _submit(self, lane: Lane, work: Callable[[], T], key: Hashable | None) -> Future[T]:
        if lane is Lane.QUERY:
            library = self.library
            return library.submit(work) if key is None else library.submit_latest(key, work)
        worker = self._workers[lane]
        return worker.submit(work) if key is None else worker.submit_latest(key, work)

    # any thread

    def _reply(self, reply: _Reply) -> None:
        if not self._closed and not reply.future.cancelled():
            self._replied.emit(reply)

    def _on_event(self, event: Event) -> None:
        with self._lock:
            is_first = not self._events
            before = self._events.get(type(event))
            if isinstance(event, PhotosChanged) and isinstance(before, PhotosChanged):
                event = before | event
            self._events[type(event)] = event
        if is_first and not self._closed:
            self._happened.emit()

    # main thread

    @Slot(object)
    def _deliver(self, reply: _Reply) -> None:
        is_stale = reply.key is not None and self._tickets.get(reply.key) != reply.ticket
        if is_stale or self._closed or not isValid(reply.receiver):
            return
        error = reply.future.exception()
        if error is None:
            reply.then(reply.future.result())
        elif isinstance(error, UserError):
            (reply.otherwise or self.failed.emit)(error)

    @Slot()
    def _relay(self) -> None:
        with self._lock:
            events, self._events = self._events, {}
        for event in events.values():
            match event:
                case ProgressChanged():
                    self.progress_changed.emit(event)
                case PhotosChanged():
                    self.photos_changed.emit(event)
                case FoldersChanged():
                    self.folders_changed.emit()
                case EngineChanged():
                    self.engine_changed.emit()
                case SettingsChanged():
                    self.settings_changed.emit()
                case ModelChanged():
                    self.model_changed.emit()
                case SavedChanged():
                    self.saved_changed.emit()
                case MapChanged():
                    self.map_changed.emit()
                case ThemesChanged():
                    self.themes_changed.emit()
                case Failed():
                    self.failed.emit(event.error)
        if any(not isinstance(event, ProgressChanged) for event in events.values()):
            self._is_status_due = True
            self._on_calm()

    @Slot()
    def _on_calm(self) -> None:
        if self._is_status_due and not self._calm.isActive():
            self._is_status_due = False
            self._calm.start()
            self.refresh_status()

    @Slot()
    def _on_shut_down(self) -> None:
        assert self._shutting_down is not None and self._when_shut_down is not None
        self._shutting_down.join()
        self._when_shut_down()

    def _on_status(self, status: Status) -> None:
        self.status_changed.emit(status)
