"""PictureCache: the thumbnails that were loaded last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Set
from dataclasses import dataclass

from PySide6.QtGui import QPixmap

LIMIT_BYTES = 192 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Picture:
    """One thumbnail.

    Attributes:
        pixmap: None where there is no thumbnail to be had.
        content_hash, side_px: what it was made from, and for which size.
    """

    pixmap: QPixmap | None
    content_hash: str | None
    side_px: int

    @property
    def n_bytes(self) -> int:
        return self.pixmap.width() * self.pixmap.height() * 4 if self.pixmap is not None else 0


class PictureCache:
    """photo_id -> Picture, at most `limit_bytes` of pixels. Main thread."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._pictures: OrderedDict[int, Picture] = OrderedDict()
        self.n_bytes = 0

    def __len__(self) -> int:
        return len(self._pictures)

    def find(self, photo_id: int) -> Picture | None:
        picture = self._pictures.get(photo_id)
        if picture is not None:
            self._pictures.move_to_end(photo_id)
        return picture

    def keep_only(self, photo_ids: Set[int]) -> None:
        """Let go of all other pictures."""
        for photo_id in self._pictures.keys() - photo_ids:
            self.n_bytes -= self._pictures.pop(photo_id).n_bytes

    def put(self, photo_id: int, picture: Picture) -> None:
        before = self._pictures.pop(photo_id, None)
        if before is not None:
            self.n_bytes -= before.n_bytes
        self._pictures[photo_id] = picture
        self.n_bytes += picture.n_bytes
        while self.n_bytes > self._limit_bytes and len(self._pictures) > 1:
            _, oldest = self._pictures.popitem(last=False)
            self.n_bytes -= oldest.n_bytes
