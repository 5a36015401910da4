"""Netpbm: what Pillow does not read of it. PFM in colour, PAM, and comments right behind "P6"."""

from __future__ import annotations

import math
from typing import BinaryIO

from PIL import Image, ImageFile, PpmImagePlugin

from desktop.media.colour import eight_bits
from desktop.media.kinds.whole import WholeImageFile

_MOST_LINES = 200
_LONGEST_NUMBER = 20
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def open_netpbm(file: BinaryIO) -> ImageFile.ImageFile:
    """By its first two letters (netpbm.sourceforge.net/doc/pam.html, pfm.html)."""
    magic = file.read(2)
    file.seek(0)
    return {b"PF": _ColourPfmFile, b"P7": _PamFile}.get(magic, _PnmFile)(file)


class _PnmFile(PpmImagePlugin.PpmImageFile):
    def _read_magic(self) -> bytes:
        if self.fp is None:
            raise ValueError("the file is closed")
        return self.fp.read(2)

    def _read_token(self) -> bytes:
        """The line end of a comment ends a number too."""
        token, is_comment = b"", False
        while self.fp is not None and len(token) <= _LONGEST_NUMBER and (c := self.fp.read(1)):
            is_comment = c == b"#" or (is_comment and c not in b"\r\n")
            if c.isspace() and token and not is_comment:
                return token
            if not is_comment and not c.isspace():
                token += c
        raise ValueError("no number in the header")


class _ColourPfmFile(WholeImageFile):
    """Red, green and blue as real numbers of 32 bits, the last row first."""

    format = "PFM"
    bytes_per_pixel = 12 + 8

    def _open(self) -> None:
        words: list[bytes] = []
        self.file().seek(2)
        while len(words) < 3:
            line = self.file().readline(99)
            if not line:
                raise EOFError("the header is cut off")
            words += line.split(b"#")[0].split()
        scale = float(words[2])
        if not math.isfinite(scale) or scale == 0:
            raise ValueError("no scale")
        self._kind = "<f4" if scale < 0 else ">f4"
        self.is_there("RGB", (int(words[0]), int(words[1])))
        self._starts_at = self.file().tell()

    def pixels(self) -> Image.Image:
        self.file().seek(self._starts_at)
        values = self.numbers(self._kind, self.width * self.height * 3)
        return Image.fromarray(eight_bits(values.reshape(self.height, self.width, 3)[::-1]))


class _PamFile(WholeImageFile):
    format = "PAM"

    def _open(self) -> None:
        told: dict[bytes, bytes] = {}
        self.file().seek(3)
        for _ in range(_MOST_LINES):
            key, _, value = self.file().readline(999).strip().partition(b" ")
            if key == b"ENDHDR":
                break
            told[key] = value.strip()
        width, height, self._n_bands, self._largest = (
            int(told[key]) for key in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")
        )
        if not 0 < self._largest < 65536 or self._n_bands not in _MODES:
            raise NotImplementedError("bands or numbers that are not read")
        self._is_cmyk = told.get(b"TUPLTYPE", b"").startswith(b"CMYK") and self._n_bands == 4
        self.bytes_per_pixel = 8.0 + self._n_bands * (1 if self._largest < 256 else 2)
        self.is_there("CMYK" if self._is_cmyk else _MODES[self._n_bands], (width, height))
        self._starts_at = self.file().tell()

    def pixels(self) -> Image.Image:
        self.file().seek(self._starts_at)
        count = self.width * self.height * self._n_bands
        values = self.numbers("u1" if self._largest < 256 else ">u2", count)
        shape = (self.height, self.width, self._n_bands)
        scaled = eight_bits(values.reshape(shape), white=self._largest)
        return Image.frombuffer(self.mode, self.size, scaled)
