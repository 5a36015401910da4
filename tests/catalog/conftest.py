from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from desktop.catalog import Catalog, FileStat, Ingested, Metadata, Mounts, Photo, TakenFrom
from desktop.catalog.connections import Connections
from desktop.catalog.databases import database_at

DIM = 4
MODEL = "clip@1"

of_sqlite = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
"""For tests of what only SQLite's file has. All others run on both databases."""
of_postgresql = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)

Where = Path | str


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
    where: Where
    folder_path: Path
    folder_id: int

    @property
    def path(self) -> Path:
        """Of SQLite's file."""
        assert isinstance(self.where, Path)
        return self.where

    def connect(self) -> Connections:
        """To the same catalog, for what no method of it does."""
        database = database_at(self.where)
        return Connections(database, database.open())

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


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Where catalogs are kept."""
    return str(request.param)


@contextmanager
def place(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Where]:
    """Where an empty catalog is, or will be made."""
    if kind == "sqlite":
        yield folder / "data" / "catalog.sqlite"
    else:
        with request.getfixturevalue("postgres").catalog() as url:
            yield url


@pytest.fixture
def where(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Where]:
    with place(kind, request, tmp_path) as where:
        yield where


@pytest.fixture(scope="module")
def where_for_all(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Where]:
    """One for all tests of a module."""
    with place(kind, request, tmp_path_factory.mktemp("catalog")) as where:
        yield where


@pytest.fixture
def shelf(where: Where, tmp_path: Path) -> Iterator[Shelf]:
    folder_path = tmp_path / "photos"
    catalog = Catalog.open(where, mounts=Mounts({str(folder_path): str(folder_path)}))
    folder = catalog.folders.add(folder_path)
    assert catalog.claims.take(folder)
    yield Shelf(catalog, where, folder_path, folder.folder_id)
    catalog.close()
