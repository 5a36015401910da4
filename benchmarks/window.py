"""The window: until it is there, until 100,000 photos are painted, and how it scrolls."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.child import child, say
from benchmarks.generated import make_library
from benchmarks.harness import Bench, Row, against, alone, benchmark, interleave
from benchmarks.models import CLIP_NAME, clip
from desktop.embedding import Embedder, Registry
from desktop.settings import Places, Settings

if TYPE_CHECKING:
    from desktop.ui.window.main_window import MainWindow

CHILD = "benchmarks.window"
FRESH = "benchmarks.first_answer"
N_SCROLLS = 200
GRID_PX = (1000, 700)


@benchmark("window")
def window(bench: Bench) -> Iterator[Row]:
    n = bench.size(100_000, 2_000)
    with bench.scratch() as data:
        embedder = clip(bench.path)
        make_library(data, n, embedder.dim, embedder.model_id)
        model = bench.path / CLIP_NAME

        def figure(what: str) -> float:
            with child(CHILD, what, data, model) as run:
                return float(run.hear())

        def since_start(what: str) -> float:
            started_s = time.perf_counter()
            with child(FRESH, what, model, data) as run:
                run.hear()
                return time.perf_counter() - started_s

        measures = {name: (lambda what=name: since_start(what)) for name in ("open", "import")}
        interleave(measures, 1)  # reads what is imported once
        for name in ("paint", "plain paint", "scroll"):
            measures[name] = lambda what=name: figure(what)
        taken = interleave(measures, bench.n_rounds)
    yield alone("import sentence_transformers", taken["import"], "s")
    yield against(
        f"window with {n:,} photos up",
        taken["open"],
        "s",
        "import sentence_transformers",
        taken["import"],
        "<= 0.25",
    )
    yield alone(f"QListView, {n:,} items without uniform sizes", taken["plain paint"], "s")
    yield against(
        f"first paint of {n:,} photos",
        taken["paint"],
        "s",
        "QListView, no uniform sizes",
        taken["plain paint"],
        "<= 0.1",
    )
    yield alone("scrolling, one screen, p95", taken["scroll"], "ms", "<= 16")


@contextmanager
def opened_window(data: Path, settings: Settings) -> Iterator[tuple[MainWindow, list[Embedder]]]:
    """The application's window on a data folder, as `app` opens it, but without indexing; also the
    embedders that were made for it."""
    from desktop import app
    from desktop.library import Library
    from desktop.ui.bridge import Bridge
    from desktop.ui.look.theme import Appearance
    from desktop.ui.window.main_window import MainWindow
    from desktop.ui.window.window_state import WindowState

    created: list[Embedder] = []

    class Remembering(Registry):
        def create(self, name: str) -> Embedder:
            created.append(super().create(name))
            return created[-1]

    appearance = Appearance(app._application())
    appearance.choose(settings.theme)
    library = Library.open(Places.under(data), settings, Remembering)
    try:
        window = MainWindow(Bridge(library), appearance, WindowState(library.places.window_path))
        window.resize(1280, 832)
        window.show()
        window.start()
        yield window, created
        window.let_go()
    finally:
        library.close()


def by_model(folder: Path) -> Settings:
    return Settings(model=folder.name, model_folder=str(folder))


def _paint_s(data: Path, model: Path) -> tuple[float, float]:
    """First paint in seconds, and the p95 of scrolling by a screen in ms."""
    from desktop import app
    from desktop.library import Library
    from desktop.ui.bridge import Bridge
    from desktop.ui.grid.grid import Grid
    from desktop.ui.grid.results_model import ResultsModel
    from desktop.ui.look.theme import LIGHT
    from desktop.ui.pages.headings import sections
    from desktop.ui.places.answers import find_answer
    from desktop.ui.places.place import ALL

    application = app._application()
    library = Library.open(Places.under(data), by_model(model))
    photos = ResultsModel(Bridge(library))
    grid = Grid(photos, LIGHT)
    grid.resize(*GRID_PX)
    grid.show()
    application.processEvents()
    answer = find_answer(library, ALL, exact=True)
    started_s = time.perf_counter()
    photos.set_photos(answer.photo_ids)
    grid.set_sections(sections(answer, LIGHT))
    grid.viewport().repaint()
    application.processEvents()
    paint_s = time.perf_counter() - started_s
    bar = grid.verticalScrollBar()
    times_ms = []
    for _ in range(N_SCROLLS):
        started_s = time.perf_counter()
        bar.setValue(bar.value() + bar.pageStep())
        application.processEvents()
        grid.viewport().repaint()
        times_ms.append(1000 * (time.perf_counter() - started_s))
    photos.stop()
    return paint_s, float(np.percentile(times_ms, 95))


def _plain_paint_s(data: Path) -> float:
    """The same rows in a QListView as it comes, in icon mode."""
    from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt
    from PySide6.QtWidgets import QListView

    from desktop import app
    from desktop.catalog import Catalog

    catalog = Catalog.open(Places.under(data).catalog_path)
    photo_ids = catalog.photos.list_ids()
    catalog.close()

    class Plain(QAbstractListModel):
        n_rows = 0

        def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008, N802
            return 0 if parent.isValid() else self.n_rows

        def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> object:
            if role == Qt.ItemDataRole.SizeHintRole:
                return QSize(180, 180)
            return str(photo_ids[index.row()]) if role == Qt.ItemDataRole.DisplayRole else None

    application = app._application()
    view, model = QListView(), Plain()
    view.setViewMode(QListView.ViewMode.IconMode)
    view.setResizeMode(QListView.ResizeMode.Adjust)
    view.resize(*GRID_PX)
    view.setModel(model)
    view.show()
    application.processEvents()
    started_s = time.perf_counter()
    model.beginResetModel()
    model.n_rows = len(photo_ids)
    model.endResetModel()
    view.viewport().repaint()
    application.processEvents()
    return time.perf_counter() - started_s


def _figure(what: str, data: Path, model: Path) -> float:
    match what:
        case "paint":
            return _paint_s(data, model)[0]
        case "scroll":
            return _paint_s(data, model)[1]
        case "plain paint":
            return _plain_paint_s(data)
    raise ValueError(what)


def in_child(what: str, data: str, model: str) -> None:
    """The child's work: say one figure."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    say(_figure(what, Path(data), Path(model)))
    os._exit(0)  # the figure is said; what Qt would take apart now is not measured
