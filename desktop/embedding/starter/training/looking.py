"""What the networks see of photos and read of captions, made once and kept."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from desktop.embedding.embedder import FloatArray
from desktop.embedding.running.device import choose_device
from desktop.embedding.starter.towers import EYES, Eyes, Features, ImageTower
from desktop.embedding.starter.words import Sentences

BATCH = 512
EXTRACT_BATCH = 32
SHIPPED_SEED = 1

Draw = np.random.Generator
View = Callable[[Image.Image], Image.Image]


def mirror(eyes: Eyes) -> View:
    """Left and right changed."""
    return lambda image: eyes.fit(image).transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def random_crop(eyes: Eyes, draw: Draw) -> View:
    """A view that keeps 65-100 % of the area at a nearly kept shape, mirrored half of the time."""

    def view(image: Image.Image) -> Image.Image:
        side, stretch = math.sqrt(draw.uniform(0.65, 1)), draw.uniform(0.94, 1.06)
        width, height = min(1, side * stretch) * image.width, min(1, side / stretch) * image.height
        left = draw.uniform(0, 1) * (image.width - width)
        top = draw.uniform(0, 1) * (image.height - height)
        box = (left, top, left + width, top + height)
        cropped = image.resize((eyes.px, eyes.px), Image.Resampling.BILINEAR, box=box)
        return mirror(eyes)(cropped) if draw.random() < 0.5 else cropped

    return view


@dataclass(frozen=True)
class Towers:
    """The networks; what they make of photos and captions is kept in a folder, if one is given."""

    kept: Path | None

    def see(
        self, name: str, eyes: Sequence[str], paths: Sequence[Path], view: str
    ) -> list[Features]:
        """What each pair of eyes sees of the photos; view: one of `VIEWS`.

        name: of the photos, for progress and for the kept files."""
        return [self._see(name, one, paths, view) for one in eyes]

    def read(self, name: str, network: Sentences, texts: Sequence[str]) -> Tensor:
        """Captions -> (n, 2304) float16. Takes minutes for 100,000; progress on stderr."""

        def rows() -> FloatArray:
            read = []
            for at in range(0, len(texts), BATCH):
                read.append(network.read(texts[at : at + BATCH], of_any_language=True))
                sys.stderr.write(f"\r{name}: {at + len(read[-1])} of {len(texts)} captions")
            sys.stderr.write("\n")
            return np.concatenate(read)

        return self._once(f"words-{name}", lambda: {"sentences": rows()})["sentences"]

    def _see(self, name: str, eyes: str, paths: Sequence[Path], view: str) -> Features:
        look = {
            "plain": EYES[eyes].fit,
            "mirror": mirror(EYES[eyes]),
            "crop": random_crop(EYES[eyes], np.random.default_rng(SHIPPED_SEED)),
        }[view]

        def seen() -> dict[str, FloatArray]:
            tower = ImageTower.load(EYES[eyes], choose_device("auto"), torch.float32)
            features = look_at(tower, paths, f"{name} {view} through {eyes}", look)
            return {field: getattr(features, field).numpy() for field in _FIELDS}

        arrays = self._once(f"{eyes}-{name}-{view}", seen)
        return Features(**{field: arrays[field].float() for field in _FIELDS})

    def _once(self, name: str, make: Callable[[], dict[str, FloatArray]]) -> dict[str, Tensor]:
        """What `make` gives in half precision, from the kept file where there is one."""
        path = self.kept and self.kept / f"{name}.npz"
        if path and path.exists():
            with np.load(path) as kept:
                return {field: torch.from_numpy(kept[field]) for field in kept.files}
        halves = {field: rows.astype(np.float16) for field, rows in make().items()}
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(path, allow_pickle=False, **halves)
        return {field: torch.from_numpy(rows) for field, rows in halves.items()}


_FIELDS = ("seen", "quarters", "classes")
VIEWS = ("plain", "mirror", "crop")


def look_at(tower: ImageTower, paths: Sequence[Path], label: str, view: View) -> Features:
    """Photos on disk, seen through `view`; progress on stderr."""
    batches = []
    for at in range(0, len(paths), EXTRACT_BATCH):
        images = []
        for path in paths[at : at + EXTRACT_BATCH]:
            with Image.open(path) as image:
                images.append(view(image.convert("RGB")))
        batches.append(tower.features(images))
        sys.stderr.write(f"\r{label}: {at + len(images)} of {len(paths)} photos")
    sys.stderr.write("\n")
    return Features(
        torch.cat([batch.seen for batch in batches]).cpu(),
        torch.cat([batch.quarters for batch in batches]).cpu(),
        torch.cat([batch.classes for batch in batches]).cpu(),
    )
