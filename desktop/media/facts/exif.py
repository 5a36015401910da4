"""A small EXIF reader: the handful of tags that a photo library needs, and nothing that can fail.

Pillow's own reader is not used because it warns (through process-wide state) and raises for the
many cameras that break the rules. Layout: TIFF 6.0 section 2, EXIF 2.32 sections 4.6.4 to 4.6.6.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import BinaryIO

MAKE, MODEL, ORIENTATION, DATE_TIME = 0x010F, 0x0110, 0x0112, 0x0132
DATE_TIME_ORIGINAL, DATE_TIME_DIGITIZED, LENS_MODEL = 0x9003, 0x9004, 0xA434
OFFSET, OFFSET_ORIGINAL, OFFSET_DIGITIZED = 0x9010, 0x9011, 0x9012
FRACTION, FRACTION_ORIGINAL, FRACTION_DIGITIZED = 0x9290, 0x9291, 0x9292
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE = 1, 2, 3, 4
COLOUR_SPACE, INTEROPERABILITY = 0xA001, 1
_EXIF_POINTER, _GPS_POINTER, _INTEROPERABILITY_POINTER = 0x8769, 0x8825, 0xA005

# Rational numbers stay (numerator, denominator): the reader of the tag decides about n/0.
TagValue = bytes | tuple[int, ...] | tuple[tuple[int, int], ...]

_MAIN_TAGS = frozenset({MAKE, MODEL, ORIENTATION, DATE_TIME, _EXIF_POINTER, _GPS_POINTER})
_EXIF_TAGS = frozenset(
    {DATE_TIME_ORIGINAL, DATE_TIME_DIGITIZED, LENS_MODEL, OFFSET, OFFSET_ORIGINAL, OFFSET_DIGITIZED}
    | {FRACTION, FRACTION_ORIGINAL, FRACTION_DIGITIZED, COLOUR_SPACE, _INTEROPERABILITY_POINTER}
)
_GPS_TAGS = frozenset({LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE})

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 10: 8, 13: 4}
_CODES = {3: "H", 4: "I", 5: "I", 10: "i", 13: "I"}
# No tag we read is longer; a broken count must not make us read a gigabyte.
_MAX_VALUE_BYTES = 4096
_MAX_ENTRIES = 1000


@dataclass(frozen=True, slots=True)
class ExifTags:
    """Attributes: main, exif, gps: the tags of the three directories by number, as found;
    is_adobe_rgb: the colours are Adobe RGB's, by EXIF's interoperability index (DCF 2.0)."""

    main: Mapping[int, TagValue] = field(default_factory=dict)
    exif: Mapping[int, TagValue] = field(default_factory=dict)
    gps: Mapping[int, TagValue] = field(default_factory=dict)
    is_adobe_rgb: bool = False


@lru_cache(maxsize=4)
def read_exif(block: bytes) -> ExifTags:
    """Read an EXIF block, with or without its "Exif" prefix (some writers put it there twice). A
    photo's is asked for its colours and for its facts, and read once.

    Whatever is broken is left out; an unreadable block gives no tags.
    """
    while block.startswith(b"Exif\0\0"):
        block = block[6:]
    return read_tiff(io.BytesIO(block))


def read_tiff(file: BinaryIO) -> ExifTags:
    """Read the tags of a TIFF file (an EXIF block is one, too). Moves the file's position.

    Raises OSError only when the file itself cannot be read.
    """
    head = _read(file, 0, 8)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return ExifTags()
    (start,) = struct.unpack(order + "I", head[4:8])
    # Some writers put into the first directory what belongs into EXIF's own.
    main = _directory(file, order, start, _MAIN_TAGS | _EXIF_TAGS)
    exif = {**main, **_directory(file, order, _pointer(main, _EXIF_POINTER), _EXIF_TAGS)}
    index = _directory(
        file, order, _pointer(exif, _INTEROPERABILITY_POINTER), frozenset({INTEROPERABILITY})
    ).get(INTEROPERABILITY)
    return ExifTags(
        main=main,
        exif=exif,
        gps=_directory(file, order, _pointer(main, _GPS_POINTER), _GPS_TAGS),
        is_adobe_rgb=index == b"R03\0" or exif.get(COLOUR_SPACE) == (2,),
    )


def _read(file: BinaryIO, offset: int, n_bytes: int) -> bytes:
    file.seek(offset)
    return file.read(n_bytes)


def _pointer(directory: Mapping[int, TagValue], tag: int) -> int:
    """The offset of a sub-directory; 0, where no directory can be, if there is none."""
    match directory.get(tag):
        case (int(offset),):
            return offset
        case _:
            return 0


def _directory(
    file: BinaryIO, order: str, offset: int, wanted: frozenset[int]
) -> dict[int, TagValue]:
    """The wanted tags of the directory at an offset. The first of a repeated tag counts."""
    found: dict[int, TagValue] = {}
    count_bytes = _read(file, offset, 2) if offset >= 8 else b""
    if len(count_bytes) < 2:
        return found
    n_entries = min(struct.unpack(order + "H", count_bytes)[0], _MAX_ENTRIES)
    table = _read(file, offset + 2, 12 * n_entries)
    for at in range(0, len(table) - 11, 12):
        tag, type_, count, inline = struct.unpack(order + "HHI4s", table[at : at + 12])
        if tag in wanted and tag not in found:
            value = _value(file, order, type_, count, inline)
            if value is not None:
                found[tag] = value
    return found


def _value(file: BinaryIO, order: str, type_: int, count: int, inline: bytes) -> TagValue | None:
    n_bytes = _SIZES.get(type_, 0) * count
    if not 0 < n_bytes <= _MAX_VALUE_BYTES:
        return None
    if n_bytes <= 4:
        data = inline[:n_bytes]
    else:
        data = _read(file, struct.unpack(order + "I", inline)[0], n_bytes)
    if type_ in (1, 2, 7):
        return data
    if len(data) < n_bytes:
        return None
    code = _CODES[type_]
    numbers: tuple[int, ...] = struct.unpack(
        f"{order}{n_bytes // struct.calcsize(order + code)}{code}", data
    )
    if type_ in (5, 10):
        return tuple(zip(numbers[::2], numbers[1::2], strict=True))
    return numbers
