"""ThumbnailLoader: thumbnails to pixels on a few threads; what is in view comes first."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from desktop.background import Loop, reported
from desktop.library import Library, Photo
from desktop.ui.look.pixels import Pixels, to_pixels

N_THREADS = 2
END_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class WantedThumbnail:
    """A thumbnail to be loaded so that its short side is at least `side_px` device pixels."""

    photo: Photo
    side_px: int


@dataclass(frozen=True, slots=True)
class LoadedThumbnail:
    """The answer to a WantedThumbnail; pixels is None where there is no picture to be had."""

    wanted: WantedThumbnail
    pixels: Pixels | None


class ThumbnailLoader:
    """A list of wishes and the threads that fulfil them.

    `want` replaces all wishes that wait, so what was scrolled away is never loaded. A photo that
    cannot be loaded for a reason nobody expected has no picture; the reason is reported.
    """

    def __init__(self, library: Library, deliver: Callable[[LoadedThumbnail], None]) -> None:
        """deliver: called on a loader thread with each answer."""
        self._library = library
        self._deliver = deliver
        self._waiting: deque[WantedThumbnail] = deque()
        self._in_hand: set[tuple[int, int]] = set()
        self._changed = threading.Condition()
        self._stopped = False
        self._loops: list[Loop] = []

    def want(self, wishes: Sequence[WantedThumbnail]) -> None:
        """Load these, first ones first, and nothing else that still waits. Any thread; at once."""
        with self._changed:
            if self._stopped:
                return
            self._waiting = deque(
                wish for wish in wishes if (wish.photo.photo_id, wish.side_px) not in self._in_hand
            )
            if self._waiting and not self._loops:
                self._start()
            self._changed.notify_all()

    def stop(self) -> None:
        """End the threads and wait for them."""
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify_all()
        for loop in self._loops:
            loop.join(END_WITHIN_S)

    def _start(self) -> None:
        for number in range(N_THREADS):
            loop = Loop(f"thumbnails-{number}", self._step)
            self._loops.append(loop)
            loop.start()

    def _step(self) -> bool:
        wanted = self._next()
        if wanted is None:
            return False
        pixels: Pixels | None = None
        with reported():
            pixels = self._load(wanted)
        with self._changed:
            self._in_hand.discard((wanted.photo.photo_id, wanted.side_px))
        if not self._stopped:
            self._deliver(LoadedThumbnail(wanted, pixels))
        return True

    def _next(self) -> WantedThumbnail | None:
        with self._changed:
            while not self._waiting and not self._stopped:
                self._changed.wait()
            if self._stopped:
                return None
            wanted = self._waiting.popleft()
            self._in_hand.add((wanted.photo.photo_id, wanted.side_px))
            return wanted

    def _load(self, wanted: WantedThumbnail) -> Pixels | None:
        image = self._library.pictures.load_thumbnail(wanted.photo, wanted.side_px)
        return to_pixels(image) if image is not None else None
