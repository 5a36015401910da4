"""How well photos are found by parts that were cut out of them, and by their captions, among whole
photos alone and with their tiles."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from desktop.embedding import Embedder
from desktop.index import Index, Snapshot
from desktop.jobs import Job
from desktop.library.evaluation.asked import Rows, Vectors
from desktop.library.reading_apart import ReadApart
from desktop.media import TILES, PhotoPart
from desktop.search import Tiled

AREAS = (4, 9, 16)
FOUND_WITHIN = 10
N_CUT = 500
"""So many photos, evenly out of all, are asked for by parts of them."""
JPEG_QUALITY = 75
_SEED = 1
_BATCH = 32


@dataclass(frozen=True, slots=True)
class PartFigures:
    """How often a photo is among the first FOUND_WITHIN.

    Attributes:
        asked: for what: a part of so much of its area, as "1/4", or its "caption".
        n_questions: how many were asked.
        without, with_tiles: among whole photos alone, and where tiles count, too.
    """

    asked: str
    n_questions: int
    without: float
    with_tiles: float


@dataclass(frozen=True, slots=True, eq=False)
class WithTiles:
    """Photos with their tiles; ids: those of all that may answer, sorted."""

    photos: Snapshot
    tiles: Snapshot
    ids: Rows

    @classmethod
    def of(cls, photos: Snapshot, ids: Rows, tiles: tuple[Rows, Vectors]) -> WithTiles:
        """tiles: photo_ids (n,) and embeddings (n, t * d), as their pass makes them."""
        index = Index(Path(), "tiles", tiles[1].shape[1], kind="", n_segments=len(TILES))
        index.add(*tiles)
        return cls(photos, index.snapshot, ids)

    def find(self, asked: Vectors, is_part: bool) -> Rows:
        whole = self.photos.compare(asked[np.newaxis], FOUND_WITHIN, self.ids)
        compared = Tiled.compare(self.tiles, asked[np.newaxis], whole, self.ids)
        return compared.together(0, FOUND_WITHIN, is_part).found.photo_ids

    def find_whole(self, asked: Vectors) -> Rows:
        return self.photos.search(asked, FOUND_WITHIN, self.ids).photo_ids


def figures_of_parts(
    among: WithTiles, read: ReadApart, own: Rows, embedder: Embedder, job: Job
) -> list[PartFigures]:
    """Of parts at random places, scaled to the size that the model looks at and saved anew. own:
    (n,) the photo_id at each position, 0 where there is none. Raises Cancelled, ModelUnavailable.
    """
    draw = np.random.default_rng(_SEED)
    positions = np.flatnonzero(own)
    chosen = positions[:: max(1, len(positions) // N_CUT)].tolist()
    figures = []
    for area in AREAS:
        asked: dict[int, Vectors] = {}
        for at in range(0, len(chosen), _BATCH):
            job.report(at, len(chosen), f"Asking for 1/{area} of a photo")
            cut = {
                position: embedder.fit(as_saved_anew(part, embedder.input_px))
                for position in chosen[at : at + _BATCH]
                if (part := read.cut(position, part_at_random(1 / area, draw), job)) is not None
            }
            if cut:
                rows = embedder.embed_images(list(cut.values()))
                asked |= dict(zip(cut, rows, strict=True))
        if asked:
            vectors, ids = np.stack(list(asked.values())), own[list(asked)]
            figures.append(_figures(f"1/{area}", vectors, ids, among, is_part=True))
    return figures


def figures_of_captions(among: WithTiles, own: Rows, captions: Vectors) -> PartFigures:
    """Of captions (n, d), each of one photo. own: (n,) its photo_id."""
    return _figures("caption", captions, own, among, is_part=False)


def part_at_random(share: float, draw: np.random.Generator) -> PhotoPart:
    """With this share of the photo's area, and its shape."""
    side = math.sqrt(share)
    x, y = draw.uniform(0, 1 - side, 2).tolist()
    return PhotoPart(x, y, side, side)


def as_saved_anew(part: Image.Image, side_px: int) -> Image.Image:
    """Of other pixels than in its photo."""
    scale = side_px / min(part.size)
    size = round(part.width * scale), round(part.height * scale)
    data = io.BytesIO()
    part.resize(size, Image.Resampling.BICUBIC).save(data, "JPEG", quality=JPEG_QUALITY)
    return Image.open(data).convert("RGB")


def _figures(said: str, asked: Vectors, own: Rows, among: WithTiles, is_part: bool) -> PartFigures:
    pairs = list(zip(asked, own.tolist(), strict=True))
    without = [photo_id in among.find_whole(row) for row, photo_id in pairs]
    with_tiles = [photo_id in among.find(row, is_part) for row, photo_id in pairs]
    return PartFigures(said, len(pairs), float(np.mean(without)), float(np.mean(with_tiles)))
