"""Photos read in a temporary place by one model or several, beside any library and without it."""

from __future__ import annotations

import base64
import io
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from desktop.catalog import Catalog, FileStat
from desktop.embedding import Embedder
from desktop.errors import QueryUnanswerable
from desktop.ingest import EmbeddingPass, Ingest, TilesPass
from desktop.jobs import Job
from desktop.media import Decoders, PhotoPart, Thumbnails

_JPEG_QUALITY = 80


class ReadApart:
    """Photos that can be read, and what was made of them so far. Photos have positions, in the
    order in which they were given.

    Attributes:
        paths: of the photos, by position.
    """

    def __init__(self, catalog: Catalog, thumbnails: Thumbnails, decoders: Decoders) -> None:
        self.paths: list[Path] = []
        self._catalog = catalog
        self._thumbnails = thumbnails
        self._decoders = decoders
        self._ingest = Ingest(catalog, thumbnails, decoders)

    def add(self, folder: Path, paths: Sequence[Path]) -> None:
        """Photos that lie within the folder. Raises OSError where one is gone."""
        stats = [_stat_of(path, folder) for path in paths]
        self._catalog.files.apply_scan(self._catalog.folders.add(folder).folder_id, stats)
        self.paths += paths

    def embed(self, embedder: Embedder, job: Job) -> None:
        """Embed all photos, as indexing does. Raises Cancelled, ModelUnavailable, UserError where
        the disk is full."""
        embedding = EmbeddingPass(embedder)
        self._ingest.run(embedding, [embedding], job)

    def embed_tiles(
        self, embedder: Embedder, job: Job
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Embed the tiles of all photos, too: photo_ids (n,), and their embeddings (n, t * d).
        Raises as `embed`."""
        made = TilesPass(embedder)
        self._ingest.run(made, [made], job)
        values = self._catalog.made.get_values(
            self._catalog.made.list_ids(made.pass_id).tolist(), made.pass_id
        )
        return np.array(list(values), np.int64), made.embeddings(list(values.values()))

    def cut(self, position: int, part: PhotoPart, job: Job) -> Image.Image | None:
        """A part of a photo at full resolution; None where it has hardly any pixels."""
        try:
            return self._decoders.decode_part(self.paths[position], part, 1 << 20, job).image
        except QueryUnanswerable:
            return None

    def ids_of(self, model_id: str) -> NDArray[np.int64]:
        """The photo_id at each position, 0 where the model has no embedding of it."""
        done = set(self._catalog.made.list_ids(model_id).tolist())
        records = [self._catalog.photos.find(path) for path in self.paths]
        return np.array(
            [each.photo_id if each and each.photo_id in done else 0 for each in records], np.int64
        )

    def vectors_of(self, photo_ids: NDArray[np.int64], model_id: str) -> NDArray[np.float32]:
        """The embeddings (n, d) of these photos, in their order. Raises KeyError where one is
        lacking."""
        found, rows = self._catalog.made.get_vectors(photo_ids.tolist(), model_id)
        at = {photo_id: row for row, photo_id in enumerate(found.tolist())}
        return rows[[at[photo_id] for photo_id in photo_ids.tolist()]]

    def picture_of(self, position: int, side_px: int) -> str:
        """The photo as a small JPEG in base64, "" where there is none."""
        record = self._catalog.photos.find(self.paths[position])
        content_hash = record.content_hash if record is not None else None
        image = self._thumbnails.load(content_hash, side_px) if content_hash else None
        if image is None:
            return ""
        data = io.BytesIO()
        image.save(data, "JPEG", quality=_JPEG_QUALITY)
        return base64.b64encode(data.getvalue()).decode("ascii")


@contextmanager
def reading_apart(decoders: Decoders | None = None) -> Iterator[ReadApart]:
    """A place to read photos in, which is removed after the block. decoders: to share them; None
    for some of its own."""
    with ExitStack() as last_first:
        place = Path(last_first.enter_context(tempfile.TemporaryDirectory(prefix="likeness-")))
        if decoders is None:
            decoders = last_first.enter_context(closing(Decoders()))
        catalog = last_first.enter_context(closing(Catalog.open(place / "catalog.sqlite")))
        yield ReadApart(catalog, Thumbnails(place / "thumbnails"), decoders)


def _stat_of(path: Path, folder: Path) -> FileStat:
    stat = path.stat()
    return FileStat.of(path.relative_to(folder).as_posix(), stat.st_size, stat.st_mtime_ns)
