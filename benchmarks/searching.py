"""Search beside the plain way: one float32 numpy matmul over all vectors, and a sort.

The embedding of the words is not part of it (it takes the same time either way), so the queries
are vectors, and the engine's embedder gives them out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.generated import (
    FloatArray,
    GeneratedLibrary,
    IdArray,
    clustered,
    make_library,
    words_like,
)
from benchmarks.harness import Bench, Row, against, alone, benchmark, interleave
from benchmarks.plots import draw
from desktop.catalog import Catalog
from desktop.index.forest import build_forest, open_forest
from desktop.index.part import Part
from desktop.index.snapshot import Snapshot
from desktop.jobs import Job
from desktop.search import Engine, Query
from desktop.settings import Settings

N_HITS = 50
P95 = 95
DIMS = (512, 384)
MODEL_ID = "prepared@1"
N_ADDED = 1_000
ADD_BATCH = 16
TICK_S = 0.01


@dataclass(slots=True)
class PreparedEmbedder:
    """An Embedder whose words are numbers of vectors made beforehand."""

    vectors: FloatArray
    name: str = "prepared"
    model_id: str = MODEL_ID
    has_text: bool = True
    input_px: int = 224
    device: str = "cpu"
    precision: str = "float32"
    is_loaded: bool = True
    likely_score: float = 0.26
    maybe_score: float = 0.22

    @property
    def dim(self) -> int:
        return int(self.vectors.shape[1])

    def load(self) -> None:
        pass

    def unload(self) -> None:
        pass

    @property
    def fit(self) -> Callable[[Image.Image], Image.Image]:
        raise NotImplementedError("queries are words or photos of the library")

    def embed_images(self, images: Sequence[Image.Image]) -> FloatArray:
        raise NotImplementedError("queries are words or photos of the library")

    def embed_text(self, texts: Sequence[str]) -> FloatArray:
        return self.vectors[[int(text) for text in texts]]


def library_of(bench: Bench, n: int, dim: int) -> GeneratedLibrary:
    """One library of each size a run, under build/bench/."""

    def make() -> GeneratedLibrary:
        import shutil

        data = bench.path / f"library-{n}-{dim}"
        shutil.rmtree(data, ignore_errors=True)
        return make_library(data, n, dim, MODEL_ID)

    return bench.once(f"library-{n}-{dim}", make)


@benchmark("search")
def search(bench: Bench) -> Iterator[Row]:
    """p95 and recall of the engine against the plain way, words and pictures, with and without a
    folder."""
    n = bench.size(100_000, 5_000)
    for dim in DIMS:
        library = library_of(bench, n, dim)
        for kind in ("words", "a photo"):
            for folder_id in (None, library.small_folder_id):
                pair = _Pair(library, folder_id, kind, bench.size(200, 20))
                within = "" if folder_id is None else ", in one folder"
                yield from pair.rows(f"search {n:,} x {dim} by {kind}{within}", bench.n_rounds)


@benchmark("search-growth")
def growth(bench: Bench) -> Iterator[Row]:
    """How search, building and disk grow with the library, with the exponent of a power law."""
    sizes = [1_000, 10_000] if bench.is_quick else [1_000, 10_000, 100_000]
    curves: dict[str, list[float]] = {"search p95 (ms)": [], "plain p95 (ms)": []}
    curves |= {"building the index (s)": [], "index on disk (MB)": [], "catalog (MB)": []}
    for n in sizes:
        library = library_of(bench, n, DIMS[0])
        pair = _Pair(library, None, "words", bench.size(100, 20))
        ours, plain = np.median(pair.measure(bench.n_rounds), axis=1)
        index_bytes = sum(
            path.stat().st_size for path in library.places.index_path.rglob("*") if path.is_file()
        )
        figures = (ours, plain, library.build_s, index_bytes / 1e6)
        catalog_mb = library.places.catalog_path.stat().st_size / 1e6
        for values, figure in zip(curves.values(), (*figures, catalog_mb), strict=True):
            values.append(float(figure))
    for name, values in curves.items():
        exponent = float(np.polyfit(np.log(sizes), np.log(values), 1)[0])
        yield alone(f"growth to {sizes[-1]:,} photos, exponent: {name}", [exponent], "")
        yield alone(f"at {sizes[-1]:,} photos: {name}", [values[-1]], name.split("(")[1][:-1])
    plotted = {name: (sizes, values) for name, values in curves.items()}
    bench.draw(draw, "growth", "How cost grows", "photos", "ms, s or MB", plotted, is_log=True)


@benchmark("index-add")
def adding(bench: Bench) -> Iterator[Row]:
    """1,000 photos added as indexing adds them, beside an Annoy rebuild; and whether a rebuild
    stalls other threads."""
    n = bench.size(100_000, 5_000)
    library = library_of(bench, n, DIMS[0])
    new = np.concatenate(list(clustered(N_ADDED, DIMS[0], seed=2)))
    catalog = Catalog.open(library.places.catalog_path)
    stalls_ms: list[float] = []
    try:
        index = library.open_index(catalog)
        first_id = int(library.photo_ids[-1]) + 1

        def add() -> float:
            started_s = time.perf_counter()
            for start in range(0, N_ADDED, ADD_BATCH):
                batch = new[start : start + ADD_BATCH]
                index.add(np.arange(first_id + start, first_id + start + len(batch)), batch)
            return time.perf_counter() - started_s

        def rebuild() -> float:
            started_s = time.perf_counter()
            worker = threading.Thread(target=index.rebuild, args=(Job(), catalog.revision()))
            worker.start()
            stalls_ms.append(_longest_stall_ms(worker))
            elapsed_s = time.perf_counter() - started_s
            index.remove(list(range(first_id, first_id + N_ADDED)))
            return elapsed_s

        taken = interleave({"add": add, "rebuild": rebuild}, bench.n_rounds)
    finally:
        catalog.close()
    yield alone(f"building the index of {n:,} photos", taken["rebuild"], "s")
    yield against(
        f"adding 1,000 photos to {n:,}",
        taken["add"],
        "s",
        "Annoy rebuild",
        taken["rebuild"],
        "<= 0.1",
    )
    yield alone("longest stall of another thread meanwhile", stalls_ms, "ms", "<= 50")


@benchmark("search-million")
def million(bench: Bench) -> Iterator[Row]:
    """Annoy beside the exact scan over a million vectors in a memory-mapped file; --large only."""
    if not bench.is_large:
        return
    n, dim = 1_000_000, DIMS[0]
    vectors = _map_million(bench.path / f"vectors-{n}-{dim}.f32", n, dim)
    forest_path = bench.path / f"vectors-{n}-{dim}.ann"
    if not forest_path.exists():
        started_s = time.perf_counter()
        build_forest(vectors, forest_path, Job(), "Building")
        yield alone(f"building Annoy over {n:,}", [time.perf_counter() - started_s], "s")
    built = Part(np.arange(n, dtype=np.int64), vectors, np.ones(n, np.bool_))
    snapshot = Snapshot(MODEL_ID, dim, built, open_forest(forest_path, dim), Part.empty(dim))
    for kind, queries in (("words", words_like(20, dim)), ("a photo", vectors[:: n // 20][:20])):
        paths: list[Callable[[FloatArray], IdArray]] = [
            lambda query: snapshot.search(query, N_HITS, exact_limit=0).photo_ids,
            lambda query: snapshot.search(query, N_HITS, exact_limit=n).photo_ids,
            lambda query: _plain(vectors, query),
        ]
        times, found = _ask_all(paths, list(queries), bench.n_rounds)
        annoy, exact, plain = times
        title = f"search {n:,} x {dim} by {kind}"
        yield alone(f"{title}: plain, p95", plain, "ms")
        yield against(f"{title}: exact, p95", exact, "ms", "plain numpy", plain, "<= 1.0")
        yield against(f"{title}: Annoy, p95", annoy, "ms", "exact scan", exact, "<= 0.1")
        yield alone(f"{title}: Annoy, recall@50", [_recall(found[0], found[2])], "")


class _Pair:
    """The engine and the plain way over one library, asked the same in turns."""

    def __init__(
        self, library: GeneratedLibrary, folder_id: int | None, kind: str, n_queries: int
    ) -> None:
        self._library = library
        self._folder_id = folder_id
        self._kind = kind
        n, dim = library.vectors.shape
        self._asked = np.random.default_rng(5).permutation(n)[:n_queries]
        self._queries = (
            words_like(n_queries, dim) if kind == "words" else library.vectors[self._asked]
        )

    def rows(self, title: str, n_rounds: int) -> Iterator[Row]:
        ours, plain = self.measure(n_rounds)
        yield alone(f"{title}: plain numpy, p95", plain, "ms")
        yield against(f"{title}: p95", ours, "ms", "numpy matmul + argsort", plain, "<= 1.0")
        yield alone(f"{title}: recall@50", [self.recall], "", ">= 0.99")

    def measure(self, n_rounds: int) -> tuple[list[float], list[float]]:
        """p95 in ms of each round: the engine's and the plain way's; sets `recall`."""
        catalog = Catalog.open(self._library.places.catalog_path)
        try:
            index = self._library.open_index(catalog)
            embedder = PreparedEmbedder(self._queries)
            engine = Engine(catalog, index, embedder, Settings().exact_search_limit)
            in_folder = np.isin(
                self._library.photo_ids, catalog.list_photo_ids(self._folder_id, True)
            )
            paths: list[Callable[[int], IdArray]] = [
                lambda number: self._ask(engine, number),
                lambda number: self._ask_plain(in_folder, number),
            ]
            (ours, plain), found = _ask_all(paths, range(len(self._queries)), n_rounds)
            self.recall = _recall(*found)
        finally:
            catalog.close()
        return ours, plain

    def _ask(self, engine: Engine, number: int) -> IdArray:
        if self._kind == "words":
            query = Query(str(number), n=N_HITS, folder_id=self._folder_id, include_away=True)
        else:
            photo_id = int(self._library.photo_ids[self._asked[number]])
            query = Query(
                like_photo_id=photo_id, n=N_HITS, folder_id=self._folder_id, include_away=True
            )
        return np.array([hit.photo_id for hit in engine.search(query).hits], np.int64)

    def _ask_plain(self, in_folder: NDArray[np.bool_], number: int) -> IdArray:
        scores = self._library.vectors @ self._queries[number]
        if self._folder_id is not None:
            scores = np.where(in_folder, scores, -2)
        if self._kind != "words":
            scores[self._asked[number]] = -2
        return self._library.photo_ids[np.argsort(-scores)[:N_HITS]]


def _ask_all(
    paths: Sequence[Callable[..., IdArray]], queries: Sequence[object], n_rounds: int
) -> tuple[list[list[float]], list[list[IdArray]]]:
    """Every query along every path, in turns; p95 in ms by path and round, and the last answers."""
    p95: list[list[float]] = [[] for _ in paths]
    found: list[list[IdArray]] = []
    for _ in range(n_rounds):
        times: list[list[float]] = [[] for _ in paths]
        found = [[] for _ in paths]
        for query in queries:
            for number, path in enumerate(paths):
                started_s = time.perf_counter()
                found[number].append(path(query))
                times[number].append(1000 * (time.perf_counter() - started_s))
        for values, taken in zip(p95, times, strict=True):
            values.append(float(np.percentile(taken, P95)))
    return p95, found


def _recall(found: Sequence[IdArray], exact: Sequence[IdArray]) -> float:
    """The share of the exact answers that was found."""
    shares = [
        len(np.intersect1d(a, b)) / len(b) for a, b in zip(found, exact, strict=True) if len(b)
    ]
    return float(np.mean(shares))


def _plain(vectors: FloatArray, query: FloatArray) -> IdArray:
    return np.argsort(-(vectors @ query))[:N_HITS]


def _longest_stall_ms(worker: threading.Thread) -> float:
    """How late a 10 ms timer on this thread was at most until `worker` ended."""
    longest_s = 0.0
    while worker.is_alive():
        started_s = time.perf_counter()
        time.sleep(TICK_S)
        longest_s = max(longest_s, time.perf_counter() - started_s - TICK_S)
    return 1000 * longest_s


def _map_million(path: Path, n: int, dim: int) -> FloatArray:
    if not path.exists() or path.stat().st_size != n * dim * 4:
        with path.open("wb") as file:
            for block in clustered(n, dim):
                file.write(block.tobytes())
    return np.asarray(np.memmap(path, "<f4", "r", shape=(n, dim)))
