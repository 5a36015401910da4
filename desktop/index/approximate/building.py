"""Building an approximate part in a process of its own.

Annoy's `save`, say, holds the interpreter for 100 to 250 ms at 100,000 photos, which the window
would feel, its `build` cannot be cancelled, and adding rows competes with every other thread. A
process can be ended at any moment, and what crashes there crashes alone.
"""

from __future__ import annotations

import errno
import math
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from desktop.background import Helper, HelperEnded
from desktop.index.approximate.kinds import Build
from desktop.jobs import Job
from desktop.priority import step_back_process

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
