"""JPEG XL: a lazy image in Pillow's sense, decoded by libjxl."""

from __future__ import annotations

from typing import Any, BinaryIO

from PIL import Image, ImageFile

from desktop.errors import PhotoUnreadable

_HEAD_BYTES = 1 << 16
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


class JpegXlImageFile(ImageFile.ImageFile):
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
        file = self._file()
        try:
            header = probe(file.read(_HEAD_BYTES))
        except RuntimeError:  # what is said beside the picture may be longer than that
            file.seek(0)
            header = probe(file.read())
        n_bands = header["color_channels"] + header["has_alpha"]
        self._mode = _MODES[n_bands]
        self._size = header["width"], header["height"]
        self.tile = [ImageFile._Tile("jpeg_xl", (0, 0, *self._size), 0, None)]

    def load(self) -> Any:
        if self.tile:
            from pylibjxl import JXL

            file = self._file()
            file.seek(0)
            with JXL(threads=1, pool_size=1) as decoder:
                pixels, beside = decoder.decode(file.read(), metadata=True)
            image = Image.fromarray(pixels)
            if image.size != self.size:
                raise ValueError("another size than the header's")
            self.im, self._mode, self.tile = image.im, image.mode, []
            named = {"icc_profile": "icc", "exif": "exif", "xmp": "xmp"}
            self.info |= {name: beside[key] for name, key in named.items() if beside.get(key)}
        return super().load()

    def _file(self) -> BinaryIO:
        if self.fp is None:
            raise ValueError("the file is closed")
        return self.fp  # type: ignore[return-value]
