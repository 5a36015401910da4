"""Libraries of any size, without a single photo: clustered vectors and rows in a real catalog."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import Catalog, FileStat, Ingested, Metadata, TakenFrom
from desktop.catalog.names import add_functions
from desktop.index import CatalogVectors, Index
from desktop.index.approximate import ANNOY
from desktop.index.local.generation import make_current, write_generation
from desktop.index.local.index import folder_name
from desktop.jobs import Job
from desktop.settings import Places

FloatArray = NDArray[np.float32]
IdArray = NDArray[np.int64]

IN_MEMORY = 200_000
_BY_CATALOG = 50_000
"""So many photos are written as the application writes them; more are copies of their rows."""

_BLOCK = 10_000
_SMALL_FOLDER_SHARE = 10
"""One photo in so many lies in the second folder, the one that is asked for as a filter."""


def clustered(n: int, dim: int, seed: int = 0) -> Iterator[FloatArray]:
    """n rows of length 1 in blocks: sqrt(n) events of photos that resemble one another (a cosine
    of about 0.6), all sharing a direction as embeddings of photos do."""
    random = np.random.default_rng(seed)
    shared = _unit(random.normal(size=(1, dim)))
    centres = _unit(random.normal(size=(max(1, math.isqrt(n)), dim)) / math.sqrt(dim) + shared)
    for start in range(0, n, _BLOCK):
        size = min(_BLOCK, n - start)
        own = random.normal(size=(size, dim)).astype(np.float32) * (0.8 / math.sqrt(dim))
        yield _unit(centres[random.integers(len(centres), size=size)] + own)


def words_like(n: int, dim: int, seed: int = 1) -> FloatArray:
    """n queries (n, d) as words give them: far from all photos, a little nearer to some."""
    random = np.random.default_rng(seed)
    near = np.concatenate(list(clustered(n, dim, seed)))
    return _unit(random.normal(size=(n, dim)) / math.sqrt(dim) + 0.3 * near)


@dataclass(frozen=True, slots=True)
class GeneratedLibrary:
    """A catalog and a built index in a data folder.

    Attributes:
        photo_ids, vectors: (n,) rising and (n, d): what the catalog holds; beyond IN_MEMORY photos
            the vectors are mapped from the index's own file.
        small_folder_id: the folder with a tenth of the photos.
        build_s: what writing the index took.
    """

    places: Places
    model_id: str
    photo_ids: IdArray
    vectors: FloatArray
    small_folder_id: int
    build_s: float

    def open_index(self, catalog: Catalog) -> Index:
        """The index as the application would load it."""
        return open_index(self.places, self.model_id, self.vectors.shape[1], catalog)


def open_index(places: Places, model_id: str, dim: int, catalog: Catalog) -> Index:
    index = Index(places.index_path, model_id, dim)
    index.load(
        CatalogVectors(
            lambda revision: catalog.made.list_ids(model_id, revision),
            lambda ids: catalog.made.get_vectors(ids, model_id),
        )
    )
    return index


def make_library(data: Path, n: int, dim: int, model_id: str) -> GeneratedLibrary:
    """Write n photos with embeddings into a new data folder, and build the index. Three minutes and
    8 GB for a million."""
    places = Places.under(data)
    places.create()
    catalog = Catalog.open(places.catalog_path)
    try:
        n_typed = min(n, _BY_CATALOG)
        n_small = max(1, n_typed // _SMALL_FOLDER_SHARE)
        _add_folder(catalog, data / "photos" / "large", n_typed - n_small)
        small_folder_id = _add_folder(catalog, data / "photos" / "small", n_small)
        typed_ids = np.sort(catalog.photos.list_ids())
        _save_all(catalog, model_id, typed_ids, clustered(n, dim))
        catalog.set_answering_model(model_id)
        if n > n_typed:
            _copy_photos(places.catalog_path, n)
            _copy_embeddings(places.catalog_path, clustered(n, dim))
        photo_ids = np.sort(catalog.photos.list_ids())
        index_path = places.index_path / folder_name(model_id)
        build_s = _build(index_path, model_id, photo_ids, clustered(n, dim), catalog.revision())
    finally:
        catalog.close()
    vectors = np.asarray(np.memmap(index_path / "gen-1.vectors", "<f4", "r", shape=(n, dim)))
    if n <= IN_MEMORY:
        vectors = np.array(vectors)
    return GeneratedLibrary(places, model_id, photo_ids, vectors, small_folder_id, build_s)


def _add_folder(catalog: Catalog, path: Path, n: int) -> int:
    path.mkdir(parents=True)
    folder_id = catalog.folders.add(path).folder_id
    names = (f"{number // 1000:04}/photo-{number:07}.jpg" for number in range(n))
    catalog.files.apply_scan(folder_id, [FileStat(name, 2_500_000, 10**18) for name in names])
    return folder_id


def _save_all(
    catalog: Catalog, model_id: str, photo_ids: IdArray, blocks: Iterator[FloatArray]
) -> None:
    for start in range(0, len(photo_ids), _BLOCK):
        ids = photo_ids[start : start + _BLOCK]
        save_embeddings(catalog, model_id, ids, next(blocks)[: len(ids)])


def _copy_photos(catalog_path: Path, n: int) -> None:
    """More photos, up to n, as copies of the first rows with names and content of their own; each
    keeps its folder."""
    with closing(sqlite3.connect(catalog_path)) as connection, connection:
        add_functions(connection)
        columns = [row[1] for row in connection.execute("PRAGMA table_info(photo)")]
        own = {
            "photo_id": "photo_id + :shift",
            "relative_path": "CAST('copy-' || :shift || '/' || relative_path AS BLOB)",
            "content_hash": "printf('%032x', photo_id + :shift)",
            "sorted_at": "sorted_at + 60 * :shift",
        }
        select = ", ".join(own.get(name, name) for name in columns)
        for shift in range(_BY_CATALOG, n, _BY_CATALOG):
            connection.execute(
                f"INSERT INTO photo ({', '.join(columns)}) SELECT {select} FROM photo"
                " WHERE photo_id <= :n_copied ORDER BY photo_id",
                {"shift": shift, "n_copied": min(_BY_CATALOG, n - shift)},
            )


def _copy_embeddings(catalog_path: Path, blocks: Iterator[FloatArray]) -> None:
    """Embeddings for the photos beyond the first, with the model and revision of the last."""
    with closing(sqlite3.connect(catalog_path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        query = "SELECT pass_key, revision FROM made ORDER BY revision DESC LIMIT 1"
        pass_key, revision = connection.execute(query).fetchone()
        first_id = 1
        for block in blocks:
            ids = range(first_id, first_id + len(block))
            first_id += len(block)
            if ids.stop <= _BY_CATALOG + 1:
                continue
            with connection:
                connection.executemany(
                    "INSERT INTO made (pass_key, photo_id, revision, value) VALUES (?, ?, ?, ?)",
                    (
                        (pass_key, photo_id, revision, vector.astype("<f4").tobytes())
                        for photo_id, vector in zip(ids, block, strict=True)
                    ),
                )


def _build(
    path: Path,
    model_id: str,
    photo_ids: IdArray,
    blocks: Iterator[FloatArray],
    revision: int,
    kind: str = ANNOY,
    n_segments: int = 1,
) -> float:
    """Write the index as a rebuild does; seconds without those that making the vectors took."""
    made_s = 0.0

    def timed() -> Iterator[FloatArray]:
        nonlocal made_s
        while True:
            started_s = time.perf_counter()
            block = next(blocks, None)
            made_s += time.perf_counter() - started_s
            if block is None:
                return
            yield block

    blocks = chain([first := next(blocks)], blocks)
    started_s = time.perf_counter()
    dim = first.shape[1]
    generation = write_generation(
        path, model_id, photo_ids, timed(), dim, revision, Job(), kind, n_segments
    )
    make_current(path, generation.number)
    return time.perf_counter() - started_s - made_s


def save_values(generated: GeneratedLibrary, pass_id: str, blocks: Iterator[FloatArray]) -> None:
    """What another pass made of every photo, in rising order of photo_id, as float16."""
    ids = iter(generated.photo_ids.tolist())
    with closing(sqlite3.connect(generated.places.catalog_path)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        (revision,) = connection.execute("SELECT max(revision) FROM made").fetchone()
        cursor = connection.execute('INSERT INTO "pass" (pass_id, dim) VALUES (?, 0)', (pass_id,))
        connection.executemany(
            "INSERT INTO made (pass_key, photo_id, revision, value) VALUES (?, ?, ?, ?)",
            (
                (cursor.lastrowid, next(ids), revision, row.astype("<f2").tobytes())
                for block in blocks
                for row in block
            ),
        )


def write_index(
    places: Places,
    pass_id: str,
    photo_ids: IdArray,
    blocks: Iterator[FloatArray],
    n_segments: int,
) -> None:
    """An index of its own for what such a pass made, as of now, without an approximate part.
    n_segments: so many embeddings are in a row."""
    catalog = Catalog.open(places.catalog_path)
    try:
        revision = catalog.revision()
    finally:
        catalog.close()
    path = places.index_path / folder_name(pass_id)
    _build(path, pass_id, photo_ids, blocks, revision, "", n_segments)


def save_embeddings(
    catalog: Catalog, model_id: str, photo_ids: IdArray, vectors: FloatArray
) -> None:
    """Save photos as indexing does after a batch, metadata and all."""
    first = datetime(2010, 1, 1)
    stat = FileStat("", 2_500_000, 10**18)
    batch = [
        Ingested(
            photo_id,
            stat,
            f"{photo_id:032x}",
            Metadata(
                4000,
                3000,
                1,
                first + timedelta(minutes=photo_id),
                TakenFrom.EXIF,
                "Camera",
                None,
                None,
                None,
                "JPEG",
            ),
            {model_id: vector},
        )
        for photo_id, vector in zip(photo_ids.tolist(), vectors, strict=True)
    ]
    catalog.ingests.save(batch)


def _unit(rows: NDArray[np.floating]) -> FloatArray:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / lengths, np.float32)
