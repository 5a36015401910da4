"""A box on a photo: how it is written, and what it cuts out."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from desktop.errors import QueryUnanswerable
from desktop.media import PhotoPart, Sides
from tests.shared_decoders import DECODERS


def test_a_box_is_read_from_shares_or_percent() -> None:
    part = PhotoPart(0.25, 0.1, 0.5, 0.4)
    assert PhotoPart.read("0.25,0.1,0.5,0.4") == PhotoPart.read("25%, 10%, 50%, 40%") == part


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,2,3", "such as 0.25"),
        ("a,0,1,1", "such as 0.25"),
        ("0,0,nan,1", "four numbers"),
        ("0,0,0,1", "empty"),
        ("-0.1,0,1,1", "beyond"),
        ("50%,0%,60%,10%", "beyond"),
    ],
)
def test_what_is_no_box_is_told_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        PhotoPart.read(text)


shares = st.floats(0, 1)


@given(shares, shares, shares, shares, st.integers(64, 300), st.integers(64, 300))
def test_a_part_of_a_reduced_photo_keeps_the_pixels_that_are_asked_for(
    x: float, y: float, width: float, height: float, wide: int, high: int
) -> None:
    x, y = x * 0.5, y * 0.5
    part = PhotoPart(x, y, max(width * (1 - x), 0.3), max(height * (1 - y), 0.3))
    image = Image.new("RGB", (wide * 10, high * 10))
    short_px = min(part.cut(image).size)
    for asked_px in (16, 50):
        factor = part.least(asked_px).factor(image)
        small = image.reduce(factor)
        assert min(part.cut(small).size) >= min(asked_px, short_px) - 1


def test_a_part_is_cut_out_of_the_upright_photo(tmp_path: Path) -> None:
    image = Image.new("RGB", (400, 200), "red")
    image.paste("blue", (0, 0, 100, 200))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned to the right: what was on the left is at the top
    image.save(tmp_path / "turned.jpg", exif=exif, quality=95)

    found = DECODERS.decode_part(tmp_path / "turned.jpg", PhotoPart(0, 0, 1, 0.25), 16).image

    red, _, blue = found.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert blue > 200 > 50 > red


def test_a_part_needs_some_pixels() -> None:
    image = Image.new("RGB", (100, 100))
    assert PhotoPart(0, 0, 0.16, 0.16).cut(image).size == (16, 16)
    with pytest.raises(QueryUnanswerable, match="15"):
        PhotoPart(0, 0, 0.15, 0.5).cut(image)
    assert PhotoPart(0.5, 0.5, 0.5, 0.25).least(224) == Sides(896)
