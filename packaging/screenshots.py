"""Paint the README's pictures of the window: `make screenshots PHOTOS=FOLDER`, else landscapes."""

from __future__ import annotations

import argparse
import os
import tempfile
from contextlib import closing
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from desktop.app import grab_window
from desktop.library import Job, Library, Places, Query, Settings, Theme
from desktop.ui.places.place import ALL
from desktop.ui.window.window_state import WindowState

SCREENSHOTS = Path(__file__).parents[1] / "resources" / "screenshots"
WORDS = "sunset"
TRIPS = ("Alps", "Coast", "Home", "Norway")
N_PAINTED = 96
SIZE_PX = (640, 480)
YEARS = (2021, 2022, 2023, 2024)
SKIES = (
    ((70, 130, 200), (200, 220, 240)),
    ((40, 50, 100), (240, 150, 90)),
    ((120, 140, 160), (220, 225, 230)),
    ((20, 25, 60), (90, 100, 150)),
)
GROUNDS = ((50, 90, 50), (70, 80, 110), (150, 110, 70), (225, 230, 240), (40, 90, 140))


def paint(folder: Path) -> None:
    """Ridges of noise beneath a sky, in folders by trip, with dates in their names."""
    for number in range(N_PAINTED):
        random = np.random.default_rng(number)
        year, month = YEARS[number % len(YEARS)], number * 5 % 12 + 1
        day = number % 28 + 1
        trip = folder / TRIPS[number // 4 % len(TRIPS)]
        trip.mkdir(parents=True, exist_ok=True)
        name = f"IMG_{year}{month:02}{day:02}_12{number % 60:02}00.jpg"
        _landscape(random).save(trip / name, quality=90)


def _landscape(random: np.random.Generator) -> Image.Image:
    width, height = SIZE_PX
    above, below = (np.array(colour, float) for colour in SKIES[random.integers(len(SKIES))])
    share = np.linspace(0, 1, height)[:, np.newaxis, np.newaxis]
    picture = np.broadcast_to(above * (1 - share) + below * share, (height, width, 3)).copy()
    ground = np.array(GROUNDS[random.integers(len(GROUNDS))], float)
    rows = np.arange(height)[:, np.newaxis]
    n_ridges = int(random.integers(2, 5))
    for ridge in range(n_ridges):
        nearness = (ridge + 1) / n_ridges
        top = height * (0.35 + 0.45 * nearness) + _noise(random, width) * 110 / (1 + ridge)
        colour = ground * nearness + below * (1 - nearness) * 0.8
        grain = random.normal(0, 9, (height, width, 1))
        picture = np.where((rows > top)[..., np.newaxis], colour + grain, picture)
    image = Image.fromarray(picture.clip(0, 255).astype(np.uint8))
    return image.filter(ImageFilter.GaussianBlur(0.8))


def _noise(random: np.random.Generator, width: int) -> np.ndarray[tuple[int, ...], np.dtype[float]]:
    """(width,) between about -1 and 1: octaves, each half as high as the one before."""
    across = np.arange(width)
    total = np.zeros(width)
    for octave in range(6):
        points = random.uniform(-1, 1, 2 ** (octave + 1) + 2)
        total += np.interp(across, np.linspace(0, width, len(points)), points) / 2**octave
    return total / 1.6


def take(photos: Path, words: str, out: Path, data: Path) -> None:
    """Read the photos into a library in `data`, and save the pictures of its window into `out`."""
    places = Places.under(data)
    for name, theme, place in (
        ("search.png", Theme.LIGHT, ALL.search(Query(text=words))),
        ("library-dark.png", Theme.DARK, ALL),
    ):
        with closing(Library.open(places, Settings(theme=theme))) as library:
            folder = library.folders.add(photos)
            library.index(Job())
            years = [str(month.year) for month in library.photos.count_by_month(ALL.filter)]
            WindowState(places.window_path).opened = [folder.path.as_uri(), *years[:1]]
            grab_window(library, out / name, place)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="?", type=Path, help="a folder of photos you may publish")
    parser.add_argument("--words", default=WORDS, help="what is searched for")
    parser.add_argument("--out", default=SCREENSHOTS, type=Path)
    arguments = parser.parse_args()
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory() as scratch:
        photos: Path | None = arguments.photos
        if photos is None:
            photos = Path(scratch, "Pictures")
            paint(photos)
        take(photos, arguments.words, arguments.out, Path(scratch, "data"))


if __name__ == "__main__":
    main()
