"""Which file formats are photos: told by name for a scan, by content for a decode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    ImageFile,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TgaImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from desktop.media.kinds.heif import open_avif, open_heif
from desktop.media.kinds.jpeg_xl import JpegXlImageFile
from desktop.media.kinds.netpbm import open_netpbm
from desktop.media.kinds.psd import PsdImageFile
from desktop.media.kinds.tiff_pages import open_tiff

HEAD_BYTES = 64


@dataclass(frozen=True, slots=True)
class PhotoFormat:
    """A format that Likeness reads.

    Attributes:
        name: as it stands in the catalog and in sentences ("JPEG").
        suffixes: lower case, with the dot.
        open: reads the header of an open file and returns the lazy image. It is the one plugin for
            this format, so that no other parser ever sees the file: `Image.open` would let any
            plugin try, and EPS among them starts Ghostscript.
    """

    name: str
    suffixes: tuple[str, ...]
    open: Callable[[BinaryIO], ImageFile.ImageFile]


class _TgaImageFile(TgaImagePlugin.TgaImageFile):
    """Many programs leave the fourth byte of a pixel at zero: then it is no transparency."""

    def load_end(self) -> None:
        super().load_end()
        if self.mode == "RGBA" and self.im.getband(3).getextrema() == (0, 0):
            self.im.fillband(3, 255)


# The base class, not Pillow's jpeg_factory: of an MPO (two pictures for 3D, or a phone's extra
# picture) the first is the photo, and the factory warns about the many that are malformed.
JPEG = PhotoFormat(
    "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"), JpegImagePlugin.JpegImageFile
)
PNG = PhotoFormat("PNG", (".png", ".apng"), PngImagePlugin.PngImageFile)
WEBP = PhotoFormat("WebP", (".webp",), WebPImagePlugin.WebPImageFile)
GIF = PhotoFormat("GIF", (".gif",), GifImagePlugin.GifImageFile)
TIFF = PhotoFormat("TIFF", (".tif", ".tiff"), open_tiff)
BMP = PhotoFormat("BMP", (".bmp", ".dib"), BmpImagePlugin.BmpImageFile)
HEIF = PhotoFormat("HEIF", (".heic", ".heif", ".heics", ".heifs", ".hif"), open_heif)
AVIF = PhotoFormat("AVIF", (".avif", ".avifs"), open_avif)
JPEG2000 = PhotoFormat(
    "JPEG 2000", (".jp2", ".j2k", ".jpf", ".jpx", ".j2c", ".jpc"), Jpeg2KImagePlugin.Jpeg2KImageFile
)
JPEG_XL = PhotoFormat("JPEG XL", (".jxl",), JpegXlImageFile)
PSD = PhotoFormat("PSD", (".psd", ".psb"), PsdImageFile)
"""Of its layers merged, as Photoshop saves them beside the layers."""

PNM = PhotoFormat("PNM", (".ppm", ".pgm", ".pbm", ".pnm", ".pfm", ".pam"), open_netpbm)
TGA = PhotoFormat("TGA", (".tga",), _TgaImageFile)
FORMATS = (JPEG, PNG, WEBP, GIF, TIFF, BMP, HEIF, AVIF, JPEG2000, JPEG_XL, PSD, PNM, TGA)

_BY_SUFFIX = {suffix: kind for kind in FORMATS for suffix in kind.suffixes}

_SIGNATURES = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"BM", BMP),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", JPEG2000),
    (b"\xff\x4f\xff\x51", JPEG2000),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", JPEG_XL),
    (b"\xff\x0a", JPEG_XL),
    (b"8BPS\0\1", PSD),
    (b"8BPS\0\2", PSD),
    *(
        (b"P" + kind + blank, PNM)
        for kind in (b"1", b"2", b"3", b"4", b"5", b"6", b"f", b"F")
        for blank in (b" ", b"\n", b"\r", b"\t", b"#")
    ),
    (b"P7\n", PNM),
    *((prefix, TIFF) for prefix in TiffImagePlugin.PREFIXES),
)

# The brands of the "ftyp" box: ISO/IEC 23008-12 (HEIF), AVIF 1.1.
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset(
    {
        b"heic",
        b"heix",
        b"heim",
        b"heis",
        b"hevc",
        b"hevx",
        b"hevm",
        b"hevs",
        b"mif1",
        b"mif2",
        b"msf1",
    }
)

# Picture formats that are passed over on purpose. EPS and its kin start outside programs; the rest
# are drawings, layers, raw sensor data or textures, not what a person calls a photo file.
_REFUSED = (
    (b"%!PS", "EPS"),
    (b"\xc5\xd0\xd3\xc6", "EPS"),
    (b"%PDF", "PDF"),
    (b"\xd7\xcd\xc6\x9a", "WMF"),
    (b"\x01\x00\x00\x00\x58\x00\x00\x00", "EMF"),
    (b"gimp xcf", "GIMP"),
    (b"DDS ", "DDS"),
    (b"BLP", "BLP"),
    (b"qoif", "QOI"),
    (b"icns", "ICNS"),
    (b"\x00\x00\x01\x00", "ICO"),
    (b"\x00\x00\x02\x00", "CUR"),
    (b"SIMPLE  =", "FITS"),
)


_STRAY = ". \t\r\n\u00a0\u3000"
"""A download or a slip of the hand leaves these behind a suffix; "a.jpg." is a photo all the
same."""


def is_photo_name(name: str) -> bool:
    """Whether a file name ends like a format Likeness reads (any case)."""
    return format_of_name(name) is not None


def format_of_name(name: str) -> PhotoFormat | None:
    """The format that a file's name promises."""
    # Not os.path.splitext, which takes ten times as long: a scan asks for each of many files.
    dot = name.rfind(".")
    kind = _BY_SUFFIX.get(name[dot:].lower()) if dot > 0 else None
    if kind is None and name[-1:] in _STRAY:
        return format_of_name(name.rstrip(_STRAY)) if name.rstrip(_STRAY) else None
    return kind


def format_of_content(head: bytes, name: str = "") -> PhotoFormat | None:
    """The format that a file's first HEAD_BYTES bytes show; None if it is none of FORMATS.

    name: of the file. It decides about TGA alone, which does not begin with a sign of its own.
    """
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        return _format_of_brands(head)
    return TGA if format_of_name(name) is TGA and _may_be_tga(head) else None


def _may_be_tga(head: bytes) -> bool:
    """By the fields of the header that have few values (Truevision TGA 2.0)."""
    return (
        len(head) >= 18
        and head[1] in (0, 1)
        and head[2] in (1, 2, 3, 9, 10, 11)
        and head[16] in (1, 8, 15, 16, 24, 32)
    )


def refused_format(head: bytes) -> str | None:
    """The name of a picture format that is refused, told by a file's first HEAD_BYTES bytes."""
    return next((name for signature, name in _REFUSED if head.startswith(signature)), None)


def _format_of_brands(head: bytes) -> PhotoFormat | None:
    """HEIF or AVIF by the brands: both may call themselves "mif1" first and say which later on."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    # At 12 stands the minor version, which the short files of brand "mif3" use for a brand.
    brands = {head[at : at + 4] for at in range(8, end - 3, 4)}
    if brands & _AVIF_BRANDS:
        return AVIF
    return HEIF if brands & _HEIF_BRANDS else None
