"""Pictures: photos as they are shown."""

from __future__ import annotations

import contextlib
from pathlib import Path

from PIL import Image

from desktop.catalog import Photo
from desktop.errors import UserError
from desktop.jobs import Job
from desktop.media import (
    THUMBNAIL_PX,
    THUMBNAIL_SHORT_PX,
    DecodedPhoto,
    Decoders,
    PhotoPart,
    Sides,
    Thumbnails,
    as_thumbnail,
)


class Pictures:
    """Any thread but Qt's main one. Once `stop` was called, nothing is decoded any more: who waits
    for a picture gets Cancelled."""

    def __init__(self, thumbnails: Thumbnails, decoders: Decoders) -> None:
        self._thumbnails = thumbnails
        self._decoders = decoders
        self._showing = Job()

    def stop(self) -> None:
        """At once; any thread."""
        self._showing.cancel()

    def load_thumbnail(self, photo: Photo, side_px: int) -> Image.Image | None:
        """What a list shows of a photo: its thumbnail, reduced to a short side of `side_px`.

        One that was deleted or damaged is made again. A photo that has not been read yet comes
        straight from its file, so that the first screen is full at once and not when indexing gets
        there. None if there is no picture to be had.
        """
        content_hash = photo.content_hash
        kept = self._thumbnails.load(content_hash, side_px) if content_hash else None
        if kept is not None:
            return kept
        try:
            image = self.decode(photo.path, Sides(THUMBNAIL_SHORT_PX, THUMBNAIL_PX)).image
        except UserError:
            return None
        if content_hash is not None:
            with contextlib.suppress(UserError):  # no room on the disk, say: indexing tells of that
                self._thumbnails.save(content_hash, image)
                return self._thumbnails.load(content_hash, side_px)
        return as_thumbnail(image)

    def load(self, path: Path, max_side_px: int | None = None) -> DecodedPhoto:
        """A photo itself, upright RGB, reduced so that its long side is at most `max_side_px`.

        Raises PhotoUnreadable or NotAPhoto.
        """
        least = None if max_side_px is None else Sides(long_px=max_side_px)
        decoded = self.decode(path, least)
        if max_side_px is not None and max(decoded.image.size) > max_side_px:
            decoded.image.thumbnail((max_side_px, max_side_px), Image.Resampling.LANCZOS)
        return decoded

    def decode(self, path: Path, least: Sides | None) -> DecodedPhoto:
        """Any image file, see `Decoders.decode`."""
        return self._decoders.decode(path, least, self._showing)

    def decode_part(self, path: Path, part: PhotoPart, short_px: int) -> DecodedPhoto:
        """A part of any image file, see `Decoders.decode_part`."""
        return self._decoders.decode_part(path, part, short_px, self._showing)
