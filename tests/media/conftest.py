"""Pictures to write into files, and the folder of files that importers meet in the wild."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from pillow_heif.as_plugin import HeifImageFile

_ODD_FILES = Path(__file__).parents[2] / "../shared/data/odd-files"


@pytest.fixture(scope="session")
def odd_files() -> Path:
    if not _ODD_FILES.is_dir():
        pytest.skip("the folder ../shared/data/odd-files is not on this machine")
    return _ODD_FILES.resolve()


@pytest.fixture(scope="session")
def scene() -> Image.Image:
    """160 x 120 RGB, another colour in each quarter, so that no turn or flip goes unnoticed."""
    image = Image.new("RGB", (160, 120))
    quarters = ("red", "lime", "blue", "yellow")
    for index, colour in enumerate(quarters):
        image.paste(colour, ((index % 2) * 80, (index // 2) * 60, (index % 2 + 1) * 80, 120))
    return image


@pytest.fixture(scope="session", autouse=True)
def _heif_can_be_written() -> None:
    """Tests write HEIF through Pillow's save; only the product's own reader is under test."""
    pillow_heif.register_heif_opener()
    assert HeifImageFile.format in Image.SAVE


@pytest.fixture
def write_png(tmp_path: Path) -> Callable[..., Path]:
    """Write a PNG by hand, for what Pillow cannot write: deep colour and late chunks."""

    def write(
        pixels: np.ndarray, colour_type: int, extra: tuple[bytes, bytes] | None = None
    ) -> Path:
        depth = pixels.dtype.itemsize * 8
        height, width = pixels.shape[:2]
        rows = pixels.astype(pixels.dtype.newbyteorder(">")).reshape(height, -1)
        data = b"".join(b"\0" + row.tobytes() for row in rows)
        chunks = [
            (b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)),
            (b"IDAT", zlib.compress(data)),
            *([extra] if extra else []),
            (b"IEND", b""),
        ]
        path = tmp_path / "by hand.png"
        path.write_bytes(
            b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(kind, body) for kind, body in chunks)
        )
        return path

    return write


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
