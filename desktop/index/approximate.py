"""The approximate part of a generation: finds most of the nearest rows without comparing them all.

Each library that can do this is a module beside this one and a row of `KINDS`. A part is built in a
process of its own: Annoy's `save`, say, holds the interpreter for 100 to 250 ms at 100,000 photos,
which the window would feel, its `build` cannot be cancelled, and adding rows competes with every
other thread. A process can be ended at any moment, and what crashes there crashes alone.
"""

from __future__ import annotations

import errno
import math
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from desktop.background import Helper, HelperEnded
from desktop.errors import EngineUnavailable
from desktop.index import faiss_part, forest
from desktop.index.openable import can_open
from desktop.index.part import FloatArray
from desktop.jobs import Job
from desktop.priority import step_back_process


class Approximate(Protocol):
    """One part, open. Any thread."""

    @property
    def oversampling(self) -> int:
        """How many times as many rows as are wanted are asked for, and put in order by their exact
        scores: 1 where `nearest` knows these."""

    def nearest(self, embedding: FloatArray, n: int, n_candidates: int) -> NDArray[np.int64]:
        """The rows that look nearest to `embedding` (d,), at most n, best first, from about
        n_candidates that are looked at: the more, the better and the slower."""


Build = Callable[[FloatArray, Path, Callable[[int], None]], None]


@dataclass(frozen=True, slots=True)
class ApproximateKind:
    """A way to make approximate parts.

    Attributes:
        build: over the rows of `vectors` (n, d), into a file; told now and then is how many rows
            are in. Called in a process of its own, so it can be pickled. Equal vectors give equal
            files. Raises OSError when the disk is full.
        open: that file, beside the vectors it was built over. Raises IndexUnusable if it is
            damaged or was built over others.
        can_open: whether it can work with a file of this path at all.
    """

    build: Build
    open: Callable[[Path, FloatArray], Approximate]
    can_open: Callable[[Path], bool]


ANNOY: Final = "annoy"

KINDS: Final = {ANNOY: ApproximateKind(forest.grow_forest, forest.open_forest, can_open)}
"""By the name that stands in a manifest."""


FAISS: Final = "faiss"


def find_kind(name: str) -> ApproximateKind | None:
    """The kind of this name, such as "annoy" or "faiss:ivf,int8"; None where there is none."""
    engine, _, options = name.partition(":")
    if engine != FAISS:
        return KINDS.get(name)
    try:
        recipe = faiss_part.Recipe.of([option for option in options.split(",") if option])
    except EngineUnavailable:
        return None
    return ApproximateKind(
        partial(faiss_part.build, recipe), partial(faiss_part.open_part, recipe), can_open
    )


LABEL = "Building the index"


def build_apart(
    build: Build, vectors_path: Path, shape: tuple[int, int], path: Path, job: Job
) -> None:
    """Build over a file of `shape` float32 into `path`, in a process of its own with low priority.

    Blocks, and lets other threads run all the while. Raises Cancelled within a moment, and OSError
    when the disk is full or the process ended before it was done; then `path` may be unfinished.
    """

    def on_rows(n_done: object) -> None:
        assert isinstance(n_done, int)
        job.report(n_done, shape[0], LABEL)

    on_rows(0)
    try:
        with closing(Helper.start("index", _prepare, job=job)) as builder:
            builder.ask((build, vectors_path, shape, path), math.inf, job, on_rows)
    except HelperEnded as ended:
        raise OSError(errno.EIO, f"the process that builds it {ended}") from None


def _prepare() -> tuple[Callable[..., None]]:
    step_back_process()
    return (_build,)


def _build(
    tell: Callable[[int], None],
    build: Build,
    vectors_path: Path,
    shape: tuple[int, int],
    path: Path,
) -> None:
    """In the process: tells how many rows are in."""
    vectors = np.asarray(np.memmap(vectors_path, "<f4", "r", shape=shape))
    try:
        build(vectors, path, tell)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error)) from error
