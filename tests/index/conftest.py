"""Forests for small libraries, grown in this process: the nursery has tests of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from desktop.index import generation
from desktop.index.forest import grow_forest
from desktop.index.nursery import LABEL
from desktop.jobs import Job

FOREST_FROM = 1_000


def build_here(vectors_path: Path, n_rows: int, dim: int, path: Path, job: Job) -> None:
    """As build_forest, without the quarter of a second that starting a process takes."""
    vectors = np.asarray(np.memmap(vectors_path, "<f4", "r", shape=(n_rows, dim)))
    grow_forest(vectors, path, lambda done: job.report(done, n_rows, LABEL))


@pytest.fixture(scope="session", autouse=True)
def small_forests() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation, "FOREST_FROM", FOREST_FROM)
        patch.setattr(generation, "build_forest", build_here)
        yield
