"""What a search finds, by match or along the time line, and with more variety."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from desktop.library import Job, Library
from desktop.ui.pages import order_menu
from desktop.ui.places.place import Arrangement, Order
from desktop.ui.window.main_window import MainWindow
from tests.pictures import draw
from tests.ui.window_driver import names, type_words, wait_for_title

TAKEN = {"red0": (2021, 3), "red1": (2019, 7), "red2": (2021, 3), "blue0": (2020, 1)}


@pytest.fixture(autouse=True)
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_menu, "REST_MS", 10)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number, (name, (year, month)) in enumerate(TAKEN.items()):
        made = draw(tmp_path / "Pictures" / f"{name}.jpg", name[:-1], number)
        taken = datetime(year, month, 1 + number).timestamp()
        os.utime(made, (taken, taken))
    return tmp_path / "Pictures"


@pytest.fixture
def library(just_indexed: Library) -> Library:
    return just_indexed


@pytest.fixture
def red(qtbot: QtBot, window: MainWindow) -> MainWindow:
    type_words(qtbot, window, "red")
    wait_for_title(qtbot, window, "“red”")
    return window


def choose(qtbot: QtBot, window: MainWindow, words: str) -> None:
    menu = window.results.order_menu
    next(action for action in menu.actions() if action.text() == words).trigger()
    qtbot.waitUntil(lambda: window.is_settled, timeout=5000)


def headers(window: MainWindow) -> list[tuple[str, str]]:
    return [(section.title, section.note) for section in window.grid.sections]


def test_the_likely_ones_stand_along_the_time_line(qtbot: QtBot, red: MainWindow) -> None:
    choose(qtbot, red, "Likely ones, newest first")
    assert names(red) == ["red2.jpg", "red0.jpg", "red1.jpg"]
    assert headers(red) == [("March 2021", "2 photos"), ("July 2019", "1 photo")]
    choose(qtbot, red, "Likely ones, oldest first")
    assert names(red) == ["red1.jpg", "red0.jpg", "red2.jpg"]
    red.results.weak_button.click()
    assert names(red) == ["red1.jpg", "blue0.jpg", "red0.jpg", "red2.jpg"]


def test_the_likely_ones_stand_by_folder(
    qtbot: QtBot, red: MainWindow, library: Library, photos: Path
) -> None:
    draw(photos / "Norway" / "red9.jpg", "red", 9)
    draw(photos / "Alps" / "red8.jpg", "red", 8)
    library.index(Job())
    choose(qtbot, red, "Likely ones, by folder")
    qtbot.waitUntil(lambda: len(names(red)) == 5 and red.is_settled)
    assert names(red) == ["red0.jpg", "red1.jpg", "red2.jpg", "red8.jpg", "red9.jpg"]
    assert headers(red) == [
        ("Pictures", "3 photos"),
        ("Pictures/Alps", "1 photo"),
        ("Pictures/Norway", "1 photo"),
    ]


def test_back_and_forward_hold_the_order(qtbot: QtBot, red: MainWindow) -> None:
    best = names(red)
    choose(qtbot, red, "Likely ones, newest first")
    red.navigation.go_back()
    qtbot.waitUntil(lambda: red.is_settled)
    assert red.navigation.place.arrangement == Arrangement() and names(red) == best
    assert [title for title, _ in headers(red)] == ["Likely"]
    red.navigation.go_forward()
    qtbot.waitUntil(lambda: red.is_settled)
    assert red.navigation.place.arrangement.order is Order.NEWEST_FIRST
    assert red.navigation.place.query is not None and red.navigation.place.query.text == "red"


def test_the_next_search_is_in_the_same_order(qtbot: QtBot, red: MainWindow) -> None:
    choose(qtbot, red, "Likely ones, oldest first")
    type_words(qtbot, red, "blue")
    wait_for_title(qtbot, red, "“blue”")
    assert red.navigation.place.arrangement.order is Order.OLDEST_FIRST
    said = red.results.order_button.accessibleName()
    assert said == "Order and variety: likely ones, oldest first"


def test_the_slider_brings_variety(qtbot: QtBot, red: MainWindow) -> None:
    red.results.order_menu.slider.setValue(10)
    qtbot.waitUntil(lambda: red.navigation.place.arrangement.variety == 0.5, timeout=5000)
    qtbot.waitUntil(lambda: red.is_settled)
    assert sorted(names(red)) == ["red0.jpg", "red1.jpg", "red2.jpg"]


def test_the_sliders_are_moved_by_keys(qtbot: QtBot, red: MainWindow) -> None:
    menu = red.results.order_menu
    menu.popup(red.mapToGlobal(red.rect().center()))
    for _ in range(5):
        qtbot.keyClick(menu, Qt.Key.Key_Down)
    assert menu.slider.hasFocus()
    qtbot.keyClick(menu.slider, Qt.Key.Key_Right)
    qtbot.keyClick(menu.slider, Qt.Key.Key_Down)
    assert menu.slider.value() == 1 and menu.sensitivity.hasFocus()
    qtbot.keyClick(menu.sensitivity, Qt.Key.Key_Up)
    assert menu.slider.hasFocus()
    qtbot.keyClick(menu.slider, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not menu.isVisible())
    qtbot.waitUntil(lambda: red.navigation.place.arrangement.variety > 0)


def test_photos_that_are_listed_have_no_such_button(qtbot: QtBot, red: MainWindow) -> None:
    button: QToolButton = red.results.order_button
    assert button.isVisible()
    red.navigation.show_all()
    wait_for_title(qtbot, red, "All photos")
    assert not button.isVisible()


def test_how_much_is_called_likely_is_kept_for_the_model(qtbot: QtBot, red: MainWindow) -> None:
    model = red.results.model_name
    before = red.bridge.library.settings.sensitivity
    red.results.order_menu.sensitivity.setValue(10)
    qtbot.waitUntil(
        lambda: red.bridge.library.settings.sensitivity == before | {model: 0.5}, timeout=5000
    )
    qtbot.waitUntil(lambda: red.is_settled)
    red.navigation.show_all()
    type_words(qtbot, red, "blue")
    wait_for_title(qtbot, red, "“blue”")
    assert red.results.order_menu.sensitivity.value() == 10
