"""Search beside the plain way: one float32 numpy matmul over all vectors, and a sort.

The embedding of the words is not part of it (it takes the same time either way), so the queries
are vectors, and the engine's embedder gives them out.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from threadpoolctl import threadpool_limits

from benchmarks.generated import (
    FloatArray,
    GeneratedLibrary,
    IdArray,
    clustered,
    make_library,
    words_like,
)
from benchmarks.harness import Bench, Row, against, alone, benchmark, interleave
from desktop.catalog import SEARCHED, Catalog, Filter, InFolder
from desktop.jobs import Job
from desktop.search import Engine, Query
from desktop.settings import Settings

N_HITS = 50
P95 = 95
FIRST, EXACT, PLAIN = "first answer", "exact answer", "plain numpy"
DIMS = (512, 384)
MODEL_ID = "prepared@1"
N_ADDED = 1_000
ADD_BATCH = 16
TICK_S = 0.01


@dataclass(slots=True)
class PreparedEmbedder:
    """An Embedder whose words are numbers of vectors made beforehand.

    Under the starter's name its answers are calibrated as the starter's are.
    """

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
        numbers = [text.split()[0] for text in texts]  # another word is asked to get it ready
        return self.vectors[[int(each) if each.isdecimal() else 0 for each in numbers]]


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
            for which in (SEARCHED, SEARCHED & InFolder(library.small_folder_id)):
                pair = Pair(library, which, kind, bench.size(100, 20))
                within = "" if which is SEARCHED else ", in one folder"
                yield from pair.rows(f"search {n:,} x {dim} by {kind}{within}", bench.n_rounds)


@benchmark("index-add")
def adding(bench: Bench) -> Iterator[Row]:
    """1,000 photos added as indexing adds them, beside an Annoy rebuild; and whether rebuilding or
    loading stalls other threads."""
    n = bench.size(100_000, 12_000)
    library = library_of(bench, n, DIMS[0])
    new = np.concatenate(list(clustered(N_ADDED, DIMS[0], seed=2)))
    catalog = Catalog.open(library.places.catalog_path)
    stalls_ms: dict[str, list[float]] = {"idle": [], "load": [], "rebuild": []}
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
            work = partial(index.rebuild, Job(), catalog.revision())
            elapsed_s = _watched(work, stalls_ms["rebuild"])
            index.keep_only(lambda: library.photo_ids)
            return elapsed_s

        def load() -> float:
            return _watched(partial(library.open_index, catalog), stalls_ms["load"])

        def idle() -> float:
            return _watched(partial(time.sleep, 1.0), stalls_ms["idle"])

        measures = {"add": add, "rebuild": rebuild, "load": load, "idle": idle}
        taken = interleave(measures, bench.n_rounds)
    finally:
        catalog.close()
    yield alone(f"rebuilding the index of {n:,} photos", taken["rebuild"], "s")
    yield against(
        f"adding 1,000 photos to {n:,}",
        taken["add"],
        "s",
        "Annoy rebuild",
        taken["rebuild"],
        "<= 0.1",
    )
    yield alone(f"loading the index of {n:,} photos", taken["load"], "s")
    yield alone("longest stall of another thread: nothing going on", stalls_ms["idle"], "ms")
    for name in ("rebuild", "load"):
        yield alone(f"longest stall of another thread: {name}", stalls_ms[name], "ms", "<= 50")


class Pair:
    """The engine and the plain way over one library, asked the same in turns.

    Attributes:
        found: the photos that each way found for each query, after `measure`.
        border: up to so many photos the first answer is exact, too; after `measure`.
    """

    def __init__(
        self,
        library: GeneratedLibrary,
        which: Filter,
        kind: str,
        n_queries: int,
    ) -> None:
        self._library = library
        self._which = which
        self._kind = kind
        n, dim = library.vectors.shape
        self._asked = np.random.default_rng(5).permutation(n)[:n_queries]
        self._queries = (
            words_like(n_queries, dim) if kind == "words" else library.vectors[self._asked]
        )
        self.found: dict[str, list[IdArray]] = {}
        self.border = 0

    def rows(self, title: str, n_rounds: int) -> Iterator[Row]:
        p95 = self.measure(n_rounds, EXACT, PLAIN)
        yield alone(f"{title}: plain numpy, p95", p95[PLAIN], "ms")
        yield against(
            f"{title}: p95", p95[EXACT], "ms", "numpy matmul + argsort", p95[PLAIN], "<= 1.0"
        )
        yield alone(f"{title}: recall@50", [self._recall(EXACT, PLAIN)], "", ">= 0.99")

    def rows_of_first(self, title: str, n_rounds: int) -> Iterator[Row]:
        p95 = self.measure(n_rounds, FIRST, EXACT)
        yield alone(f"{title}: exact scan, p95", p95[EXACT], "ms")
        yield against(
            f"{title}: first answer, p95", p95[FIRST], "ms", "exact scan", p95[EXACT], "<= 0.1"
        )
        yield alone(f"{title}: first answer, recall@50", [self._recall(FIRST, EXACT)], "")

    def measure(self, n_rounds: int, *ways: str) -> dict[str, list[float]]:
        """p95 in ms of each round for each way of asking. Each query is asked once beforehand, so
        that no page comes from the disk."""
        catalog = Catalog.open(self._library.places.catalog_path)
        try:
            index = self._library.open_index(catalog)
            index.measure()
            self.border = index.snapshot.speed.border
            embedder = PreparedEmbedder(self._queries)
            engine = Engine(catalog, index, embedder, lambda: Settings().exact_search_limit)
            in_folder = np.isin(self._library.photo_ids, catalog.photos.list_ids(self._which))
            all_ways: dict[str, Callable[[int], IdArray]] = {
                FIRST: lambda number: self._ask(engine, number, exact=False),
                EXACT: lambda number: self._ask(engine, number, exact=True),
                PLAIN: lambda number: self._ask_plain(in_folder, number),
            }
            paths, numbers = [all_ways[way] for way in ways], range(len(self._queries))
            for path in paths:
                for number in numbers:
                    path(number)
            p95, found = ask_all(paths, numbers, n_rounds)
        finally:
            catalog.close()
        self.found = dict(zip(ways, found, strict=True))
        return dict(zip(ways, p95, strict=True))

    def _recall(self, way: str, truth: str) -> float:
        """The share of what `truth` found that `way` found, too."""
        both = zip(self.found[way], self.found[truth], strict=True)
        shares = [len(np.intersect1d(ours, all_)) / len(all_) for ours, all_ in both if len(all_)]
        return float(np.mean(shares))

    def _ask(self, engine: Engine, number: int, exact: bool) -> IdArray:
        if self._kind == "words":
            query = Query(str(number), n=N_HITS, filter=self._which)
        else:
            photo_id = int(self._library.photo_ids[self._asked[number]])
            query = Query(like_photo_id=photo_id, n=N_HITS, filter=self._which)
        results = engine.search(query, exact)
        return np.array([hit.photo_id for hit in results.hits], np.int64)

    def _ask_plain(self, in_folder: NDArray[np.bool_], number: int) -> IdArray:
        with threadpool_limits(os.cpu_count(), "blas"):  # an open index leaves numpy one thread
            scores = self._library.vectors @ self._queries[number]
        if self._which is not SEARCHED:
            scores = np.where(in_folder, scores, -2)
        if self._kind != "words":
            scores[self._asked[number]] = -2
        return self._library.photo_ids[np.argsort(-scores)[:N_HITS]]


def ask_all(
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


def _watched(work: Callable[[], object], stalls_ms: list[float]) -> float:
    """Do `work` on another thread; its seconds. The longest stall of this one joins the list."""
    started_s = time.perf_counter()
    worker = threading.Thread(target=work)
    worker.start()
    stalls_ms.append(_longest_stall_ms(worker))
    return time.perf_counter() - started_s


def _longest_stall_ms(worker: threading.Thread) -> float:
    """How late a 10 ms timer on this thread was at most until `worker` ended."""
    longest_s = 0.0
    while worker.is_alive():
        started_s = time.perf_counter()
        time.sleep(TICK_S)
        longest_s = max(longest_s, time.perf_counter() - started_s - TICK_S)
    return 1000 * longest_s
