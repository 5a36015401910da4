"""The real window over the real library: small drawn pictures, and colours for a model."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.library import Job, Library, Places, Settings
from desktop.ui.bridge import Bridge
from desktop.ui.look.theme import Appearance
from desktop.ui.window.main_window import MainWindow
from desktop.ui.window.window_state import WindowState
from tests.colour_registry import ColourRegistry
from tests.pictures import draw
from tests.shared_decoders import DECODERS

COLOURS = ("red", "green", "blue", "yellow")
N_EACH = 4

OpenWindow = Callable[[Library], MainWindow]


@pytest.fixture(scope="session")
def indexed_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library as it is when it has been indexed and closed: its data, and its photos."""
    root = tmp_path_factory.mktemp("indexed")
    for colour in COLOURS:
        for seed in range(N_EACH):
            draw(root / "Pictures" / f"{colour}{seed}.jpg", colour, seed)
    with opened(root) as library:
        index(library, root / "Pictures")
    return root


@pytest.fixture
def photos(indexed_before: Path, tmp_path: Path) -> Path:
    return shutil.copytree(indexed_before / "Pictures", tmp_path / "Pictures")


@pytest.fixture
def empty_library(tmp_path: Path) -> Iterator[Library]:
    with opened(tmp_path) as library:
        yield library


@pytest.fixture
def library(indexed_before: Path, photos: Path, tmp_path: Path) -> Iterator[Library]:
    """A copy of the one that was indexed, whose folder is where the copied photos are. Where a test
    has photos of its own, or counts what is indexed, `just_indexed` takes its place."""
    data = shutil.copytree(indexed_before / "data", tmp_path / "data")
    with closing(sqlite3.connect(data / "catalog.sqlite", isolation_level=None)) as catalog:
        catalog.execute("UPDATE folder SET path = ?", (os.fsencode(photos),))
    with opened(tmp_path) as library:
        yield library


@pytest.fixture
def just_indexed(empty_library: Library, photos: Path) -> Library:
    index(empty_library, photos)
    return empty_library


@contextmanager
def opened(root: Path) -> Iterator[Library]:
    settings = Settings(idle_unload_s=0)
    library = Library.open(Places.under(root / "data"), settings, ColourRegistry, DECODERS)
    try:
        yield library
    finally:
        library.close()


def index(library: Library, photos: Path) -> None:
    library.folders.add(photos)
    library.index(Job())


@pytest.fixture
def appearance(qapp: QApplication) -> Iterator[Appearance]:
    appearance = Appearance(qapp)
    yield appearance
    appearance.deleteLater()
    qapp.setStyleSheet("")


@pytest.fixture
def collapses() -> bool:
    """Whether the window puts look-alikes together."""
    return False


@pytest.fixture
def open_window(qtbot: QtBot, appearance: Appearance, collapses: bool) -> Iterator[OpenWindow]:
    """Opens windows as the application does, and ends those that the test has not closed."""
    windows: list[MainWindow] = []

    def open_window(library: Library) -> MainWindow:
        appearance.choose(library.settings.theme)
        state = WindowState(library.places.window_path)
        state.collapses = collapses  # to the model of these tests all red photos look alike
        window = MainWindow(Bridge(library), appearance, state)
        windows.append(window)
        window.show()
        qtbot.waitExposed(window)
        window.start()
        qtbot.waitUntil(lambda: window.is_settled, timeout=10_000)
        return window

    yield open_window
    for window in windows:
        window.let_go()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(open_window: OpenWindow, library: Library) -> MainWindow:
    return open_window(library)
