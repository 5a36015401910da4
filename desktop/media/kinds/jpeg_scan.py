"""What Pillow does not say of a JPEG: whether it was damaged in its middle, and its scans."""

from __future__ import annotations

import re
from typing import BinaryIO

from PIL import JpegImagePlugin

# Markers of ISO/IEC 10918-1, table B.1.
_END, _SCAN, _HUFFMAN, _LINES = 0xD9, 0xDA, 0xC4, 0xDC
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {_HUFFMAN, 0xC8, 0xCC})
_SIMPLE_FRAMES = frozenset({0xC0, 0xC1})
_WITH_LENGTH = frozenset({*range(0xDA, 0xF0), *range(0xC0, 0xD0), 0xFE})
# In compressed pixels 0xFF is followed by 0 or is a restart (B.1.1.5).
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_HOLE = bytes(2048)
_END_OF_BLOCK = 0


def has_foreign_bytes(file: BinaryIO) -> bool:
    """Whether there is something between a JPEG's pixels that no encoder writes: other data or a
    hole of zeros, as a copy or a recovery puts in; or no end.

    A few changed bits are not noticed: nothing in a JPEG can prove them. Most become other pixels
    without a word. Of some libjpeg warns, but Pillow does not pass that on, and to hear of it
    another decoder would have to read every photo a second time.

    About 1 ms for a photo of 2.5 MB, a fiftieth of its decode.
    """
    file.seek(0)
    data, at = file.read(), 2
    n_bands, hole_at = 0, -1
    first_codes: dict[int, int] = {}
    is_simple = is_plain = False
    while (found := _MARKER.search(data, at)) is not None:
        at, marker = found.end(), data[found.end() - 1]
        body = data[at + 2 : at + int.from_bytes(data[at : at + 2], "big")]
        if is_plain and marker not in (_END, _LINES):
            return True
        if marker == _END:
            return 0 <= hole_at < at
        if marker not in _WITH_LENGTH:
            return True
        at += 2 + len(body)
        if marker in _FRAMES and len(body) > 5:
            is_simple, n_bands = marker in _SIMPLE_FRAMES, body[5]
        elif marker == _HUFFMAN:
            first_codes |= _first_codes(body)
        elif marker == _SCAN and len(body) > 2:
            is_plain = is_simple and body[0] == n_bands  # all of it is in this one
            # Else a page all of one colour may be stored as zeros.
            may_be_zeros = first_codes.get(0x10 | body[2] & 15, _END_OF_BLOCK) == _END_OF_BLOCK
            hole_at = data.find(_HOLE, at) if is_plain and not may_be_zeros else -1
    return True


def has_several_scans(image: JpegImagePlugin.JpegImageFile) -> bool:
    """Whether libjpeg keeps all of it in memory: it is progressive, or its first scan lacks a
    colour. image: not yet loaded."""
    if image.info.get("progressive") or image.fp is None:
        return True
    at = image.fp.tell()  # behind the header of the first scan
    image.fp.seek(max(0, at - 2 * image.layers - 8))
    head = image.fp.read(2 * image.layers + 8)
    image.fp.seek(at)
    return any(
        head.endswith(bytes([0xFF, _SCAN, 0, 6 + 2 * n_bands, n_bands]) + head[-3 - 2 * n_bands :])
        for n_bands in range(1, image.layers)
    )


def _first_codes(body: bytes) -> dict[int, int]:
    """By class and number of each Huffman table, the symbol whose code is all zeros."""
    found, at = {}, 0
    while at + 18 <= len(body):
        found[body[at]] = body[at + 17]
        at += 17 + sum(body[at + 1 : at + 17])
    return found
