"""Themes: how long it takes to group photos, in processor time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.generated import clustered
from benchmarks.harness import Bench, Row, against, alone, benchmark, interleave
from desktop.grouping import NONE, Grouper, GroupingTask, Way

DIM = 512
_BLOCK = 5_000
_SAMPLE = 10_000
K = 60


@benchmark("themes")
def themes_of_photos(bench: Bench) -> Iterator[Row]:
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    n = bench.size(100_000, 1_000)
    k = bench.size(K, 8)
    vectors = np.concatenate(list(clustered(n, DIM)))
    shares: dict[str, list[float]] = {}

    def timed(name: str, work: Callable[[], object]) -> float:
        cpu_s, clock_s = time.process_time(), time.perf_counter()
        work()
        cpu_s = time.process_time() - cpu_s
        shares.setdefault(name, []).append(cpu_s / (time.perf_counter() - clock_s))
        return cpu_s

    def plain() -> None:
        with threadpool_limits(1):
            KMeans(k, random_state=0).fit(vectors)

    told, found, close = "told", "found", "close"
    taken = interleave(
        {
            told: lambda: timed(told, lambda: _group(vectors, Way.EVEN, k)),
            found: lambda: timed(found, lambda: _group(vectors, Way.EVEN, None)),
            close: lambda: timed(close, lambda: _group(vectors, Way.CLOSE, None)),
            "plain": lambda: timed("plain", plain),
        },
        1,
    )
    baseline = f"sklearn.cluster.KMeans, told {k}"
    photos = f"{n:,} photos"
    yield alone(f"{baseline}, {photos}, processor time", taken["plain"], "s")
    for way, what in (
        (told, f"grouping all of {photos}, told {k} themes"),
        (found, f"grouping all of {photos}, their number found"),
        (close, f"grouping what belongs together of {photos}"),
    ):
        yield against(f"{what}, processor time", taken[way], "s", baseline, taken["plain"], "<= 1")
        yield alone(f"{what}, processor time beside the clock", shares[way], "cores", "<= 1.1")


def _group(vectors: NDArray[np.float32], way: Way, k: int | None) -> None:
    """As the process for themes does, once the embeddings are there."""
    n = len(vectors)
    grouper = Grouper()
    grouper.fit(vectors[:: max(1, n // _SAMPLE)])
    for start in range(0, n, _BLOCK):
        grouper.take(vectors[start : start + _BLOCK])
    grouper.group(GroupingTask(way, np.full(n, NONE, np.int32), np.ones(n, bool), k=k))
