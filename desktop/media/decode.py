"""One decode of one file: upright RGB, and the facts beside it."""

from __future__ import annotations

import logging
import os
import re
import stat
import threading
import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, TypeVar

import psutil
from PIL import Image, ImageFile, JpegImagePlugin, PngImagePlugin

from desktop.errors import NotAPhoto, PhotoUnreadable, UserError
from desktop.media import sentences
from desktop.media.coding import ADOBE_RGB, Coding, by_gamma, coding_of_heif, coding_of_png
from desktop.media.colour import Sides, shows_something, to_rgb
from desktop.media.facts.exif import ExifTags, read_exif, read_tiff
from desktop.media.facts.metadata import PhotoFacts, orientation, read_facts
from desktop.media.facts.sources import Said, beside, embedded, raw_profile
from desktop.media.formats import (
    AVIF,
    GIF,
    HEAD_BYTES,
    HEIF,
    JPEG,
    JPEG_XL,
    PNG,
    PSD,
    TIFF,
    WEBP,
    PhotoFormat,
    format_of_content,
)
from desktop.media.kinds import tiff_pages
from desktop.media.kinds.jpeg_scan import has_foreign_bytes, has_several_scans
from desktop.media.kinds.rare_tiff import read_rare_tiff
from desktop.media.kinds.whole import WholeImageFile
from desktop.media.salvage import salvage

_log = logging.getLogger(__name__)

T = TypeVar("T")

MIN_SIDE_PX = 64
MIN_SIZE_BYTES = 2048

# The largest camera of today makes 200 megapixels and long panoramas about as many.
_MAX_PIXELS = 256_000_000
# Pillow holds RGB in four bytes a pixel, and the way to upright sRGB holds two images at a time.
_BYTES_PER_PIXEL = 8
# Pillow decodes run-length BMP in Python, holding the interpreter: 9 KB that claim 240 megapixels
# took 16 s, in which nothing else in the program would move.
_PYTHON_CODECS = frozenset({"bmp_rle", "ppm", "ppm_plain"})
_MAX_SLOW_PIXELS = 16_000_000
_LARGE_PIXELS = 64_000_000
_MAY_MOVE = (GIF, PNG, WEBP, AVIF)
_MOST_FRAMES = 50
_MOST_FRAME_PIXELS = 50_000_000
"""So many frames, and pixels of them, are looked at for one that shows something."""
# Four decoders must not hold four panoramas at once: 2 GB each.
_one_large_at_a_time: AbstractContextManager[object] = threading.Lock()

# Pillow's own limit works by a process-wide warning and stands far below a good panorama;
# _check_size does its work before a single pixel is read.
Image.MAX_IMAGE_PIXELS = None
# Photoshop and picture generators put more than Pillow's 1 MB of text or colour profile into a PNG;
# Pillow's limit for all of a file's text together stays.
PngImagePlugin.MAX_TEXT_CHUNK = 16 * 1024 * 1024

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SWAPS_SIDES = tuple(_UPRIGHT[value] for value in (5, 6, 7, 8))
_PILLOW_MODULES = re.compile(r"PIL\.|pi_heif\.")


@dataclass(frozen=True, slots=True)
class DecodedPhoto:
    """A photo's pixels and facts.

    Attributes:
        image: upright RGB, perhaps reduced; of a damaged photo, the rows that are there.
        facts: sizes are those of the full photo.
        damage: what is missing of it, as a sentence; None if nothing is.
    """

    image: Image.Image
    facts: PhotoFacts
    damage: str | None = None


def decode(path: Path, least: Sides | None = None, sidecars: Iterable[Path] = ()) -> DecodedPhoto:
    """Decode the first frame to upright RGB in sRGB, transparency laid on white.

    least: the image may be reduced while decoding (JPEG draft, whole-number averaging) as long as
    its sides stay at or above these; None keeps every pixel. sidecars: files that say more of it.

    Any thread; opens the file once; starts no program; follows what the content is, not the name.
    What a person's folders hold is decoded through `Decoders`, which survives a decoder's crash.
    Raises PhotoUnreadable with a sentence for whatever a file can do wrong, and never another
    exception; NotAPhoto when a side is under MIN_SIDE_PX or the content is a refused format.
    """
    said = beside(path, sidecars)
    return _read(path, lambda kind, file: _decode_as(kind, file, least, said))


def facts_of(path: Path, sidecars: Iterable[Path] = ()) -> PhotoFacts:
    """The facts that `decode` would give, without decoding a pixel. Raises as `decode`."""
    said = beside(path, sidecars)
    return _read(path, lambda kind, file: _facts_as(kind, file, said))


def take_turns(turn: AbstractContextManager[object]) -> None:
    """Enter `turn` around every large image, in place of a lock of this process alone."""
    global _one_large_at_a_time
    _one_large_at_a_time = turn


def max_pixels() -> int:
    """The largest photo that is decoded, in pixels: 256 million, or fewer on a small computer.

    A decode may take a quarter of the computer's memory. The installed memory decides, not what is
    free at the moment, so that a photo is not a problem today and none tomorrow.
    """
    installed_bytes: int = psutil.virtual_memory().total
    return min(_MAX_PIXELS, installed_bytes // 4 // _BYTES_PER_PIXEL)


def _open_regular(path: Path) -> BinaryIO:
    # A named pipe would be waited for without end, and a device can have side effects.
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise NotAPhoto("This is not a file that can be read as a photo.")
    return path.open("rb")


def _read(path: Path, read: Callable[[PhotoFormat, BinaryIO], T]) -> T:
    """What `read` makes of the open file and its format; its exceptions become sentences."""
    _hush_pillow()
    try:
        with _open_regular(path) as file:
            head = file.read(HEAD_BYTES)
            file.seek(0)
            if not head:
                raise PhotoUnreadable("The file is empty.", "Copy it again or delete it.")
            kind = format_of_content(head, path.name)
            if kind is None:
                raise sentences.not_a_photo(path.name, head)
            try:
                return read(kind, file)
            except UserError:
                raise
            # Every decoder is a parser of foreign bytes; TypeError, SyntaxError, IndexError,
            # struct.error, RecursionError and plain bugs have all been seen. One file must not
            # stop a batch.
            except Exception as error:
                _log.debug("a %s could not be decoded", kind.name, exc_info=True)
                raise sentences.damaged(error, kind) from error
    except OSError as error:
        raise sentences.disk_error(error) from error


def _decode_as(
    kind: PhotoFormat, file: BinaryIO, least: Sides | None, said: Sequence[Said]
) -> DecodedPhoto:
    is_mistaken = False
    try:
        image = kind.open(file)
        n_pixels = _check_size(image, least)
        is_mistaken = kind is TIFF and tiff_pages.is_mistaken(image)
        if is_mistaken:
            raise ValueError("numbers that Pillow mistakes")
        size, coding = image.size, _coding(kind, file, image)
        with _memory_for(n_pixels):
            rgb = _load_rgb(image, least, coding)
            if kind in _MAY_MOVE:
                rgb = _first_that_shows(image, rgb, least, coding)
            photo = _upright(kind, file, image, rgb, size, said)
        if kind is TIFF and tiff_pages.may_be_too_dark(image, rgb):
            with suppress(UserError):
                return _rare_tiff(file, least, said) or photo
        if kind is JPEG and has_foreign_bytes(file):
            return replace(photo, damage=sentences.wrong_part(kind))
        return photo
    except UserError:
        raise
    except Exception as error:
        if kind is TIFF and (rare := _rare_tiff(file, least, said)) is not None:
            return rare
        is_of_use = sentences.is_fault_of_file(error) and not is_mistaken
        rest = _salvage(kind, file, least, said) if is_of_use else None
        if rest is None:
            raise
        return rest


def _rare_tiff(file: BinaryIO, least: Sides | None, said: Sequence[Said]) -> DecodedPhoto | None:
    try:
        with _one_large_at_a_time:
            image, turn = read_rare_tiff(file, max_pixels() * _BYTES_PER_PIXEL)
            rgb = to_rgb(image, least)
    except UserError:
        raise
    except Exception:
        return None
    facts = read_facts(read_tiff(file), *image.size, TIFF.name, said)
    if turn not in _UPRIGHT:
        return DecodedPhoto(rgb, facts)
    upright = rgb.transpose(_UPRIGHT[turn])
    if _UPRIGHT[turn] in _SWAPS_SIDES:
        facts = replace(facts, width_px=image.height, height_px=image.width)
    return DecodedPhoto(upright, facts)


def _salvage(
    kind: PhotoFormat, file: BinaryIO, least: Sides | None, said: Sequence[Said]
) -> DecodedPhoto | None:
    """What there is of a damaged photo."""
    size = (0, 0)

    def load(image: ImageFile.ImageFile) -> Image.Image:
        nonlocal size
        n_pixels = _check_size(image, least)
        size, coding = image.size, _coding(kind, file, image)
        with _memory_for(n_pixels):
            rgb = _load_rgb(image, least, coding, keeps_parts=True)
            return _first_that_shows(image, rgb, least, coding) if kind is WEBP else rgb

    try:
        rest = salvage(kind, file, load)
        if rest is None:
            return None
        whole = _upright(kind, file, rest.source, rest.image, size, said)
    except Exception:
        return None
    return whole if rest.is_whole else replace(whole, damage=sentences.damage(kind, rest.share))


def _upright(
    kind: PhotoFormat,
    file: BinaryIO,
    image: ImageFile.ImageFile,
    rgb: Image.Image,
    size: tuple[int, int],
    said: Sequence[Said],
) -> DecodedPhoto:
    """rgb: of the image; size: of the image before it was reduced."""
    # Read after the pixels: PNG may carry its EXIF behind them.
    facts = _facts(kind, file, image, size, said)
    turn = _turn(kind, facts.orientation)
    return DecodedPhoto(rgb if turn is None else rgb.transpose(turn), facts)


def _facts_as(kind: PhotoFormat, file: BinaryIO, said: Sequence[Said]) -> PhotoFacts:
    image = kind.open(file)
    _check_size(image, Sides())
    if kind is PNG:  # passes over the pixels to what stands behind them
        image.load_prepare()
        image.load_end()
    if kind is JPEG_XL:  # what stands beside the pixels may be compressed like them
        with _memory_for(_check_size(image, Sides())):
            image.load()
    return _facts(kind, file, image, image.size, said)


def _facts(
    kind: PhotoFormat,
    file: BinaryIO,
    image: ImageFile.ImageFile,
    size: tuple[int, int],
    said: Sequence[Said],
) -> PhotoFacts:
    """size: of the image before it was reduced."""
    said = [*embedded(image), *said]
    tags = read_tiff(file) if kind is TIFF else _read_tags(image)
    width_px, height_px = size[::-1] if _turn(kind, orientation(tags)) in _SWAPS_SIDES else size
    return read_facts(tags, width_px, height_px, kind.name, said)


def _turn(kind: PhotoFormat, orientation: int) -> Image.Transpose | None:
    """What makes the image upright. Of these, what loads them makes pixels and size upright,
    or none of their programs turns them."""
    return None if kind in (TIFF, JPEG_XL, PSD) else _UPRIGHT.get(orientation)


def _coding(kind: PhotoFormat, file: BinaryIO, image: ImageFile.ImageFile) -> Coding | None:
    """What the numbers mean, where the file says so in another way than by an ICC profile.

    A PNG's cICP counts more than its profile (PNG 3rd edition, 4.3).
    """
    if kind is PNG and (coding := coding_of_png(file)) is not None:
        return coding
    if image.info.get("icc_profile"):
        return None
    if kind in (HEIF, AVIF):
        return coding_of_heif(file)
    if kind is PNG and "srgb" not in image.info:
        return by_gamma(image.info.get("gamma"), image.info.get("chromaticity"))
    if kind is JPEG and image.mode == "RGB":
        return ADOBE_RGB if _read_tags(image).is_adobe_rgb else None
    return None


def _first_that_shows(
    image: ImageFile.ImageFile, first: Image.Image, least: Sides | None, coding: Coding | None
) -> Image.Image:
    """The first frame of an animation that is not all of one colour; the very first if all are."""
    if shows_something(first):
        return first
    n_frames = min(_MOST_FRAMES, max(2, _MOST_FRAME_PIXELS // (image.width * image.height)))
    for number in range(1, n_frames):
        try:
            image.seek(number)
            frame = _load_rgb(image, least, coding)
        except Exception:  # there is no such frame, or it is damaged: the first one is whole
            break
        if shows_something(frame):
            return frame
    return first


def _check_size(image: ImageFile.ImageFile, least: Sides | None) -> int:
    """How many pixels are in memory at once while it is decoded. Raises NotAPhoto, or
    PhotoUnreadable where that is too much.

    A JPEG is reduced while it is read. Of one in several scans the whole is kept before that, in
    six bytes a pixel.
    """
    if min(image.size) < MIN_SIDE_PX:
        raise sentences.too_small(*image.size)
    n_pixels = image.width * image.height
    if isinstance(image, JpegImagePlugin.JpegImageFile) and least is not None:
        factor = least.factor(image)
        scale = next(scale for scale in (8, 4, 2, 1) if factor >= scale)
        kept = n_pixels * 6 // _BYTES_PER_PIXEL if has_several_scans(image) else 0
        n_pixels = n_pixels // scale**2 + kept
    if isinstance(image, WholeImageFile):
        n_pixels = round(n_pixels * image.bytes_per_pixel / _BYTES_PER_PIXEL)
    is_slow = any(tile.codec_name in _PYTHON_CODECS for tile in image.tile)
    limit = min(max_pixels(), _MAX_SLOW_PIXELS) if is_slow else max_pixels()
    if n_pixels > limit:
        raise sentences.too_large(*image.size, limit * image.width * image.height // n_pixels)
    return n_pixels


def _read_tags(image: ImageFile.ImageFile) -> ExifTags:
    block = image.info.get("exif")
    if isinstance(block, bytes):
        return read_exif(block)
    return read_exif(raw_profile(image.info, "exif") or raw_profile(image.info, "APP1"))


def _load_rgb(
    image: ImageFile.ImageFile,
    least: Sides | None,
    coding: Coding | None,
    keeps_parts: bool = False,
) -> Image.Image:
    """keeps_parts: what was read before a decoder gave up will do.

    A JPEG is reduced while it is decoded, by the libjpeg-turbo inside Pillow. Nothing that was
    tried is faster by a fifth: 12 megapixels of 2.5 MB down to 500 x 375 took 26.9 ms of one core
    here, 25.3 with simplejpeg 1.9.0 (the same library, the same pixels, and no word of what a
    damaged file still holds), 29.8 with pyvips 3.2.0's shrink on load and 37.1 with its thumbnail;
    PyTurboJPEG 2.6.1 brings no library. The most of it is decoding Huffman's codes, which reducing
    does not spare.
    """
    if least is not None:
        factor = least.factor(image)
        image.draft(None, (image.width // factor, image.height // factor))
    try:
        image.load()
    except Exception:
        if not keeps_parts or image._im is None:
            raise
        image.tile = []
    return to_rgb(image, least, coding)


def _memory_for(n_pixels: int) -> AbstractContextManager[object]:
    return _one_large_at_a_time if n_pixels > _LARGE_PIXELS else nullcontext()


def _hush_pillow() -> None:
    """Keep Pillow's UserWarnings about odd metadata off stderr, for every thread and for good.

    A photo either decodes or has its sentence; the warning helps nobody. One entry that is added
    once is safe between threads, which warnings.catch_warnings is not.
    """
    entry = ("ignore", None, UserWarning, _PILLOW_MODULES, 0)
    if entry not in warnings.filters:
        warnings.filterwarnings("ignore", category=UserWarning, module=_PILLOW_MODULES.pattern)
