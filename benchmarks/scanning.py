"""Scanning beside the bare walk: os.scandir over every folder, a stat of every file."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import Bench, Row, against, alone, benchmark, interleave
from desktop.catalog import Catalog
from desktop.ingest import Ingest, Rules, ScanTally
from desktop.jobs import Job
from desktop.media import MIN_SIZE_BYTES, Decoders, Thumbnails

FILES_A_FOLDER = 500
FILE_BYTES = MIN_SIZE_BYTES + 52


@benchmark("scan")
def scan(bench: Bench) -> Iterator[Row]:
    n = bench.size(100_000, 10_000)
    with bench.scratch() as folder:
        root = folder / "photos"
        _make_files(root, n)
        known = _open(folder / "known.sqlite", root)
        _scan(known, folder)

        def first() -> float:
            path = folder / f"new-{time.monotonic_ns()}.sqlite"
            catalog = _open(path, root)
            started_s = time.perf_counter()
            tally = _scan(catalog, folder)
            elapsed_s = time.perf_counter() - started_s
            catalog.close()
            _expect(tally.new, n)
            return n / elapsed_s

        def again() -> float:
            started_s = time.perf_counter()
            tally = _scan(known, folder)
            elapsed_s = time.perf_counter() - started_s
            _expect(tally.new + tally.changed + tally.gone, 0)
            return elapsed_s

        def bare() -> float:
            started_s = time.perf_counter()
            _expect(_walk(root), n)
            return time.perf_counter() - started_s

        bare()
        taken = interleave({"bare": bare, "again": again, "first": first}, bench.n_rounds)
        known.close()
    yield alone(f"bare walk with stat, {n:,} files", taken["bare"], "s")
    yield against(
        f"scan of {n:,} files, no changes",
        taken["again"],
        "s",
        "scandir + stat",
        taken["bare"],
        "<= 1.5",
    )
    yield alone(f"first scan of {n:,} files", taken["first"], "files/s", ">= 5000")


def _make_files(root: Path, n: int) -> None:
    content = b"\xff\xd8\xff" + b"\0" * (FILE_BYTES - 3)
    for number in range(n):
        folder = root / f"{number // FILES_A_FOLDER:04}"
        if number % FILES_A_FOLDER == 0:
            folder.mkdir(parents=True)
        (folder / f"IMG_{number:06}.jpg").write_bytes(content)


def _open(path: Path, root: Path) -> Catalog:
    catalog = Catalog.open(path)
    catalog.folders.add(root)
    return catalog


def _scan(catalog: Catalog, folder: Path) -> ScanTally:
    return Ingest(catalog, Thumbnails(folder / "thumbnails"), Decoders()).scan(Rules((), ()), Job())


def _walk(root: Path) -> int:
    n_files, pending = 0, [os.fspath(root)]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                else:
                    entry.stat(follow_symlinks=False)
                    n_files += 1
    return n_files


def _expect(n: int, wanted: int) -> None:
    if n != wanted:
        raise RuntimeError(f"{n} files, not {wanted}")
