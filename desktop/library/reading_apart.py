"""Photos read in a temporary place by one model or several, beside any library and without it."""

from __future__ import annotations

import base64
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import Catalog, FileStat, Photo
from desktop.ingest import Ingest, Pass
from desktop.jobs import Job
from desktop.media import Decoders, Thumbnails

_JPEG_QUALITY = 80


@dataclass(frozen=True, slots=True)
class ReadApart:
    """What was made of some photos. Photos have positions, in the order in which they were given.

    Attributes:
        records: of each photo; None for what is none.
    """

    catalog: Catalog
    thumbnails: Thumbnails
    records: tuple[Photo | None, ...]

    def ids_of(self, model_id: str) -> NDArray[np.int64]:
        """The photo_id at each position, 0 where the model has no embedding of it."""
        done = set(self.catalog.made.list_ids(model_id).tolist())
        return np.array(
            [each.photo_id if each and each.photo_id in done else 0 for each in self.records],
            np.int64,
        )

    def vectors_of(self, photo_ids: NDArray[np.int64], model_id: str) -> NDArray[np.float32]:
        """The embeddings (n, d) of these photos, in their order. Raises KeyError where one is
        lacking."""
        found, rows = self.catalog.made.get_vectors(photo_ids.tolist(), model_id)
        at = {photo_id: row for row, photo_id in enumerate(found.tolist())}
        return rows[[at[photo_id] for photo_id in photo_ids.tolist()]]

    def picture_of(self, position: int, side_px: int) -> str:
        """The photo as a small JPEG in base64, "" where there is none."""
        record = self.records[position]
        content_hash = record.content_hash if record is not None else None
        image = self.thumbnails.load(content_hash, side_px) if content_hash else None
        if image is None:
            return ""
        data = io.BytesIO()
        image.save(data, "JPEG", quality=_JPEG_QUALITY)
        return base64.b64encode(data.getvalue()).decode("ascii")


@contextmanager
def read_apart(
    paths: Mapping[Path, Sequence[Path]],
    passes: Sequence[Sequence[Pass]],
    job: Job,
    decoders: Decoders | None = None,
) -> Iterator[ReadApart]:
    """Run passes on exactly these photos, as indexing does; what was made lasts for the block.

    paths: the photos within each folder. passes: those of one group share a decode, and what they
    need of memory; the groups follow one another. decoders: to share them; None for some of its
    own. Raises Cancelled, ModelUnavailable, UserError where the disk is full, OSError where a file
    is gone.
    """
    with tempfile.TemporaryDirectory(prefix="likeness-") as scratch:
        place = Path(scratch)
        with closing(Catalog.open(place / "catalog.sqlite")) as catalog:
            thumbnails = Thumbnails(place / "thumbnails")
            for folder, files in paths.items():
                stats = [_stat_of(path, folder) for path in files]
                catalog.files.apply_scan(catalog.folders.add(folder).folder_id, stats)
            with closing(Decoders()) if decoders is None else nullcontext(decoders) as shared:
                ingest = Ingest(catalog, thumbnails, shared)
                for group in passes:
                    ingest.run(group[0], group, job)
            records = [catalog.photos.find(path) for files in paths.values() for path in files]
            yield ReadApart(catalog, thumbnails, tuple(records))


def _stat_of(path: Path, folder: Path) -> FileStat:
    stat = path.stat()
    return FileStat(path.relative_to(folder).as_posix(), stat.st_size, stat.st_mtime_ns)
