from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from desktop.catalog import Catalog, FileStat, Ingested, Metadata, Photo, TakenFrom

DIM = 4
MODEL = "clip@1"


def vector(seed: int, dim: int = DIM) -> NDArray[np.float32]:
    drawn = np.random.default_rng(seed).standard_normal(dim)
    return (drawn / np.linalg.norm(drawn)).astype(np.float32)


def metadata(taken_at: datetime = datetime(2020, 5, 17, 12, 30, 15, 250_000)) -> Metadata:
    return Metadata(
        width_px=3000,
        height_px=4000,
        orientation=6,
        taken_at=taken_at,
        taken_from=TakenFrom.EXIF,
        camera="Canon EOS 70D",
        lens="EF-S 18-135",
        latitude=-33.86,
        longitude=151.21,
        format="JPEG",
    )


@dataclass
class Shelf:
    """A catalog with one folder, and the short forms that the tests speak in."""

    catalog: Catalog
    path: Path
    folder_path: Path
    folder_id: int

    def add(self, *names: str, mtime_ns: int = 1_000_000_000) -> list[int]:
        """New rows, as a scan writes them; their photo_ids."""
        stats = [FileStat(name, 100, mtime_ns) for name in names]
        self.catalog.files.apply_scan(self.folder_id, stats)
        known = self.catalog.files.list_all(self.folder_id)
        return [known[name].photo_id for name in names]

    def read(
        self,
        photo_id: int,
        content_hash: str = "",
        model_id: str = MODEL,
        facts: Metadata | None = None,
    ) -> Ingested:
        """Save a photo as read and embedded."""
        photo = self.photo(photo_id)
        stat = FileStat(photo.relative_path, photo.size_bytes, photo.mtime_ns)
        content_hash = content_hash or f"{photo_id:032x}"
        read = Ingested(photo_id, stat, content_hash, facts, {model_id: vector(photo_id)})
        self.catalog.ingests.save([read])
        return read

    def fail(self, photo_id: int, problem: str = "The file is cut short.") -> None:
        stat = FileStat("", 100, 1_000_000_000)
        self.catalog.ingests.save([Ingested(photo_id, stat, "bad", None, problem=problem)])

    def skip(self, photo_id: int) -> None:
        stat = FileStat("", 100, 1_000_000_000)
        skipped = Ingested(photo_id, stat, "tiny", None, skipped_because="It is tiny.")
        self.catalog.ingests.save([skipped])

    def change(self, photo_id: int) -> None:
        """As a scan does that meets another size and date."""
        photo = self.photo(photo_id)
        stat = FileStat(photo.relative_path, photo.size_bytes + 1, photo.mtime_ns + 1)
        self.catalog.files.apply_scan(self.folder_id, changed={photo_id: stat})

    def photo(self, photo_id: int) -> Photo:
        (photo,) = self.catalog.photos.get([photo_id])
        return photo

    def waiting(self, model_id: str = MODEL) -> list[int]:
        return [photo.photo_id for photo in self.catalog.ingests.list_waiting(model_id, 1000)]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    path = tmp_path / "data" / "catalog.sqlite"
    catalog = Catalog.open(path)
    folder_path = tmp_path / "photos"
    yield Shelf(catalog, path, folder_path, catalog.folders.add(folder_path).folder_id)
    catalog.close()
