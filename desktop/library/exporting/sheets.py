"""Contact sheets: thumbnails with captions on pages of paper, as pictures."""

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

EDGE_PX, _GAP_PX, _HEAD_PX = 70, 22, 70
_COLUMNS, _ROWS = 4, 5
LINE_PX, _LINES = 21, 2
ON_PAGE = _COLUMNS * _ROWS
MAKING = "Making contact sheets"
INK, FAINT, _EMPTY = (30, 30, 34), (110, 110, 118), (236, 236, 240)
FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "arial.ttf", "Helvetica.ttc")

LoadPicture = Callable[[Photo, int], Image.Image | None]
Caption = Callable[[Photo], Sequence[str]]


@dataclass(frozen=True, slots=True)
class OnPage:
    """Where something is on a page, in pixels."""

    left: int
    top: int
    width: int
    height: int


def box_at(at: int) -> OnPage:
    """Where the picture of the photo `at` of a page goes."""
    width = (PAGE_PX[0] - 2 * EDGE_PX - (_COLUMNS - 1) * _GAP_PX) // _COLUMNS
    room = PAGE_PX[1] - 2 * EDGE_PX - _HEAD_PX - (_ROWS - 1) * _GAP_PX
    height = room // _ROWS - _LINES * LINE_PX - 6
    left = EDGE_PX + at % _COLUMNS * (width + _GAP_PX)
    row_px = height + _LINES * LINE_PX + 6 + _GAP_PX
    return OnPage(left, EDGE_PX + _HEAD_PX + at // _COLUMNS * row_px, width, height)


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
            draw.text((EDGE_PX, EDGE_PX - 12), _fitted(self.title, 900, 24), INK, _font(24))
            said = f"{number + 1} of {n_pages}"
            right = PAGE_PX[0] - EDGE_PX
            draw.text((right, EDGE_PX - 8), said, FAINT, _font(18), anchor="ra")
            for at, photo in enumerate(photos[number * ON_PAGE : (number + 1) * ON_PAGE]):
                job.report(number * ON_PAGE + at, len(photos), MAKING)
                self._put(page, draw, at, photo)
            yield page
        job.report(len(photos), len(photos), MAKING)

    def picture(self, photo: Photo, box: OnPage) -> Image.Image | None:
        """What goes into the box, no larger than that; None where there is nothing to show."""
        picture = self.load(photo, min(box.width, box.height))
        if picture is None:
            return None
        return ImageOps.contain(picture, (box.width, box.height), Image.Resampling.LANCZOS)

    def caption_of(self, photo: Photo) -> list[str]:
        """The lines below it, in letters that can be shown."""
        return [legible(text) for text in self.caption(photo)[:_LINES]]

    def _put(self, page: Image.Image, draw: ImageDraw.ImageDraw, at: int, photo: Photo) -> None:
        box = box_at(at)
        picture = self.picture(photo, box)
        if picture is None:
            right, bottom = box.left + box.width, box.top + box.height
            draw.rectangle((box.left, box.top, right, bottom), fill=_EMPTY)
        else:
            x = box.left + (box.width - picture.width) // 2
            page.paste(picture, (x, box.top + (box.height - picture.height) // 2))
        for line, text in enumerate(self.caption_of(photo)):
            middle, y = box.left + box.width / 2, box.top + box.height + 6 + line * LINE_PX
            colour = FAINT if line else INK
            draw.text((middle, y), _fitted(text, box.width, 15), colour, _font(15), "ma")


def count_pages(n_photos: int) -> int:
    return max(1, -(-n_photos // ON_PAGE))


def save_png(page: Image.Image, path: Path) -> None:
    page.save(path, "PNG", dpi=(DPI, DPI))


def shortened_to(width_px: float, text: str, measure: Callable[[str], float]) -> str:
    """The text, with its middle left out where it is too long. measure: how wide a text is."""
    if measure(text) <= width_px:
        return text
    kept = len(text)
    while kept > 1:
        kept -= 1
        half = kept // 2
        shorter = f"{text[: kept - half]}…{text[len(text) - half :]}"
        if measure(shorter) <= width_px:
            return shorter
    return "…"


def _fitted(text: str, width_px: int, size: int) -> str:
    return shortened_to(width_px, legible(text), _font(size).getlength)


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """One of the system, which has more letters than Pillow's own, if there is one."""
    for name in FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)
