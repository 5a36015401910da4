"""TIFFs whose numbers Pillow mistakes or does not know: each beside the picture it was made of."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from desktop.errors import PhotoUnreadable
from desktop.media import decode

RAMP = np.tile(np.arange(256), (120, 1))
COLOURS = np.stack([RAMP, RAMP[:, ::-1], np.full_like(RAMP, 60)], axis=-1)
NEGATIVE, GREY, RGB, CMYK, LAB, ICC_LAB = 0, 1, 2, 5, 8, 9


def write(path: Path, pixels: np.ndarray, compression: str | None = None, **tags: Any) -> None:
    """A TIFF of one strip by hand, for what no writer here writes. tags: those that are not usual,
    by number with a leading t."""
    pixels = pixels if pixels.ndim == 3 else pixels[..., None]
    height, width, n_bands = pixels.shape
    bits = 8 * pixels.dtype.itemsize
    order = ">" if pixels.dtype.str[0] == ">" else "<"
    kind = {"u": 1, "i": 2, "f": 3}[pixels.dtype.kind]
    strip = packed(pixels.tobytes(), compression)
    number = {None: 1, "zlib": 8, "lzw": 5, "packbits": 32773}[compression]
    values = {256: width, 257: height, 258: bits, 259: number, 273: 8, 277: n_bands, 278: height}
    values |= {279: len(strip), 339: kind} | {int(name[1:]): value for name, value in tags.items()}
    body = strip + bytes(len(strip) % 2)
    after = 8 + len(body)
    entries, behind = b"", b""
    start = after + 2 + 12 * len(values) + 4
    for tag, value in sorted(values.items()):
        if isinstance(value, bytes):
            entry = struct.pack(order + "HHII", tag, 7, len(value), start + len(behind))
            behind += value
        elif tag in (258, 339) and n_bands > 1:
            entry = struct.pack(order + "HHII", tag, 3, n_bands, start + len(behind))
            behind += struct.pack(f"{order}{n_bands}H", *[value] * n_bands)
        else:
            entry = struct.pack(order + "HHII", tag, 4, 1, value)
        entries += entry
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", after)
    directory = struct.pack(order + "H", len(values)) + entries + bytes(4)
    path.write_bytes(head + body + directory + behind)


def packed(data: bytes, compression: str | None) -> bytes:
    if compression == "zlib":
        return zlib.compress(data)
    if compression is None:
        return data
    file = io.BytesIO()
    row = Image.frombytes("L", (len(data), 1), data)
    row.save(file, "TIFF", compression={"lzw": "tiff_lzw"}.get(compression, compression))
    tiff = Image.open(file)
    at, n_bytes = tiff.tag_v2[273][0], tiff.tag_v2[279][0]
    return file.getvalue()[at : at + n_bytes]


def scaled(pixels: np.ndarray, white: float, kind: str) -> np.ndarray:
    numbers = pixels / 255 * white
    return (numbers if "f" in kind else np.rint(numbers)).astype(kind)


def distance(path: Path, pixels: np.ndarray) -> int:
    """The largest between what is seen of a file and these pixels."""
    image = decode(path).image
    return int(np.abs(np.asarray(image, int) - pixels.reshape(*pixels.shape[:2], -1)).max())


ANY_COMPRESSION = pytest.mark.parametrize("compression", [None, "zlib", "lzw", "packbits"])


@ANY_COMPRESSION
@pytest.mark.parametrize(
    ("kind", "white"), [("<u2", 65535), (">u2", 4095), ("<f4", 1), ("<u4", 2**32 - 1), ("u1", 255)]
)
def test_where_zero_means_white(
    tmp_path: Path, kind: str, white: int, compression: str | None
) -> None:
    write(tmp_path / "a.tif", scaled(255 - RAMP, white, kind), compression, t262=NEGATIVE)
    assert distance(tmp_path / "a.tif", RAMP) <= 1


@ANY_COMPRESSION
@pytest.mark.parametrize(
    ("kind", "white"), [("<i2", 32767), (">i2", 4095), ("i1", 127), ("<i4", 2**31 - 1)]
)
def test_numbers_with_a_sign_are_white_at_their_largest(
    tmp_path: Path, kind: str, white: int, compression: str | None
) -> None:
    for pixels, colours in ((RAMP, GREY), (COLOURS, RGB)):
        write(tmp_path / "a.tif", scaled(pixels, white, kind), compression, t262=colours)
        assert distance(tmp_path / "a.tif", pixels) <= (1 if white > 127 else 2)


@ANY_COMPRESSION
@pytest.mark.parametrize("white", [1023, 4095, 16383, 65535])
@pytest.mark.parametrize("order", "<>")
def test_colours_of_10_12_or_14_bits_in_16(
    tmp_path: Path, white: int, order: str, compression: str | None
) -> None:
    write(tmp_path / "a.tif", scaled(COLOURS, white, f"{order}u2"), compression, t262=RGB)
    assert distance(tmp_path / "a.tif", COLOURS) <= 1


def test_a_dark_picture_of_16_bits_stays_dark(tmp_path: Path) -> None:
    dark = scaled(COLOURS // 3, 65535, "<u2")
    write(tmp_path / "a.tif", dark, t262=RGB)
    assert distance(tmp_path / "a.tif", COLOURS // 3) <= 1


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("width", [256, 255])
def test_colours_packed_in_12_bits(tmp_path: Path, width: int, compression: str | None) -> None:
    numbers = scaled(COLOURS, 4095, "<u2")[:, :width]
    bits = (numbers.reshape(120, -1, 1) >> np.arange(11, -1, -1)) & 1
    rows = np.packbits(bits.reshape(120, -1).astype(np.uint8), axis=1)
    write(tmp_path / "a.tif", rows, compression, t262=RGB, t256=width, t258=12, t277=3)
    assert distance(tmp_path / "a.tif", COLOURS[:, :width]) <= 1


@pytest.mark.parametrize("kind", ["<f4", "<f8", "<f2"])
def test_real_numbers_as_differences_of_bytes(tmp_path: Path, kind: str) -> None:
    """Predictor 3, as Photoshop and Lightroom write it."""
    values = scaled(COLOURS, 1, kind)
    size = values.itemsize
    planes = values.astype(">" + kind[1:]).reshape(120, -1).view(np.uint8).reshape(120, -1, size)
    steps = planes.transpose(0, 2, 1).reshape(120, -1, 3)
    steps[:, 1:] -= steps[:, :-1].copy()
    rows = np.frombuffer(steps.tobytes(), kind).reshape(120, 256, 3)
    write(tmp_path / "a.tif", rows, "zlib", t262=RGB, t317=3)
    assert distance(tmp_path / "a.tif", COLOURS) <= 1


@pytest.mark.parametrize("order", "<>")
def test_lab_of_16_bits(tmp_path: Path, order: str) -> None:
    # CIE L*a*b* of these colours under D50, by LittleCMS
    lab = {(220, 60, 40): (51.0, 62.0, 50.0), (0, 128, 0): (46.3, -48.0, 49.0)}
    lab[119, 119, 119] = (50.0, 0, 0)
    for colour, (light, a, b) in lab.items():
        numbers = np.array([light / 100 * 65535, a * 256 % 65536, b * 256 % 65536])
        pixels = np.tile(np.rint(numbers).astype(f"{order}u2"), (120, 160, 1))
        write(tmp_path / "a.tif", pixels, t262=LAB)
        assert distance(tmp_path / "a.tif", np.tile(np.array(colour), (120, 160, 1))) <= 8


@pytest.mark.parametrize("kind", ["<f4", ">f4", "<f8"])
@pytest.mark.parametrize("colours", [LAB, ICC_LAB])
def test_lab_in_real_numbers(tmp_path: Path, kind: str, colours: int) -> None:
    lab = {(220, 60, 40): (51.0, 62.0, 50.0), (0, 128, 0): (46.3, -48.0, 49.0)}
    for colour, numbers in lab.items():
        pixels = np.tile(np.array(numbers, kind), (120, 160, 1))
        write(tmp_path / "a.tif", pixels, t262=colours)
        assert distance(tmp_path / "a.tif", np.tile(np.array(colour), (120, 160, 1))) <= 8


@pytest.mark.parametrize(("kind", "full"), [("<f4", 1), ("<f2", 1), ("<u2", 65535)])
def test_inks_in_real_numbers(tmp_path: Path, kind: str, full: float) -> None:
    for inks, colour in (((0, 1, 1, 0), (255, 0, 0)), ((0, 0, 0, 0.5), (127, 127, 127))):
        pixels = np.tile((np.array(inks) * full).astype(kind), (120, 160, 1))
        write(tmp_path / "a.tif", pixels, t262=CMYK)
        assert distance(tmp_path / "a.tif", np.tile(np.array(colour), (120, 160, 1))) <= 2


def test_the_colour_profile_of_a_rare_tiff_is_heeded(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = bytearray(srgb.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be")))
    for name, other in ((b"rXYZ", b"bXYZ"), (b"bXYZ", b"rXYZ")):
        at = srgb.index(name)
        swapped[at : at + 4] = other
    pixels = np.tile(np.array([0.9, 0.2, 0.1], "<f4"), (120, 160, 1))
    write(tmp_path / "a.tif", pixels, t262=RGB, t34675=bytes(swapped))
    assert distance(tmp_path / "a.tif", np.tile(np.array([26, 51, 230]), (120, 160, 1))) <= 4


def test_colours_that_are_already_weakened_by_their_transparency(tmp_path: Path) -> None:
    pixels = np.tile(np.array([0.5, 0, 0, 0.5], "<f4"), (120, 160, 1))
    write(tmp_path / "a.tif", pixels, t262=RGB, t338=1)
    assert distance(tmp_path / "a.tif", np.tile(np.array([255, 127, 127]), (120, 160, 1))) <= 2


def test_what_cannot_be_had_is_called_rare_and_not_only_damaged(tmp_path: Path) -> None:
    packed_and_lzw = np.zeros((120, 256 * 3 * 12 // 8), np.uint8)
    write(tmp_path / "a.tif", packed_and_lzw, "lzw", t262=RGB, t256=256, t258=12, t277=3)
    with pytest.raises(PhotoUnreadable, match="rare kind"):
        decode(tmp_path / "a.tif")
    write(tmp_path / "a.tif", scaled(RAMP, 65535, "<u2"), t262=NEGATIVE, t259=34712)
    with pytest.raises(PhotoUnreadable, match="rare kind"):
        decode(tmp_path / "a.tif")
