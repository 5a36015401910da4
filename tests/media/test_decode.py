from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from desktop.errors import NotAPhoto, PhotoUnreadable, UserError
from desktop.media import MIN_SIDE_PX, Sides, decode, is_photo_name, max_pixels
from desktop.media.sentences import disk_error
from tests.shared_decoders import DECODERS

EXIF_ORIENTATION = 0x0112
# What a camera held that way records: the turn that undoes the orientation.
RECORDED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
FORMATS = {
    "JPEG": ".jpg",
    "PNG": ".png",
    "WebP": ".webp",
    "GIF": ".gif",
    "TIFF": ".tif",
    "BMP": ".bmp",
    "HEIF": ".heic",
    "AVIF": ".avif",
}


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference of two images of one size, 0 to 255."""
    assert one.size == other.size
    return float(np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).mean())


@pytest.mark.parametrize("name", ["a.jpg", "B.JPEG", "c.Heic", "d.e.TIFF", "f.avif", ".g.webp"])
def test_photo_names(name: str) -> None:
    assert is_photo_name(name)


@pytest.mark.parametrize(
    "name", ["a.txt", "jpg", "a.jpg.part", "a.eps", "a.svg", "a.xcf", "", ".jpg"]
)
def test_other_names(name: str) -> None:
    assert not is_photo_name(name)


@pytest.mark.parametrize(("kind", "suffix"), FORMATS.items())
def test_every_format_gives_its_pixels(
    kind: str, suffix: str, scene: Image.Image, tmp_path: Path
) -> None:
    path = tmp_path / f"scene{suffix}"
    scene.save(path)
    photo = decode(path)
    assert photo.image.mode == "RGB"
    assert (photo.facts.width_px, photo.facts.height_px) == photo.image.size == scene.size
    assert photo.facts.format == kind
    assert difference(photo.image, scene) < 12


@pytest.mark.parametrize("orientation", RECORDED)
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".heic", ".avif"])
def test_orientation_is_applied(
    orientation: int, suffix: str, scene: Image.Image, tmp_path: Path
) -> None:
    turn = RECORDED[orientation]
    recorded = scene if turn is None else scene.transpose(turn)
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    path = tmp_path / f"turned{suffix}"
    if suffix == ".heic":  # its writer makes the container's rotation of the image's own EXIF only
        recorded = recorded.copy()
        recorded.info["exif"] = exif.tobytes()
        recorded.save(path)
    else:
        recorded.save(path, exif=exif)
    photo = decode(path)
    assert photo.image.size == (photo.facts.width_px, photo.facts.height_px) == scene.size
    assert difference(photo.image, scene) < 12
    # libheif turns the pixels by the container's own rotation and EXIF then says 1.
    assert photo.facts.orientation == (1 if suffix == ".heic" else orientation)


def test_exif_behind_the_pixels_of_a_png_counts(
    write_png: Callable[..., Path], scene: Image.Image
) -> None:
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 3
    path = write_png(
        np.asarray(scene.transpose(Image.Transpose.ROTATE_180)),
        colour_type=2,
        extra=(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")),
    )
    assert difference(decode(path).image, scene) == 0


def test_exif_as_text_in_a_png_counts(scene: Image.Image, tmp_path: Path) -> None:
    from PIL.PngImagePlugin import PngInfo

    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6
    block = exif.tobytes()
    info = PngInfo()
    info.add_text("Raw profile type exif", f"\nexif\n{len(block):8}\n{block.hex()}\n")
    scene.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "magick.png", pnginfo=info)
    assert difference(decode(tmp_path / "magick.png").image, scene) == 0


def test_exif_does_not_turn_a_heif_again(scene: Image.Image, tmp_path: Path) -> None:
    """ISO/IEC 23008-12: only the container's rotation counts, EXIF repeats it or is wrong."""
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6
    scene.save(tmp_path / "upright.heic", exif=exif)
    assert difference(decode(tmp_path / "upright.heic").image, scene) < 12


def test_nonsense_orientation_is_upright(scene: Image.Image, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 9
    scene.save(tmp_path / "nine.png", exif=exif)
    photo = decode(tmp_path / "nine.png")
    assert photo.facts.orientation == 1
    assert difference(photo.image, scene) == 0


def test_broken_exif_neither_fails_nor_warns(scene: Image.Image, tmp_path: Path) -> None:
    # One entry, XResolution, whose value lies beyond the block: Pillow warns of that.
    block = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, 0x011A, 5, 1, 0xFFFF) + b"\0" * 4
    path = tmp_path / "broken exif.jpg"
    scene.save(path, exif=block)
    with pytest.warns(UserWarning), Image.open(path) as plain:
        plain.getexif()
    assert difference(decode(path).image, scene) < 12


@pytest.mark.parametrize("suffix", [".gif", ".tif", ".webp", ".png", ".avif", ".mpo"])
def test_the_first_frame_is_the_photo(suffix: str, scene: Image.Image, tmp_path: Path) -> None:
    path = tmp_path / f"frames{suffix}"
    other = Image.new("RGB", scene.size, "black")
    scene.save(path, save_all=True, append_images=[other, other])
    assert difference(decode(path).image, scene) < 12


@pytest.mark.parametrize("suffix", FORMATS.values())
@pytest.mark.parametrize("min_side_px", [64, 100, 250, 1000])
def test_reducing_keeps_the_short_side(
    suffix: str, min_side_px: int, scene: Image.Image, tmp_path: Path
) -> None:
    path = tmp_path / f"large{suffix}"
    scene.resize((601, 451)).save(path)
    photo = decode(path, Sides(min_side_px))
    assert (photo.facts.width_px, photo.facts.height_px) == (601, 451)
    assert min(min_side_px, 451) <= min(photo.image.size) < 2 * min_side_px
    assert photo.image.width / photo.image.height == pytest.approx(601 / 451, rel=0.02)
    assert difference(photo.image, scene.resize(photo.image.size)) < 15


def test_content_counts_not_the_name(scene: Image.Image, tmp_path: Path) -> None:
    path = tmp_path / "really a png.jpg"
    scene.save(path, "PNG")
    assert decode(path).facts.format == "PNG"


@pytest.mark.parametrize(
    ("name", "content", "error", "sentence"),
    [
        ("a.jpg", b"", PhotoUnreadable, "The file is empty."),
        ("a.jpg", b"\0" * 5000, PhotoUnreadable, "only zeros"),
        (
            "a.jpg",
            b"<!DOCTYPE html><title>404</title>",
            PhotoUnreadable,
            "This is not a JPEG, although",
        ),
        ("a.avif", b"plain words" * 9, PhotoUnreadable, "This is not an AVIF, although"),
        ("a.jpg", b"\xff\xd8\xff\xe0" + b"\x07" * 500, PhotoUnreadable, "The JPEG is"),
        ("a.txt", b"plain words" * 9, NotAPhoto, "not a photo in a format"),
        ("a.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n", NotAPhoto, "An EPS file"),
        ("a.tif", b"gimp xcf v011" + b"\0" * 99, NotAPhoto, "A GIMP file"),
        ("a.mp4", b"\0\0\0\x18ftypisom\0\0\0\0isomiso2", NotAPhoto, "not a photo in a format"),
    ],
)
def test_sentences_for_what_is_no_photo(
    name: str, content: bytes, error: type[UserError], sentence: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(error, match=re.escape(sentence)):
        decode(tmp_path / name)


def test_a_file_that_is_gone_says_so(tmp_path: Path) -> None:
    with pytest.raises(PhotoUnreadable, match=r"no longer there\."):
        decode(tmp_path / "gone.jpg")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(scene: Image.Image, tmp_path: Path) -> None:
    path = tmp_path / "secret.png"
    scene.save(path)
    path.chmod(0)
    with pytest.raises(PhotoUnreadable, match="not allowed"):
        decode(path)


def test_refusals_of_the_system_are_sentences() -> None:
    refused = disk_error(PermissionError(13, "Permission denied"))
    assert refused.message == "Likeness is not allowed to read this file."
    broken = disk_error(OSError(5, "Input/output error"))
    assert broken.message == "The disk did not give the file back (Input/output error)."


def test_a_folder_is_no_photo(tmp_path: Path) -> None:
    with pytest.raises(NotAPhoto):
        decode(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(NotAPhoto):
        decode(tmp_path / "pipe.jpg")


@pytest.mark.parametrize("size", [(MIN_SIDE_PX - 1, 500), (500, MIN_SIDE_PX - 1)])
def test_icons_are_passed_over(size: tuple[int, int], tmp_path: Path) -> None:
    Image.new("RGB", size).save(tmp_path / "icon.png")
    with pytest.raises(NotAPhoto, match=f"{size[0]} x {size[1]} pixels"):
        decode(tmp_path / "icon.png")


def test_the_smallest_photo_is_one(tmp_path: Path) -> None:
    Image.new("RGB", (MIN_SIDE_PX, MIN_SIDE_PX)).save(tmp_path / "small.png")
    assert decode(tmp_path / "small.png").image.size == (MIN_SIDE_PX, MIN_SIDE_PX)


def test_a_decompression_bomb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    header = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = b"IDAT" + zlib.compress(b"")
    path = tmp_path / "bomb.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
            for chunk in (header, body, b"IEND")
        )
    )
    with pytest.raises(PhotoUnreadable, match=r"too large to open safely: 60000 x 60000 pixels"):
        decode(path)


def test_a_slow_codec_gets_no_bomb(tmp_path: Path) -> None:
    width, height = 40_000, 500
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, 0, 0, 0, 256, 0)
    body = header + b"\0" * 1024 + b"\0\0" * height
    path = tmp_path / "run length.bmp"
    path.write_bytes(b"BM" + struct.pack("<IHHI", 14 + len(body), 0, 0, 14 + 40 + 1024) + body)
    with pytest.raises(PhotoUnreadable, match=r"40000 x 500 pixels, where 16 megapixels"):
        decode(path)


def test_the_pixel_limit_fits_the_memory() -> None:
    assert 10_000_000 < max_pixels() <= 256_000_000


def test_many_threads_decode_alike(scene: Image.Image, tmp_path: Path) -> None:
    paths = [tmp_path / f"scene{suffix}" for suffix in FORMATS.values()]
    for path in paths:
        scene.resize((800, 600)).save(path)
    alone = [decode(path, Sides(128)).image.tobytes() for path in paths]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda path: decode(path, Sides(128)).image.tobytes(), paths * 3))
    assert together == alone * 3


@pytest.fixture(scope="module")
def sound_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("sound")
    gradient = Image.linear_gradient("L").resize((96, 80)).convert("RGB")
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6
    for suffix in FORMATS.values():
        gradient.save(folder / f"a{suffix}", exif=exif)
    return {suffix: (folder / f"a{suffix}").read_bytes() for suffix in FORMATS.values()}


@settings(deadline=None, max_examples=200)
@given(
    suffix=st.sampled_from(sorted(FORMATS.values())),
    damage=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_damage_never_raises_anything_else(
    suffix: str,
    damage: list[tuple[float, int]],
    sound_files: dict[str, bytes],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    content = bytearray(sound_files[suffix])
    for share, value in damage:
        content[int(share * (len(content) - 1))] = value
    path = tmp_path_factory.getbasetemp() / f"damaged{suffix}"
    path.write_bytes(content)
    try:
        # Now and then libheif crashes at such files, as decoding processes are there to survive.
        photo = DECODERS.decode(path) if suffix == ".heic" else decode(path)
    except (PhotoUnreadable, NotAPhoto) as error:
        assert error.message.endswith(".")
    else:
        size = (photo.facts.width_px, photo.facts.height_px)
        assert photo.image.size == size or photo.damage is not None


def test_reducing_keeps_both_sides_that_are_asked_for(scene: Image.Image, tmp_path: Path) -> None:
    path = tmp_path / "camera.jpg"
    scene.resize((4000, 3000)).save(path)
    assert decode(path, Sides(224, 480)).image.size == (500, 375)
    assert decode(path, Sides(400, 480)).image.size == (1000, 750)
