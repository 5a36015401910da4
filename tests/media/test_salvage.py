"""Damaged files are shown as far as they go."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from desktop.errors import PhotoUnreadable
from desktop.media import DecodedPhoto, Sides, decode

SIZE = (240, 180)
FORMATS: dict[str, dict[str, Any]] = {
    "JPEG": {},
    "JPEG grey": {"mode": "L"},
    "JPEG CMYK": {"mode": "CMYK"},
    "PNG": {},
    "PNG palette": {"mode": "P"},
    "PNG clear": {"mode": "RGBA"},
    "GIF": {"interlace": False},
    "WebP": {},
    "WebP lossless": {"lossless": True},
    "TIFF": {},
    "BMP": {},
    "HEIF": {},
    "AVIF": {},
}
REFINED: dict[str, dict[str, Any]] = {
    "JPEG": {"progressive": True},
    "GIF": {"interlace": True},
    "JPEG2000": {"quality_layers": [40, 10]},
}
"""Those whose whole picture is there early, and becomes finer."""


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    """Smooth noise: no two places are alike."""
    rng = np.random.default_rng(3)
    small = Image.fromarray(rng.integers(0, 255, (18, 24, 3), np.uint8))
    return small.resize(SIZE, Image.Resampling.BICUBIC)


def encode(picture: Image.Image, name: str, options: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    options = dict(options)
    picture.convert(options.pop("mode", "RGB")).save(buffer, name.split()[0], **options)
    return buffer.getvalue()


def decode_bytes(data: bytes, tmp_path: Path, least: Sides | None = None) -> DecodedPhoto:
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    return decode(path, least)


def difference(one: Image.Image, other: Image.Image) -> float:
    assert one.size == other.size
    return float(np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).mean())


@pytest.mark.parametrize("least", [None, Sides(60, 60)])
@pytest.mark.parametrize("share", [0.5, 0.9])
@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_is_cut_off_shows_the_rows_that_are_there(
    name: str, share: float, least: Sides | None, picture: Image.Image, tmp_path: Path
) -> None:
    whole = encode(picture, name, FORMATS[name])
    photo = decode_bytes(whole[: int(len(whole) * share)], tmp_path, least)
    assert photo.damage is not None and photo.damage.startswith(f"The {name.split()[0]} can be")
    assert photo.damage.endswith("of the picture is missing.")
    assert (photo.facts.width_px, photo.facts.height_px) == SIZE
    full = decode_bytes(whole, tmp_path, least).image
    height = photo.image.height
    assert 0.25 < height / full.height < 1.0
    is_upper = name != "BMP"  # which begins with its last row
    top = 0 if is_upper else full.height - height
    there = full.crop((0, top, full.width, top + height))
    rows = np.abs(np.asarray(photo.image, np.int16) - np.asarray(there, np.int16)).mean(axis=(1, 2))
    edge = 20 // (SIZE[0] // full.width)  # rows of blocks of which a part is missing
    assert rows[: height - edge].max() < 12 if is_upper else rows[edge:].max() < 12


@pytest.mark.parametrize("name", REFINED)
def test_a_refined_picture_is_there_as_a_whole_but_coarser(
    name: str, picture: Image.Image, tmp_path: Path
) -> None:
    whole = encode(picture, name, REFINED[name])
    photo = decode_bytes(whole[: int(len(whole) * 0.6)], tmp_path)
    assert photo.damage is not None
    assert photo.image.size == SIZE
    assert difference(photo.image, decode_bytes(whole, tmp_path).image) < 30


def test_an_animation_that_begins_black_and_is_cut_off_shows_what_comes_then(
    picture: Image.Image, tmp_path: Path
) -> None:
    encoded = io.BytesIO()
    frames = [picture, picture.rotate(180)]
    Image.new("RGB", SIZE).save(encoded, "WEBP", save_all=True, append_images=frames)
    photo = decode_bytes(encoded.getvalue()[: int(len(encoded.getvalue()) * 0.9)], tmp_path)
    assert photo.damage is not None
    assert difference(photo.image, picture.crop((0, 0, SIZE[0], photo.image.height))) < 12


def test_an_interlaced_png_is_coarser(picture: Image.Image, tmp_path: Path) -> None:
    width, height = SIZE
    pixels = np.asarray(picture)
    starts_steps = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2)]
    starts_steps += [(0, 1, 2, 2), (1, 0, 2, 1)]
    rows = b"".join(
        b"\0" + row.tobytes()
        for top, left, down, right in starts_steps
        for row in pixels[top::down, left::right]
    )
    header = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\x01"
    chunks = [header, b"IDAT" + zlib.compress(rows), b"IEND"]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        (len(chunk) - 4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
        for chunk in chunks
    )
    assert difference(decode_bytes(data, tmp_path).image, picture) == 0
    photo = decode_bytes(data[: len(data) // 3], tmp_path)
    assert photo.image.size == SIZE and photo.damage is not None
    assert difference(photo.image, picture) < 25


def test_only_the_last_bytes_of_a_jpeg_are_missing(picture: Image.Image, tmp_path: Path) -> None:
    whole = encode(picture, "JPEG", {})
    for n_missing in (1, 2, 5):
        photo = decode_bytes(whole[:-n_missing], tmp_path)
        assert photo.image.size == SIZE
        assert photo.damage is not None and "its end is missing" in photo.damage


def test_a_white_page_is_not_taken_for_missing_rows(tmp_path: Path) -> None:
    page = Image.new("RGB", SIZE, "white")
    page.paste("black", (40, 20, 200, 40))
    for name in ("JPEG", "PNG"):
        whole = encode(page, name, {})
        assert decode_bytes(whole[:-20], tmp_path).image.size == SIZE


def test_orientation_turns_what_is_there(picture: Image.Image, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    whole = encode(picture, "JPEG", {"exif": exif})
    photo = decode_bytes(whole[: len(whole) // 2], tmp_path)
    assert photo.image.height == SIZE[0] and photo.image.width < SIZE[1]
    assert (photo.facts.width_px, photo.facts.height_px) == SIZE[::-1]


@pytest.mark.parametrize("name", [*FORMATS, "JPEG2000"])
def test_a_file_of_which_nothing_is_seen_is_unreadable(
    name: str, picture: Image.Image, tmp_path: Path
) -> None:
    whole = encode(picture, name, FORMATS.get(name, {}))
    header = whole.find(b"\xff\xda") if name.startswith("JPEG") and name != "JPEG2000" else 0
    with pytest.raises(PhotoUnreadable, match=r"cut off|damaged") as caught:
        decode_bytes(whole[: max(header + 20, len(whole) // 60)], tmp_path)
    assert caught.value.hint


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + b"\xde\xad\xbe\xef"


@pytest.mark.parametrize("kind", [b"tIME", b"tEXt", b"gAMA", b"zzZz"])
def test_a_wrong_checksum_of_what_is_no_pixel_is_passed_over(
    kind: bytes, picture: Image.Image, tmp_path: Path
) -> None:
    whole = encode(picture, "PNG", {})
    body = {b"gAMA": (45455).to_bytes(4, "big")}.get(kind, b"words\0words")
    for at in (33, len(whole) - 12):  # behind the header, and before the end
        photo = decode_bytes(whole[:at] + chunk(kind, body) + whole[at:], tmp_path)
        assert photo.damage is None
        assert difference(photo.image, picture) == 0


def test_pixels_that_changed_in_a_png_are_shown_up_to_there(
    picture: Image.Image, tmp_path: Path
) -> None:
    data = bytearray(encode(picture, "PNG", {}))
    data[len(data) // 2] ^= 0xFF
    photo = decode_bytes(bytes(data), tmp_path)
    assert photo.damage is not None
    assert difference(photo.image.crop((0, 0, 240, 60)), picture.crop((0, 0, 240, 60))) == 0


def test_black_rows_of_a_png_that_is_whole_are_no_missing_ones(tmp_path: Path) -> None:
    picture = Image.new("RGB", SIZE, "red")
    picture.paste("black", (0, 120, 240, 180))
    whole = encode(picture, "PNG", {})
    photo = decode_bytes(whole[:33] + chunk(b"tEXt", b"words\0" * 400) + whole[33:], tmp_path)
    assert (photo.image.size, photo.damage) == (SIZE, None)
