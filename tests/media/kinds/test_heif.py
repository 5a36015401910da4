"""HEIF and AVIF: the container alone says how the picture is turned and what is cut off."""

from __future__ import annotations

import io
import struct
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop.media import Sides, decode
from desktop.media.decode import facts_of

BOTH = pytest.mark.parametrize("suffix", [".heic", ".avif"])
# What each orientation of EXIF means, as the container says it (MIAF, ISO/IEC 23000-22): quarters
# against the clock, then a mirror, upside down (0) or left for right (1).
TURNS: dict[int, tuple[int, int | None]] = {
    1: (0, None),
    2: (0, 1),
    3: (2, None),
    4: (0, 0),
    5: (1, 0),
    6: (3, None),
    7: (3, 0),
    8: (1, None),
}


@lru_cache
def encoded(suffix: str) -> bytes:
    tags = Image.Exif()
    tags[0x0128] = 2  # the unit of resolution, in whose place the orientation is put
    file = io.BytesIO()
    kind = {".heic": "HEIF", ".avif": "AVIF"}[suffix]
    picture().save(file, kind, quality=90, exif=tags.tobytes())
    return file.getvalue()


@lru_cache
def picture() -> Image.Image:
    """320 x 240, no two places alike."""
    rng = np.random.default_rng(5)
    small = Image.fromarray(rng.integers(0, 255, (12, 16, 3), np.uint8))
    return small.resize((320, 240), Image.Resampling.BICUBIC)


def with_properties(data: bytes, *added: tuple[bytes, bytes]) -> bytes:
    """A file with more of them for its one picture."""
    boxes = b"".join(struct.pack(">I4s", len(body) + 8, name) + body for name, body in added)
    where = {name: data.index(name) - 4 for name in (b"meta", b"iprp", b"ipco", b"ipma", b"iloc")}
    ends = {name: at + int.from_bytes(data[at : at + 4], "big") for name, at in where.items()}
    first, at = 1, where[b"ipco"] + 8
    while at < ends[b"ipco"]:
        at, first = at + int.from_bytes(data[at : at + 4], "big"), first + 1
    numbers = bytes(0x80 | (first + place) for place in range(len(added)))
    out = bytearray(data)
    out[ends[b"ipma"] : ends[b"ipma"]] = numbers
    out[where[b"ipma"] + 18] += len(numbers)
    out[ends[b"ipco"] : ends[b"ipco"]] = boxes
    grown = len(boxes) + len(numbers)

    def add(at: int, more: int) -> None:
        out[at : at + 4] = struct.pack(">I", int.from_bytes(out[at : at + 4], "big") + more)

    add(where[b"ipma"] + len(boxes), len(numbers))
    add(where[b"ipco"], len(boxes))
    add(where[b"iprp"], grown)
    add(where[b"meta"], grown)
    for at in places(data, where[b"iloc"]):
        add(at + (len(boxes) + len(numbers) if where[b"iloc"] > where[b"ipma"] else 0), grown)
    return bytes(out)


def places(data: bytes, iloc: int) -> list[int]:
    """Where the box says at which byte each item begins, in four bytes."""
    version, sizes, count = data[iloc + 8], data[iloc + 12 : iloc + 14], data[iloc + 15]
    n_base, n_method = sizes[1] >> 4, 2 if version else 0
    n_item = 2 + n_method + 2 + n_base + 2 + (sizes[0] >> 4) + (sizes[0] & 15)
    before = 4 + n_method if n_base else 6 + n_method
    return [iloc + 16 + number * n_item + before for number in range(count)]


def clap(left: int, top: int, right: int, bottom: int) -> tuple[bytes, bytes]:
    """What is to be seen of 320 x 240, in halves of pixels where that is needed."""
    moved = (left + right - 320, left + right - 320, top + bottom - 240)
    body = struct.pack(">4I", right - left, 1, bottom - top, 1)
    return b"clap", body + struct.pack(">iIiI", moved[0], 2, moved[2], 2)


def turned(orientation: int) -> list[tuple[bytes, bytes]]:
    quarters, mirror = TURNS[orientation]
    turn = [(b"irot", bytes([quarters]))] if quarters else []
    return turn + ([(b"imir", bytes([mirror]))] if mirror is not None else [])


def upright(image: Image.Image, orientation: int) -> Image.Image:
    quarters, mirror = TURNS[orientation]
    pixels = np.rot90(np.asarray(image), quarters)
    if mirror is not None:
        pixels = pixels[::-1] if mirror == 0 else pixels[:, ::-1]
    return Image.fromarray(np.ascontiguousarray(pixels))


def write(path: Path, *added: tuple[bytes, bytes], exif: int = 0) -> None:
    """exif: an orientation that EXIF claims, and the container does not."""
    data = with_properties(encoded(path.suffix), *added)
    for order in "<>" if exif else "":
        unit, turn = ((0x0128, 3, 1, 2, 0), (0x0112, 3, 1, exif, 0))
        data = data.replace(
            struct.pack(f"{order}HHIHH", *unit), struct.pack(f"{order}HHIHH", *turn)
        )
    path.write_bytes(data)


def difference(one: Image.Image, other: Image.Image) -> float:
    assert one.size == other.size
    return float(np.abs(np.asarray(one, int) - np.asarray(other, int)).mean())


@BOTH
@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("exif", [1, 3, 6])
def test_the_container_turns_the_picture_whatever_exif_says(
    tmp_path: Path, suffix: str, orientation: int, exif: int
) -> None:
    path = tmp_path / f"a{suffix}"
    write(path, *turned(orientation), exif=exif)
    photo, expected = decode(path), upright(picture(), orientation)
    assert difference(photo.image, expected) < 6
    assert (photo.facts.width_px, photo.facts.height_px) == expected.size
    assert facts_of(path) == photo.facts


@BOTH
@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize(
    "box", [(0, 0, 318, 240), (10, 20, 300, 200), (0, 140, 100, 240), (219, 0, 320, 240)]
)
def test_what_is_cut_off_is_not_seen(
    tmp_path: Path,
    suffix: str,
    orientation: int,
    box: tuple[int, int, int, int],
) -> None:
    path = tmp_path / f"a{suffix}"
    write(path, clap(*box), *turned(orientation), exif=6)
    photo, expected = decode(path), upright(picture().crop(box), orientation)
    assert difference(photo.image, expected) < 6
    assert (photo.facts.width_px, photo.facts.height_px) == expected.size
    assert facts_of(path) == photo.facts
    reduced = decode(path, Sides(64, 100)).image
    assert difference(reduced.resize((8, 8)), expected.resize((8, 8))) < 12


@BOTH
@pytest.mark.parametrize(
    "values", [(0, 1, 240, 1, 0, 1, 0, 1), (320, 0, 240, 0, 0, 0, 0, 0), (9, 1, 9, 1, 999, 1, 0, 1)]
)
def test_a_cut_that_leaves_nothing_is_passed_over(
    tmp_path: Path, suffix: str, values: tuple[int, ...]
) -> None:
    path = tmp_path / f"a{suffix}"
    write(path, (b"clap", struct.pack(">8I", *values)))
    assert decode(path).image.size == (320, 240)
