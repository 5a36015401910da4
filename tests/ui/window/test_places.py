"""Going from place to place: pages, folders, dates, and the way back."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QVBoxLayout
from pytestqt.qtbot import QtBot

from desktop.library import Job, Library
from desktop.ui.pages.page import Page
from desktop.ui.places.place import ALL, PROBLEMS, Place, Spot, in_folder
from desktop.ui.window.main_window import MainWindow
from tests.pictures import draw
from tests.ui.conftest import OpenWindow
from tests.ui.window_driver import names, type_words, wait_for_title

N_BROKEN = 40


@pytest.fixture
def broken(library: Library, photos: Path) -> list[str]:
    """So many problems that their list is scrolled."""
    made = [f"broken{number:02}.jpg" for number in range(N_BROKEN)]
    for name in made:
        (photos / name).write_bytes(b"\xff\xd8\xff" + name.encode() * 500)
    library.index(Job())
    return made


class Anniversaries(Page):
    def __init__(self) -> None:
        super().__init__()
        self.words = QLabel()
        QVBoxLayout(self).addWidget(self.words)

    def show_place(self, place: Place, spot: Spot | None) -> None:
        self.words.setText(f"{place.title}, {spot}")

    def spot(self) -> Spot:
        return Spot(7, -3)


def test_a_new_page_is_one_place_and_one_widget(window: MainWindow) -> None:
    on_this_day = Place("On this day", "calendar", page="anniversaries")
    window.frame.add_place(on_this_day, Anniversaries)
    window.frame.sidebar.show_status(window.bridge.library.status())

    model, view = window.frame.sidebar.model, window.frame.sidebar.view
    titles = [model.index(row, 0).data() for row in range(model.rowCount())]
    view.clicked.emit(model.index(titles.index("On this day"), 0))
    page = window.frame.page_of(on_this_day)
    assert isinstance(page, Anniversaries)
    assert page.isVisible() and page.words.text() == "On this day, None"
    assert view.currentIndex().data() == "On this day"
    assert window.frame.problems.made is None, "a page is made when it is first shown"
    window.navigation.show_problems()
    assert window.frame.problems().isVisible() and not page.isVisible()
    window.navigation.go_back()
    assert page.isVisible() and page.words.text() == f"On this day, {Spot(7, -3)}"


def test_the_way_back_leads_to_the_photo_that_was_current(qtbot: QtBot, window: MainWindow) -> None:
    """Before, none was, and a person who uses keys began at the first again."""
    window.grid.choose(2)
    current = names(window)[2]
    window.commands.find_similar()
    wait_for_title(qtbot, window, f"Similar to {current}")
    window.navigation.go_back()
    wait_for_title(qtbot, window, "All photos")
    ((photo, _),) = window.navigation.chosen()
    assert photo.path.name == current
    assert window.grid.verticalScrollBar().value() == 0


@pytest.mark.usefixtures("broken")
def test_problems_are_a_place_on_the_way_back_and_forward(
    qtbot: QtBot, open_window: OpenWindow, library: Library
) -> None:
    window = open_window(library)
    page, bar = window.frame.problems(), window.frame.problems().table.verticalScrollBar()
    type_words(qtbot, window, "red")
    wait_for_title(qtbot, window, "“red”")
    window.navigation.show_problems()
    qtbot.waitUntil(lambda: len(page.model.problems) == N_BROKEN)
    assert bar.maximum() > 300, "there is nothing to scroll; this tests nothing"
    bar.setValue(250)

    window.navigation.go_back()
    wait_for_title(qtbot, window, "“red”")
    assert window.results.isVisible() and window.frame.search.words == "red"
    bar.setValue(0)
    window.navigation.go_forward()
    assert page.isVisible() and window.frame.search.words == ""
    qtbot.waitUntil(lambda: bar.value() == 250)
    assert window.navigation.place == PROBLEMS


def test_words_typed_among_the_problems_search_all_photos(qtbot: QtBot, window: MainWindow) -> None:
    window.navigation.show_problems()
    type_words(qtbot, window, "blue")
    wait_for_title(qtbot, window, "“blue”")
    assert window.results.isVisible() and window.navigation.place.holds(ALL)


def test_what_is_chosen_among_the_problems_is_what_actions_are_about(
    qtbot: QtBot, open_window: OpenWindow, library: Library, broken: list[str]
) -> None:
    window = open_window(library)
    window.grid.choose(0)
    copy_path = window.actions_table[window.commands.copy_path]
    assert copy_path.isEnabled()
    window.navigation.show_problems()
    qtbot.waitUntil(lambda: len(window.frame.problems().model.problems) == N_BROKEN)
    assert not copy_path.isEnabled(), "the photo in the grid is not in view"
    window.frame.problems().table.selectRow(3)
    assert copy_path.isEnabled()
    assert [photo.path.name for photo, _ in window.navigation.chosen()] == [broken[3]]


def test_leaving_a_search_stays_in_the_folder(
    qtbot: QtBot, window: MainWindow, library: Library, photos: Path
) -> None:
    (folder,) = library.folders.list_all()
    window.navigation.look_into(in_folder(folder))
    wait_for_title(qtbot, window, photos.name)
    type_words(qtbot, window, "red")
    wait_for_title(qtbot, window, "“red”")
    window.navigation.escape()
    wait_for_title(qtbot, window, photos.name)


def test_photos_can_be_listed_the_other_way_round(qtbot: QtBot, window: MainWindow) -> None:
    before = names(window)
    window.actions_table[window.navigation.toggle_order].trigger()
    qtbot.waitUntil(lambda: window.is_settled and names(window) == before[::-1])
    window.navigation.show_all()
    assert window.navigation.is_oldest_first(), "the order is kept from place to place"
    window.navigation.go_back()
    qtbot.waitUntil(lambda: window.is_settled and names(window) == before)
    oldest_first = window.actions_table[window.navigation.toggle_order]
    assert not oldest_first.isChecked()
    type_words(qtbot, window, "red")
    wait_for_title(qtbot, window, "“red”")
    assert not oldest_first.isEnabled(), "what is found stands best first"


def test_photos_by_date_have_a_header_for_each_month_unless_there_is_but_one(
    qtbot: QtBot, window: MainWindow, library: Library, photos: Path
) -> None:
    assert window.grid.sections == (), "all photos were made just now"
    for number, taken in enumerate(
        [datetime(2019, 5, 3), datetime(2019, 5, 9), datetime(2018, 1, 2)]
    ):
        made = draw(photos / f"old{number}.jpg", "red", 70 + number)
        os.utime(made, (taken.timestamp(), taken.timestamp()))
    library.index(Job())
    window.navigation.toggle_order(True)
    qtbot.waitUntil(lambda: len(window.grid.sections) == 3)
    headers = [(section.title, section.note) for section in window.grid.sections]
    assert headers[:2] == [("January 2018", "1 photo"), ("May 2019", "2 photos")]
    window.navigation.toggle_order(False)
    qtbot.waitUntil(lambda: window.grid.sections[-1].title == "January 2018")
    type_words(qtbot, window, "red")
    wait_for_title(qtbot, window, "“red”")
    assert window.grid.sections[0].title == "Likely"
