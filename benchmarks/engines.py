"""The engines of the index beside the exact answer: what they find, how fast, and what they take.

Photos to ask with are parts of other photos, and captions. First answers are those that the
application would give: the effort follows from how fast this machine compares photos. All answer
on one thread, whose processor time is told: on a busy machine it says what the clock would on a
quiet one. Of engines in other processes the clock is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.harness import Bench, Row, alone, benchmark
from benchmarks.real_vectors import PHOTOS, FloatArray, RealVectors, real_vectors
from desktop.index import (
    ENGINES,
    CatalogVectors,
    EngineChoice,
    Neighbours,
    VectorSnapshot,
    make_index,
)
from desktop.index.approximate import build_apart, find_kind
from desktop.index.local.snapshot import Snapshot
from desktop.index.neighbours import SCORE_DECIMALS
from desktop.index.part import Part
from desktop.index.speed import measure_speed
from desktop.jobs import Job

Clock = Callable[[], float]

MODEL_ID = "starter@1"
N_ASKED = 100
DEPTHS = (10, 50)

SHORTER = ("pca64", "pca128", "pca256", "random64", "random128", "random256")
LOCAL = (
    "exact",
    "annoy",
    "faiss:flat",
    "faiss:flat,float16",
    "faiss:flat,int8",
    *(f"faiss:flat,{shorter}" for shorter in SHORTER),
    "faiss:lsh",
    "faiss:ivf",
    "faiss:ivf,int8",
    "faiss:ivf,pca128,int8",
    "faiss:hnsw",
    "faiss:hnsw,int8",
    "faiss:hnsw,pca128,int8",
)
"""From the largest size on, graphs over all numbers are left out: they take an hour to build."""
LARGE = 1_000_000
_EXACT_IN_LARGE = 10
"""The exact scan, which is known, is timed for one question in so many."""

LEFT_OUT_OF_LARGE = ("faiss:flat", "faiss:ivf", "faiss:hnsw", "faiss:hnsw,int8")


@dataclass(frozen=True, slots=True)
class Rated:
    """What one engine does with so many photos.

    Attributes:
        bytes_a_photo: besides the float32 embedding itself, which the catalog and every engine in
            local files keep; None where it is not ours to see.
        recall, words_recall: of first answers, at each of DEPTHS.
        p50_ms, p95_ms: of first answers of 50 photos; beside_exact: the ratio of the medians,
            asked in turns.
    """

    engine: str
    n: int
    bytes_a_photo: float | None
    build_s: float
    recall: tuple[float, ...]
    words_recall: tuple[float, ...]
    p50_ms: float
    p95_ms: float
    beside_exact: float


@benchmark("index-engines")
def engines(bench: Bench) -> Iterator[Row]:
    """Recall, size, time to build and to answer, for 10,000 real vectors and more generated ones
    with the same covariance; a table of all in build/bench/engines.md."""
    photos = PHOTOS
    if not (photos / "captions.csv").exists():
        raise SystemExit(f"engines: there are no captioned photos in {photos.resolve()}")
    real = real_vectors(bench.path, photos, bench.size(10_000, 500))
    sizes = [len(real.photos), bench.size(100_000, 3_000), *([LARGE] if bench.is_large else [])]
    rated: list[Rated] = []
    for n in sizes:
        with bench.scratch() as folder:
            for each in Trial(real, n, folder).run():
                rated.append(each)
                write_table(bench.path / "engines.md", rated)
                yield from _rows_of(each)


class Trial:
    """Engines over the same n photos.

    Attributes:
        vectors: (n, d) mapped from a file.
    """

    def __init__(self, real: RealVectors, n: int, folder: Path) -> None:
        self._folder = folder
        self._n, self._dim = n, real.photos.shape[1]
        blocks = iter([real.photos]) if n == len(real.photos) else real.like_these(n)
        with self._vectors_path.open("wb") as file:
            for block in blocks:
                file.write(block.astype("<f4").data)
        shape = n, self._dim
        self.vectors = np.asarray(np.memmap(self._vectors_path, "<f4", "r", shape=shape))
        asked = real.asked[:N_ASKED]
        if n > len(real.photos):
            asked = next(real.like_these(N_ASKED, seed=1))
        self._asked = np.concatenate([asked, real.words[:N_ASKED]])
        ids = np.arange(1, n + 1)
        self._part = Part(ids, self.vectors, np.ones(n, np.bool_))
        self._exact = Snapshot(MODEL_ID, self._dim, self._part, None, Part.empty(self._dim))
        best = [self._exact.search(query, max(DEPTHS)) for query in self._asked]
        self._least = np.array([found.scores[[depth - 1 for depth in DEPTHS]] for found in best])

    @property
    def _vectors_path(self) -> Path:
        return self._folder / "vectors"

    def run(self) -> Iterator[Rated]:
        for name in LOCAL:
            if self._n >= LARGE and name in LEFT_OUT_OF_LARGE:
                continue
            if EngineChoice.parse(name).row.is_at_hand:
                yield self._rate_local(name)
        for name, row in ENGINES.items():
            is_local = any(EngineChoice.parse(each).name == name for each in LOCAL)
            if not is_local and row.is_at_hand and self._n < LARGE:
                yield from self._rate_other(name)

    def _rate_local(self, name: str) -> Rated:
        kind, path = find_kind(name), self._folder / "part"
        if kind is None:
            return self._rate(name, self._exact, 0.0, 0.0)
        started_s = time.perf_counter()
        build_apart(kind.build, self._vectors_path, self.vectors.shape, path, Job())
        build_s = time.perf_counter() - started_s
        part = kind.open(path, self.vectors)
        nothing = Part.empty(self._dim)
        with threadpool_limits(1):
            speed = measure_speed(self._part, part)
        snapshot = Snapshot(MODEL_ID, self._dim, self._part, part, nothing, speed)
        rated = self._rate(name, snapshot, path.stat().st_size / self._n, build_s)
        path.unlink()
        return rated

    def _rate_other(self, name: str) -> Iterator[Rated]:
        """Through the seam alone, where it is in a file of its own and not behind an address."""
        index = make_index(EngineChoice.parse(name), self._folder / name, MODEL_ID, self._dim)
        try:
            index.load(CatalogVectors(self._ids_since, self._read))
            started_s = time.perf_counter()
            index.rebuild(Job(), 1)
            build_s = time.perf_counter() - started_s
            files = [path for path in (self._folder / name).rglob("*") if path.is_file()]
            n_bytes = sum(path.stat().st_size for path in files)
            index.measure()
            yield self._rate(
                name, index.snapshot, n_bytes / self._n or None, build_s, time.perf_counter
            )
        finally:
            index.close()

    def _ids_since(self, revision: int) -> NDArray[np.int64]:
        return np.arange(1, self._n + 1) if revision < 1 else np.zeros(0, np.int64)

    def _read(self, photo_ids: Sequence[int]) -> tuple[NDArray[np.int64], FloatArray]:
        ids = np.array(sorted(photo_ids), np.int64)
        return ids, np.array(self.vectors[ids - 1])

    def _rate(
        self,
        name: str,
        snapshot: VectorSnapshot,
        n_bytes: float | None,
        build_s: float,
        clock: Clock = time.thread_time,
    ) -> Rated:
        """clock: of this thread, or that on the wall where another process answers."""
        with threadpool_limits(1):
            return self._rate_on_one_thread(name, snapshot, n_bytes, build_s, clock)

    def _rate_on_one_thread(
        self,
        name: str,
        snapshot: VectorSnapshot,
        n_bytes: float | None,
        build_s: float,
        clock: Clock,
    ) -> Rated:
        first_ms, exact_ms, shares = [], [], []
        snapshot.search(self._asked[0], max(DEPTHS), exact_limit=0)
        for number, query in enumerate(self._asked):
            found, took_ms = _timed(snapshot, query, 0, clock)
            first_ms.append(took_ms)
            if self._n < LARGE or number % _EXACT_IN_LARGE == 0:
                exact_ms.append(_timed(self._exact, query, None, clock)[1])
            worst = self._least[number] - 2 * 10.0**-SCORE_DECIMALS
            best = [
                np.count_nonzero(found.scores[:k] >= w) for k, w in zip(DEPTHS, worst, strict=True)
            ]
            shares.append(np.array(best) / DEPTHS)
        n_photos = len(self._asked) - N_ASKED
        recall, words = (np.mean(half, axis=0) for half in (shares[:n_photos], shares[n_photos:]))
        return Rated(
            name,
            self._n,
            n_bytes,
            build_s,
            tuple(recall.tolist()),
            tuple(words.tolist()),
            float(np.median(first_ms)),
            float(np.percentile(first_ms, 95)),
            float(np.median(first_ms) / np.median(exact_ms)),
        )


def _timed(
    snapshot: VectorSnapshot, query: FloatArray, exact_limit: int | None, clock: Clock
) -> tuple[Neighbours, float]:
    started_s = clock()
    found = snapshot.search(query, max(DEPTHS), exact_limit=exact_limit)
    return found, 1000 * (clock() - started_s)


def _rows_of(rated: Rated) -> Iterator[Row]:
    title = f"{rated.engine}, {rated.n:,} photos"
    yield alone(f"{title}: build", [rated.build_s], "s")
    if rated.bytes_a_photo is not None:
        yield alone(f"{title}: bytes a photo", [rated.bytes_a_photo], "")
    for depth, by_photos, by_words in zip(DEPTHS, rated.recall, rated.words_recall, strict=True):
        yield alone(f"{title}: recall@{depth} by photos", [by_photos], "")
        yield alone(f"{title}: recall@{depth} by words", [by_words], "")
    yield alone(f"{title}: p50", [rated.p50_ms], "ms")
    yield alone(f"{title}: p95", [rated.p95_ms], "ms")
    yield alone(f"{title}: p50 beside the exact scan", [rated.beside_exact], "")


def write_table(path: Path, rated: Sequence[Rated]) -> None:
    """One row an engine, as it stands in docs/engines.md."""
    sizes = sorted({each.n for each in rated})
    heads = [f"{n:,}: found | ms | build, s" for n in sizes]
    lines = [f"| engine | bytes | {' | '.join(heads)} |", "|---" * (2 + 3 * len(sizes)) + "|"]
    for engine in dict.fromkeys(each.engine for each in rated):
        of_engine = {each.n: each for each in rated if each.engine == engine}
        last = of_engine[max(of_engine)]
        taken = f"{last.bytes_a_photo:,.0f}" if last.bytes_a_photo is not None else ""
        cells = [_cells_of(of_engine[n]) if n in of_engine else " | | " for n in sizes]
        lines.append(f"| {engine} | {taken} | {' | '.join(cells)} |")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _cells_of(rated: Rated) -> str:
    found = " / ".join(f"{share:.2f}" for share in (*rated.recall, rated.words_recall[-1]))
    return f"{found} | {rated.p50_ms:.1f} / {rated.p95_ms:.1f} | {rated.build_s:,.0f}"
