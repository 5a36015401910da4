"""JPEGs that were damaged in the middle: they decode, and a part of them is garbage or grey."""

from __future__ import annotations

import io
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from desktop.errors import PhotoUnreadable
from desktop.media import Sides, decode

WAYS: list[dict[str, Any]] = [
    {},
    {"optimize": True},
    {"progressive": True},
    {"restart_marker_rows": 1},
]


def noisy(size: tuple[int, int] = (800, 600)) -> Image.Image:
    rng = np.random.default_rng(7)
    return Image.fromarray(rng.integers(0, 255, (size[1], size[0], 3), np.uint8))


def encoded(image: Image.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def damage(path: Path, content: bytes) -> str | None:
    path.write_bytes(content)
    return decode(path, Sides(100)).damage


@pytest.mark.parametrize("way", WAYS)
def test_other_data_in_the_middle_are_told_of(tmp_path: Path, way: dict[str, Any]) -> None:
    whole = encoded(noisy(), **way)
    middle = len(whole) // 2
    junk = random.Random(3).randbytes(4096)
    assert damage(tmp_path / "a.jpg", whole[:middle] + junk + whole[middle + 4096 :])


def test_a_hole_of_zeros_is_told_of_in_the_middle_and_at_the_end(tmp_path: Path) -> None:
    whole = encoded(noisy())
    middle = len(whole) // 2
    said = damage(tmp_path / "a.jpg", whole[:middle] + bytes(4096) + whole[middle + 4096 :])
    assert said == "The JPEG can be found, but is damaged: a part of the picture is wrong."
    assert damage(tmp_path / "a.jpg", whole[:middle] + bytes(len(whole) - middle))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("colour", ["white", "black", "grey"])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_an_empty_page_is_whole(
    tmp_path: Path, way: dict[str, Any], colour: str, mode: str
) -> None:
    page = Image.new("RGB", (2000, 1600), colour).convert(mode)
    assert damage(tmp_path / "a.jpg", encoded(page, **way)) is None


@pytest.mark.parametrize("way", WAYS)
def test_what_cameras_put_behind_the_picture_is_no_damage(
    tmp_path: Path, way: dict[str, Any]
) -> None:
    whole = encoded(noisy(), comment=b"\xff\xd9 \xff\xff" + bytes(5000), **way)
    for behind in (b"", bytes(9000), whole, random.Random(5).randbytes(5000)):
        assert damage(tmp_path / "a.jpg", whole + behind) is None
    assert damage(tmp_path / "a.jpg", whole[:-2] + b"\xff\xff\xff\xd9") is None


def in_three_scans(image: Image.Image) -> bytes:
    """Not progressive, one colour after the other, as some scanners write it."""
    parts = [encoded(band) for band in image.convert("YCbCr").split()]
    frame, scan = parts[0].index(b"\xff\xc0"), parts[0].index(b"\xff\xda")
    tables = parts[0][frame + 13 : scan]
    size = parts[0][frame + 5 : frame + 9]
    colours = b"".join(bytes([number, 0x11, 0]) for number in (1, 2, 3))
    out = parts[0][:frame] + b"\xff\xc0\0\x11\x08" + size + b"\x03" + colours + tables
    for number, part in enumerate(parts, 1):
        at = part.index(b"\xff\xda")
        out += b"\xff\xda\0\x08\x01" + bytes([number, 0, 0, 63, 0]) + part[at + 10 : -2]
    return out + b"\xff\xd9"


def test_the_memory_that_several_scans_take_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Image.new("RGB", (1600, 1200), (220, 60, 30))
    path = tmp_path / "a.jpg"
    path.write_bytes(in_three_scans(scene))
    photo = decode(path, Sides(100, 100))
    assert photo.image.getpixel((50, 50)) == pytest.approx((220, 60, 30), abs=4)
    assert photo.damage is None
    monkeypatch.setattr(sys.modules["desktop.media.decode"], "max_pixels", lambda: 700_000)
    with pytest.raises(PhotoUnreadable, match="too large"):
        decode(path, Sides(100, 100))
    path.write_bytes(encoded(scene))
    decode(path, Sides(100, 100))
