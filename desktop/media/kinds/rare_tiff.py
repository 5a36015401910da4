"""TIFFs that Pillow does not know: real, 32-bit or packed numbers, planes, Lab, inner pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from desktop.media import sentences
from desktop.media.colour import eight_bits
from desktop.media.kinds.tiff_codecs import give_codecs

if TYPE_CHECKING:
    from tifffile import TiffPage

_MOST_PAGES = 50
# PhotometricInterpretation: TIFF 6.0, and Adobe Photoshop TIFF Technical Notes for ICCLab
_WHITE_IS_ZERO, _GREY, _RGB, _CMYK, _LAB, _ICC_LAB = 0, 1, 2, 5, 8, 9
_N_BANDS = {_WHITE_IS_ZERO: 1, _GREY: 1, _RGB: 3, _CMYK: 4, _LAB: 3, _ICC_LAB: 3}
_WITH_ALPHA = {1: "LA", 3: "RGBA"}
_PREMULTIPLIED, _STRAIGHT = 1, 2  # ExtraSamples
_UPRIGHT_TAG, _PROFILE_TAG = 274, 34675
_BYTES_PER_PIXEL = 8


def read_rare_tiff(file: BinaryIO, max_bytes: int) -> tuple[Image.Image, int]:
    """The largest full page in 8 bits, with its colour profile, and its orientation (1 to 8).

    Raises PhotoUnreadable for one that is too large, and whatever tifffile raises; ValueError for
    a kind of colour that is not read here.
    """
    import tifffile  # takes a fifth of a second, and few photos need it

    give_codecs()
    file.seek(0)
    with tifffile.TiffFile(file) as tiff:
        pages: list[Any] = list(tiff.pages[:_MOST_PAGES])
        pages += [below for page in pages for below in (page.pages or ())]
        page: TiffPage = max(pages, key=lambda one: (not one.is_reduced, _n_pixels(one)))
        # Beside its numbers there are the same in 8 bits, and what becomes of those.
        n_bytes = page.nbytes + page.size + _n_pixels(page) * _BYTES_PER_PIXEL
        if n_bytes > max_bytes:
            limit = max_bytes * _n_pixels(page) // n_bytes
            raise sentences.too_large(page.imagewidth, page.imagelength, limit)
        if page.photometric not in _N_BANDS:
            raise ValueError(f"photometric interpretation {page.photometric}")
        image = _image(page, _bands_last(page))
        profile, turn = (page.tags.get(tag) for tag in (_PROFILE_TAG, _UPRIGHT_TAG))
        if profile is not None:
            image.info["icc_profile"] = bytes(profile.value)
    return image, int(turn.value) if turn is not None else 1


def _bands_last(page: TiffPage) -> NDArray[Any]:
    """(height, width, bands)"""
    values = np.squeeze(page.asarray())
    if values.ndim == 2:
        return values[..., None]
    if values.ndim != 3:
        raise ValueError("no picture")
    return np.moveaxis(values, 0, -1) if page.planarconfig == 2 else values


def _image(page: TiffPage, values: NDArray[Any]) -> Image.Image:
    kind = int(page.photometric)
    n_bands = _N_BANDS[kind]
    if values.shape[2] < n_bands:
        raise ValueError("too few bands")
    if kind in (_LAB, _ICC_LAB):
        return Image.frombytes("LAB", values.shape[1::-1], _lab(values[..., :3], kind).tobytes())
    if kind == _CMYK:
        largest = None if values.dtype.kind == "f" else float(np.iinfo(values.dtype).max)
        return Image.fromarray(eight_bits(values[..., :4], largest), "CMYK")
    mode = {1: "L", 3: "RGB"}[n_bands]
    extra = page.extrasamples[0] if page.extrasamples else 0
    if extra in (_PREMULTIPLIED, _STRAIGHT) and values.shape[2] > n_bands:
        mode, n_bands = _WITH_ALPHA[n_bands], n_bands + 1
        mode = mode.replace("A", "a") if extra == _PREMULTIPLIED else mode
    # packed numbers and those of a scanner say how many bits they have, or their range does
    bits = int(page.bitspersample) if isinstance(page.bitspersample, int) else 8
    white = 2.0**bits - 1 if bits % 8 and values.dtype.kind == "u" else None
    pixels = eight_bits(values[..., :n_bands], white)
    if kind == _WHITE_IS_ZERO:
        pixels[..., 0] = 255 - pixels[..., 0]
    return Image.frombytes(mode, values.shape[1::-1], pixels.tobytes())


def _lab(values: NDArray[Any], kind: int) -> NDArray[np.uint8]:
    """As an 8-bit TIFF has it: lightness 0 to 255, and two colours with a sign."""
    if values.dtype.kind == "f":  # CIE's own numbers, whichever of the two it is called
        numbers = np.nan_to_num(values.astype(np.float32)) * np.array([2.55, 1, 1])
        shown = np.rint(numbers).clip([0, -128, -128], [255, 127, 127])
        return np.asarray(shown.astype(np.int16).astype(np.uint8))
    if values.dtype.itemsize > 2:
        raise ValueError("Lab in numbers that are not read")
    is_wide = values.dtype.itemsize == 2
    upper = (values >> 8 if is_wide else values).astype(np.uint8)
    if kind == _ICC_LAB:  # whose middle is at half
        upper[..., 1:] ^= 0x80
    return upper


def _n_pixels(page: Any) -> int:
    return int(page.imagewidth) * int(page.imagelength)
