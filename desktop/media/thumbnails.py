"""Thumbnails on disk by content hash: a cache that may be deleted at any time."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

THUMBNAIL_PX = 512


class Thumbnails:
    """JPEG files, long side THUMBNAIL_PX, in two-letter subfolders. Any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, content_hash: str) -> Path:
        """Where the thumbnail is or would be. Touches no disk."""
        raise NotImplementedError

    def exists(self, content_hash: str) -> bool:
        raise NotImplementedError

    def save(self, content_hash: str, image: Image.Image) -> None:
        """Make the thumbnail of an upright RGB image, atomically; smaller images are not enlarged."""
        raise NotImplementedError

    def delete(self, content_hash: str) -> None:
        raise NotImplementedError
