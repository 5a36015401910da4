"""Contact sheets: thumbnails with captions on pages of paper, as pictures or as a PDF."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from desktop.catalog import Photo
from desktop.jobs import Job
from desktop.legible import legible

DPI = 150
PAGE_PX = (1240, 1754)
"""A4, upright."""

_EDGE_PX, _GAP_PX, _HEAD_PX = 70, 22, 70
_COLUMNS, _ROWS = 4, 5
_LINE_PX, _LINES = 21, 2
ON_PAGE = _COLUMNS * _ROWS
_INK, _FAINT, _EMPTY = (30, 30, 34), (110, 110, 118), (236, 236, 240)
_FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "arial.ttf", "Helvetica.ttc")

LoadPicture = Callable[[Photo, int], Image.Image | None]
Caption = Callable[[Photo], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Sheets:
    """How sheets are made.

    Attributes:
        title: at the top of each page.
        load: a photo's thumbnail with a short side of so many pixels; None where there is none.
        caption: up to two lines below it.
    """

    title: str
    load: LoadPicture
    caption: Caption

    def pages(self, photos: Sequence[Photo], job: Job) -> Iterator[Image.Image]:
        """One after the other, since each takes 7 MB. Raises Cancelled."""
        n_pages = count_pages(len(photos))
        for number in range(n_pages):
            page = Image.new("RGB", PAGE_PX, "white")
            draw = ImageDraw.Draw(page)
            draw.text((_EDGE_PX, _EDGE_PX - 12), _fitted(self.title, 900, 24), _INK, _font(24))
            said = f"{number + 1} of {n_pages}"
            right = PAGE_PX[0] - _EDGE_PX
            draw.text((right, _EDGE_PX - 8), said, _FAINT, _font(18), anchor="ra")
            for at, photo in enumerate(photos[number * ON_PAGE : (number + 1) * ON_PAGE]):
                job.report(number * ON_PAGE + at, len(photos), "Making contact sheets")
                self._put(page, draw, at, photo)
            yield page
        job.report(len(photos), len(photos), "Making contact sheets")

    def _put(self, page: Image.Image, draw: ImageDraw.ImageDraw, at: int, photo: Photo) -> None:
        width = (PAGE_PX[0] - 2 * _EDGE_PX - (_COLUMNS - 1) * _GAP_PX) // _COLUMNS
        room = PAGE_PX[1] - 2 * _EDGE_PX - _HEAD_PX - (_ROWS - 1) * _GAP_PX
        height = room // _ROWS - _LINES * _LINE_PX - 6
        left = _EDGE_PX + at % _COLUMNS * (width + _GAP_PX)
        row_px = height + _LINES * _LINE_PX + 6 + _GAP_PX
        top = _EDGE_PX + _HEAD_PX + at // _COLUMNS * row_px
        picture = self.load(photo, min(width, height))
        if picture is None:
            draw.rectangle((left, top, left + width, top + height), fill=_EMPTY)
        else:
            picture = ImageOps.contain(picture, (width, height), Image.Resampling.LANCZOS)
            x = left + (width - picture.width) // 2
            page.paste(picture, (x, top + (height - picture.height) // 2))
        for line, text in enumerate(self.caption(photo)[:_LINES]):
            y = top + height + 6 + line * _LINE_PX
            colour = _FAINT if line else _INK
            draw.text((left + width / 2, y), _fitted(text, width, 15), colour, _font(15), "ma")


def count_pages(n_photos: int) -> int:
    return max(1, -(-n_photos // ON_PAGE))


def save_pdf(pages: Iterator[Image.Image], path: Path) -> None:
    """Page after page. Raises OSError."""
    for number, page in enumerate(pages):
        page.save(path, "PDF", resolution=DPI, append=number > 0, quality=88)


def save_png(page: Image.Image, path: Path) -> None:
    page.save(path, "PNG", dpi=(DPI, DPI))


def _fitted(text: str, width_px: int, size: int) -> str:
    """The text, with its middle left out where it is too long."""
    text, font = legible(text), _font(size)
    if font.getlength(text) <= width_px:
        return text
    kept = len(text)
    while kept > 1:
        kept -= 1
        half = kept // 2
        shorter = f"{text[: kept - half]}…{text[len(text) - half :]}"
        if font.getlength(shorter) <= width_px:
            return shorter
    return "…"


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """One of the system, which has more letters than Pillow's own, if there is one."""
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)
