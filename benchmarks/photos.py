"""Photo-like JPEGs, made on the spot from pictures that installed packages bring along."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
from PIL import Image

_SOURCES = {
    "skimage": ("data", ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")),
    "sklearn": ("datasets/images", ("china.jpg", "flower.jpg")),
}
_N_PICTURES = 8
CAMERA_PX = (4000, 3000)
WEB_PX = (500, 375)
# Grain of this strength makes 12 megapixels weigh 2.5 MB at quality 85, as cameras do.
_GRAIN = 6.0
_EXIF_ORIENTATION = 0x0112
_EXIF_DATE = 0x0132


def make_photos(folder: Path, n: int, size_px: tuple[int, int]) -> list[Path]:
    """n photos of `size_px`, each with a content of its own; those there already are kept.

    A few pictures are drawn; the others are the same with another number behind the end of the
    JPEG, which decoders pass over: the hash differs, the work is the same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"photo-{number:05}.jpg" for number in range(n)]
    for number, path in enumerate(paths):
        if path.exists():
            continue
        if number < _N_PICTURES:
            _draw(number, size_px, path)
        else:
            data = paths[number % _N_PICTURES].read_bytes()
            path.write_bytes(data + number.to_bytes(4, "big"))
    return paths


def _draw(number: int, size_px: tuple[int, int], path: Path) -> None:
    random = np.random.default_rng(number)
    sources = _sources()
    with Image.open(sources[number % len(sources)]) as source:
        picture = source.convert("RGB")
    if number % 2:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    large = np.asarray(picture.resize(size_px, Image.Resampling.BICUBIC), np.float32)
    # One grain for all three colours, as after a camera's noise reduction.
    grain = random.normal(0, _GRAIN, large.shape[:2]).astype(np.float32)
    noisy = Image.fromarray((large + grain[..., np.newaxis]).clip(0, 255).astype(np.uint8))
    exif = Image.Exif()
    exif[_EXIF_ORIENTATION] = 1
    exif[_EXIF_DATE] = f"2024:05:{number % 28 + 1:02} 12:00:00"
    noisy.save(path, "JPEG", quality=85, exif=exif)


def _sources() -> list[Path]:
    paths: list[Path] = []
    for package, (folder, names) in _SOURCES.items():
        found = importlib.util.find_spec(package)
        places = list(found.submodule_search_locations or ()) if found else []
        paths += [Path(place, folder, name) for place in places for name in names]
    paths = [path for path in paths if path.is_file()]
    if not paths:
        raise FileNotFoundError("the pictures of scikit-image and scikit-learn (extra `demo`)")
    return paths
