"""Pictures that tests draw for themselves."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from tests.colour_embedder import COLOURS


def draw(
    path: Path, colour: str = "red", seed: int = 0, size: tuple[int, int] = (160, 120)
) -> Path:
    """Save a picture that is mostly of one colour; another seed gives other bytes of the same
    look."""
    rng = np.random.default_rng([seed, *colour.encode()])
    pixels = np.empty((size[1], size[0], 3), np.int16)
    pixels[:] = COLOURS[colour]
    pixels += rng.integers(-10, 11, pixels.shape, np.int16)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path, quality=90)
    return path


def taken_at(path: Path, moment: datetime) -> Path:
    """Let a photo say by EXIF when it was taken."""
    with Image.open(path) as image:
        exif = image.getexif()
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = (
            f"{moment:%Y:%m:%d %H:%M:%S}"
        )
        image.save(path, exif=exif, quality="keep")
    return path


def draw_halves(
    path: Path, left: str, right: str, size: tuple[int, int] = (160, 120), share: float = 0.5
) -> Path:
    """Save a picture that is of one colour on the left, up to this share of it, and of another on
    the right."""
    image = Image.new("RGB", size, COLOURS[left])
    image.paste(COLOURS[right], (round(size[0] * share), 0, *size))
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, quality=90)
    return path


def draw_nine(folder: Path) -> Path:
    """Three each in red, green and blue: red0.jpg to blue2.jpg."""
    for colour in ("red", "green", "blue"):
        for seed in range(3):
            draw(folder / f"{colour}{seed}.jpg", colour, seed)
    return folder
