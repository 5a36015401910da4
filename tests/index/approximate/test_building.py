"""A forest grown in a process of its own: it is the same forest, and it can be ended."""

from __future__ import annotations

import errno
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest

from desktop.errors import Cancelled, UserError
from desktop.index import Index
from desktop.index.approximate import build_apart
from desktop.index.approximate.forest import grow_forest, open_forest
from desktop.index.local import generation
from desktop.jobs import Job, Progress
from tests.index.shelf import MODEL, clustered

DIM = 32
N_LONG = 60_000
"""So many rows take seconds: enough to interfere."""


@pytest.fixture(scope="module")
def rows_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rows") / "vectors"
    path.write_bytes(clustered(N_LONG, DIM).tobytes())
    return path


def builders() -> list[psutil.Process]:
    """The processes that build for us."""
    children = psutil.Process().children()
    alive = [child for child in children if child.status() != psutil.STATUS_ZOMBIE]
    return [child for child in alive if "index" in child.cmdline()]


def builder() -> psutil.Process:
    (process,) = builders()
    return process


def job_doing(work: Callable[[], None]) -> Job:
    """A job that does `work` once, when the process is at it."""
    waiting = [work]

    def on_progress(progress: Progress) -> None:
        if waiting and progress.done:
            waiting.pop()()

    return Job(on_progress)


def test_it_is_the_forest_that_would_grow_here(tmp_path: Path, rows_path: Path) -> None:
    n = 2_000
    done: list[int] = []
    job = Job(lambda progress: done.append(progress.done))
    build_apart(grow_forest, rows_path, (n, DIM), tmp_path / "there", job)
    vectors = np.fromfile(rows_path, "<f4").reshape(-1, DIM)[:n]
    grow_forest(vectors, tmp_path / "here")
    assert (tmp_path / "there").read_bytes() == (tmp_path / "here").read_bytes()
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, n)
    assert open_forest(tmp_path / "there", vectors)


def test_cancelling_ends_the_process_at_once(tmp_path: Path, rows_path: Path) -> None:
    children = []
    job = job_doing(lambda: (children.append(builder()), job.cancel()))
    with pytest.raises(Cancelled):
        build_apart(grow_forest, rows_path, (N_LONG, DIM), tmp_path / "forest", job)
    assert not children[0].is_running()
    assert not (tmp_path / "forest").exists()


def test_the_building_itself_can_be_cancelled(tmp_path: Path, rows_path: Path) -> None:
    """Annoy's `build`, which nothing can interrupt from within."""

    def on_progress(progress: Progress) -> None:
        if progress.done == N_LONG:
            threading.Timer(0.02, job.cancel).start()

    job = Job(on_progress)
    with pytest.raises(Cancelled):
        build_apart(grow_forest, rows_path, (N_LONG, DIM), tmp_path / "forest", job)
    assert builders() == []
    assert not (tmp_path / "forest").exists()


def test_a_process_that_is_ended_is_an_error_of_the_system(tmp_path: Path, rows_path: Path) -> None:
    job = job_doing(lambda: builder().kill())
    with pytest.raises(OSError, match=r"ended with -?[0-9]+") as raised:
        build_apart(grow_forest, rows_path, (N_LONG, DIM), tmp_path / "forest", job)
    assert raised.value.errno == errno.EIO


def test_it_gives_way_to_everything_else(tmp_path: Path, rows_path: Path) -> None:
    niceness: list[int] = []
    job = job_doing(lambda: niceness.append(builder().nice()))
    build_apart(grow_forest, rows_path, (2_000, DIM), tmp_path / "forest", job)
    lower = psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else 10
    assert niceness[0] >= lower


def test_a_builder_that_was_ended_leaves_the_old_generation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generation, "build_apart", build_apart)
    rows = clustered(N_LONG, DIM)
    index = Index(tmp_path, MODEL, DIM)
    index.add(np.arange(500), rows[:500])
    index.rebuild(Job(), 1)
    before = {path.name for path in tmp_path.rglob("*")}
    index.add(np.arange(500, N_LONG), rows[500:])
    with pytest.raises(UserError, match="index could not be saved"):
        index.rebuild(job_doing(lambda: builder().kill()), 2)
    assert {path.name for path in tmp_path.rglob("*")} == before
    assert index.snapshot.search(rows[40_000], 1).photo_ids.tolist() == [40_000]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file sizes")
def test_a_full_disk_is_told_from_the_other_process(tmp_path: Path, rows_path: Path) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            build_apart(grow_forest, rows_path, (3_000, DIM), tmp_path / "forest", Job())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_nothing_is_left_running(tmp_path: Path, rows_path: Path) -> None:
    build_apart(grow_forest, rows_path, (1_000, DIM), tmp_path / "forest", Job())
    assert builders() == []
