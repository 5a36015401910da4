"""HEIF and AVIF: which part of the picture is to be seen (the property "clap", ISO/IEC 14496-12).

libavif leaves that to who calls it. libheif does it itself, but pi_heif refuses a picture of which
more than a narrow border is to be cut off, so such a file is given to it without that property.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

from PIL import AvifImagePlugin, Image, ImageFile

from desktop.media.kinds.whole import WholeImageFile

_MOST_BYTES = 1 << 24
"""Of the properties of a picture, those of its tiles too."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""


def open_heif(file: BinaryIO) -> ImageFile.ImageFile:
    # Imported here because libheif takes longer to load than all of Pillow, and few photos need it.
    from pi_heif.as_plugin import HeifImageFile

    seen = _seen(file, is_turned=True)
    if seen is None:
        whole: ImageFile.ImageFile = HeifImageFile(file)
        return whole
    content = bytearray(file.read())
    content[seen.at : seen.at + 32] = struct.pack(">8I", seen.width, 1, seen.height, 1, 0, 1, 0, 1)
    return _CutImageFile(file, HeifImageFile(io.BytesIO(content)), seen.box)


def open_avif(file: BinaryIO) -> ImageFile.ImageFile:
    seen = _seen(file, is_turned=False)
    image = AvifImagePlugin.AvifImageFile(file)
    return image if seen is None else _CutImageFile(file, image, seen.box)


class _CutImageFile(WholeImageFile):
    """A part of another image."""

    def __init__(self, file: BinaryIO, image: ImageFile.ImageFile, box: Box) -> None:
        self._image, self._box = image, box
        super().__init__(file)

    def _open(self) -> None:
        left, top, right, bottom = self._box
        self.info = self._image.info
        self.format = self._image.format
        self.is_there(self._image.mode, (right - left, bottom - top))

    def pixels(self) -> Image.Image:
        return self._image.crop(self._box)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Attributes: at: where the values of "clap" stand in the file; width, height: of the whole
    picture as it is stored; box: what is to be seen of it once it is turned."""

    at: int
    width: int
    height: int
    box: Box


def _seen(file: BinaryIO, is_turned: bool) -> _Seen | None:
    """None if all of it is to be seen, or if that cannot be told. Moves to the file's start."""
    try:
        file.seek(0)
        return _seen_of(*_properties(file), is_turned)
    except (struct.error, IndexError):
        return None
    finally:
        file.seek(0)


def _seen_of(
    data: bytes, start: int, properties: list[tuple[bytes, int]], is_turned: bool
) -> _Seen | None:
    """properties: of the picture, in their order: names, and where their values stand in data.
    start: where data stands in the file."""
    kinds = dict(properties)
    if b"clap" not in kinds or b"ispe" not in kinds:
        return None
    stored: tuple[int, int] = struct.unpack_from(">4xII", data, kinds[b"ispe"])
    size, box = stored, (0, 0, *stored)
    for name, at in properties:
        width, height = size
        left, top, right, bottom = box
        if name == b"clap":
            box = _clean_aperture(struct.unpack_from(">IIIIiIiI", data, at), size)
        elif name == b"irot" and is_turned:
            for _ in range(data[at] & 3):  # by a quarter, against the clock
                left, top, right, bottom = top, size[0] - right, bottom, size[0] - left
                size = size[::-1]
            box = left, top, right, bottom
        elif name == b"imir" and is_turned:
            is_upside_down = not data[at] & 1
            box = (
                (left, height - bottom, right, height - top)
                if is_upside_down
                else (width - right, top, width - left, bottom)
            )
    return _Seen(start + kinds[b"clap"], *stored, box)


def _clean_aperture(values: tuple[int, ...], size: tuple[int, int]) -> Box:
    """values: width, height and how far the middle lies from that of the picture, as fractions.
    One that leaves nothing counts as all of it."""
    if 0 in values[1::2]:
        return 0, 0, *size
    width, height, right, down = (
        Fraction(values[at], values[at + 1]) for at in range(0, len(values), 2)
    )
    left = round((size[0] - width) / 2 + right)
    top = round((size[1] - height) / 2 + down)
    end = min(size[0], left + round(width)), min(size[1], top + round(height))
    left, top = max(0, left), max(0, top)
    return (left, top, *end) if left < end[0] and top < end[1] else (0, 0, *size)


def _properties(file: BinaryIO) -> tuple[bytes, int, list[tuple[bytes, int]]]:
    """What is said of the picture that the file is for."""
    while True:
        start = file.tell()
        n_bytes, name = struct.unpack(">I4s", file.read(8))
        if name == b"meta":
            break
        if n_bytes < 8:
            return b"", 0, []
        file.seek(start + n_bytes)
    start += 12
    file.seek(start)
    data = file.read(max(0, min(n_bytes, _MOST_BYTES) - 12))
    boxes = {name: (at, end) for name, at, end in _boxes(data, 0, len(data))}
    at, end = boxes.get(b"pitm", (0, 0))
    item = int.from_bytes(data[at + 4 : end], "big")
    at, end = boxes.get(b"iprp", (0, 0))
    inner = {name: (at, end) for name, at, end in _boxes(data, at, end)}
    known = [(name, at) for name, at, _ in _boxes(data, *inner.get(b"ipco", (0, 0)))]
    at, end = inner.get(b"ipma", (0, 0))
    return data, start, [known[number - 1] for number in _numbers(data[at:end], item) if number]


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Names, and where their contents begin and end."""
    while at + 8 <= end:
        n_bytes, name = struct.unpack_from(">I4s", data, at)
        if n_bytes < 8:
            return
        yield name, at + 8, min(at + n_bytes, end)
        at += n_bytes


def _numbers(ipma: bytes, item: int) -> list[int]:
    """Which properties an item has, in the order in which they are used; the first is 1."""
    if not ipma:
        return []
    version, is_wide = ipma[0], ipma[3] & 1
    (n_items,) = struct.unpack_from(">I", ipma, 4)
    at = 8
    for _ in range(min(n_items, len(ipma))):
        number, count = struct.unpack_from(">IB" if version else ">HB", ipma, at)
        at += 5 if version else 3
        kind = f">{count}{'H' if is_wide else 'B'}"
        if number == item:
            mask = 0x7FFF if is_wide else 0x7F
            return [value & mask for value in struct.unpack_from(kind, ipma, at)]
        at += struct.calcsize(kind)
    return []
