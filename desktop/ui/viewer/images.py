"""Images: the photos that are looked at, decoded off the main thread."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from desktop.errors import UserError
from desktop.library import Photo
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look.pixels import Pixels, to_pixels

N_READY = 6
"""Images that stay decoded: those just left and the next one."""

Content = tuple[int, int, int]
"""Which photo, and which state of its file."""


class Images(QObject):
    """Main thread."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._ready: OrderedDict[Content, Pixels] = OrderedDict()

    def find(self, photo: Photo) -> Pixels | None:
        """What is decoded already."""
        return self._ready.get(content_of(photo))

    def load(
        self,
        photo: Photo,
        max_side_px: int | None,
        then: Callable[[Pixels], None],
        refuse: Callable[[UserError], None],
    ) -> None:
        """Decode a photo, no larger than this; the newest wish drops those before."""
        work = partial(self._read, photo, max_side_px)
        self._bridge.do(Lane.IMAGE, work, self, then, refuse, key="viewer")

    def prepare(self, photo: Photo | None, max_side_px: int) -> None:
        """Decode the photo that the person is most likely to turn to."""
        if photo is None or content_of(photo) in self._ready:
            return
        work = partial(self._read, photo, max_side_px)
        then = partial(self.keep, photo)
        self._bridge.do(Lane.IMAGE, work, self, then, _ignore, key="next photo")

    def keep(self, photo: Photo, pixels: Pixels) -> None:
        """Keep it decoded for a while."""
        self._ready[content_of(photo)] = pixels
        while len(self._ready) > N_READY:
            self._ready.popitem(last=False)

    def clear(self) -> None:
        self._bridge.forget("viewer")
        self._ready.clear()

    def _read(self, photo: Photo, max_side_px: int | None) -> Pixels:
        """On a worker's thread."""
        return to_pixels(self._bridge.library.pictures.load(photo.path, max_side_px).image)


def content_of(photo: Photo) -> Content:
    return photo.photo_id, photo.size_bytes, photo.mtime_ns


def _ignore(_: UserError) -> None:
    """What is wrong with the next photo is told when the person turns to it."""
