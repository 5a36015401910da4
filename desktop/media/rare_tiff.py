"""TIFFs that Pillow does not know: colour in real or 32-bit numbers, planes, pages within pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from PIL import Image

from desktop.media import sentences
from desktop.media.colour import eight_bits

if TYPE_CHECKING:
    from tifffile import TiffPage

_MOST_PAGES = 50
_GREY, _RGB = (0, 1), (2,)  # PhotometricInterpretation, TIFF 6.0
_UPRIGHT_TAG = 274
_BYTES_PER_PIXEL = 8


def read_rare_tiff(file: BinaryIO, max_bytes: int) -> tuple[Image.Image, int]:
    """The largest full page as grey, RGB or RGBA of 8 bits, and its orientation (1 to 8).

    Raises PhotoUnreadable for one that is too large, and whatever tifffile raises; ValueError for
    a kind of colour that is not read here.
    """
    import tifffile  # takes a fifth of a second, and few photos need it

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
        if page.photometric not in (*_GREY, *_RGB):
            raise ValueError(f"photometric interpretation {page.photometric}")
        values = np.squeeze(page.asarray())
        if values.ndim == 3 and page.planarconfig == 2:
            values = np.moveaxis(values, 0, -1)
        if values.ndim == 3:
            has_alpha = values.shape[2] == 4 and any(kind in (1, 2) for kind in page.extrasamples)
            n_kept = 4 if has_alpha else 3
            values = values[..., :n_kept] if values.shape[2] >= 3 else values[..., 0]
        pixels = eight_bits(values)
        tag = page.tags.get(_UPRIGHT_TAG)
        is_inverted = page.photometric == 0
    image = Image.fromarray(255 - pixels if is_inverted else pixels)
    return image, int(tag.value) if tag is not None else 1


def _n_pixels(page: Any) -> int:
    return int(page.imagewidth) * int(page.imagelength)
