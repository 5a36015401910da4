"""The real window over the real library: small drawn pictures, and colours for a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for colour in COLOURS:
        for seed in range(N_EACH):
            draw(tmp_path / "Pictures" / f"{colour}{seed}.jpg", colour, seed)
    return tmp_path / "Pictures"


@pytest.fixture
def empty_library(tmp_path: Path) -> Iterator[Library]:
    settings = Settings(idle_unload_s=0)
    library = Library.open(Places.under(tmp_path / "data"), settings, ColourRegistry, DECODERS)
    yield library
    library.close()


@pytest.fixture
def library(empty_library: Library, photos: Path) -> Library:
    empty_library.folders.add(photos)
    empty_library.index(Job())
    return empty_library


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
