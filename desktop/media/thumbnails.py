"""Thumbnails on disk by content hash: a cache that may be deleted at any time."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import tempfile
import time
from collections.abc import Callable, Set
from pathlib import Path

from PIL import Image

from desktop.errors import DiskFull, UserError

THUMBNAIL_PX = 512
THUMBNAIL_LEAST_PX = 480
"""What the long side of a photo may be reduced to before its thumbnail is made. It lies under a
camera's usual eighth (4000 x 3000 -> 500 x 375), which the JPEG decoder gives almost for free: from
1000 x 750 the decode took a quarter longer, the thumbnail and the model's input twice as long."""
THUMBNAIL_LEAST_SHORT_PX = THUMBNAIL_LEAST_PX // 2
"""The same for the short side, which counts for wide and tall photos alone."""
THUMBNAIL_SHORT_PX = 256
"""The short side of a wide or tall photo's thumbnail, whose long side is longer for it, as long as
it has no more pixels than a square one. Else a panorama of 4 to 1, of which the grid shows a square
out of the middle, would be 128 pixels drawn large."""
_LEAST_SHORT_PX, _LONGEST_PX = 128, 2048
"""Of yet longer ones, from 16 to 1 on, the thumbnail shows the middle."""
FRESH_S = 3600.0
"""A thumbnail is made before its photo is saved, by far less than this."""
_LARGEST_PX = 4096
"""A file that says it is larger is no thumbnail but a damaged one; it is not decoded."""
# Measured on a noisy 512 x 384 picture: 0.5 ms and 45 KB, where WebP at 80 takes 23 ms for 39 KB.
_QUALITY = 80


class Thumbnails:
    """JPEG files in two-letter subfolders, see `as_thumbnail`. Any thread, any process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, content_hash: str) -> Path:
        """Where the thumbnail is or would be. Touches no disk."""
        if not (content_hash.isascii() and content_hash.isalnum() and len(content_hash) > 2):
            raise ValueError(f"not a content hash: {content_hash!r}")
        return self._folder / content_hash[:2] / f"{content_hash}.jpg"

    def exists(self, content_hash: str) -> bool:
        """Whether the thumbnail has been made."""
        return self.path(content_hash).is_file()

    def load(self, content_hash: str, side_px: int) -> Image.Image | None:
        """The thumbnail, RGB, reduced so that its short side is `side_px`; None for one that is
        gone or damaged."""
        path = self.path(content_hash)
        if not _is_whole(path):
            return None
        try:
            with Image.open(path) as image:
                if max(image.size) > _LARGEST_PX:
                    return None
                size = _reduced(image.size, side_px / min(image.size))
                image.draft("RGB", size)  # a JPEG is decoded at half its size where that is enough
                return _resize(image, size)
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            return None  # what Pillow says of damaged files

    def save(self, content_hash: str, image: Image.Image) -> None:
        """Make the thumbnail of an upright RGB image, atomically; smaller images are not enlarged.

        Raises UserError when the disk is full or may not be written.
        """
        self.put(content_hash, _encode(image))

    def put(self, content_hash: str, data: bytes) -> None:
        """Keep a thumbnail that was made elsewhere, atomically. Raises as `save`."""
        path = self.path(content_hash)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            _replace(path, data)
        except OSError as error:
            raise _unsaved(error, self._folder) from error

    def delete(self, content_hash: str) -> None:
        """Remove the thumbnail; it is no error if there is none."""
        self.path(content_hash).unlink(missing_ok=True)

    def keep_only(
        self, content_hashes: Set[str], go_on: Callable[[], object] = lambda: None
    ) -> int:
        """Remove all others but the newest, whose photos may be about to be saved; how many.

        100,000 take about a second. `go_on` is called often and may raise. What the disk refuses is
        left for the next time.
        """
        n_removed, before_s = 0, time.time() - FRESH_S
        for path in self._folder.glob("??/*.*"):
            go_on()
            is_kept = path.suffix == ".jpg" and path.stem in content_hashes
            with contextlib.suppress(OSError):
                if not is_kept and path.stat().st_mtime < before_s:
                    path.unlink()
                    n_removed += 1
        return n_removed


def _is_whole(path: Path) -> bool:
    """Whether a JPEG file has its end: what a power cut has left of one is painted grey from
    there on, without an error."""
    try:
        with path.open("rb") as file:
            file.seek(-2, os.SEEK_END)
            return file.read() == b"\xff\xd9"
    except OSError:
        return False


def as_thumbnail(image: Image.Image) -> Image.Image:
    """The image with a long side of THUMBNAIL_PX, or longer where it is wide or tall; smaller ones
    stay as they are."""
    short_px, long_px = sorted(image.size)
    scale = THUMBNAIL_PX / long_px
    if long_px > max(THUMBNAIL_PX, 2 * short_px):
        scale = min(THUMBNAIL_SHORT_PX / short_px, THUMBNAIL_PX / (short_px * long_px) ** 0.5)
        scale = min(1.0, max(scale, _LEAST_SHORT_PX / short_px))
        image = _middle(image, round(_LONGEST_PX / scale))
    size = _reduced(image.size, scale)
    return image if size == image.size else _resize(image, size)


def _middle(image: Image.Image, most_px: int) -> Image.Image:
    """As much as this of each side."""
    left, top = (max(0, (side - most_px) // 2) for side in image.size)
    if not left and not top:
        return image
    return image.crop((left, top, image.width - left, image.height - top))


def _encode(image: Image.Image) -> bytes:
    image = as_thumbnail(image)
    buffer = io.BytesIO()
    # Pillow would copy a comment from the photo; it takes no other metadata by itself.
    image.save(buffer, "JPEG", quality=_QUALITY, comment=b"")
    return buffer.getvalue()


def _reduced(size: tuple[int, int], scale: float) -> tuple[int, int]:
    """A size so many times as large, but never larger than it is."""
    width, height = (max(1, round(side * min(1.0, scale))) for side in size)
    return width, height


def _resize(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """HAMMING is as sharp as BICUBIC for making smaller and takes half its time; reducing_gap
    averages whole pixels first where the image is far larger (both by Pillow's guide)."""
    return image.resize(size, Image.Resampling.HAMMING, reducing_gap=2.0)


def _replace(path: Path, data: bytes) -> None:
    """Write beside the target, then rename: a reader sees the whole file or none.

    No fsync: a thumbnail lost in a power cut is made again, and it would cost more than the decode.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.stem[:16]}-", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _unsaved(error: OSError, folder: Path) -> UserError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(
            "The thumbnails could not be saved because the disk is full.",
            f"Free some space on the drive of {folder}.",
        )
    return UserError(
        f"The thumbnails could not be saved ({error.strerror}).", f"Check the folder {folder}."
    )
