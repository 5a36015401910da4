"""What tifffile asks of the package imagecodecs, by what is here anyway: libtiff and NumPy.

imagecodecs would bring 60 MB of decoders, of which photos need these.
"""

from __future__ import annotations

import io
import struct
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from PIL import TiffImagePlugin

_LZW, _PACKBITS, _ZSTD = 5, 32773, 50000


def give_codecs() -> None:
    """Hand them to tifffile, which looks for them at each use. Any thread, any number of times."""
    from tifffile import tifffile

    found: ModuleType = vars(tifffile)["imagecodecs"]
    if found.__name__ == "imagecodecs":
        return
    vars(found).update(
        lzw_decode=lzw_decode,
        packbits_decode=packbits_decode,
        zstd_decode=zstd_decode,
        packints_decode=packints_decode,
        floatpred_decode=floatpred_decode,
    )


def lzw_decode(data: bytes, /, *, out: int) -> bytes:
    return _by_libtiff(data, _LZW, out)


def packbits_decode(data: bytes, /, *, out: int) -> bytes:
    return _by_libtiff(data, _PACKBITS, out)


def zstd_decode(data: bytes, /, *, out: int) -> bytes:
    return _by_libtiff(data, _ZSTD, out)


def packints_decode(
    data: bytes, /, dtype: DTypeLike, bitspersample: int, runlen: int = 0, **_: object
) -> NDArray[Any]:
    """Numbers of any few bits, the highest bit first; rows begin at whole bytes."""
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    row_bits = -(-runlen * bitspersample // 8) * 8
    n_rows = len(bits) // row_bits
    rows = bits[: n_rows * row_bits].reshape(n_rows, row_bits)[:, : runlen * bitspersample]
    numbers = np.zeros((n_rows, runlen), dtype)
    for place in range(bitspersample):
        numbers = (numbers << 1) | rows[:, place::bitspersample]
    return numbers.astype(dtype).reshape(-1)


def floatpred_decode(data: NDArray[Any], /, **_: object) -> NDArray[Any]:
    """Real numbers stored as differences of bytes, highest bytes first (Adobe Photoshop TIFF
    Technical Note 3). data: (..., width, samples), its memory that of the file."""
    size, n_samples = data.itemsize, data.shape[-1]
    n_values = data.shape[-2] * n_samples
    steps = (
        np.ascontiguousarray(data)
        .view(np.uint8)
        .reshape(-1, n_values * size // n_samples, n_samples)
    )
    planes = steps.cumsum(axis=1, dtype=np.uint8).reshape(-1, size, n_values)
    kind = data.dtype.newbyteorder(">")
    values = np.ascontiguousarray(planes.transpose(0, 2, 1)).view(kind)
    return values.reshape(data.shape).astype(data.dtype)


def _by_libtiff(data: bytes, compression: int, n_bytes: int) -> bytes:
    """The bytes as those of a grey TIFF of one long row."""
    tags = [(256, n_bytes), (257, 1), (258, 8), (259, compression), (262, 1), (277, 1), (278, 1)]
    tags = [*tags[:5], (273, 8), *tags[5:], (279, len(data))]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    padded = data + bytes(len(data) % 2)
    head = b"II*\0" + struct.pack("<I", 8 + len(padded))
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    image = TiffImagePlugin.TiffImageFile(io.BytesIO(head + padded + directory))
    image.load()
    return image.tobytes()
