"""TIFFs whose numbers Pillow mistakes or does not know: each beside the picture it was made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from desktop.media import decode

RAMP = np.tile(np.arange(256), (120, 1))
COLOURS = np.stack([RAMP, RAMP[:, ::-1], np.full_like(RAMP, 60)], axis=-1)


def seen(path: Path, pixels: np.ndarray, **options: Any) -> np.ndarray:
    tifffile.imwrite(path, pixels, **options)
    return np.asarray(decode(path).image, int)


def scaled(pixels: np.ndarray, white: float, kind: str) -> np.ndarray:
    numbers = pixels / 255 * white
    return (np.rint(numbers) if "f" not in kind else numbers).astype(kind)


def distance(one: np.ndarray, other: np.ndarray) -> int:
    other = other if other.ndim == 3 else np.repeat(other[..., None], 3, axis=2)
    return int(np.abs(one - other).max())


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "packbits"])
@pytest.mark.parametrize(("kind", "white"), [("<u2", 65535), (">u2", 4095), ("<f4", 1), ("u1", 255)])
def test_where_zero_means_white(
    tmp_path: Path, kind: str, white: int, compression: str | None
) -> None:
    path = tmp_path / "a.tif"
    write(path, scaled(255 - RAMP, white, kind), compression, photometric="miniswhite")
    assert distance(np.asarray(decode(path).image, int), RAMP) <= 1


@pytest.mark.parametrize("compression", [None, "lzw"])
@pytest.mark.parametrize(("kind", "white"), [("<i2", 32767), ("<i2", 4095), ("i1", 127)])
def test_numbers_with_a_sign_are_white_at_the_largest(
    tmp_path: Path, kind: str, white: int, compression: str | None
) -> None:
    path = tmp_path / "a.tif"
    for pixels, photometric in ((RAMP, "minisblack"), (COLOURS, "rgb")):
        write(path, scaled(pixels, white, kind), compression, photometric=photometric)
        assert distance(np.asarray(decode(path).image, int), pixels) <= 2
