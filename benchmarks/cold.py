"""The first answer by words after a cold start, on the command line and in the window, and the
memory of that window; beside MiniLM by sentence-transformers, by which words were once read."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.child import child
from benchmarks.first_answer import WORDS
from benchmarks.generated import clustered, make_library
from benchmarks.harness import Bench, Row, against, benchmark, interleave
from benchmarks.models import MINILM_DIM, minilm_folder, starter

CHILD = "benchmarks.first_answer"
BASELINE = "MiniLM by sentence-transformers, numpy"


@benchmark("search-cold")
def cold(bench: Bench) -> Iterator[Row]:
    """From the start of a process to its answer. The baseline imports, loads, compares with as many
    photos, and does nothing else."""
    n = bench.size(10_000, 1_000)
    with bench.scratch() as data:
        embedder = starter()
        make_library(data, n, embedder.dim, embedder.model_id)
        np.save(data / "plain.npy", np.concatenate(list(clustered(n, MINILM_DIM))))
        model = minilm_folder(bench.path)
        measures = {
            "plain": lambda: _until_answered("plain", model, data),
            "words": lambda: _until_answered("words", model, data),
            "window": lambda: _until_answered("window", model, data),
            "command": lambda: _command(data),
        }
        interleave(measures, 1)  # reads what is imported once
        taken = interleave(measures, bench.n_rounds)
        held = {what: [_held_mb(what, model, data)] for what in ("plain", "window")}
    names = {
        "words": "words embedded, and nothing else",
        "command": f"likeness search, {n:,} photos",
        "window": f"window on {n:,} photos, started and asked",
    }
    for what, name in names.items():
        yield against(f"{name}: first answer", taken[what], "s", BASELINE, taken["plain"], "<= 0.2")
    yield against("memory of that window, idle", held["window"], "MB", BASELINE, held["plain"])


def _until_answered(what: str, model: Path, data: Path) -> float:
    """Seconds from the start of a process to its answer."""
    started_s = time.perf_counter()
    with child(CHILD, what, model, data) as run:
        run.hear()
        return time.perf_counter() - started_s


def _held_mb(what: str, model: Path, data: Path) -> float:
    with child(CHILD, what, model, data) as run:
        run.hear()
        return run.resident_mb


def _command(data: Path) -> float:
    """Seconds from the start of `likeness search` to its end."""
    command = [sys.executable, "-m", "desktop", "--data", str(data), "search", WORDS]
    started_s = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started_s
