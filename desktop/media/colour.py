"""Any pixels Pillow can hold -> plain RGB that looks right on an sRGB screen."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from desktop.media.coding import Coding

_log = logging.getLogger(__name__)

# The colour space in an ICC profile's header (ICC.1:2022, 7.2.6) that fits pixels of a mode.
_SPACE_OF_MODE = {"RGB": b"RGB ", "L": b"GRAY", "CMYK": b"CMYK", "LAB": b"Lab "}
_WHITE_LEVELS = (255, 1023, 4095, 16383, 65535)
_ALIKE = 8
_BLOCK_VALUES = 1 << 20
"""So many are real numbers at once, each step of the way an array of its own."""
_BRIGHTEST_LIGHT = 16.0
"""Four stops above white; real numbers up to here are light, larger ones are 0-255."""


@dataclass(frozen=True, slots=True)
class Sides:
    """The size below which an image must not be reduced.

    Attributes:
        short_px: of the short side, what a model looks at.
        long_px: of the long side, what a thumbnail or a view shows.
    """

    short_px: int = 1
    long_px: int = 1

    def factor(self, image: Image.Image) -> int:
        """The largest whole number, 1 at least, that the image may be divided by."""
        short_px, long_px = sorted(image.size)
        return max(1, min(short_px // self.short_px, long_px // self.long_px))


def to_rgb(image: Image.Image, least: Sides | None, coding: Coding | None = None) -> Image.Image:
    """Return a loaded image as RGB in sRGB, alpha laid on white, without any metadata.

    coding: what its numbers mean; where it is given, an ICC profile does not count.
    The image is averaged down by the largest whole factor that `least` allows (None keeps every
    pixel) before the dearer steps. The result never shares memory with an open file. Any thread.
    """
    profile = image.info.get("icc_profile")
    plain = _reduce(_averageable(image), least)
    if plain.mode in ("I", "F"):
        plain = _grey_from_numbers(plain)
    plain = _to_srgb(_on_white(plain), None if coding else profile)
    if coding is not None:
        plain = coding.to_srgb(plain)
    if plain is image:
        plain = image.copy()
    plain.info.clear()
    return plain


def shows_something(image: Image.Image) -> bool:
    """Whether it is not all of one colour, or nearly so."""
    seen = image if image.mode == "RGB" else to_rgb(image, None)
    return any(high - low > _ALIKE for low, high in seen.getextrema())  # type: ignore[misc]


def _averageable(image: Image.Image) -> Image.Image:
    """In a mode whose neighbours can be averaged: no palette, no single bits, no colour key."""
    if image.mode.startswith("I;16"):
        return image.convert("I")
    if image.mode == "PA" or (image.mode in ("1", "L", "P", "RGB") and image.has_transparency_data):
        return image.convert("RGBA")
    match image.mode:
        case "1":
            return image.convert("L")
        case "P" | "YCbCr" | "HSV" | "RGBX":
            return image.convert("RGB")
        case "La":
            return image.convert("LA")
        case "RGBa":
            return image.convert("RGBA")
        case _:
            return image


def _reduce(image: Image.Image, least: Sides | None) -> Image.Image:
    factor = least.factor(image) if least else 1
    return image.reduce(factor) if factor > 1 else image


def _grey_from_numbers(image: Image.Image) -> Image.Image:
    """Scale 16-bit, 32-bit and real greys to 0-255 by their range instead of clipping them."""
    values = np.asarray(image)
    return Image.fromarray(eight_bits(values))


def eight_bits(values: NDArray[Any], white: float | None = None) -> NDArray[np.uint8]:
    """Numbers of any size as 0-255. white: what 255 means; None finds it by their range."""

    def numbers(block: slice) -> NDArray[np.float32]:
        return np.nan_to_num(values[block].astype(np.float32), posinf=0.0, neginf=0.0)

    n_rows = max(1, _BLOCK_VALUES * len(values) // values.size)
    blocks = [slice(top, top + n_rows) for top in range(0, len(values), n_rows)]
    black = 0.0
    if white is None:
        ranges = [(float(block.min()), float(block.max())) for block in map(numbers, blocks)]
        low, high = min(ranges)[0], max(high for _, high in ranges)
        black, white = _grey_range(low, high, values.dtype)
    scaled = np.empty(values.shape, np.uint8)
    for block in blocks:
        grey = (numbers(block) - black) * (255.0 / (white - black))
        scaled[block] = np.rint(grey).clip(0, 255)
    return scaled


def _grey_range(low: float, high: float, kind: np.dtype[Any]) -> tuple[float, float]:
    """The numbers that mean black and white.

    Whole numbers: white is the largest that 8, 10, 12, 14 or 16 bits hold, whichever is the first
    not to be exceeded (scanners store 12 bits in 16), and never more than their own kind holds,
    which is half of that where one bit is a sign; 32 bits count from half of that on. Real
    numbers: 0-1, where a few lights may be brighter than white, or 0-255. Beyond those, or below
    zero, there is no convention, and the picture's own extremes are stretched.
    """
    is_real = kind.kind == "f"
    if is_real and low >= 0 and high <= _BRIGHTEST_LIGHT:
        return 0.0, 1.0
    largest = 255.0 if is_real else float(np.iinfo(kind).max)
    levels = sorted({min(level, largest) for level in _WHITE_LEVELS})
    white = next((level for level in levels if high <= level), None)
    if low >= 0 and white is None and not is_real and high > largest / 2:
        return 0.0, largest
    if low >= 0 and white is not None:
        return 0.0, float(white)
    return low, max(high, low + 1.0)


def _on_white(image: Image.Image) -> Image.Image:
    """Lay an image with alpha on white, as paper or a web page would show it."""
    if image.mode not in ("LA", "RGBA"):
        return image
    opaque = image.mode.removesuffix("A")
    white = Image.new(opaque, image.size, "white")
    white.paste(image.convert(opaque), mask=image.getchannel("A"))
    return white


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert to RGB through the embedded ICC profile, or plainly where there is none of use."""
    if image.mode == "LAB":
        return ImageCms.applyTransform(image, _lab_transform()) or image
    if profile and profile[16:20] == _SPACE_OF_MODE.get(image.mode):
        try:
            transform = _transform(profile, image.mode)
            if transform is not None:
                return ImageCms.applyTransform(image, transform) or image
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
            # The pixels are whole and look nearly right without; a photo is worth more than that.
            _log.debug("an embedded colour profile was not used: %s", error)
    return image if image.mode == "RGB" else image.convert("RGB")


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The way from an embedded profile to sRGB; None when it is sRGB already.

    A library's photos share few profiles, and building a transform takes longer than using it.
    """
    embedded = ImageCms.getOpenProfile(io.BytesIO(profile))
    name = embedded.profile.profile_description or ""
    if mode == "RGB" and name.lower().startswith("srgb"):
        return None
    return ImageCms.buildTransform(embedded, ImageCms.createProfile("sRGB"), mode, "RGB")


@lru_cache(maxsize=1)
def _lab_transform() -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(
        ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB"
    )
