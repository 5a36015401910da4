"""JPEG XL, decoded by libjxl."""

from __future__ import annotations

from PIL import Image

from desktop.errors import PhotoUnreadable
from desktop.media.whole import WholeImageFile

_HEAD_BYTES = 1 << 16
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


class JpegXlImageFile(WholeImageFile):
    """Upright once it is loaded: libjxl turns it by its own header, and EXIF does not count for
    that (ISO/IEC 18181-2). Its EXIF, XMP and ICC profile are known from then on."""

    format = "JPEG XL"
    # libjxl holds a lossless picture in four bytes a number, beside what it gives.
    bytes_per_pixel = 24

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
        n_bands = header["color_channels"] + header["has_alpha"]
        self.is_there(_MODES[n_bands], (header["width"], header["height"]))

    def pixels(self) -> Image.Image:
        from pylibjxl import JXL

        file = self.file()
        file.seek(0)
        with JXL(threads=1, pool_size=1) as decoder:
            pixels, beside = decoder.decode(file.read(), metadata=True)
        named = {"icc_profile": "icc", "exif": "exif", "xmp": "xmp"}
        self.info |= {name: beside[key] for name, key in named.items() if beside.get(key)}
        return Image.fromarray(pixels)
