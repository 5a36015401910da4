"""What can still be seen of a damaged file: as many rows as came through, and no grey below."""

from __future__ import annotations

import contextlib
import io
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from desktop.media.colour import to_rgb
from desktop.media.formats import AVIF, GIF, HEIF, JPEG, JPEG2000, PNG, WEBP, PhotoFormat
from desktop.media.kinds.promised import promised_bytes

_LEAST_SHARE = 0.05
_LEAST_ROWS = 32
"""A picture of which fewer rows are there shows nothing."""

# Decoders of these take a file as a whole or not at all. With the missing end filled up they give
# what was there, and below it what they make of the filling.
_ALL_OR_NOTHING = (WEBP, AVIF, HEIF, JPEG2000)
_ALIKE = 4  # colour profiles round
_FILLINGS = (b"\0", b"\x80", b"\xff")
_MOST_BYTES = 512 * 1024 * 1024
_BLOCK_BYTES = 1 << 20

# In which order the pixels of an interlaced picture come: rows and columns of each pass, and which
# of the picture's rows and columns are there once it is complete (PNG 3rd edition, 8.1; GIF89a).
_PASSES: dict[str, list[tuple[tuple[slice, slice], tuple[int, int]]]] = {
    PNG.name: [
        ((slice(0, None, 8), slice(0, None, 8)), (8, 8)),
        ((slice(0, None, 8), slice(4, None, 8)), (8, 4)),
        ((slice(4, None, 8), slice(0, None, 4)), (4, 4)),
        ((slice(0, None, 4), slice(2, None, 4)), (4, 2)),
        ((slice(2, None, 4), slice(0, None, 2)), (2, 2)),
        ((slice(0, None, 2), slice(1, None, 2)), (2, 1)),
        ((slice(1, None, 2), slice(None)), (1, 1)),
    ],
    GIF.name: [
        ((slice(0, None, 8), slice(None)), (8, 1)),
        ((slice(4, None, 8), slice(None)), (4, 1)),
        ((slice(2, None, 4), slice(None)), (2, 1)),
        ((slice(1, None, 2), slice(None)), (1, 1)),
    ],
}
_one_at_a_time = threading.Lock()

Load = Callable[[ImageFile.ImageFile], Image.Image]
"""From a lazy image to reduced RGB, not yet upright."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Attributes:
    image: what `Load` gave, without the rows that are missing.
    source: the image it came from, for its tags.
    share: of the picture's rows that are there.
    is_whole: every pixel is there, and only what is said beside them is damaged.
    """

    image: Image.Image
    source: ImageFile.ImageFile
    share: float
    is_whole: bool = False


def salvage(kind: PhotoFormat, file: BinaryIO, load: Load) -> Rest | None:
    """What is there of a file that did not decode; None where that shows nothing.

    `load` must go on where `image.load()` raises after it has read a part. Raises whatever decoders
    raise, and UserError as `load` does. Decodes up to three times. One thread of a process at a
    time: Pillow's switch for damaged files is the process's, so this belongs into a process that
    does nothing but decode.
    """
    with _lenience():
        file.seek(0)
        if kind in _ALL_OR_NOTHING:
            return _by_filling(kind, file.read(_MOST_BYTES), load)
        source = kind.open(file)
        size = source.size
        is_interlaced = _is_interlaced(kind, source)
        rgb = load(source)
    if kind is PNG and _has_all_pixels(file):
        return Rest(rgb, source, 1.0, is_whole=True)
    pixels, unread = np.asarray(rgb), _colour_of_unread(kind, source)
    if is_interlaced:
        pixels = _complete_passes(pixels, unread, _PASSES[kind.name])
    top, bottom = _rows_that_show(pixels, unread)
    share = (bottom - top) / len(pixels)
    if not _is_worth_showing(share, size):
        return None
    seen = Image.fromarray(pixels[top:bottom])
    if len(pixels) != rgb.height:
        seen = seen.resize((rgb.width, max(1, round(rgb.height * share))))
    return Rest(seen, source, share)


def _has_all_pixels(png: BinaryIO) -> bool:
    """Whether all the pixels of a PNG are there, and right by their own checksum: then the file's
    other parts may be what they like (PNG 3rd edition, 5.3 and 13.2)."""
    png.seek(8)
    inflating = zlib.decompressobj()
    try:
        while len(head := png.read(8)) == 8 and not inflating.eof:
            data = png.read(int.from_bytes(head[:4], "big"))
            if head[4:] == b"IDAT":
                while data:
                    inflating.decompress(data, _BLOCK_BYTES)
                    data = inflating.unconsumed_tail
            png.seek(4, io.SEEK_CUR)
    except zlib.error:
        return False
    return inflating.eof


def _is_worth_showing(share: float, size: tuple[int, int]) -> bool:
    return share >= _LEAST_SHARE and share * size[1] >= _LEAST_ROWS


@contextlib.contextmanager
def _lenience() -> Iterator[None]:
    with _one_at_a_time:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False


def _is_interlaced(kind: PhotoFormat, image: ImageFile.ImageFile) -> bool:
    if kind is GIF and image.tile:
        arguments: Any = image.tile[0].args
        return bool(arguments[1])
    return kind is PNG and bool(image.info.get("interlace"))


def _colour_of_unread(kind: PhotoFormat, source: Image.Image) -> NDArray[np.uint8]:
    """What pixels that no decoder reached have become in RGB: they were 0, in a JPEG half."""
    pixel = source.crop((0, 0, 1, 1))
    n_bands = len(pixel.getbands())
    value = 128 if kind is JPEG else 0
    pixel.paste(value if n_bands == 1 else (value,) * n_bands, (0, 0, 1, 1))
    colour: NDArray[np.uint8] = np.asarray(to_rgb(pixel, None))[0, 0]
    return colour


def _complete_passes(
    pixels: NDArray[np.uint8],
    unread: NDArray[np.uint8],
    passes: list[tuple[tuple[slice, slice], tuple[int, int]]],
) -> NDArray[np.uint8]:
    """The picture, coarser, of the passes that are complete: those whose last row shows something.
    Of the first one, a part will do."""
    complete = passes[0][1]
    for (rows, columns), step in passes[1:]:
        own = pixels[rows, columns]
        if not own.size or _rows_that_show(own, unread)[1] < len(own):
            break
        complete = step
    return pixels[:: complete[0], :: complete[1]]


def _rows_that_show(pixels: NDArray[np.uint8], unread: NDArray[np.uint8]) -> tuple[int, int]:
    """The first row, and the one after the last, with another colour than that of unread pixels.

    Missing rows are at the bottom, and at the top where a format begins there (BMP, TGA).
    """
    distance = np.abs(pixels.astype(np.int16) - unread)
    shows = (distance > _ALIKE).any(axis=(1, 2)).nonzero()[0]
    return (int(shows[0]), int(shows[-1]) + 1) if len(shows) else (0, 0)


def _by_filling(kind: PhotoFormat, data: bytes, load: Load) -> Rest | None:
    """Rows that come out alike whatever the missing end is filled with are the file's own."""
    n_missing = promised_bytes(data) - len(data)
    kept = len(data) / (len(data) + max(0, n_missing))
    if n_missing <= 0 or kept < _LEAST_SHARE:
        return None
    found = []
    for filling in _FILLINGS:
        with contextlib.suppress(OSError, RuntimeError, SyntaxError, ValueError):
            source = kind.open(io.BytesIO(data + filling * n_missing))
            found.append((load(source), source))
    if not found:
        return None
    image, source = found[0]
    # JPEG 2000 refines the whole picture bit by bit. What one filling gives is judged by bytes.
    share = 1.0 if kind is JPEG2000 else kept if len(found) == 1 else 0.0
    for (one, _), (other, _) in combinations(found, 2):
        differs = (np.asarray(one) != np.asarray(other)).any(axis=(1, 2))
        n_alike = int(differs.argmax()) if differs.any() else image.height
        share = max(share, min(n_alike / image.height, 1.0))
    if not _is_worth_showing(share, source.size):
        return None
    return Rest(image.crop((0, 0, image.width, round(image.height * share))), source, share)
