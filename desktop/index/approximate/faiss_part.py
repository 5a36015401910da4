"""Faiss's indexes as approximate parts (https://faiss.ai), imported when one is chosen.

The options of `faiss` say what is in the file: how it is searched (hnsw, ivf, flat or lsh), whether
the rows are made shorter first (pca64, pca128, pca256 by their principal components; random64,
random128, random256 by random directions, see Johnson and Lindenstrauss), and how each number is
kept (float16 or int8; else as float32). What is small is rough: more rows are asked for, and put in
order by the float32 rows of the generation.

Faiss brings an OpenMP of its own. Its threads wait by spinning, which on a busy machine costs more
than they bring, and beside torch's there would be two pools: so one thread builds, in a process
where torch is not, and one thread answers.
"""

from __future__ import annotations

import errno
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from desktop.errors import EngineUnavailable, IndexUnusable, how_to_add
from desktop.index.approximate.openable import openable

FloatArray = NDArray[np.float32]

WAYS: Final = ("ivf", "hnsw", "flat", "lsh")
"""The first is taken where none is named."""

USUAL: Final = ("ivf", "pca128", "int8")
"""Taken where nothing is named at all: it finds nearly all, and takes the least room."""

SHORTER: Final = {
    f"{name}{dim}": (made, dim)
    for name, made in (("pca", "PCA"), ("random", "RR"))
    for dim in (64, 128, 256)
}
KEPT: Final = {"float16": "SQfp16", "int8": "SQ8"}

OPTIONS: Final = (*WAYS, *SHORTER, *KEPT)

_LINKS = 32
"""Of each row in the graph, and twice as many on its lowest level; Faiss's usual number."""

_EF_CONSTRUCTION = 80
_ROWS_FOR_EF = 32
"""At each step the graph is left for so many rows that were not seen yet, about."""

_BITS_FOR_EACH_NUMBER = 4
"""Of a hash: so 512 numbers become 256 bytes."""

_LEARNED_ROWS = 65_536
_LEARNED_FOR_EACH_CELL = 39
"""With fewer, Faiss warns that cells mean little."""
_MOST_CELLS = 4_096
_ROWS_A_STEP = 2_000
_OVERSAMPLING = 10


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a file of Faiss is like.

    Attributes:
        way: one of WAYS.
        shorter: one of SHORTER; "" to leave the rows as they are.
        kept: one of KEPT; "" for float32.
    """

    way: str
    shorter: str
    kept: str

    @classmethod
    def of(cls, options: Sequence[str], dim: int | None = None) -> Recipe:
        """dim: numbers in a row, where that is known; what is usual leaves rows as they are that
        are short already. Raises EngineUnavailable where two of the options exclude each other."""
        if not options:
            is_short = dim is not None and dim <= SHORTER["pca128"][1]
            options = [each for each in USUAL if each not in SHORTER or not is_short]
        way, shorter, kept = (_one_of(options, known) for known in (WAYS, SHORTER, KEPT))
        if way == "lsh" and kept:
            raise EngineUnavailable(
                f"The hashes of faiss:lsh are bits and cannot be kept as {kept}.",
                "Choose faiss:lsh alone, or another way to search.",
            )
        return cls(way or WAYS[0], shorter, kept)

    def __str__(self) -> str:
        """Its options, in full."""
        return ",".join(each for each in (self.way, self.shorter, self.kept) if each)

    @property
    def is_rough(self) -> bool:
        """Whether the order that Faiss finds is only about the true one."""
        return self.way == "lsh" or bool(self.shorter or self.kept)

    def spelled(self, n_rows: int, dim: int) -> str:
        """As faiss.index_factory is told, for so many rows of `dim` numbers. Raises
        EngineUnavailable for rows that are no longer than they are to become."""
        made, short_dim = SHORTER.get(self.shorter, ("", dim))
        if made and short_dim >= dim:
            raise EngineUnavailable(
                f"This model's embeddings have {dim} numbers, which {self.shorter} cannot shorten.",
                "Choose a smaller number, or leave it out.",
            )
        numbers = KEPT.get(self.kept, "Flat")
        searched = {
            "flat": numbers,
            "ivf": f"IVF{_n_cells(n_rows)},{numbers}",
            "hnsw": f"HNSW{_LINKS},{numbers}",
            "lsh": f"LSH{short_dim * _BITS_FOR_EACH_NUMBER}rt",
        }
        return f"{made}{short_dim},{searched[self.way]}" if made else searched[self.way]


def build(recipe: Recipe, vectors: FloatArray, path: Path, report: Callable[[int], None]) -> None:
    """See `ApproximateKind`."""
    import faiss

    faiss.omp_set_num_threads(1)
    n_rows, dim = vectors.shape
    index = faiss.index_factory(dim, recipe.spelled(n_rows, dim), faiss.METRIC_L2)
    if recipe.way == "hnsw":
        faiss.downcast_index(_inner(index)).hnsw.efConstruction = _EF_CONSTRUCTION
    report(0)
    n_learned = max(_LEARNED_ROWS, _LEARNED_FOR_EACH_CELL * _n_cells(n_rows))
    index.train(np.ascontiguousarray(vectors[:: max(1, n_rows // n_learned)]))
    for start in range(0, n_rows, _ROWS_A_STEP):
        report(start)
        index.add(np.ascontiguousarray(vectors[start : start + _ROWS_A_STEP]))
    report(n_rows)
    try:
        faiss.write_index(index, openable(path))
    except RuntimeError as error:  # its words name the reason, such as a full disk
        raise OSError(errno.EIO, str(error)) from error


def open_part(recipe: Recipe, path: Path, vectors: FloatArray) -> FaissPart:
    """Map what was built. Raises IndexUnusable if Faiss refuses the file, or it is over other rows,
    and EngineUnavailable where Faiss is not installed."""
    try:
        import faiss
    except ImportError as error:
        raise EngineUnavailable(
            "The engine faiss is not installed.", how_to_add("faiss")
        ) from error
    try:
        index = faiss.read_index(openable(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise IndexUnusable(f"{path.name}: {error}") from error
    if (index.ntotal, index.d) != vectors.shape:
        raise IndexUnusable(f"{path.name} is over {index.ntotal} x {index.d}, not {vectors.shape}")
    return FaissPart(recipe, index)


class FaissPart:
    """An index of Faiss, open. Any thread; others run while it searches.

    Attributes:
        oversampling: see `Approximate`.
    """

    def __init__(self, recipe: Recipe, index: Any) -> None:
        self.oversampling = _OVERSAMPLING if recipe.is_rough else 1
        self._recipe = recipe
        self._index = index
        self._is_wrapped = bool(recipe.shorter)

    def nearest(self, embedding: FloatArray, n: int, n_candidates: int) -> NDArray[np.int64]:
        """See `Approximate.nearest`."""
        import faiss

        faiss.omp_set_num_threads(1)
        asked = embedding[np.newaxis], min(n, self._index.ntotal)
        _, (rows,) = self._index.search(*asked, params=self._effort(n, n_candidates))
        return np.asarray(rows[rows >= 0], np.int64)

    def _effort(self, n: int, n_candidates: int) -> Any:
        """So that about n_candidates rows are looked at, where that can be chosen."""
        import faiss

        if self._recipe.way == "ivf":
            cells = _n_cells(self._index.ntotal)
            n_probes = math.ceil(n_candidates * cells / self._index.ntotal)
            effort = faiss.SearchParametersIVF(nprobe=min(n_probes, cells))
        elif self._recipe.way == "hnsw":
            effort = faiss.SearchParametersHNSW(efSearch=max(n, n_candidates // _ROWS_FOR_EF))
        else:
            return None
        return (
            faiss.SearchParametersPreTransform(index_params=effort) if self._is_wrapped else effort
        )


def _inner(index: Any) -> Any:
    """The index behind what makes rows shorter."""
    import faiss

    return index.index if isinstance(index, faiss.IndexPreTransform) else index


def _n_cells(n_rows: int) -> int:
    """Four square roots, as Faiss's guidelines say for up to a million rows."""
    return min(
        max(4 * math.isqrt(n_rows), 1), _MOST_CELLS, max(n_rows // _LEARNED_FOR_EACH_CELL, 1)
    )


def _one_of(options: Sequence[str], known: Iterable[str]) -> str:
    """The only option that is among these; "" for none. Raises EngineUnavailable."""
    found = [option for option in options if option in known]
    if len(found) > 1:
        raise EngineUnavailable(
            f"{found[0]} and {found[1]} exclude each other.", "Choose one of them."
        )
    return next(iter(found), "")
