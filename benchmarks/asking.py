"""All that can be asked beside the plain search, each way in turns with it over one library of
100,000 photos, with words that are embedded already.

An answer is what the window takes for one: the hits with their calibration, how much was searched,
look-alikes put together. As in the window, garbage is not looked for among what was there before.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.generated import (
    FloatArray,
    GeneratedLibrary,
    IdArray,
    clustered,
    save_values,
    words_like,
    write_index,
)
from benchmarks.harness import Bench, Row, against, alone, benchmark
from benchmarks.searching import DIMS, PreparedEmbedder, ask_all, library_of
from desktop.catalog import SEARCHED, Filter, InFolder
from desktop.embedding import Embedder, ModelInfo, Registry
from desktop.ingest import TilesPass
from desktop.library import MOST_COUNTED, Library
from desktop.media import TILES
from desktop.search import Query
from desktop.settings import Settings

N_QUERIES, N_QUERIES_QUICK = 60, 10
N_HITS = 50
PLAIN = "words"
CONCEPT = "taught"
N_TAUGHT = 15
FOLDERS = 45
"""Folders of a thousand photos each, by whose names photos are found."""

LIMIT = "<= 100"


@dataclass(frozen=True, slots=True)
class Asked:
    """One way of asking.

    Attributes:
        query: for each number another question.
        by_date, variety: how the window then orders what was found; collapses: whether it puts
            look-alikes together.
    """

    query: Callable[[int], Query]
    by_date: bool = False
    variety: float = 0.0
    collapses: bool = False

    def ask(self, library: Library, number: int) -> IdArray:
        results = library.search(self.query(number))
        if self.by_date:
            results, _ = library.arranging.date(results)
        results = library.arranging.vary(results, self.variety)
        if self.collapses:
            library.arranging.find_alike(results)
        library.coverage(results)
        return np.array([hit.photo_id for hit in results.hits], np.int64)


@benchmark("search-asking")
def asking(bench: Bench) -> Iterator[Row]:
    """p95 of each way of asking, and its ratio to the plain search, without tiles and with them."""
    n = bench.size(100_000, 5_000)
    generated = library_of(bench, n, DIMS[0])
    n_queries = bench.size(N_QUERIES, N_QUERIES_QUICK)
    ways = _ways(generated, n_queries)
    with _opened(generated, Settings(), n_queries) as library:
        yield from _rows(library, ways, n_queries, bench.n_rounds, f"asking {n:,}")
    _write_tiles(generated)
    with _opened(generated, Settings(find_parts=True), n_queries) as library:
        title = f"asking {n:,}, small things found"
        yield from _rows(library, ways, n_queries, bench.n_rounds, title)


def _rows(
    library: Library, ways: Mapping[str, Asked], n_queries: int, n_rounds: int, title: str
) -> Iterator[Row]:
    def path(asked: Asked) -> Callable[[int], IdArray]:
        return lambda number: asked.ask(library, number)

    paths, numbers = [path(asked) for asked in ways.values()], range(n_queries)
    ask_all(paths, numbers, 1)  # so that no page comes from the disk
    p95, found = ask_all(paths, numbers, n_rounds)
    taken = dict(zip(ways, p95, strict=True))
    for way, answers in zip(ways, found, strict=True):
        if not all(map(len, answers)):
            raise RuntimeError(f"nothing was found by {way}")
        if way != PLAIN:
            yield against(f"{title}: {way}", taken[way], "ms", PLAIN, taken[PLAIN])
        yield alone(f"{title}: {way}, p95", taken[way], "ms", LIMIT)


def _ways(generated: GeneratedLibrary, n_queries: int) -> dict[str, Asked]:
    folder = SEARCHED & InFolder(generated.small_folder_id)
    ids = generated.photo_ids

    def near(number: int, n: int) -> tuple[int, ...]:
        return tuple(int(ids[(number * 31 + step) % len(ids)]) for step in range(n))

    def words(number: int, step: int = 0) -> str:
        return f'"{(number + 7 * step) % n_queries}"'

    def text(form: Callable[[int], str], which: Filter = SEARCHED) -> Callable[[int], Query]:
        return lambda number: Query(form(number), n=N_HITS, filter=which)

    def marked(which: Filter) -> Callable[[int], Query]:
        def query(number: int) -> Query:
            marks = near(number, 5)
            return Query(words(number), n=N_HITS, filter=which, more=marks[:3], less=marks[3:])

        return query

    def three(number: int) -> str:
        return f"{words(number)}, 2*{words(number, 1)}, {words(number, 2)}"

    def shown(number: int) -> Query:
        return replace(text(words)(number), n=MOST_COUNTED)

    return {
        PLAIN: Asked(text(words)),
        "in a folder": Asked(text(words, folder)),
        "a date that was not asked before": Asked(
            text(lambda number: f"{words(number)} after:{_minute(number)}")
        ),
        "a folder, a camera, a shape and no date": Asked(
            text(lambda number: f"{words(number)} camera:cam ratio:4:3 -year:2050", folder)
        ),
        "words that name 2,000 photos": Asked(text(lambda number: f"{number % FOLDERS:04}")),
        "three clauses": Asked(text(three)),
        "one clause and one that is unwanted": Asked(
            text(lambda number: f"{words(number)} -{words(number, 3)}")
        ),
        "four clauses, two conditions not asked before": Asked(
            text(
                lambda number: f"{three(number)} -{words(number, 3)} after:{1900 + number} -name:77"
            )
        ),
        "a concept": Asked(text(lambda _: f"concept:{CONCEPT}")),
        "words, a photo and a concept": Asked(
            text(
                lambda number: (
                    f"{words(number)}, like:large/0001/photo-0001{number:03}.jpg, concept:{CONCEPT}"
                )
            )
        ),
        "a photo": Asked(lambda number: Query(like_photo_id=near(number, 1)[0], n=N_HITS)),
        "five marks": Asked(marked(SEARCHED)),
        "five marks in a folder": Asked(marked(folder)),
        "600 hits": Asked(shown),
        "600 hits, look-alikes collapsed": Asked(shown, collapses=True),
        "600 hits, collapsed, with variety": Asked(shown, collapses=True, variety=0.5),
        "600 hits, collapsed, by date": Asked(shown, collapses=True, by_date=True),
        "conditions alone": Asked(
            text(lambda number: f"after:{_minute(number)} -name:77")
        ),
    }  # fmt: skip


def _minute(number: int) -> str:
    """One of the first day on which photos were taken."""
    return f"2010-01-01T{number % 24:02}:{number % 60:02}"


class _Prepared(Registry):
    """Knows the one model whose vectors were made beforehand, under the starter's name, so that
    answers are calibrated as the starter's are."""

    queries = np.zeros((0, 0), np.float32)

    def list_models(self) -> list[ModelInfo]:
        return []

    def resolve(self, name: str) -> str:
        return "starter" if name == "auto" else name

    def create(self, name: str) -> Embedder:
        return PreparedEmbedder(self.queries, self.resolve(name))


@contextmanager
def _opened(generated: GeneratedLibrary, settings: Settings, n_queries: int) -> Iterator[Library]:
    """The library as the application opens it, with a concept that was taught, ready to be asked;
    nothing is indexed."""
    _Prepared.queries = words_like(n_queries, generated.vectors.shape[1])
    library = Library.open(generated.places, settings, _Prepared)
    try:
        taught = [int(each) for each in generated.photo_ids[5 : 5 + N_TAUGHT]]
        if not library.concepts.list():
            library.concepts.teach(CONCEPT, taught)
        library.warm_up()
        gc.freeze()
        yield library
    finally:
        gc.unfreeze()
        library.close()


def _write_tiles(generated: GeneratedLibrary) -> None:
    """The tiles of every photo, into the catalog and into an index of their own."""
    dim = generated.vectors.shape[1]
    pass_id = TilesPass(PreparedEmbedder(generated.vectors[:1], "starter")).pass_id

    def blocks() -> Iterator[FloatArray]:
        for block in clustered(len(generated.photo_ids) * len(TILES), dim, seed=9):
            yield block.reshape(-1, len(TILES) * dim)

    save_values(generated, pass_id, blocks())
    write_index(generated.places, pass_id, generated.photo_ids, blocks(), len(TILES))
