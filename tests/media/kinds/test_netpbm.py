"""Netpbm's family: plain text and bytes, comments anywhere, real numbers, and bands by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop.errors import PhotoUnreadable
from desktop.media import decode, is_photo_name

SIZE = (160, 120)


def seen(path: Path, content: bytes) -> np.ndarray:
    path.write_bytes(content)
    return np.asarray(decode(path).image, int)


@pytest.mark.parametrize("head", ["P6#by hand\n160 120\n255\n", "P6 #a\n160#b\n120 255\n"])
def test_comments_stand_anywhere_in_the_header(
    tmp_path: Path, scene: Image.Image, head: str
) -> None:
    pixels = seen(tmp_path / "a.ppm", head.encode() + scene.tobytes())
    assert np.array_equal(pixels, np.asarray(scene))


@pytest.mark.parametrize(("scale", "order"), [("-1.0", "<"), ("1", ">")])
def test_colour_in_real_numbers(tmp_path: Path, scene: Image.Image, scale: str, order: str) -> None:
    rows = np.asarray(scene)[::-1] / 255  # the last row comes first
    content = f"PF\n160 120\n{scale}\n".encode() + rows.astype(f"{order}f4").tobytes()
    assert np.array_equal(seen(tmp_path / "a.pfm", content), np.asarray(scene))


def pam(depth: int, largest: int, kind: str, pixels: np.ndarray) -> bytes:
    head = f"P7\nWIDTH 160\nHEIGHT 120\nDEPTH {depth}\nMAXVAL {largest}\nTUPLTYPE {kind}\nENDHDR\n"
    return head.encode() + pixels.tobytes()


def test_a_pam_in_8_16_and_12_bits(tmp_path: Path, scene: Image.Image) -> None:
    pixels = np.asarray(scene)
    assert is_photo_name("A.PAM")
    for largest, kind in ((255, "u1"), (65535, ">u2"), (4095, ">u2"), (100, "u1")):
        content = pam(3, largest, "RGB", np.rint(pixels / 255 * largest).astype(kind))
        assert np.abs(seen(tmp_path / "a.pam", content) - pixels).max() <= 1


def test_a_pam_in_black_and_white_and_one_that_lets_the_page_through(tmp_path: Path) -> None:
    halves = np.zeros((120, 160, 1), np.uint8)
    halves[:, 80:] = 1
    white_to_the_right = seen(tmp_path / "a.pam", pam(1, 1, "BLACKANDWHITE", halves))
    assert (white_to_the_right[60, 20] == 0).all() and (white_to_the_right[60, 140] == 255).all()
    clear = np.concatenate([np.full((120, 160, 3), 9, np.uint8), halves * 255], axis=2)
    laid = seen(tmp_path / "a.pam", pam(4, 255, "RGB_ALPHA", clear))
    assert (laid[60, 20] == 255).all() and (laid[60, 140] == 9).all()
    cyan = np.tile(np.array([255, 0, 0, 0], np.uint8), (120, 160, 1))
    red, green, blue = seen(tmp_path / "a.pam", pam(4, 255, "CMYK", cyan))[60, 80]
    assert red < 60 < 150 < green < blue or (red, green, blue) == (0, 255, 255)


@pytest.mark.parametrize("head", ["PF\n160 120\n-1\n", "P7\nWIDTH 160\nHEIGHT 120\nDEPTH 3\n"])
def test_one_that_is_cut_off_says_so_or_shows_what_is_there(tmp_path: Path, head: str) -> None:
    if head.startswith("P7"):
        head += "MAXVAL 255\nENDHDR\n"
    path = tmp_path / "a.pnm"
    path.write_bytes(head.encode() + b"\x3f" * (160 * 3 * 60 * (4 if head[1] == "F" else 1)))
    photo = decode(path)
    assert photo.damage is not None and photo.image.height == 60
    path.write_bytes(head.encode() + b"\x3f" * 2100)
    with pytest.raises(PhotoUnreadable, match="cut off"):
        decode(path)
