"""What a person notices while indexing runs at full speed: a new photo, and words typed."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.harness import Bench, Row, alone, benchmark
from benchmarks.indexing import camera_photos
from benchmarks.models import CLIP_NAME, clip_folder
from desktop.errors import QueryUnanswerable
from desktop.library import Library, Places, Query, Settings

N_NEW = 2
TYPED_EVERY_S = 0.1
GIVE_UP_S = 120.0


@benchmark("live")
def live(bench: Bench) -> Iterator[Row]:
    """The window's way of indexing, without the window: watcher, ingest thread, query worker."""
    photos = camera_photos(bench, bench.size(384, 64))
    clip_folder(bench.path)
    waits_s: list[float] = []
    p95_ms: list[float] = []
    waiting: list[float] = []
    for _ in range(bench.n_rounds):
        with bench.scratch() as folder:
            wait_s, query_ms, n_waiting = _round(bench, folder, photos)
            waits_s.append(wait_s)
            waiting.append(n_waiting)
            p95_ms.append(float(np.percentile(query_ms, 95)))
    yield alone("while indexing: a new photo can be found after", waits_s, "s", "<= 3")
    yield alone("while indexing: words typed are answered, p95", p95_ms, "ms", "<= 300")
    yield alone("while indexing: photos that wait when this was measured", waiting, "", ">= 1")


def _round(bench: Bench, folder: Path, photos: list[Path]) -> tuple[float, list[float], int]:
    """The longest wait for one of N_NEW photos in s, each query's time in ms, and how many photos
    still waited to be indexed at the end."""
    root = folder / "photos"
    root.mkdir()
    *early, late = np.array_split(np.array(photos, object), N_NEW + 1)
    late = late[:N_NEW]
    for path in np.concatenate(early):
        (root / path.name).hardlink_to(path)
    settings = Settings(model=CLIP_NAME, model_folder=str(bench.path / CLIP_NAME))
    library = Library.open(Places.under(folder / "data"), settings)
    query_ms: list[float] = []

    def type_words() -> None:
        started_s = time.perf_counter()
        library.submit_latest("words", lambda: library.search(Query("a cat on a chair"))).result()
        query_ms.append(1000 * (time.perf_counter() - started_s))
        time.sleep(TYPED_EVERY_S)

    try:
        library.folders.add(root)
        library.start()
        _wait_until(lambda: library.status().counts.searchable > 0, lambda: time.sleep(0.05))
        type_words()
        query_ms.clear()
        waits_s = []
        for path in late:
            shutil.copyfile(path, root / path.name)
            copied_s = time.perf_counter()
            _wait_until(partial(_can_be_found, library, root / path.name), type_words)
            waits_s.append(time.perf_counter() - copied_s)
        n_waiting = library.status().counts.waiting
    finally:
        library.close()
    return max(waits_s), query_ms, n_waiting


def _can_be_found(library: Library, path: Path) -> bool:
    photo = library.folders.find_photo(path)
    if photo is None:
        return False
    try:
        library.search(Query(like_photo_id=photo.photo_id))
    except QueryUnanswerable:
        return False
    return True


def _wait_until(is_so: Callable[[], bool], meanwhile: Callable[[], None]) -> None:
    started_s = time.perf_counter()
    while not is_so():
        if time.perf_counter() - started_s > GIVE_UP_S:
            raise RuntimeError(f"nothing happened in {GIVE_UP_S} s")
        meanwhile()
