"""Approximate parts for small libraries, built in this process: the nursery has tests of its
own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from desktop.index.approximate import LABEL, Build
from desktop.index.local import generation
from desktop.index.stores import pgvector
from desktop.jobs import Job
from tests.index.stores.pgvector_server import PgvectorServer
from tests.index.stores.pgvector_server import pgvector_server as running_pgvector
from tests.index.stores.programs import Program, program

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
def milvus_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    pytest.importorskip("milvus_lite", reason="likeness[milvus] is not installed")
    folder = tmp_path_factory.mktemp("milvus") / "data"
    with program("milvus_program.py", "http", folder) as server:
        yield server


@pytest.fixture(scope="session")
def clickhouse_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    pytest.importorskip("chdb", reason="likeness[clickhouse] is not installed")
    folder = tmp_path_factory.mktemp("clickhouse") / "data"
    with program("clickhouse_program.py", "clickhouse", folder) as server:
        yield server


@pytest.fixture(scope="session")
def pgvector_server() -> Iterator[PgvectorServer]:
    with running_pgvector() as server:
        yield server
