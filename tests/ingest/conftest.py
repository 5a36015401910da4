from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from desktop.catalog import Catalog, Counts, Photo
from desktop.ingest import EmbeddingPass, Ingest, Pass, Rules, ScanTally, Tally
from desktop.jobs import Job
from desktop.media import Thumbnails
from tests.colour_embedder import ColourEmbedder
from tests.shared_decoders import DECODERS


@dataclass
class Bench:
    """A catalog, a watched folder, and an embedder that counts: what the ingest tests work with."""

    catalog: Catalog
    thumbnails: Thumbnails
    folder: Path
    folder_id: int
    embedder: ColourEmbedder = field(default_factory=ColourEmbedder)
    rules: Rules = field(default_factory=lambda: Rules((), ()))
    saved: list[int] = field(default_factory=list)

    def scan(self) -> ScanTally:
        return Ingest(self.catalog, self.thumbnails, DECODERS).scan(self.rules, Job())

    def look_at(self, *relative_paths: str) -> ScanTally:
        paths = {self.folder_id: set(relative_paths)}
        return Ingest(self.catalog, self.thumbnails, DECODERS).look_at(paths, self.rules, Job())

    def embed(self, job: Job | None = None) -> Tally:
        return self.run([self.embedding], job)

    @property
    def embedding(self) -> EmbeddingPass:
        return EmbeddingPass(self.embedder, self.on_saved)

    def run(
        self,
        passes: Sequence[Pass],
        job: Job | None = None,
        in_order: Sequence[Pass] | None = None,
    ) -> Tally:
        """Do what waits for the first of these passes, and run all, `in_order` if that is
        another."""
        ingest = Ingest(self.catalog, self.thumbnails, DECODERS)
        return ingest.run(passes[0], in_order or passes, job or Job())

    def on_saved(self, model_id: str, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        assert model_id == self.embedder.model_id
        assert vectors.shape == (len(ids), self.embedder.dim)
        self.saved.extend(ids.tolist())

    def index(self) -> Tally:
        self.scan()
        return self.embed()

    def photo(self, relative_path: str) -> Photo:
        photo = self.catalog.photos.find(self.folder / relative_path)
        assert photo is not None
        return photo

    @property
    def counts(self) -> Counts:
        return self.catalog.count(self.embedder.model_id)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    catalog = Catalog.open(tmp_path / "catalog.sqlite")
    folder = tmp_path / "photos"
    folder.mkdir()
    thumbnails = Thumbnails(tmp_path / "thumbnails")
    yield Bench(catalog, thumbnails, folder, catalog.folders.add(folder).folder_id)
    catalog.close()
