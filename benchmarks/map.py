"""The map: how long it takes to be drawn, and how it is moved and zoomed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.child import child, say
from benchmarks.generated import clustered
from benchmarks.harness import Bench, Row, against, alone, benchmark, interleave
from desktop.grouping import drawing

CHILD = "benchmarks.map"
DIM = 512
VIEW_PX = (1048, 664)
"""What the map has of a window of 1280 x 832 pixels."""

N_FRAMES = 120
_NEAREST = 15
_ASKED = 2_000
PAN, ZOOM, PLAIN = "pan", "zoom", "plain"


@benchmark("map")
def map_of_photos(bench: Bench) -> Iterator[Row]:
    yield from _frames(bench)
    yield from _drawing(bench)


def _frames(bench: Bench) -> Iterator[Row]:
    n = bench.size(100_000, 2_000)

    def figure(what: str, theme: str) -> float:
        with bench.scratch() as data, child(CHILD, what, n, theme, data) as run:
            return float(run.hear())

    for theme in ("light", "dark"):
        measures = {
            what: (lambda what=what, theme=theme: figure(what, theme))
            for what in (PAN, ZOOM, PLAIN)
        }
        taken = interleave(measures, bench.n_rounds)
        plain = "QPainter.drawPoints, 3 px"
        yield alone(f"{plain}, p95, {theme}", taken[PLAIN], "ms")
        for what in (PAN, ZOOM):
            name = f"{what} of a map of {n:,} photos, p95, {theme}"
            yield against(name, taken[what], "ms", plain, taken[PLAIN])
            yield alone(name, taken[what], "ms", "<= 16")


def _drawing(bench: Bench) -> Iterator[Row]:
    """On one core, as the application draws; trustworthiness as scikit-learn has it, of a
    sample."""
    from sklearn.manifold import TSNE, trustworthiness

    few = np.concatenate(list(clustered(bench.size(5_000, 500), DIM)))

    def draw(embeddings: NDArray[np.float32]) -> float:
        started_s = time.process_time()
        drawn.append(drawing.draw(embeddings, None, lambda *_: None)[1])
        return time.process_time() - started_s

    def plain() -> float:
        started_s = time.process_time()
        TSNE(max_iter=750, n_jobs=1, random_state=0).fit_transform(few)
        return time.process_time() - started_s

    drawn: list[NDArray[np.float32]] = []
    taken = interleave({"ours": lambda: draw(few), "plain": plain}, 1)
    baseline = "sklearn.manifold.TSNE"
    yield against(
        f"drawing a map of {len(few):,} photos", taken["ours"], "s", baseline, taken["plain"],
        "<= 1",
    )  # fmt: skip
    for n in (bench.size(10_000, 600), bench.size(100_000, 1_000)):
        embeddings = np.concatenate(list(clustered(n, DIM)))
        yield alone(f"drawing a map of {n:,} photos, one core", [draw(embeddings)], "s")
        rows = np.random.default_rng(0).choice(n, min(n, _ASKED), replace=False)
        trusted = float(trustworthiness(embeddings[rows], drawn[-1][rows], n_neighbors=_NEAREST))
        yield alone(f"its trustworthiness, {_NEAREST} neighbours", [trusted], "")


def _frame_ms(n: int, step: Callable[[int], None], paint: Callable[[], None]) -> float:
    """p95 of the main thread's time."""
    times_ms = []
    for number in range(n):
        started_s = time.thread_time()
        step(number)
        paint()
        times_ms.append(1000 * (time.thread_time() - started_s))
    return float(np.percentile(times_ms, 95))


def _map_ms(what: str, n: int, is_dark: bool, data: Path) -> float:
    from PySide6.QtCore import QPointF
    from PySide6.QtWidgets import QApplication

    from desktop import app
    from desktop.library import Library, MapLabel, PhotoMap, Places, grouped
    from desktop.ui.bridge import Bridge
    from desktop.ui.look.theme import DARK, LIGHT
    from desktop.ui.map.near import NearPictures
    from desktop.ui.map.palette import tints
    from desktop.ui.map.view import MapView

    application = app._application()
    random = np.random.default_rng(0)
    points, names = _spread(n)
    look = DARK if is_dark else LIGHT
    library = Library.open(Places.under(data))
    view = MapView(NearPictures(Bridge(library), application), look)
    view.resize(*VIEW_PX)
    view.show_map(PhotoMap(np.arange(n), points))
    view.dye(tints(n, grouped(names), look))
    chosen = random.choice(n, 60)
    view.show_labels(
        tuple(MapLabel(*points[row].tolist(), f"theme {row}", row) for row in chosen.tolist())
    )
    view.show()
    QApplication.processEvents()

    def move(number: int) -> None:
        if what == ZOOM:
            view.zoom_by(1.05 if number % 40 < 20 else 1 / 1.05, QPointF(500, 300))
        else:
            view.pan_by(QPointF(3 if number % 40 < 20 else -3, 1))

    return _frame_ms(N_FRAMES, move, view.viewport().repaint)


def _plain_ms(n: int) -> float:
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

    points, _ = _spread(n)
    middle = np.array(VIEW_PX) / 2
    places = QPolygonF([QPointF(x, y) for x, y in (points * middle.min() + middle).tolist()])
    image = QImage(*VIEW_PX, QImage.Format.Format_RGB32)

    def paint() -> None:
        painter = QPainter(image)
        painter.setPen(QPen(QColor("#3a62e0"), 3))
        painter.drawPoints(places)
        painter.end()

    return _frame_ms(10, lambda _: None, paint)


def _spread(n: int) -> tuple[NDArray[np.float32], list[str]]:
    """Points of 300 heaps, and the name of a group for each."""
    random = np.random.default_rng(0)
    heaps = random.uniform(-1, 1, (300, 2))
    of = random.integers(300, size=n)
    points = np.clip(heaps[of] + 0.03 * random.normal(size=(n, 2)), -1, 1)
    return points.astype(np.float32), [f"group {number % 8}" for number in of.tolist()]


def in_child(what: str, n: str, theme: str, data: str) -> None:
    """The child's work: say one figure."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if what == PLAIN:
        say(_plain_ms(int(n)))
    else:
        say(_map_ms(what, int(n), theme == "dark", Path(data)))
    os._exit(0)
