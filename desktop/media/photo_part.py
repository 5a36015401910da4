"""PhotoPart: a box on a photo."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

from PIL import Image

from desktop.errors import QueryUnanswerable
from desktop.media.colour import Sides

LEAST_PX = 16
"""A side with fewer pixels shows nothing that could be found again."""

_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class PhotoPart:
    """A part of an upright photo, in shares of the photo's width and height.

    Attributes:
        x, y: where its upper left corner is, from the left and from the top.
        width, height: above 0; the part ends within the photo.

    Raises ValueError, with a sentence, for what is no part of a photo.
    """

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, astuple(self))):
            raise ValueError("a box is four numbers: left, top, width and height")
        if self.width <= 0 or self.height <= 0:
            raise ValueError("the box is empty: its width and height must be above 0")
        if min(self.x, self.y) < 0 or max(self.right, self.bottom) > 1 + _ROUNDING:
            raise ValueError("the box reaches beyond the photo, which goes from 0 to 1, or to 100%")

    @classmethod
    def read(cls, text: str) -> PhotoPart:
        """From "0.25,0.1,0.5,0.5" or "25%,10%,50%,50%". Raises ValueError, with a sentence."""
        words = [word.strip() for word in text.split(",")]
        try:
            shares = [
                float(word[:-1]) / 100 if word.endswith("%") else float(word) for word in words
            ]
            x, y, width, height = shares
        except ValueError:
            raise ValueError(
                f"“{text}” is no box: left, top, width and height, such as 0.25,0.1,0.5,0.5"
            ) from None
        return cls(x, y, width, height)

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def least(self, short_px: int) -> Sides:
        """The size to which the photo may be reduced if the part is to have so many pixels on its
        short side."""
        return Sides(math.ceil(short_px / min(self.width, self.height)))

    def cut(self, image: Image.Image) -> Image.Image:
        """This part of an image. Raises QueryUnanswerable where it has hardly any pixels."""
        part = self.crop(image)
        if min(part.size) < LEAST_PX:
            raise QueryUnanswerable(
                f"This part has only {part.width} × {part.height} pixels.",  # noqa: RUF001
                f"Choose a part of {LEAST_PX} × {LEAST_PX} pixels or more.",  # noqa: RUF001
            )
        return part

    def crop(self, image: Image.Image) -> Image.Image:
        """This part of an image, of however few pixels."""
        left, top = math.floor(self.x * image.width), math.floor(self.y * image.height)
        right = min(math.ceil(self.right * image.width - _ROUNDING), image.width)
        bottom = min(math.ceil(self.bottom * image.height - _ROUNDING), image.height)
        return image.crop((left, top, max(right, left + 1), max(bottom, top + 1)))


TILES = (
    PhotoPart(0.0, 0.0, 0.5, 0.5),
    PhotoPart(0.5, 0.0, 0.5, 0.5),
    PhotoPart(0.0, 0.5, 0.5, 0.5),
    PhotoPart(0.5, 0.5, 0.5, 0.5),
    PhotoPart(0.25, 0.25, 0.5, 0.5),
)
"""The parts that each photo is also compared by, see docs/searching.md."""
