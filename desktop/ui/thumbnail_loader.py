"""ThumbnailLoader: thumbnail files to pixels on a few threads; what is in view comes first."""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from desktop.errors import UserError
from desktop.library import Library, Photo
from desktop.ui.pixels import Pixels, to_pixels

log = logging.getLogger(__name__)

N_THREADS = 2
PREVIEW_PX = 512
_LARGEST_PX = 4096
"""A file that says it is larger is no thumbnail but a damaged one; it is not decoded."""


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

    `want` replaces all wishes that wait, so what was scrolled away is never loaded. Thumbnails that
    were deleted are made again from the photo.
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
        path = self._library.thumbnail_path(wanted.photo)
        if path is None:
            return self._preview(wanted.photo)
        return _read(path, wanted.side_px) or self._mended(wanted)

    def _mended(self, wanted: Wanted) -> Pixels | None:
        """A thumbnail that was deleted or damaged is made again, as it can be at any time."""
        try:
            made = self._library.make_thumbnail(wanted.photo)
        except UserError:  # no room on the disk, say: indexing tells of that
            return self._preview(wanted.photo)
        return _read(made, wanted.side_px) if made is not None else None

    def _preview(self, photo: Photo) -> Pixels | None:
        """A photo that has not been read yet, straight from its file, so that the first screen is
        full at once and not when indexing gets there."""
        try:
            return to_pixels(self._library.load_image(photo, PREVIEW_PX))
        except UserError:
            return None


def _read(path: Path, side_px: int) -> Pixels | None:
    """The image with its short side reduced to `side_px`; None for a file gone or damaged."""
    if not _is_whole(path):
        return None
    try:
        with Image.open(path) as image:
            if max(image.size) > _LARGEST_PX:
                return None
            scale = min(1.0, side_px / min(image.size))
            size = (round(image.width * scale), round(image.height * scale))
            image.draft("RGB", size)  # a JPEG is decoded at half its size where that is enough
            reduced = image.resize(size, Image.Resampling.HAMMING, reducing_gap=2.0)
            return to_pixels(reduced)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None  # what Pillow says of damaged files


def _is_whole(path: Path) -> bool:
    """Whether a JPEG file has its end: what a power cut has left of one is painted grey from
    there on, without an error."""
    try:
        with path.open("rb") as file:
            file.seek(-2, os.SEEK_END)
            return file.read() == b"\xff\xd9"
    except OSError:
        return False
