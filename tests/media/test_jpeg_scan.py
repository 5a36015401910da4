"""JPEGs that were damaged in the middle: they decode, and a part of them is garbage or grey."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

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
