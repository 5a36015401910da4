"""TIFF: which of its pages is the photo, and whether Pillow takes its numbers for what they are."""

from __future__ import annotations

from typing import Any, BinaryIO

from PIL import Image, TiffImagePlugin

_MOST_PAGES = 50
_SUB_PAGES = 330  # SubIFDs, Adobe PageMaker 6.0 TIFF Technical Notes
_BITS, _PHOTOMETRIC, _PLANES, _SAMPLE_FORMAT = 258, 262, 284, 339  # TIFF 6.0
_WHITE_IS_ZERO, _RGB = 0, 2
_WITHOUT_SIGN, _WITH_SIGN = 1, 2
_DARK = 140
"""What 14 of 16 bits come to at most, in sRGB, by a profile of linear light too."""


def open_tiff(file: BinaryIO) -> TiffImagePlugin.TiffImageFile:
    """The lazy image; of a file whose first page is a reduced one, the first full one."""
    try:
        image = TiffImagePlugin.TiffImageFile(file)
    except SyntaxError as error:
        if isinstance(error.__cause__, KeyError):
            raise NotImplementedError("a compression that Pillow does not know") from error
        raise
    if not _is_reduced(image):
        return image
    below = image.tag_v2.get(_SUB_PAGES, ())
    for page in range(1, _MOST_PAGES):
        try:
            image.seek(page)
        except EOFError:
            break
        if not _is_reduced(image):
            return image
    for offset in below[:_MOST_PAGES]:
        image._frame_pos = [offset]  # Pillow has no public way to a page below a page
        image._seek(0)
        if not _is_reduced(image):
            return image
    file.seek(0)
    return TiffImagePlugin.TiffImageFile(file)


def is_mistaken(page: Image.Image) -> bool:
    """Whether Pillow takes a TIFF's numbers for others without a word: red, green and blue that
    stand apart in more than 8 bits, 32 bits without a sign, any with a sign, and more than 8 bits
    whose zero means white."""
    bits = max(_tag(page, _BITS, (8,)))
    kinds = _tag(page, _SAMPLE_FORMAT, (_WITHOUT_SIGN,))
    is_negative = _tag(page, _PHOTOMETRIC, 1) == _WHITE_IS_ZERO
    stands_apart = _tag(page, _PLANES, 1) == 2
    return (
        ((stands_apart or is_negative) and bits > 8)
        or (_WITHOUT_SIGN in kinds and bits > 16)
        or _WITH_SIGN in kinds
    )


def may_be_too_dark(page: Image.Image, rgb: Image.Image) -> bool:
    """Whether the colours of a TIFF may be numbers of 12 or 14 bits in 16, of which Pillow takes
    the upper half. rgb: what they came out as."""
    is_wide_rgb = _tag(page, _PHOTOMETRIC, 1) == _RGB and max(_tag(page, _BITS, (8,))) == 16
    return is_wide_rgb and all(high < _DARK for _, high in rgb.getextrema())  # type: ignore[misc]


def _is_reduced(page: Image.Image) -> bool:
    """By NewSubfileType, or SubfileType in older files (TIFF 6.0, section 8)."""
    return bool(_tag(page, 254, 0) & 1) or _tag(page, 255, 1) == 2


def _tag(page: Image.Image, number: int, default: Any) -> Any:
    return getattr(page, "tag_v2", {}).get(number, default)
