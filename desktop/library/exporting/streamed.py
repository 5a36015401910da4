"""A document of fpdf2 whose pictures wait on disk, and which is written piece by piece.

fpdf2 itself keeps every picture in memory until the end, and then all of the file besides.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, BinaryIO

from fpdf import FPDF
from fpdf.output import OutputProducer, PDFXObject
from fpdf.syntax import Name


class StreamedPdf(FPDF):
    """What is drawn goes into memory, pictures go into `aside`, a file open for both."""

    def __init__(self, aside: BinaryIO, **options: Any) -> None:
        super().__init__(**options)
        self.aside = aside

    def put(self, jpeg: bytes, left: float, top: float, width: float, height: float) -> None:
        """A picture, in the document's units. Raises OSError."""
        info: dict[str, Any] = self.image(io.BytesIO(jpeg), left, top, width, height)
        data = info["data"]
        if isinstance(data, bytes):  # the same picture may be there already
            info["data"] = _Aside(self.aside, self.aside.seek(0, io.SEEK_END), len(data))
            self.aside.write(data)

    def write_to(self, file: BinaryIO) -> None:
        """Once, at the end. Raises OSError."""

        class Writer(_Producer):
            def __init__(self, fpdf: FPDF) -> None:
                super().__init__(fpdf)
                self.buffer = _Written(file)  # type: ignore[assignment]

        self.output(output_producer_class=Writer)

    def file_id(self) -> None:
        """None: it is not needed, and fpdf2 would make it of all that was written."""


@dataclass(frozen=True, slots=True)
class _Aside:
    """Where a picture waits."""

    file: BinaryIO
    at: int
    n_bytes: int

    def read(self) -> bytes:
        self.file.seek(self.at)
        return self.file.read(self.n_bytes)


class _WaitingPicture(PDFXObject):
    """A picture that is read when it is its turn."""

    def __init__(self, aside: _Aside, info: dict[str, Any]) -> None:
        super().__init__(
            contents=b"",
            subtype="Image",
            width=info["w"],
            height=info["h"],
            color_space=Name(info["cs"]),
            bits_per_component=info["bpc"],
            img_filter=info["f"],
        )
        self._aside = aside
        self.length = aside.n_bytes

    def content_stream(self) -> bytes:
        return self._aside.read()


class _Producer(OutputProducer):
    def _add_image(self, info: dict[str, Any]) -> PDFXObject:
        picture = _WaitingPicture(info["data"], info)
        info["obj_id"] = self._add_pdf_obj(picture, "images")
        return picture


class _Written:
    """What fpdf2 takes for the bytes it has put together: they go into a file, and are counted."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._n_bytes = 0

    def __iadd__(self, data: bytes) -> _Written:
        self._n_bytes += self._file.write(data)
        return self

    def __len__(self) -> int:
        return self._n_bytes
