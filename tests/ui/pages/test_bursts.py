"""Lists by date put bursts together where a person wants that, behind one thumbnail."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.library import Library
from desktop.ui.pages import bursts
from desktop.ui.places import asking
from desktop.ui.window.main_window import MainWindow
from desktop.ui.window.window_state import WindowState
from tests.pictures import draw, taken_at
from tests.ui.window_driver import names, title, wait_for_title

NOON = datetime(2021, 5, 1, 12)
ALL_OF_THEM = ["red4.jpg", "red3.jpg", "blue2.jpg", "red1.jpg", "red0.jpg"]


@pytest.fixture(autouse=True)
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "REFRESH_MS", 20)
    monkeypatch.setattr(bursts, "REST_MS", 20)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A burst of three with another photo between them, and one of a month later."""
    for number, (colour, seconds) in enumerate(
        [("red", 0), ("red", 1), ("blue", 2), ("red", 3), ("red", 35 * 86_400)]
    ):
        path = draw(tmp_path / "Pictures" / f"{colour}{number}.jpg", colour, number)
        taken_at(path, NOON + timedelta(seconds=seconds))
    return tmp_path / "Pictures"


@pytest.fixture
def library(just_indexed: Library) -> Library:
    return just_indexed


def switch(window: MainWindow) -> None:
    window.actions_table[window.controls.toggle_collapse_lists].trigger()


def test_every_photo_is_shown_until_bursts_are_put_together(
    qtbot: QtBot, window: MainWindow, library: Library
) -> None:
    assert names(window) == ALL_OF_THEM
    switch(window)
    qtbot.waitUntil(lambda: names(window) == ["red4.jpg", "blue2.jpg", "red0.jpg"])
    assert [(section.title, section.n_rows, section.note) for section in window.grid.sections] == [
        ("June 2021", 1, "1 photo"),
        ("May 2021", 2, "4 photos"),
    ]
    assert window.results.said == "5 photos"
    assert WindowState(library.places.window_path).collapses_lists
    assert len(window.results.photo_ids) == 5, "what is exported is all that is here"
    switch(window)
    assert names(window) == ALL_OF_THEM


def test_a_burst_is_opened_and_is_open_again_on_the_way_back(
    qtbot: QtBot, window: MainWindow
) -> None:
    switch(window)
    qtbot.waitUntil(lambda: window.results.model.stack_at(2) is not None)
    window.grid.choose(2)
    window.controls.toggle_stack()
    opened = ["red4.jpg", "blue2.jpg", "red0.jpg", "red1.jpg", "red3.jpg"]
    assert names(window) == opened
    stacks = [window.results.model.stack_at(row) for row in (2, 3, 4)]
    assert [(stack.at, stack.n) for stack in stacks if stack] == [(0, 3), (1, 3), (2, 3)]
    window.navigation.show_problems()
    window.navigation.go_back()
    qtbot.waitUntil(lambda: window.is_settled and names(window) == opened)
    window.grid.choose(3)
    window.controls.toggle_stack()
    assert len(names(window)) == 3


def test_photos_that_come_join_their_burst(
    qtbot: QtBot, window: MainWindow, library: Library, photos: Path
) -> None:
    switch(window)
    qtbot.waitUntil(lambda: len(names(window)) == 3)
    taken_at(draw(photos / "red9.jpg", "red", 9), NOON + timedelta(seconds=20))
    library.start()
    qtbot.waitUntil(lambda: window.results.said == "6 photos", timeout=10_000)
    qtbot.waitUntil(lambda: len(names(window)) == 3, timeout=10_000)
    window.navigation.toggle_order(is_oldest_first=True)
    wait_for_title(qtbot, window, title(window))
    assert names(window) == ["red0.jpg", "blue2.jpg", "red4.jpg"]
