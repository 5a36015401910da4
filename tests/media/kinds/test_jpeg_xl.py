"""JPEG XL, as cameras, converters of JPEG and drawing programs write it."""

from __future__ import annotations

import io
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from desktop.errors import NotAPhoto, PhotoUnreadable
from desktop.media import Sides, decode, is_photo_name
from desktop.media.decode import facts_of
from tests.shared_decoders import DECODERS

jxl = pytest.importorskip("pylibjxl", reason="there is no JPEG XL decoder for this computer")


def write(folder: Path, pixels: np.ndarray, **options: object) -> Path:
    path = folder / "a.jxl"
    path.write_bytes(jxl.encode(pixels, lossless=True, **options))
    return path


def exif(turn: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112], tags[0x0132] = turn, "2019:05:12 18:33:10"
    return tags.tobytes()


def test_its_name_and_its_pixels_are_a_photo(tmp_path: Path, scene: Image.Image) -> None:
    decoded = decode(write(tmp_path, np.asarray(scene)))
    assert is_photo_name("A.JXL") and decoded.facts.format == "JPEG XL"
    assert np.array_equal(np.asarray(decoded.image), np.asarray(scene))


@pytest.mark.parametrize("bands", ["L", "RGBA"])
def test_grey_and_what_lets_the_page_through(
    tmp_path: Path, scene: Image.Image, bands: str
) -> None:
    image = scene.convert(bands)
    if "A" in bands:
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    path = write(tmp_path, np.asarray(image))
    image.save(tmp_path / "a.png")
    seen, same = (np.asarray(decode(one).image, int) for one in (path, tmp_path / "a.png"))
    assert np.abs(seen - same).max() <= 1


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_jpeg_that_became_one_stands_upright_and_keeps_its_date(
    tmp_path: Path, scene: Image.Image, turn: int
) -> None:
    scene.save(tmp_path / "a.jpg", quality=95, exif=exif(turn))
    path = tmp_path / "a.jxl"
    path.write_bytes(jxl.jpeg_to_jxl((tmp_path / "a.jpg").read_bytes()))
    before, after = decode(tmp_path / "a.jpg"), decode(path)
    assert after.image.size == before.image.size
    assert np.abs(np.asarray(after.image, int) - np.asarray(before.image, int)).mean() < 3
    assert after.facts.taken_at == datetime(2019, 5, 12, 18, 33, 10)
    assert (after.facts.width_px, after.facts.height_px) == after.image.size
    assert facts_of(path) == after.facts


def test_exif_turns_nothing_that_the_picture_itself_does_not_turn(
    tmp_path: Path, scene: Image.Image
) -> None:
    """ISO/IEC 18181-2: its own header alone counts."""
    path = write(tmp_path, np.asarray(scene), exif=exif(6))
    assert np.array_equal(np.asarray(decode(path).image), np.asarray(scene))


def test_a_colour_profile_is_heeded(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace("sRGB".encode("utf-16-be"), "GRBs".encode("utf-16-be")).replace(
        b"rXYZ", b"?XYZ"
    )
    swapped = swapped.replace(b"gXYZ", b"rXYZ").replace(b"?XYZ", b"gXYZ")
    pixels = np.full((100, 100, 3), (200, 60, 30), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=100, subsampling=0, icc_profile=swapped)
    (tmp_path / "a.jpg").write_bytes(file.getvalue())
    (tmp_path / "a.jxl").write_bytes(jxl.jpeg_to_jxl(file.getvalue()))
    seen = [
        np.asarray(decode(tmp_path / f"a.{kind}").image, int)[50, 50] for kind in ("jpg", "jxl")
    ]
    assert seen[0][1] > seen[0][0] + 100, "red has become green"
    assert np.abs(seen[0] - seen[1]).max() <= 3


# Of 100 x 100 pixels each, made by libjxl 0.11: its encoder here writes neither.
SIXTEEN_BITS = """0000000c4a584c200d0a870a00000014667479706a786c20000000006a786c20000000096a786c6c
0a000000476a786c63ff0a1813fc00142d0208040100c0004b283426be4642c2046006eebb1b63b0da18f7022100005c
2100683ca011cced30aaa73107a63d0010efffb794260302"""
THREE_FRAMES = """ff0a181341130088090804010088004b188b1500d41b376edcb87b811000000990762001481fe1
faef0032be651360bb000804010040004b188b158055ff7f000045180e7eec040804050074004b188b1500d4bb1b63d0
5e200400e12383034002faafc96a75b6f64500"""
BLACK_AT_FIRST = """ff0a18134113008809080401001c004b188b158203000804010040004b188b158055ff7f00004518
0e7eec040804050074004b188b1500d4bb1b63d05e200400e12383034002faafc96a75b6f64500"""


@pytest.mark.parametrize(
    ("content", "left", "right"),
    [
        (SIXTEEN_BITS, (0x80, 0x40, 0xFF), (0x12, 0xAB, 0x43)),
        (THREE_FRAMES, (200, 60, 30), (0, 0, 0)),
        (BLACK_AT_FIRST, (0, 0, 250), (0, 0, 250)),
    ],
)
def test_sixteen_bits_and_the_frame_of_an_animation_that_shows_something(
    tmp_path: Path, content: str, left: tuple[int, ...], right: tuple[int, ...]
) -> None:
    path = tmp_path / "a.jxl"
    path.write_bytes(bytes.fromhex(content))
    image = DECODERS.decode(path).image
    assert image.getpixel((20, 50)) == pytest.approx(left, abs=1)
    assert image.getpixel((80, 50)) == pytest.approx(right, abs=1)


def test_one_too_small_one_too_large_and_some_cut_off_or_damaged(
    tmp_path: Path, scene: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, np.asarray(scene))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(PhotoUnreadable, match="cut off or damaged, and its decoder gives no part"):
        decode(path)
    noise = np.random.default_rng(1).integers(0, 255, (120, 160, 3)).astype(np.uint8)
    path = write(tmp_path, noise, exif=exif(1))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(PhotoUnreadable, match="is cut off, and its decoder gives no part"):
        decode(path)
    third = len(whole) // 3
    path.write_bytes(whole[:third] + b"\xff" * third + whole[2 * third :])
    with pytest.raises(PhotoUnreadable, match="is damaged, and its decoder gives no part"):
        decode(path)
    with pytest.raises(NotAPhoto, match="too small"):
        decode(write(tmp_path, np.zeros((40, 40, 3), np.uint8)))
    monkeypatch.setattr(sys.modules["desktop.media.decode"], "max_pixels", lambda: 50_000)
    with pytest.raises(PhotoUnreadable, match="too large"):
        decode(write(tmp_path, np.asarray(scene)), Sides(64))


def test_where_there_is_no_decoder_that_is_what_is_said(
    tmp_path: Path, scene: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, np.asarray(scene))
    monkeypatch.setitem(sys.modules, "pylibjxl", None)
    with pytest.raises(PhotoUnreadable, match="on this kind of computer"):
        decode(path)
