"""Look-alikes share one thumbnail with their number, until it is opened."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from desktop.library import Library
from desktop.ui.window.main_window import MainWindow
from desktop.ui.window.window_state import WindowState
from tests.ui.conftest import N_EACH
from tests.ui.window_driver import names, type_words, wait_for_title, words_field


@pytest.fixture
def collapses() -> bool:
    return True


@pytest.fixture
def red(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """To the model of this test, all red photos look alike."""
    type_words(qtbot, window, "red")
    wait_for_title(qtbot, window, "“red”")
    return window


def press_number(qtbot: QtBot, window: MainWindow, row: int) -> None:
    grid = window.grid
    cell = grid.visualRect(window.results.model.index(row))
    at = cell.topRight() + QPoint(-20, 16)
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_one_stands_for_all_and_says_how_many_there_are(red: MainWindow) -> None:
    assert len(names(red)) == 1
    stack = red.results.model.stack_at(0)
    assert stack is not None and (stack.n, stack.is_open) == (N_EACH, False)
    (section,) = red.grid.sections
    assert (section.n_rows, section.note) == (1, f"{N_EACH} photos")
    tip = red.results.model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert f"{N_EACH} photos look like this" in tip and "this one alone" in tip
    said = red.results.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.endswith(f"sure, 1 of {N_EACH} look-alikes")


def test_weaker_matches_are_counted_as_they_are_when_they_are_shown(red: MainWindow) -> None:
    page = red.results
    assert page.weak_button.text() == f"Show {3 * N_EACH} weaker matches", "of three other colours"
    page.weak_button.click()
    weaker = page.grid.sections[-1]
    assert weaker.note == f"{3 * N_EACH} photos" and weaker.n_rows < 3 * N_EACH


def test_a_press_on_the_number_shows_the_others_and_hides_them(
    qtbot: QtBot, red: MainWindow
) -> None:
    press_number(qtbot, red, 0)
    assert len(names(red)) == N_EACH and not red.frame.shows_viewer
    assert [red.results.model.stack_at(row).at for row in range(N_EACH)] == list(range(N_EACH))
    press_number(qtbot, red, 2)
    assert len(names(red)) == 1


def test_the_way_back_leads_to_what_was_opened(qtbot: QtBot, red: MainWindow) -> None:
    words_field(red).returnPressed.emit()
    press_number(qtbot, red, 0)
    type_words(qtbot, red, "blue")
    wait_for_title(qtbot, red, "“blue”")
    assert len(names(red)) == 1
    red.navigation.go_back()
    wait_for_title(qtbot, red, "“red”")
    assert len(names(red)) == N_EACH


def test_the_key_and_the_menu_do_the_same(red: MainWindow) -> None:
    red.grid.choose(0)
    red.actions_table.refresh()
    action = red.actions_table[red.controls.toggle_stack]
    assert action.isEnabled() and not action.isChecked()
    action.trigger()
    assert len(names(red)) == N_EACH
    red.actions_table.refresh()
    assert action.isChecked()


def test_what_is_done_is_done_with_the_photo_that_is_shown(red: MainWindow) -> None:
    red.grid.choose(0)
    ((photo, _),) = red.navigation.chosen()
    assert [photo.path.name] == names(red)


def test_it_can_be_switched_off_and_that_is_remembered(red: MainWindow, library: Library) -> None:
    red.actions_table[red.controls.toggle_collapse].trigger()
    assert len(names(red)) == N_EACH
    assert not WindowState(library.places.window_path).collapses


def test_photos_that_are_listed_are_all_shown(window: MainWindow) -> None:
    assert len(names(window)) == 4 * N_EACH
