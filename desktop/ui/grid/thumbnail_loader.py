"""ThumbnailLoader: thumbnails to pixels on a few threads; what is in view comes first."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from desktop.library import Library, Photo
from desktop.ui.look.pixels import Pixels, to_pixels

N_THREADS = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """A thumbnail to be loaded so that its short side is at least `side_px` device pixels."""

    photo: Photo
    side_px: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """The answer to a Wanted; pixels is None where there is no picture to be had."""

    wanted: Wanted
    pixels: Pixels | None


class ThumbnailLoader:
    """A list of wishes and the threads that fulfil them.

    `want` replaces all wishes that wait, so what was scrolled away is never loaded.
    """

    def __init__(self, library: Library, deliver: Callable[[Loaded], None]) -> None:
        """deliver: called on a loader thread with each answer."""
        self._library = library
        self._deliver = deliver
        self._waiting: deque[Wanted] = deque()
        self._in_hand: set[tuple[int, int]] = set()
        self._changed = threading.Condition()
        self._stopped = False
        self._threads: list[threading.Thread] = []

    def want(self, wishes: Sequence[Wanted]) -> None:
        """Load these, first ones first, and nothing else that still waits. Any thread; at once."""
        with self._changed:
            if self._stopped:
                return
            self._waiting = deque(
                wish for wish in wishes if (wish.photo.photo_id, wish.side_px) not in self._in_hand
            )
            if self._waiting and not self._threads:
                self._start()
            self._changed.notify_all()

    def stop(self) -> None:
        """End the threads and wait for them."""
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _start(self) -> None:
        for number in range(N_THREADS):
            thread = threading.Thread(target=self._run, name=f"thumbnails-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self) -> None:
        while (wanted := self._next()) is not None:
            key = (wanted.photo.photo_id, wanted.side_px)
            try:
                pixels = self._load(wanted)
            finally:
                with self._changed:
                    self._in_hand.discard(key)
            if not self._stopped:
                self._deliver(Loaded(wanted, pixels))

    def _next(self) -> Wanted | None:
        with self._changed:
            while not self._waiting and not self._stopped:
                self._changed.wait()
            if self._stopped:
                return None
            wanted = self._waiting.popleft()
            self._in_hand.add((wanted.photo.photo_id, wanted.side_px))
            return wanted

    def _load(self, wanted: Wanted) -> Pixels | None:
        image = self._library.load_thumbnail(wanted.photo, wanted.side_px)
        return to_pixels(image) if image is not None else None
