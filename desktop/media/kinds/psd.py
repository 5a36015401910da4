"""Photoshop's PSD and PSB, of any depth: the picture of all layers merged, which stands at the end.

Adobe Photoshop File Formats Specification (2019).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from desktop.media.coding import srgb_of_light
from desktop.media.colour import eight_bits
from desktop.media.kinds.tiff_codecs import floatpred_decode
from desktop.media.kinds.whole import WholeImageFile

_MODES = {0: "1", 1: "L", 2: "P", 3: "RGB", 4: "CMYK", 7: "L", 8: "L", 9: "LAB"}
_KINDS = {1: "u1", 8: "u1", 16: ">u2", 32: ">f4"}
_PLAIN, _PACKBITS, _ZIP, _ZIP_OF_STEPS = 0, 1, 2, 3
_RESOURCES = {1039: "icc_profile", 1058: "exif", 1060: "xmp"}
_MERGED_TRANSPARENCY = (b"Mtrn", b"Mt16", b"Mt32")
_DEEP_LAYERS = (b"Lr16", b"Lr32", b"Layr")
_LONG_IN_PSB = (
    *(*_MERGED_TRANSPARENCY, *_DEEP_LAYERS, b"LMsk", b"Alph", b"FMsk"),
    *(b"lnk2", b"FEid", b"FXid", b"PxSD"),
)
_PALETTE_BYTES = 768
_MOST_BYTES_BESIDE = 1 << 26


class PsdImageFile(WholeImageFile):
    format = "PSD"

    def _open(self) -> None:
        version, self._n_channels, height, width, self._depth, mode = struct.unpack(
            ">4xH6xHIIHH", self._read(26)
        )
        self._is_psb = version == 2
        if mode not in _MODES or self._depth not in _KINDS:
            raise NotImplementedError("a colour mode or depth that is not read")
        palette = self._read(self._number())
        self._palette = palette if mode == 2 and len(palette) == _PALETTE_BYTES else None
        beside = self._read(self._number())
        self.info |= {
            _RESOURCES[key]: data for key, data in _resources(beside) if key in _RESOURCES
        }
        self._is_transparent = self._walk_layers()
        self.bytes_per_pixel = 8 + 2 * self._depth / 8 + Image.getmodebands(_MODES[mode])
        self.is_there(_MODES[mode], (width, height))
        self._starts_at = self.file().tell()

    def _read(self, n_bytes: int) -> bytes:
        if n_bytes > _MOST_BYTES_BESIDE:
            raise ValueError("too much beside the picture")
        data = self.file().read(n_bytes)
        if len(data) < n_bytes:
            raise EOFError("the file is cut off")
        return data

    def _number(self, is_long: bool = False) -> int:
        return int.from_bytes(self._read(8 if is_long else 4), "big")

    def _walk_layers(self) -> bool:
        """Go to the end of the layers; whether the merged picture lets the page through."""
        file, n_bytes = self.file(), self._number(self._is_psb)
        end = file.tell() + n_bytes
        is_transparent = False
        if n_bytes > 8:
            after = self._number(self._is_psb) + file.tell()
            is_transparent = after > file.tell() and self._count_is_negative()
            file.seek(after)
            file.seek(self._number() if file.tell() + 4 <= end else 0, 1)
            while file.tell() + 12 <= end and not is_transparent:
                head = self._read(8)
                if not head.startswith(b"8B"):
                    break
                n_bytes = self._number(self._is_psb and head[4:] in _LONG_IN_PSB)
                after = file.tell() + (n_bytes + 3) // 4 * 4
                is_transparent = head[4:] in _MERGED_TRANSPARENCY or (
                    head[4:] in _DEEP_LAYERS and n_bytes > 1 and self._count_is_negative()
                )
                file.seek(after)
        file.seek(end)
        return is_transparent

    def _count_is_negative(self) -> bool:
        return self._read(2)[0] >= 0x80

    def pixels(self) -> Image.Image:
        n_bands = Image.getmodebands(self.mode)
        n_kept = n_bands + (self._is_transparent and self._n_channels > n_bands)
        if self._n_channels < n_bands:
            raise ValueError("too few channels")
        self.file().seek(self._starts_at)
        planes = [self._eight_bits(plane) for plane in self._planes(n_kept)]
        if self.mode == "1":
            return Image.frombytes("1", self.size, planes[0].tobytes(), "raw", "1;I")
        if self.mode == "CMYK":
            planes = [255 - plane for plane in planes[:4]] + planes[4:]
        bands = [Image.fromarray(plane) for plane in planes]
        if self.mode == "P":
            colours = np.frombuffer(self._palette or bytes(_PALETTE_BYTES), np.uint8)
            return Image.fromarray(colours.reshape(3, 256).T[planes[0]])
        image = bands[0] if n_bands == 1 else Image.merge(self.mode, bands[:n_bands])
        if n_kept > n_bands:
            # Photoshop has laid it on white, where anything shows at all.
            nothing = bands[n_bands].point([255] + [0] * 255)
            image = image.convert("RGB") if self.mode == "CMYK" else image
            image.paste("white" if self.mode != "LAB" else (255, 128, 128), mask=nothing)
        return image

    def _eight_bits(self, plane: NDArray[np.generic]) -> NDArray[np.uint8]:
        if self._depth == 32:  # light
            return srgb_of_light(np.nan_to_num(plane.astype(np.float32)))
        if self._depth == 16:
            return eight_bits(plane, white=65535)
        return plane.astype(np.uint8)

    def _planes(self, n_planes: int) -> Iterator[NDArray[np.generic]]:
        """The first channels, (height, width), or packed bits."""
        kind = np.dtype(_KINDS[self._depth])
        width = -(-self.width // 8) if self._depth == 1 else self.width
        shape, row_bytes = (self.height, width), width * kind.itemsize
        way = int.from_bytes(self._read(2), "big")
        if way == _PLAIN:
            for _ in range(n_planes):
                yield self.numbers(kind, width * self.height).reshape(shape)
        elif way == _PACKBITS:
            counts = self.numbers(">u4" if self._is_psb else ">u2", self._n_channels * self.height)
            sums = counts.reshape(self._n_channels, self.height).sum(axis=1, dtype=np.int64)
            for n_bytes in sums[:n_planes]:
                data = self.numbers("u1", int(n_bytes)).tobytes()
                rows = Image.frombytes("L", (row_bytes, self.height), data, "packbits", "L")
                yield np.frombuffer(rows.tobytes(), kind).reshape(shape)
        elif way in (_ZIP, _ZIP_OF_STEPS):
            inflating, n_bytes = zlib.decompressobj(), row_bytes * self.height
            data = self.file().read()
            for _ in range(n_planes):
                plane = np.frombuffer(inflating.decompress(data, n_bytes), kind).reshape(shape)
                yield plane if way == _ZIP or self._depth == 1 else _from_steps(plane)
                data = inflating.unconsumed_tail
        else:
            raise NotImplementedError("a compression that is not read")


def _from_steps(plane: NDArray[np.generic]) -> NDArray[np.generic]:
    """Numbers stored as the difference from their left neighbour; of 32 bits, byte by byte."""
    if plane.dtype.kind == "f":
        return floatpred_decode(plane[..., None])[..., 0]
    return plane.cumsum(axis=1, dtype=plane.dtype.newbyteorder("="))


def _resources(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 12 <= len(data):
        key, n_name = struct.unpack(">4xHB", data[at : at + 7])
        at += 6 + (n_name + 2) // 2 * 2
        n_bytes = int.from_bytes(data[at : at + 4], "big")
        yield key, data[at + 4 : at + 4 + n_bytes]
        at += 4 + (n_bytes + 1) // 2 * 2
