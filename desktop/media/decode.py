"""One decode of one file: upright RGB, and the facts beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from desktop.media.metadata import PhotoFacts

MIN_SIDE_PX = 64
MIN_SIZE_BYTES = 2048


@dataclass(frozen=True, slots=True)
class DecodedPhoto:
    """Attributes: image: upright RGB, perhaps reduced; facts: sizes are those of the full photo."""

    image: Image.Image
    facts: PhotoFacts


def is_photo_name(name: str) -> bool:
    """Whether a file name ends like a format Likeness reads (any case)."""
    raise NotImplementedError


def decode(path: Path, min_side_px: int | None = None) -> DecodedPhoto:
    """Decode the first frame to upright RGB.

    min_side_px: the image may be reduced while decoding (JPEG draft) as long as its short side stays
    at or above it; None keeps every pixel. Any thread; opens the file once; starts no program.
    Raises PhotoUnreadable with a sentence for whatever a file can do wrong (never another exception),
    NotAPhoto when a side is under MIN_SIDE_PX or the content is a format that is refused.
    """
    raise NotImplementedError
