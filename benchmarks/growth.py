"""How cost grows with the library: search, building, memory and disk, from 1,000 photos up to a
million."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.child import child, say_and_wait
from benchmarks.generated import GeneratedLibrary, open_index
from benchmarks.harness import Bench, Row, alone, benchmark
from benchmarks.plots import draw
from benchmarks.searching import (
    DIMS,
    EXACT,
    FIRST,
    MODEL_ID,
    PLAIN,
    Pair,
    PreparedEmbedder,
    library_of,
)
from desktop.catalog import SEARCHED, Catalog, InFolder
from desktop.search import Engine, Query
from desktop.settings import Places

CHILD = "benchmarks.growth"
SIZES = (1_000, 10_000, 100_000)
MILLION = 1_000_000
FITTED_FROM = 10_000
"""Below, what does not depend on the library weighs more than what does."""
N_LISTINGS = 5
N_QUERIES = 12


@benchmark("search-growth")
def growth(bench: Bench) -> Iterator[Row]:
    """Each figure at each size, the exponent of a power law through those from 10,000 on, and at a
    million the first answers."""
    sizes = [*SIZES[: bench.size(3, 2)], *([MILLION] if bench.is_large else [])]
    curves: dict[str, list[float]] = {}
    for n in sizes:
        library = library_of(bench, n, DIMS[0])
        figures = _figures(library, bench)
        for name, figure in figures.items():
            curves.setdefault(name, []).append(figure)
            yield alone(f"at {n:,} photos: {name}", [figure], name.split("(")[1][:-1])
        if n == MILLION:
            yield from _first_answers(library, bench)
            shutil.rmtree(library.places.catalog_path.parent)
    fitted = [at for at, n in enumerate(sizes) if n >= FITTED_FROM]
    if len(fitted) > 1:
        for name, values in curves.items():
            logs = np.log([(sizes[at], values[at]) for at in fitted])
            exponent = float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0])
            yield alone(f"growth to {sizes[-1]:,} photos, exponent: {name}", [exponent], "")
    plotted = {name: (sizes, values) for name, values in curves.items()}
    bench.draw(draw, "growth", "How cost grows", "photos", "ms, s or MB", plotted, is_log=True)


def _figures(library: GeneratedLibrary, bench: Bench) -> dict[str, float]:
    """By name, with the unit in brackets."""
    pair = Pair(library, SEARCHED, "words", N_QUERIES)
    p95_ms = pair.measure(bench.n_rounds, FIRST, EXACT, PLAIN)
    index_files = library.places.index_path.rglob("gen-*")
    catalog_files = library.places.catalog_path.parent.glob("catalog.sqlite*")
    with child(CHILD, library.places.catalog_path.parent) as run:
        opening_s = float(run.hear())
        anonymous_mb, resident_mb = run.anonymous_mb, run.resident_mb
    return {
        **{f"{way}, p95 (ms)": float(np.median(taken)) for way, taken in p95_ms.items()},
        "building the index (s)": library.build_s,
        "opening and a first search (s)": opening_s,
        "listing all photos (ms)": _listing_ms(library),
        "memory (MB)": anonymous_mb,
        "memory with mapped files (MB)": resident_mb,
        "index on disk (MB)": sum(path.stat().st_size for path in index_files) / 1e6,
        "catalog on disk (MB)": sum(path.stat().st_size for path in catalog_files) / 1e6,
    }


def _listing_ms(library: GeneratedLibrary) -> float:
    """All photo_ids by date, what the window asks first; the median."""
    catalog = Catalog.open(library.places.catalog_path)
    times_ms = []
    for _ in range(N_LISTINGS):
        started_s = time.perf_counter()
        catalog.photos.list_ids()
        times_ms.append(1000 * (time.perf_counter() - started_s))
    catalog.close()
    return float(np.median(times_ms))


def _first_answers(library: GeneratedLibrary, bench: Bench) -> Iterator[Row]:
    """Beside the exact scan: words and pictures, in everything and in nine tenths of it."""
    large = SEARCHED & ~InFolder(library.small_folder_id)  # there are two
    n, dim = library.vectors.shape
    border = 0
    for kind in ("words", "a photo"):
        for which in (SEARCHED, large):
            pair = Pair(library, which, kind, N_QUERIES)
            within = "" if which is SEARCHED else ", in a folder with nine tenths"
            yield from pair.rows_of_first(f"search {n:,} x {dim} by {kind}{within}", bench.n_rounds)
            border = pair.border
    yield alone("photos that are compared exactly within 40 ms here", [border], "")


def in_child(data: str) -> None:
    """Catalog, index and one answer, without a window or a model."""
    started_s = time.perf_counter()
    places = Places.under(Path(data))
    catalog = Catalog.open(places.catalog_path)
    dim = DIMS[0]
    index = open_index(places, MODEL_ID, dim, catalog)
    embedder = PreparedEmbedder(np.full((1, dim), dim**-0.5, np.float32))
    Engine(catalog, index, embedder, lambda: 0).search(Query("0"), exact=False)
    say_and_wait(time.perf_counter() - started_s)
