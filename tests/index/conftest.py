"""Approximate parts for small libraries, built in this process: the nursery has tests of its
own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from desktop.index import generation
from desktop.index.approximate import LABEL, Build
from desktop.index.stores import pgvector
from desktop.jobs import Job
from tests.index.stores.pgvector_server import PgvectorServer
from tests.index.stores.pgvector_server import pgvector_server as running_pgvector

APPROXIMATE_FROM = 1_000


def build_here(
    build: Build, vectors_path: Path, shape: tuple[int, int], path: Path, job: Job
) -> None:
    """As build_apart, without the quarter of a second that starting a process takes."""
    vectors = np.asarray(np.memmap(vectors_path, "<f4", "r", shape=shape))
    build(vectors, path, lambda done: job.report(done, shape[0], LABEL))


@pytest.fixture(scope="session", autouse=True)
def small_approximate_parts() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation, "APPROXIMATE_FROM", APPROXIMATE_FROM)
        patch.setattr(generation, "build_apart", build_here)
        patch.setattr(pgvector, "INDEXED_FROM", APPROXIMATE_FROM)
        yield


@pytest.fixture(scope="session")
def pgvector_server() -> Iterator[PgvectorServer]:
    with running_pgvector() as server:
        yield server
