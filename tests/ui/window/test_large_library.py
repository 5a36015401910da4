"""100,000 photos: nothing on the main thread depends on how many there are."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QStringListModel
from PySide6.QtWidgets import QApplication, QListView
from pytestqt.qtbot import QtBot

from desktop.library import PhotosChanged
from desktop.ui.grid.results_model import MAX_RECORDS
from desktop.ui.window.main_window import MainWindow
from tests.ui.conftest import OpenWindow
from tests.ui.large_library import LargeLibrary
from tests.ui.window_driver import names, type_words

N_PHOTOS = 100_000


@pytest.fixture
def large(tmp_path: Path) -> Iterator[LargeLibrary]:
    library = LargeLibrary(tmp_path, N_PHOTOS)
    yield library
    library.close()


@pytest.fixture
def window(open_window: OpenWindow, large: LargeLibrary) -> MainWindow:
    return open_window(large)


def cpu_s(work: object) -> float:
    """What `work` costs this thread, whatever else the machine is doing."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def test_first_paint_is_many_times_cheaper_than_qt_alone(qtbot: QtBot, window: MainWindow) -> None:
    model, grid = window.results.model, window.grid

    def ours() -> None:
        model.set_photos(model.photo_ids[::-1].copy())
        grid.viewport().repaint()

    plain = QListView()
    qtbot.addWidget(plain)
    plain.setViewMode(QListView.ViewMode.IconMode)
    plain.resize(grid.size())
    plain.show()
    strings = QStringListModel([f"IMG_{number}.jpg" for number in range(N_PHOTOS)])

    def theirs() -> None:
        plain.setModel(strings)
        plain.doItemsLayout()
        plain.viewport().repaint()

    assert min(cpu_s(ours) for _ in range(3)) * 10 < cpu_s(theirs)


def test_no_step_of_scrolling_or_typing_holds_the_window(
    qtbot: QtBot, qapp: QApplication, window: MainWindow, large: LargeLibrary
) -> None:
    bar = window.grid.verticalScrollBar()
    field = window.frame.search.focusProxy()
    steps = []

    def step(do: object) -> None:
        do()
        qapp.processEvents()

    for at in range(120):
        target = at * 97 if at % 10 else bar.maximum() * at // 120
        steps.append(cpu_s(lambda to=target: step(lambda: bar.setValue(to))))
        if at % 20 == 0:
            large.publish(PhotosChanged())
    for letter in "a dog on a beach":
        steps.append(cpu_s(lambda key=letter: step(lambda: qtbot.keyClicks(field, key))))
    assert max(steps) < 0.1


def test_records_come_in_pages_for_what_is_seen(qtbot: QtBot, window: MainWindow) -> None:
    model, bar = window.results.model, window.grid.verticalScrollBar()
    assert model.rowCount() == N_PHOTOS
    assert model.photo_at(0) is not None and model.photo_at(N_PHOTOS // 2) is None
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: window.is_settled and model.photo_at(N_PHOTOS - 1) is not None)
    assert sum(photo != "" for photo in names(window)) <= MAX_RECORDS


def test_typing_is_answered_while_photos_keep_changing(
    qtbot: QtBot, window: MainWindow, large: LargeLibrary
) -> None:
    for _ in range(50):
        large.publish(PhotosChanged())
    type_words(qtbot, window, "dog")
    qtbot.waitUntil(lambda: window.is_settled and len(window.results.model.hits) > 0)
    assert window.navigation.place.query.text == "dog"


def test_everything_can_be_chosen_at_once(qapp: QApplication, window: MainWindow) -> None:
    spent_s = cpu_s(lambda: (window.grid.selectAll(), qapp.processEvents()))
    assert spent_s < 0.5
    assert window.grid.selectionModel().selection().count() == 1
