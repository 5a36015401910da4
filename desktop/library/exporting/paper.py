"""Contact sheets as a PDF, whose captions are text: they can be searched and copied."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from fpdf.fonts import TTFFont
from PIL import Image, ImageFont

from desktop.catalog import Photo
from desktop.jobs import Job
from desktop.legible import legible
from desktop.library.exporting.sheets import (
    DPI,
    EDGE_PX,
    FAINT,
    FONTS,
    INK,
    LINE_PX,
    MAKING,
    ON_PAGE,
    PAGE_PX,
    OnPage,
    Sheets,
    box_at,
    count_pages,
    shortened_to,
)
from desktop.library.exporting.streamed import StreamedPdf

_PT = 72 / DPI
_TITLE_PX, _NUMBER_PX, _CAPTION_PX = 24, 18, 15
_QUALITY = 88

# Letters that the first font lacks are taken from these; those that no font has stay empty.
_OTHER_FONTS = (
    *("NotoSansCJK-Regular.ttc", "wqy-microhei.ttc", "msyh.ttc", "malgun.ttf", "msgothic.ttc"),
    *("NotoSansArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansThai-Regular.ttf"),
    *("NotoSansDevanagari-Regular.ttf", "PingFang.ttc", "Arial Unicode.ttf"),
)


def write_pdf(sheets: Sheets, photos: Sequence[Photo], path: Path, job: Job) -> None:
    """Write all of it to `path`. Until that is done the pictures wait beside it, in a file with no
    name: some 14 kB a photo. Raises OSError, Cancelled."""
    n_pages = count_pages(len(photos))
    with TemporaryFile(dir=path.parent) as aside, closing(_Paper(sheets.title, aside)) as paper:
        for number in range(n_pages):
            paper.begin(f"{number + 1} of {n_pages}")
            for at, photo in enumerate(photos[number * ON_PAGE : (number + 1) * ON_PAGE]):
                job.report(number * ON_PAGE + at, len(photos), MAKING)
                box = box_at(at)
                paper.put(box, sheets.picture(photo, box), sheets.caption_of(photo))
        job.report(len(photos), len(photos), MAKING)
        paper.save(path)


class _Paper:
    """Pages of A4; all that is given is in pixels of `DPI`, as on the sheets that are pictures."""

    def __init__(self, title: str, aside: BinaryIO) -> None:
        """aside: a file for pictures, see `StreamedPdf`."""
        # It tells the log which letters of captions no font has.
        logging.getLogger("fpdf").setLevel(logging.ERROR)
        logging.getLogger("fontTools").setLevel(logging.ERROR)
        self._title = legible(title)
        self._pdf = StreamedPdf(aside, unit="pt", format="A4")
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(0)
        self._pdf.c_margin = 0
        self._pdf.set_title(self._title)
        self._pdf.set_creator("Likeness")
        self._pdf.core_fonts_encoding = "cp1252"  # of a font that is not in the file
        self._is_plain = not self._take_fonts()

    def begin(self, number: str) -> None:
        """A new page, with the title and its number."""
        self._pdf.add_page()
        right = PAGE_PX[0] - EDGE_PX
        line = OnPage(EDGE_PX, EDGE_PX - 12, right - EDGE_PX, 0)
        title = shortened_to(900, self._title, lambda text: self._width(text, _TITLE_PX))
        self._write(line, title, _TITLE_PX, INK, "L")
        self._write(line, number, _NUMBER_PX, FAINT, "R")

    def put(self, box: OnPage, picture: Image.Image | None, caption: Sequence[str]) -> None:
        """A photo, or an empty place, with its caption below."""
        if picture is None:
            self._pdf.set_fill_color(236, 236, 240)
            left, top = _PT * box.left, _PT * box.top
            self._pdf.rect(left, top, _PT * box.width, _PT * box.height, style="F")
        else:
            self._draw(box, picture)
        for line, text in enumerate(caption):
            below = OnPage(box.left, box.top + box.height + 6 + line * LINE_PX, box.width, 0)
            text = shortened_to(box.width, text, lambda each: self._width(each, _CAPTION_PX))
            self._write(below, text, _CAPTION_PX, FAINT if line else INK, "C")

    def save(self, path: Path) -> None:
        """Raises OSError."""
        with path.open("wb") as file:
            self._pdf.write_to(file)

    def close(self) -> None:
        """Close the files of the fonts."""
        for font in self._pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def _draw(self, box: OnPage, picture: Image.Image) -> None:
        encoded = io.BytesIO()
        picture.convert("RGB").save(encoded, "JPEG", quality=_QUALITY)
        share = min(box.width / picture.width, box.height / picture.height)
        width, height = picture.width * share, picture.height * share
        left, top = box.left + (box.width - width) / 2, box.top + (box.height - height) / 2
        self._pdf.put(encoded.getvalue(), _PT * left, _PT * top, _PT * width, _PT * height)

    def _write(
        self, box: OnPage, text: str, px: int, colour: tuple[int, int, int], to: str
    ) -> None:
        self._pdf.set_font_size(_PT * px)
        self._pdf.set_text_color(*colour)
        self._pdf.set_xy(_PT * box.left, _PT * box.top)
        self._pdf.cell(_PT * box.width, _PT * px * 1.2, self._written(text), align=to)

    def _width(self, text: str, px: int) -> float:
        self._pdf.set_font_size(_PT * px)
        return self._pdf.get_string_width(self._written(text)) / _PT

    def _written(self, text: str) -> str:
        """As the font can write it: the one that every reader of PDF has knows few letters."""
        return text.encode("cp1252", "replace").decode("cp1252") if self._is_plain else text

    def _take_fonts(self) -> bool:
        """Use those of the system; whether there is one."""
        names = []
        for name in (*FONTS, *_OTHER_FONTS):
            try:
                path = str(ImageFont.truetype(name).path)
                self._pdf.add_font(name, fname=path)
            except (OSError, ValueError, KeyError, NotImplementedError):
                continue  # not installed, or of a kind that cannot be put into a PDF
            names.append(name)
        self._pdf.set_font(names[0] if names else "helvetica")
        if names[1:]:
            self._pdf.set_fallback_fonts(names[1:])
        return bool(names)
