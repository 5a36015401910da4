from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from desktop.media import decode
from desktop.media.colour import Sides, to_rgb

SIZE = (80, 70)
MODES = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB")
NUMBER_MODES = ("I", "F", "I;16", "I;16B", "I;16L")


def middle(image: Image.Image) -> tuple[int, ...]:
    pixel = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    return pixel


def decoded(image: Image.Image, path: Path, **options: object) -> Image.Image:
    image.save(path, **options)  # type: ignore[arg-type]
    return decode(path).image


def ramp(low: float, high: float) -> np.ndarray:
    return np.tile(np.linspace(low, high, 256, dtype=np.float64), (64, 1))


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_cmyk(suffix: str, tmp_path: Path) -> None:
    """JPEG keeps CMYK inverted, as Adobe does; taken for plain CMYK, red would come out cyan."""
    red = Image.new("CMYK", SIZE, (0, 255, 255, 0))
    assert middle(decoded(red, tmp_path / f"red{suffix}")) == pytest.approx((255, 0, 0), abs=4)


def test_ycbcr_tiff(tmp_path: Path) -> None:
    orange = Image.new("RGB", SIZE, (250, 140, 20)).convert("YCbCr")
    result = decoded(orange, tmp_path / "orange.tif")
    assert middle(result) == pytest.approx((250, 140, 20), abs=4)


def test_lab_tiff(tmp_path: Path) -> None:
    # CIE L*a*b* of the sRGB red (255, 0, 0) under D50: 54.3, 80.8, 69.9. In memory Pillow keeps L
    # as 0-255 and a and b with 128 added.
    red = Image.new("LAB", SIZE, (round(54.3 * 2.55), 128 + 81, 128 + 70))
    assert middle(decoded(red, tmp_path / "red.tif")) == pytest.approx((255, 0, 0), abs=6)


def test_sixteen_bit_colour_keeps_its_high_bytes(write_png: Callable[..., Path]) -> None:
    pixels = np.zeros((64, 256, 3), np.uint16)
    pixels[..., 0] = ramp(0, 65535)
    pixels[..., 2] = 40000
    result = np.asarray(decode(write_png(pixels, colour_type=2)).image)
    assert np.abs(result[0, :, 0] - np.arange(256.0)).max() <= 1
    assert set(result[..., 1].ravel()) == {0}
    assert set(result[..., 2].ravel()) == {40000 >> 8}


@pytest.mark.parametrize("white", [255, 1023, 4095, 16383, 65535])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bit_grey_is_scaled_by_its_range(white: int, suffix: str, tmp_path: Path) -> None:
    grey = Image.fromarray(np.rint(ramp(0, white)).astype(np.uint16))
    result = np.asarray(decoded(grey, tmp_path / f"grey{suffix}"), np.int16)
    assert np.abs(result[0, :, 0] - np.arange(256)).max() <= 1
    assert (result[..., 0] == result[..., 2]).all()


def test_dark_sixteen_bit_grey_stays_dark() -> None:
    dark = Image.fromarray(np.full((64, 64), 20000, np.uint16))
    assert middle(to_rgb(dark, None)) == (78, 78, 78)  # 20000 of 65535


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 255), (-3.1, 3.1), (1000, 9000)])
def test_real_numbers_are_scaled_by_their_range(low: float, high: float, tmp_path: Path) -> None:
    grey = Image.fromarray(ramp(low, high).astype(np.float32))
    result = np.asarray(decoded(grey, tmp_path / "real.tif"), np.int16)
    assert np.abs(result[0, :, 0] - np.arange(256)).max() <= 1


def test_holes_in_real_numbers_are_black(tmp_path: Path) -> None:
    values = np.full((64, 64), 0.5, np.float32)
    values[0, 0], values[0, 1] = np.nan, np.inf
    result = decoded(Image.fromarray(values), tmp_path / "holes.tif")
    assert result.getpixel((0, 0)) == result.getpixel((1, 0)) == (0, 0, 0)
    assert middle(result) == (128, 128, 128)


def test_thirty_two_bit_numbers_below_zero_are_stretched() -> None:
    numbers = Image.fromarray(np.rint(ramp(-70000, 70000)).astype(np.int32))
    result = np.asarray(to_rgb(numbers, None), np.int16)
    assert np.abs(result[0, :, 0] - np.arange(256)).max() <= 1


def test_palette(tmp_path: Path) -> None:
    image = Image.new("RGB", SIZE, (200, 30, 60)).quantize(4)
    assert middle(decoded(image, tmp_path / "palette.png")) == (200, 30, 60)


@pytest.mark.parametrize("transparency", [0, b"\x00\xff"])
def test_transparent_palette_lies_on_white(transparency: int | bytes, tmp_path: Path) -> None:
    image = Image.new("P", SIZE, 0)
    image.putpalette([10, 20, 30, 200, 100, 0])
    image.putpixel((0, 0), 1)
    result = decoded(image, tmp_path / "p.png", transparency=transparency)
    assert middle(result) == (255, 255, 255)
    assert result.getpixel((0, 0)) == (200, 100, 0)


def test_a_colour_that_means_transparent_lies_on_white(tmp_path: Path) -> None:
    image = Image.new("RGB", SIZE, (1, 2, 3))
    image.putpixel((0, 0), (9, 9, 9))
    result = decoded(image, tmp_path / "key.png", transparency=(1, 2, 3))
    assert middle(result) == (255, 255, 255)
    assert result.getpixel((0, 0)) == (9, 9, 9)


@pytest.mark.parametrize(
    ("mode", "colour", "seen"),
    [
        ("RGBA", (255, 0, 0, 0), (255, 255, 255)),
        ("RGBA", (255, 0, 0, 128), (255, 127, 127)),
        ("RGBA", (255, 0, 0, 255), (255, 0, 0)),
        ("LA", (0, 128), (127, 127, 127)),
    ],
)
@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_alpha_lies_on_white(
    mode: str, colour: tuple[int, ...], seen: tuple[int, ...], suffix: str, tmp_path: Path
) -> None:
    result = decoded(Image.new(mode, SIZE, colour), tmp_path / f"a{suffix}")
    assert middle(result) == pytest.approx(seen, abs=3)


def test_one_bit(tmp_path: Path) -> None:
    image = Image.new("1", SIZE, 1)
    image.putpixel((0, 0), 0)
    result = decoded(image, tmp_path / "bits.tif")
    assert middle(result) == (255, 255, 255)
    assert result.getpixel((0, 0)) == (0, 0, 0)


@pytest.fixture(scope="module")
def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture(scope="module")
def swapped(srgb: bytes) -> bytes:
    """A profile whose red is blue and whose blue is red, so that its use cannot be missed."""
    red, blue = (srgb.index(tag) for tag in (b"rXYZ", b"bXYZ"))
    profile = bytearray(srgb.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be")))
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(profile)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".avif", ".heic"])
def test_the_embedded_profile_is_applied(suffix: str, swapped: bytes, tmp_path: Path) -> None:
    image = Image.new("RGB", SIZE, (220, 40, 30))
    result = decoded(image, tmp_path / f"profile{suffix}", icc_profile=swapped)
    assert middle(result) == pytest.approx((30, 40, 220), abs=8)
    assert not result.info


def test_the_profile_is_applied_under_alpha(swapped: bytes, tmp_path: Path) -> None:
    image = Image.new("RGBA", SIZE, (255, 0, 0, 128))
    result = decoded(image, tmp_path / "profile.png", icc_profile=swapped)
    assert middle(result) == pytest.approx((127, 127, 255), abs=20)


def test_srgb_stays_as_it_is(srgb: bytes, tmp_path: Path) -> None:
    image = Image.effect_mandelbrot(SIZE, (-3, -2.5, 2, 2.5), 100).convert("RGB")
    result = decoded(image, tmp_path / "srgb.png", icc_profile=srgb)
    assert result.tobytes() == image.tobytes()


@pytest.mark.parametrize("damage", ["junk", "cut", "space"])
def test_a_broken_profile_costs_no_photo(damage: str, swapped: bytes, tmp_path: Path) -> None:
    profile = {
        "junk": b"\x07" * 300,
        "cut": swapped[:200],
        "space": swapped[:16] + b"CMYK" + swapped[20:],
    }[damage]
    image = Image.new("RGB", SIZE, (220, 40, 30))
    result = decoded(image, tmp_path / "broken.jpg", icc_profile=profile)
    assert middle(result) == pytest.approx((220, 40, 30), abs=4)


@settings(deadline=None)
@given(
    mode=st.sampled_from(MODES + NUMBER_MODES),
    width=st.integers(1, 300),
    height=st.integers(1, 300),
    min_side_px=st.none() | st.integers(1, 200),
)
def test_any_mode_becomes_plain_rgb(
    mode: str, width: int, height: int, min_side_px: int | None
) -> None:
    image = Image.new(mode, (width, height))
    image.info["comment"] = "private"
    result = to_rgb(image, None if min_side_px is None else Sides(min_side_px))
    assert result.mode == "RGB"
    assert result is not image
    assert not result.info
    assert result.getbands() == ("R", "G", "B")
    short = min(width, height)
    if min_side_px is None:
        assert result.size == image.size
    else:
        assert min(short, min_side_px) <= min(result.size) <= short
        assert min(result.size) < 2 * min_side_px
