"""The merged picture of PSD and PSB, of any depth and colour, as Photoshop writes it."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from desktop.errors import PhotoUnreadable
from desktop.media import decode, is_photo_name

GREY, INDEXED, RGB, CMYK, LAB = 1, 2, 3, 4, 9
WAYS = pytest.mark.parametrize("way", ["plain", "packbits", "zip", "steps"])


def write(
    path: Path,
    planes: np.ndarray,
    mode: int = RGB,
    *,
    way: str = "plain",
    is_psb: bool = False,
    palette: bytes = b"",
    profile: bytes = b"",
    layers: bytes = b"",
    bits: int | None = None,
    width: int | None = None,
) -> None:
    """planes: (channels, height, width), big-endian."""
    n_planes, height, n_columns = planes.shape
    depth = bits or 8 * planes.dtype.itemsize
    size = (n_planes, height, width or n_columns)
    head = b"8BPS" + struct.pack(">H6xHIIHH", 2 if is_psb else 1, *size, depth, mode)
    resources = b"8BIM" + struct.pack(">HHI", 1039, 0, len(profile)) + profile if profile else b""
    resources += bytes(len(resources) % 2)
    long = ">Q" if is_psb else ">I"
    content = head + b"".join(struct.pack(">I", len(one)) + one for one in (palette, resources))
    content += struct.pack(long, len(layers)) + layers
    if way == "packbits":
        rows = [packed(row.tobytes()) for plane in planes for row in plane]
        counts = np.array([len(row) for row in rows], ">u4" if is_psb else ">u2").tobytes()
        content += b"\0\1" + counts + b"".join(rows)
    else:
        number = {"plain": b"\0\0", "zip": b"\0\2", "steps": b"\0\3"}[way]
        data = (steps_of(planes) if way == "steps" and depth > 1 else planes).tobytes()
        content += number + (data if way == "plain" else zlib.compress(data))
    path.write_bytes(content + bytes(max(0, 2048 - len(content))))


def steps_of(planes: np.ndarray) -> np.ndarray:
    """Each number as the difference from the one left of it; real ones byte by byte, the highest
    bytes of a row first."""
    if planes.dtype.kind == "f":
        n_planes, height, width = planes.shape
        rows = planes.astype(">f4").view("u1").reshape(n_planes, height, width, 4)
        planes = np.moveaxis(rows, 3, 2).reshape(n_planes, height, width * 4)
    return np.diff(planes, axis=-1, prepend=0).astype(planes.dtype.newbyteorder(">"))


def packed(row: bytes) -> bytes:
    """Apple's PackBits, with runs of what is alike."""
    out = b""
    while row:
        n_alike = len(row[:128]) - len(row[:128].lstrip(row[:1]))
        out += struct.pack("b", 1 - n_alike) + row[:1] if n_alike > 1 else b"\0" + row[:1]
        row = row[max(1, n_alike) :]
    return out


def seen(path: Path) -> np.ndarray:
    return np.asarray(decode(path).image, int)


def planes_of(scene: Image.Image, kind: str = "u1") -> np.ndarray:
    pixels = np.moveaxis(np.asarray(scene), -1, 0)
    return pixels.astype(kind) * (257 if kind == ">u2" else 1)


@WAYS
@pytest.mark.parametrize("kind", ["u1", ">u2"])
@pytest.mark.parametrize("is_psb", [False, True])
def test_colours_of_8_and_16_bits(
    tmp_path: Path, scene: Image.Image, kind: str, is_psb: bool, way: str
) -> None:
    path = tmp_path / ("a.psb" if is_psb else "a.psd")
    assert is_photo_name(path.name)
    write(path, planes_of(scene, kind), way=way, is_psb=is_psb)
    assert np.array_equal(seen(path), np.asarray(scene))
    assert decode(path).facts.format == "PSD"


def test_real_numbers_of_32_bits_are_light(tmp_path: Path) -> None:
    light = np.array([0.0, 0.2140, 1.0, 4.0], ">f4")  # of sRGB's 0, 127.5, 255 and more
    planes = np.repeat(np.repeat(light, 40)[None, None], 120, axis=1).repeat(3, axis=0)
    write(tmp_path / "a.psd", planes)
    assert seen(tmp_path / "a.psd")[60, ::40, 1] == pytest.approx([0, 127.5, 255, 255], abs=1)


@WAYS
@pytest.mark.parametrize("kind", ["u1", ">u2"])
def test_inks_are_stored_the_other_way_round(tmp_path: Path, kind: str, way: str) -> None:
    full = 255 if kind == "u1" else 65535
    inks = np.array([0, 1, 1, 0]) * full
    planes = np.broadcast_to((full - inks)[:, None, None], (4, 120, 160)).astype(kind)
    write(tmp_path / "a.psd", planes, CMYK, way=way)
    assert tuple(seen(tmp_path / "a.psd")[60, 80]) == pytest.approx((255, 0, 0), abs=2)


def test_grey_palettes_and_lab(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(256), (1, 120, 1))
    write(tmp_path / "a.psd", (ramp * 257).astype(">u2"), GREY)
    assert np.array_equal(seen(tmp_path / "a.psd")[..., 0], ramp[0])
    palette = bytes([*range(256), *reversed(range(256)), *[7] * 256])
    write(tmp_path / "a.psd", ramp.astype("u1"), INDEXED, palette=palette)
    assert tuple(seen(tmp_path / "a.psd")[60, 200]) == (200, 55, 7)
    lab = np.array([130, 190, 178])  # of (220, 60, 40), by LittleCMS
    for kind, scale in (("u1", 1), (">u2", 257)):
        planes = np.broadcast_to((lab * scale)[:, None, None], (3, 120, 160)).astype(kind)
        write(tmp_path / "a.psd", planes, LAB)
        assert tuple(seen(tmp_path / "a.psd")[60, 80]) == pytest.approx((220, 60, 40), abs=3)


def test_black_and_white(tmp_path: Path) -> None:
    bits = np.zeros((1, 120, 20), np.uint8)
    bits[..., 10:] = 255
    write(tmp_path / "a.psd", bits, 0, bits=1, width=157)
    row = seen(tmp_path / "a.psd")[60, :, 0]
    assert (len(row), row[20], row[140]) == (157, 255, 0)


def test_a_colour_profile_is_heeded(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = bytearray(srgb.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be")))
    for name, other in ((b"rXYZ", b"bXYZ"), (b"bXYZ", b"rXYZ")):
        swapped[srgb.index(name) :][:4] = other
        at = srgb.index(name)
        swapped[at : at + 4] = other
    planes = np.broadcast_to(np.array([220, 40, 30])[:, None, None], (3, 120, 160))
    write(tmp_path / "a.psd", (planes * 257).astype(">u2"), profile=bytes(swapped))
    assert tuple(seen(tmp_path / "a.psd")[60, 80]) == pytest.approx((30, 40, 220), abs=4)


@pytest.mark.parametrize("kind", ["u1", ">u2"])
def test_a_saved_selection_is_no_transparency(tmp_path: Path, kind: str) -> None:
    """A fourth channel is one only where the number of layers is negative, and then the colours
    are those on white already, wherever anything shows."""
    full = 255 if kind == "u1" else 65535
    planes = np.zeros((4, 120, 160), kind)
    planes[0], planes[3, :, 80:] = full, full // 2
    write(tmp_path / "a.psd", planes)
    assert (seen(tmp_path / "a.psd") == (255, 0, 0)).all()
    count = struct.pack(">Ih", 2, -1)
    deep = bytes(4) + bytes(4) + b"8BIMLr16" + count + bytes(2)
    write(tmp_path / "a.psd", planes, layers=deep if kind == ">u2" else count + bytes(8))
    left, right = seen(tmp_path / "a.psd")[60, [20, 140]]
    assert (tuple(left), tuple(right)) == ((255, 255, 255), (255, 0, 0))


def test_what_is_rare_and_what_is_cut_off_says_so(tmp_path: Path, scene: Image.Image) -> None:
    path = tmp_path / "a.psd"
    write(path, planes_of(scene, ">u2"))
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"\0\0" + planes_of(scene, ">u2").tobytes()[:9], b"\0\4" * 6))
    with pytest.raises(PhotoUnreadable, match="rare kind"):
        decode(path)
    path.write_bytes(whole[:3000])
    with pytest.raises(PhotoUnreadable, match="cut off"):
        decode(path)
