"""Memory while indexing above the loaded model, and of a library that is open and idle."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.child import child, say, say_and_wait
from benchmarks.generated import make_library
from benchmarks.harness import Bench, Row, alone, benchmark
from benchmarks.indexing import camera_photos, ours_rate
from benchmarks.models import CLIP_NAME, clip, clip_folder, starter
from benchmarks.plots import draw
from desktop.media import Decoders

CHILD = "benchmarks.memory"


@benchmark("memory-indexing")
def while_indexing(bench: Bench) -> Iterator[Row]:
    """The highest resident size while indexing, less that of the loaded model before its first
    photo."""
    photos = camera_photos(bench, bench.size(192, 32))
    clip_folder(bench.path)
    curves: dict[str, tuple[list[float], list[float]]] = {}
    for name in ("clip", "starter"):
        above: list[float] = []
        later: list[float] = []
        for _ in range(bench.n_rounds):
            with bench.scratch() as data, child(CHILD, name, photos[0].parent, data) as run:
                run.hear()
                loaded_mb = run.resident_mb
                run.go_on()
                at_s, resident_mb = run.watch_until_heard()
            grown_mb = np.array(resident_mb) - loaded_mb
            half, rest = np.array_split(grown_mb, 2)
            above.append(float(grown_mb.max()))
            later.append(float(rest.max() - half.max()))
            curves[name] = (at_s, grown_mb.tolist())
        title = f"indexing {len(photos)} photos of 12 MP with {name}"
        yield alone(f"{title}: memory above the model", above, "MB", "<= 150")
        yield alone(f"{title}: more of it in the second half", later, "MB")
    bench.draw(
        draw, "memory-indexing", "Memory while indexing, above the loaded model", "s", "MB", curves
    )


@benchmark("memory-open")
def open_and_idle(bench: Bench) -> Iterator[Row]:
    """A window on a large library after a search, the model never loaded, then loaded and
    unloaded."""
    n = bench.size(100_000, 2_000)
    with bench.scratch() as data:
        embedder = clip(bench.path)
        make_library(data, n, embedder.dim, embedder.model_id)
        never: list[float] = []
        anonymous: list[float] = []
        unloaded: list[float] = []
        for _ in range(bench.n_rounds):
            with child(CHILD, "open", bench.path / CLIP_NAME, data) as run:
                run.hear()
                never.append(run.resident_mb)
                anonymous.append(run.anonymous_mb)
                run.go_on()
                run.hear()
                unloaded.append(run.resident_mb)
    title = f"window on {n:,} photos, idle"
    yield alone(f"{title}, model never loaded", never, "MB", "<= 350")
    yield alone(f"{title}, model never loaded, without mapped files", anonymous, "MB")
    yield alone(f"{title}, model unloaded after use", unloaded, "MB", "<= 350")


def _index(name: str, photos: Path, data: Path) -> None:
    """In the child: load, wait, index.

    Weights are mapped and come into memory when they are first used, so one picture is embedded
    before the model counts as loaded.
    """
    embedder = clip(photos.parent) if name == "clip" else starter()
    side_px = embedder.input_px
    embedder.embed_images([Image.new("RGB", (side_px, side_px))])
    say_and_wait("loaded")
    ours_rate(embedder, sorted(photos.iterdir()), data, Decoders())
    say("done")


def _open(model: Path, data: Path) -> None:
    """In the child: the window on a library, a search by likeness, then one by words."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtWidgets import QApplication

    from benchmarks.window import by_model, opened_window
    from desktop.library import Query

    with opened_window(data, by_model(model)) as (window, created):
        library = window.bridge.library
        library.search(Query(like_photo_id=1))
        QApplication.processEvents()
        library._spaces.rest_if_idle(0)  # as the check-up does after a minute
        say_and_wait("open")
        library.search(Query("a cat"))
        for embedder in created:
            if embedder.is_loaded:
                embedder.unload()
        library._spaces.rest_if_idle(0)
        say_and_wait("unloaded")


def in_child(what: str, first: str, second: str) -> None:
    """The child's work: `open MODEL DATA`, or a model's name, PHOTOS and DATA."""
    if what == "open":
        _open(Path(first), Path(second))
    else:
        _index(what, Path(first), Path(second))
