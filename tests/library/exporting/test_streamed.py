"""A PDF takes no more memory for many pictures than for few."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

from desktop.library.exporting.streamed import StreamedPdf

N_PICTURES = 40


@pytest.fixture
def pictures() -> list[bytes]:
    """JPEGs of noise, which nothing makes smaller: some 170 kB each."""
    noise = np.random.default_rng(2)
    encoded = []
    for _ in range(N_PICTURES):
        file = io.BytesIO()
        pixels = noise.integers(0, 256, (400, 400, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(file, "JPEG", quality=88)
        encoded.append(file.getvalue())
    return encoded


def shown_in(path: Path) -> list[bytes]:
    """The picture of each page, as it is in the file."""
    shown = [page["/Resources"]["/XObject"] for page in PdfReader(path).pages]
    return [next(iter(each.values())).get_object()._data for each in shown]


def test_pictures_wait_on_disk_and_the_file_is_written_piece_by_piece(
    pictures: list[bytes], tmp_path: Path
) -> None:
    path = tmp_path / "many.pdf"
    tracemalloc.start()
    try:
        with TemporaryFile() as aside, path.open("wb") as file:
            pdf = StreamedPdf(aside, unit="pt")
            for picture in pictures:
                pdf.add_page()
                pdf.put(picture, 10, 10, 100, 100)
            pdf.write_to(file)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < path.stat().st_size / 2
    assert shown_in(path) == pictures, "each is where it belongs, byte for byte"


def test_a_picture_that_comes_twice_is_kept_once(pictures: list[bytes], tmp_path: Path) -> None:
    path = tmp_path / "twice.pdf"
    with TemporaryFile() as aside, path.open("wb") as file:
        pdf = StreamedPdf(aside, unit="pt")
        for _ in range(3):
            pdf.add_page()
            pdf.put(pictures[0], 10, 10, 100, 100)
        pdf.write_to(file)
    assert path.stat().st_size < 2 * len(pictures[0])
    assert shown_in(path) == 3 * pictures[:1]
