"""JPEG XL, decoded by libjxl."""

from __future__ import annotations

from PIL import Image

from desktop.errors import PhotoUnreadable
from desktop.media.colour import shows_something
from desktop.media.kinds.promised import promised_bytes
from desktop.media.kinds.whole import WholeImageFile

_HEAD_BYTES = 1 << 16
_BYTES_PER_PIXEL, _BYTES_PER_NUMBER = 5, 9
"""Measured with libjxl 0.11 on 6 megapixels, with the file and what is made of it: 14 bytes a pixel
in grey, 30 in RGB and 39 with transparency where a lossless picture was stored progressively
(cjxl -d 0 -p), which no header tells; 7 to 9 for all others, of any effort, lossy or lossless,
progressive or made of a JPEG."""
_IN_BOXES = b"\0\0\0\x0cJXL "
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


class JpegXlImageFile(WholeImageFile):
    """Upright once it is loaded: libjxl turns it by its own header, and EXIF does not count for
    that (ISO/IEC 18181-2). Its EXIF, XMP and ICC profile are known from then on."""

    format = "JPEG XL"

    def _open(self) -> None:
        # It is not there for every processor and system; and few photos need it.
        try:
            from pylibjxl import probe
        except ImportError as error:
            raise PhotoUnreadable(
                "JPEG XL cannot be read on this kind of computer.", "Save a copy as JPEG or PNG."
            ) from error
        file = self.file()
        try:
            header = probe(file.read(_HEAD_BYTES))
        except RuntimeError:  # what is said beside the picture may be longer than that
            file.seek(0)
            header = probe(file.read())
        self._moves = header["have_animation"]
        n_bands = header["color_channels"] + header["has_alpha"]
        self.bytes_per_pixel = _BYTES_PER_PIXEL + _BYTES_PER_NUMBER * n_bands
        self.is_there(_MODES[n_bands], (header["width"], header["height"]))

    def pixels(self) -> Image.Image:
        from pylibjxl import JXL

        file = self.file()
        file.seek(0)
        data = file.read()
        with JXL(threads=1, pool_size=1) as decoder:
            # With what is beside it, an animation comes out as its last frame, else as its first.
            try:
                pixels, beside = decoder.decode(data, metadata=True)
                first = decoder.decode(data) if self._moves else pixels
            except RuntimeError as error:  # whether pixels are missing or wrong, it does not say
                raise PhotoUnreadable(
                    f"The JPEG XL is {_what_is_wrong(data)}, and its decoder gives no part of it.",
                    "Copy it again from the camera or from a backup.",
                ) from error
        named = {"icc_profile": "icc", "exif": "exif", "xmp": "xmp"}
        self.info |= {name: beside[key] for name, key in named.items() if beside.get(key)}
        image = Image.fromarray(first)
        return image if not self._moves or shows_something(image) else Image.fromarray(pixels)


def _what_is_wrong(data: bytes) -> str:
    """A file in boxes says how long it was, unless its last one goes to the end; bare pixels do
    not."""
    n_missing = promised_bytes(data) - len(data) if data.startswith(_IN_BOXES) else -1
    return "cut off" if n_missing > 0 else "cut off or damaged" if n_missing else "damaged"
