"""Pictures that other programs show, and that need more than Pillow's first answer."""

from __future__ import annotations

import importlib
import io
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from desktop.errors import NotAPhoto, PhotoUnreadable
from desktop.media import Sides, decode
from desktop.media.coding import ADOBE_RGB, Coding, Curve, coding_of_heif

SIZE = (160, 120)
RED = (220, 30, 30)


def middle(image: Image.Image) -> tuple[int, ...]:
    pixel = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    return pixel


# TIFF


@pytest.mark.parametrize(
    ("kind", "full"), [(np.float32, 1.0), (np.float64, 1.0), (np.uint32, 65535), (np.uint16, 65535)]
)
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_colours_of_a_tiff_in_large_or_real_numbers(
    tmp_path: Path, kind: type, full: float, planar: str
) -> None:
    pixels = np.zeros((120, 160, 3), kind)
    pixels[..., 0], pixels[..., 1] = full, full / 2
    if planar == "separate":
        pixels = np.moveaxis(pixels, -1, 0)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pixels, photometric="rgb", planarconfig=planar)
    assert middle(decode(path).image) == pytest.approx((255, 128, 0), abs=2)


def test_grey_of_32_bits_without_a_sign(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 2**32 - 1, 256), (100, 1)).astype(np.uint32)
    tifffile.imwrite(tmp_path / "a.tif", ramp, photometric="minisblack")
    seen = np.asarray(decode(tmp_path / "a.tif").image)[50, :, 0].astype(int)
    assert np.abs(seen - np.arange(256)).max() <= 1


def test_a_rare_tiff_that_lets_the_page_through_is_laid_on_white(tmp_path: Path) -> None:
    pixels = np.ones((100, 160, 4), np.float32)
    pixels[..., 1:3] = 0
    pixels[:, :80, 3] = 0
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb", extrasamples=["unassalpha"])
    image = decode(tmp_path / "a.tif").image
    assert (image.getpixel((20, 50)), image.getpixel((140, 50))) == ((255, 255, 255), (255, 0, 0))


def test_the_full_page_of_a_tiff_is_the_photo(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as tiff:
        small = np.full((80, 100, 3), 9, np.uint8)
        tiff.write(small, photometric="rgb", subfiletype=1)
        tiff.write(np.full((120, 160, 3), RED, np.uint8), photometric="rgb")
    decoded = decode(path)
    assert (decoded.image.size, middle(decoded.image)) == (SIZE, RED)
    assert (decoded.facts.width_px, decoded.facts.height_px) == SIZE


def test_a_tiff_of_one_page_that_calls_itself_reduced_is_shown(tmp_path: Path) -> None:
    tags = ImageFileDirectory_v2()
    tags[254] = 1
    Image.new("RGB", SIZE, RED).save(tmp_path / "a.tif", tiffinfo=tags)
    assert middle(decode(tmp_path / "a.tif").image) == RED


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_the_full_page_may_stand_below_the_reduced_one(
    tmp_path: Path, compression: str | None
) -> None:
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as tiff:
        small = np.full((80, 100, 3), 9, np.uint8)
        tiff.write(small, photometric="rgb", subfiletype=1, subifds=1)
        full = np.full((120, 160, 3), RED, np.uint8)
        tiff.write(full, photometric="rgb", subfiletype=0, compression=compression)
    decoded = decode(path)
    assert (decoded.image.size, middle(decoded.image)) == (SIZE, RED)


@pytest.mark.parametrize("brightest", [1.2, 4.0])
def test_lights_brighter_than_white_leave_the_rest_of_a_tiff_as_it_is(
    tmp_path: Path, brightest: float
) -> None:
    pixels = np.full((120, 160, 3), 0.5, np.float32)
    pixels[:9, :9] = brightest
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb")
    image = decode(tmp_path / "a.tif").image
    assert (middle(image), image.getpixel((2, 2))) == ((128,) * 3, (255,) * 3)


def test_a_tiff_is_refused_by_the_memory_that_its_numbers_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module("desktop.media.decode")
    monkeypatch.setattr(module, "max_pixels", lambda: 250 * 250)
    path = tmp_path / "a.tif"
    for kind, is_read in ((np.float16, True), (np.float64, False)):
        pixels = np.zeros((150, 150, 3), kind)
        tifffile.imwrite(path, pixels, photometric="rgb", compression="zlib")
        if is_read:
            decode(path)
        else:
            with pytest.raises(PhotoUnreadable, match="megapixels"):
                decode(path)


# animations


@pytest.mark.parametrize("suffix", [".gif", ".png", ".webp", ".avif"])
@pytest.mark.parametrize("empty", ["black", "white"])
def test_an_animation_is_shown_by_the_first_frame_that_shows_something(
    tmp_path: Path, suffix: str, empty: str
) -> None:
    nothing, something = Image.new("RGB", SIZE, empty), Image.new("RGB", SIZE, "blue")
    something.paste("yellow", (20, 20, 100, 100))
    path = tmp_path / f"a{suffix}"
    nothing.save(path, save_all=True, append_images=[nothing, nothing, something])
    assert middle(decode(path).image) == pytest.approx((255, 255, 0), abs=16)


def test_an_animation_without_anything_to_see_is_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", SIZE, (0, 0, shade)) for shade in (250, 9)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert middle(decode(tmp_path / "a.gif").image) == pytest.approx((0, 0, 250), abs=2)


@pytest.mark.parametrize("suffix", [".gif", ".png"])
def test_what_is_damaged_behind_an_empty_first_frame_costs_no_photo(
    tmp_path: Path, suffix: str
) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (120, 160, 3), np.uint8)
    path = tmp_path / f"a{suffix}"
    Image.new("RGB", SIZE).save(path, save_all=True, append_images=[Image.fromarray(noise)])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert middle(decode(path).image) == (0, 0, 0)


# sizes


def test_a_huge_jpeg_is_read_where_it_is_reduced_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, progressive = tmp_path / "a.jpg", tmp_path / "b.jpg"
    huge = Image.new("RGB", (2400, 1600), RED)
    huge.save(path)
    huge.save(progressive, progressive=True)
    module = importlib.import_module("desktop.media.decode")
    monkeypatch.setattr(module, "max_pixels", lambda: 1_000_000)
    assert middle(decode(path, Sides(200, 200)).image) == pytest.approx(RED, abs=4)
    with pytest.raises(PhotoUnreadable, match="megapixels"):
        decode(path)
    with pytest.raises(PhotoUnreadable):
        decode(progressive, Sides(200, 200))


def test_a_thin_panorama_is_reduced_by_its_short_side(tmp_path: Path) -> None:
    Image.new("RGB", (30_000, 300), RED).save(tmp_path / "a.jpg")
    assert min(decode(tmp_path / "a.jpg", Sides(224, 512)).image.size) >= 224


# colours


def exif_with_interoperability(index: bytes) -> bytes:
    """An EXIF block whose only words are the interoperability index."""
    head = b"MM\0*" + struct.pack(">I", 8)
    main = struct.pack(">HHHII", 1, 0x8769, 4, 1, 26) + bytes(4)
    exif = struct.pack(">HHHII", 1, 0xA005, 4, 1, 44) + bytes(4)
    interoperability = struct.pack(">HHHI4s", 1, 1, 2, 4, index) + bytes(4)
    return b"Exif\0\0" + head + main + exif + interoperability


def test_adobe_rgb_is_told_by_exif(tmp_path: Path) -> None:
    green = Image.new("RGB", SIZE, (60, 180, 60))
    green.save(tmp_path / "a.jpg", quality=95, exif=exif_with_interoperability(b"R03\0"))
    green.save(tmp_path / "b.jpg", quality=95, exif=exif_with_interoperability(b"R98\0"))
    # Adobe RGB's green lies outside sRGB, so that there is no red left in it.
    assert middle(decode(tmp_path / "a.jpg").image) == pytest.approx((0, 180, 42), abs=6)
    assert middle(decode(tmp_path / "b.jpg").image) == pytest.approx((60, 180, 60), abs=3)


def test_a_large_picture_of_wide_colours_needs_little_memory_beside_its_own() -> None:
    large = Image.new("RGB", (3000, 2000), (60, 180, 60))
    tracemalloc.start()
    ADOBE_RGB.to_srgb(large)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Two copies of the pixels are numpy's; the real numbers are those of one block.
    assert peak_bytes < 3000 * 2000 * 3 * 3 + 100 * (1 << 20)


def test_the_gamma_of_a_png_is_heeded_unless_it_says_srgb(tmp_path: Path) -> None:
    plain = io.BytesIO()
    Image.new("RGB", SIZE, (128, 128, 128)).save(plain, "PNG")
    data = plain.getvalue()
    path = tmp_path / "a.png"

    def with_chunks(*chunks: tuple[bytes, bytes]) -> int:
        packed = b"".join(
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
            for name, body in chunks
        )
        path.write_bytes(data[:33] + packed + data[33:] + bytes(2000))
        return middle(decode(path).image)[0]

    linear, usual = struct.pack(">I", 100_000), struct.pack(">I", 45_455)
    assert with_chunks() == with_chunks((b"gAMA", usual)) == 128
    assert with_chunks((b"gAMA", linear)) == pytest.approx(188, abs=2)
    assert with_chunks((b"gAMA", linear), (b"sRGB", b"\0")) == 128
    assert with_chunks((b"cICP", bytes([1, 8, 0, 1]))) == pytest.approx(188, abs=2)
    assert with_chunks((b"tEXt", b"Comment\0cICP\1\x08\0\1")) == 128

    profile = zlib.compress(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    named = (b"iCCP", b"a\0\0" + profile)
    assert with_chunks(named, (b"cICP", bytes([1, 8, 0, 1]))) == pytest.approx(188, abs=2)
    assert with_chunks(named, (b"gAMA", linear)) == 128


@pytest.mark.parametrize("mode", ["L", "LA", "P"])
def test_the_gamma_of_a_grey_png_is_heeded(tmp_path: Path, mode: str) -> None:
    plain = io.BytesIO()
    Image.new("L", SIZE, 128).convert(mode).save(plain, "PNG")
    body = b"gAMA" + struct.pack(">I", 100_000)
    chunk = struct.pack(">I", 4) + body + struct.pack(">I", zlib.crc32(body))
    data = plain.getvalue()
    (tmp_path / "a.png").write_bytes(data[:33] + chunk + data[33:] + bytes(2000))
    assert middle(decode(tmp_path / "a.png").image) == pytest.approx((188,) * 3, abs=2)


@pytest.mark.parametrize("curve", [Curve.PQ, Curve.HLG])
def test_hdr_is_toned_so_that_white_paper_is_white_and_nothing_is_clipped(curve: Curve) -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    toned = np.asarray(Coding(curve=curve).to_srgb(Image.fromarray(ramp)))[0, :, 1].astype(int)
    assert (np.diff(toned) >= 0).all()
    assert toned[0] == 0
    # White paper, 203 nits, stands at 58 % of PQ and at 75 % of HLG (ITU-R BT.2408).
    white = round(255 * (0.58 if curve is Curve.PQ else 0.75))
    assert 225 <= toned[white] <= 248
    assert toned[white - 40] < toned[white - 20] < toned[white] < toned[white + 20] <= 255
    assert 90 <= toned[97] <= 190, "a middle grey stays one"


def test_wide_colours_are_brought_to_srgb() -> None:
    grey = Image.new("RGB", (4, 4), (140, 140, 140))
    red = Image.new("RGB", (4, 4), (200, 60, 60))
    for numbers in (bytes([0, 12, 0, 13]), bytes([0, 9, 0, 13])):
        coding = coding_of_heif(io.BytesIO(b"....colrnclx" + numbers))
        assert coding is not None
        assert middle(coding.to_srgb(grey)) == pytest.approx((140, 140, 140), abs=1)
        assert middle(coding.to_srgb(red))[0] > 205
    assert coding_of_heif(io.BytesIO(b"....colrnclx" + bytes([0, 1, 0, 13]))) is None
    assert coding_of_heif(io.BytesIO(b"nothing")) is None


# formats


@pytest.mark.parametrize("suffix", [".tga", ".ppm", ".pgm", ".jp2"])
def test_rarer_formats_are_photos(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    picture = Image.new("L" if suffix == ".pgm" else "RGB", SIZE, 200)
    picture.save(path)
    if path.stat().st_size < 2048:
        path.write_bytes(path.read_bytes() + bytes(2048))
    assert middle(decode(path).image) == pytest.approx(middle(picture.convert("RGB")), abs=3)


def test_a_tga_is_told_by_its_name_and_its_header(tmp_path: Path) -> None:
    Image.new("RGB", SIZE, RED).save(tmp_path / "a.tga")
    (tmp_path / "b.tga").write_bytes(b"no picture at all, but long enough" * 100)
    (tmp_path / "c.jpg").write_bytes((tmp_path / "a.tga").read_bytes())
    decode(tmp_path / "a.tga")
    for name in ("b.tga", "c.jpg"):
        with pytest.raises((PhotoUnreadable, NotAPhoto)):
            decode(tmp_path / name)


def test_a_tga_whose_fourth_bytes_are_all_zero_is_not_transparent(tmp_path: Path) -> None:
    Image.new("RGBA", SIZE, (*RED, 0)).save(tmp_path / "a.tga")
    assert middle(decode(tmp_path / "a.tga").image) == RED


def test_the_primaries_of_a_png_are_heeded_without_a_gamma(tmp_path: Path) -> None:
    plain = io.BytesIO()
    Image.new("RGB", SIZE, (60, 180, 60)).save(plain, "PNG")
    body = b"cHRM" + struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)
    chunk = struct.pack(">I", 32) + body + struct.pack(">I", zlib.crc32(body))
    data = plain.getvalue()
    (tmp_path / "a.png").write_bytes(data[:33] + chunk + data[33:])
    red, green, _ = middle(decode(tmp_path / "a.png").image)
    assert red < 10 and green == pytest.approx(180, abs=6), "Adobe RGB's green lies outside sRGB"
