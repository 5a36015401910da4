"""Album: a real catalog and index over pictures that are drawn in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from PIL import Image

from desktop.catalog import Catalog, FileStat, Ingested, Metadata, TakenFrom
from desktop.index import Index
from desktop.search import Engine
from tests.colour_embedder import COLOURS, ColourEmbedder

EXACT_LIMIT = 100_000

METADATA = Metadata(64, 48, 1, datetime(2024, 5, 1), TakenFrom.FILE, None, None, None, None, "PNG")


def picture(*colours: str) -> Image.Image:
    """Equal stripes of the named colours, side by side."""
    pixels = np.zeros((48, 64, 3), np.uint8)
    for stripe, name in zip(np.array_split(np.arange(64), len(colours)), colours, strict=True):
        pixels[:, stripe] = COLOURS[name]
    return Image.fromarray(pixels)


class Album:
    """Photos called after their colours ("red blue.png"), searched by a ColourEmbedder.

    Attributes:
        ids: photo_id of each name.
        catalog_folder: where catalog and index lie.
    """

    def __init__(self, folder: Path) -> None:
        self.catalog = Catalog.open(folder / "catalog.sqlite")
        self.embedder = ColourEmbedder()
        self.index = Index(folder / "index", self.embedder.model_id, self.embedder.dim)
        self.engine = Engine(self.catalog, self.index, self.embedder, lambda: EXACT_LIMIT)
        self.catalog_folder = folder
        self.folder_id = self.catalog.folders.add(folder / "photos").folder_id
        self.ids: dict[str, int] = {}

    def scan(self, names: Sequence[str], folder_id: int | None = None) -> None:
        """Photos that were seen and wait to be read."""
        folder_id = folder_id or self.folder_id
        self.catalog.files.apply_scan(folder_id, [FileStat(f"{name}.png", 9, 9) for name in names])
        files = self.catalog.files.list_all(folder_id)
        self.ids |= {name: files[f"{name}.png"].photo_id for name in names}

    def read(self, names: Sequence[str]) -> None:
        """Embed photos that were scanned."""
        ids = np.array([self.ids[name] for name in names], np.int64)
        pictures = [picture(*name.rstrip("0123456789").split()) for name in names]
        rows = self.embedder.embed_images(pictures)
        made = [{self.embedder.model_id: row} for row in rows]
        self.catalog.ingests.save(
            [
                Ingested(photo_id, FileStat(f"{name}.png", 9, 9), name, METADATA, each)
                for photo_id, name, each in zip(ids.tolist(), names, made, strict=True)
            ],
        )
        self.index.add(ids, rows)

    def add(self, *names: str, folder_id: int | None = None) -> None:
        self.scan(names, folder_id)
        self.read(names)

    def spoil(self, name: str, problem: str) -> None:
        """Let a photo be one that could not be read."""
        stat = FileStat(f"{name}.png", 9, 9)
        self.catalog.ingests.save(
            [Ingested(self.ids[name], stat, None, None, problem=problem)],
        )

    def name_of(self, photo_id: int) -> str:
        return next(name for name, known in self.ids.items() if known == photo_id)
