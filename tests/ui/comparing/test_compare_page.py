"""Comparing models in the window: a sample is read, photos are asked, and votes are cast."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from desktop.library import Job, Library, Places, Settings
from desktop.library.comparing import Vote
from desktop.ui.comparing.blind import words_of
from desktop.ui.comparing.page import ComparePage
from desktop.ui.places.place import ALL, COMPARE
from desktop.ui.window.main_window import MainWindow
from tests.library.comparing.test_comparison import TwoKinds
from tests.pictures import draw
from tests.shared_decoders import DECODERS
from tests.ui.conftest import OpenWindow


@pytest.fixture
def library(photos: Path, tmp_path: Path) -> Iterator[Library]:
    settings = Settings(idle_unload_s=0)
    library = Library.open(Places.under(tmp_path / "data"), settings, TwoKinds, DECODERS)
    library.folders.add(photos)
    library.index(Job())
    yield library
    library.close()


@pytest.fixture
def window(open_window: OpenWindow, library: Library) -> MainWindow:
    window = open_window(library)
    window.navigation.go(COMPARE)
    return window


@pytest.fixture
def page(window: MainWindow) -> ComparePage:
    return window.frame.compare()


def read_sample(qtbot: QtBot, page: ComparePage) -> None:
    qtbot.waitUntil(lambda: page.begin.isEnabled())
    qtbot.mouseClick(page.begin, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(page.rows.strips), timeout=20_000)
    qtbot.waitUntil(lambda: has_pictures(page), timeout=10_000)


def has_pictures(page: ComparePage) -> bool:
    strips = page.rows.strips.values()
    return all(strip.photo_ids and strip.n_pictures == len(strip.photo_ids) for strip in strips)


def test_two_models_are_asked_about_the_same_photo(
    qtbot: QtBot, page: ComparePage, library: Library
) -> None:
    qtbot.waitUntil(lambda: page.begin.isEnabled())
    page.begin.setFocus()
    read_sample(qtbot, page)

    assert list(page.rows.strips) == ["colours", "colours-2"], "those at hand, two to begin with"
    headings = [each.text() for each in page.rows.findChildren(QLabel, "heading")]
    assert headings == [box.text() for box in page.boxes.values()][:2] == ["Colours", "Colours-2"]
    assert page.window().focusWidget() is page.begin, "the keys go on where they were"
    (red,) = [p for p in library.photos.get(library.photos.list_ids()) if p.path.stem == "red0"]
    page.ask_photo(red)
    qtbot.waitUntil(lambda: page.asked.photo_ids == [red.photo_id] and has_pictures(page))
    for strip in page.rows.strips.values():
        nearest = library.photos.get(strip.photo_ids[:3])
        assert {photo.path.stem[:3] for photo in nearest} == {"red"}
    assert library.status().coming_model is None, "nothing was chosen"


def test_an_outside_photo_can_be_asked_about(
    qtbot: QtBot, page: ComparePage, tmp_path: Path, library: Library
) -> None:
    read_sample(qtbot, page)
    before = {name: strip.photo_ids for name, strip in page.rows.strips.items()}

    page.ask_file(draw(tmp_path / "outside" / "new.jpg", "blue", 9))

    def is_blue() -> bool:
        shown = page.rows.strips["colours"].photo_ids
        nearest = library.photos.get(shown[:3])
        return shown != before["colours"] and {p.path.stem[:4] for p in nearest} == {"blue"}

    qtbot.waitUntil(is_blue, timeout=10_000)
    assert page.asked.isHidden()


def test_votes_are_cast_by_keys_without_knowing_who_answers(
    qtbot: QtBot, window: MainWindow, page: ComparePage
) -> None:
    window.frame.search.set_recent(["red", "after:2020", "blue, -green"])
    read_sample(qtbot, page)
    qtbot.mouseClick(page.turn, Qt.MouseButton.LeftButton)
    blind = page.blind

    assert blind.question.text() == "“red”"
    qtbot.waitUntil(lambda: all(strip.n_pictures for strip in blind.strips))
    for strip in blind.strips:
        assert strip.n_pictures == len(strip.photo_ids)
        assert "score" not in strip.tips[0]
    qtbot.keyClick(blind, Qt.Key.Key_A)
    assert blind.question.text() == "“blue”", "what shall not be there is left out"
    blind.go_back()
    blind.vote(Vote.EQUAL)
    qtbot.keyClick(blind, Qt.Key.Key_E)
    assert blind.question.text() == "Neither is better"
    assert "2 times both were alike" in blind.said.text()


def test_a_comparison_can_be_stopped(qtbot: QtBot, page: ComparePage) -> None:
    qtbot.waitUntil(lambda: page.begin.isEnabled())
    page.compare()
    assert not page.begin.isEnabled()
    assert page.cancel.isVisible()
    qtbot.mouseClick(page.cancel, Qt.MouseButton.LeftButton)
    assert page.begin.isEnabled()
    assert not page.cancel.isVisible()
    assert not page.rows.strips


def test_without_searches_there_is_nothing_to_vote_on(qtbot: QtBot, page: ComparePage) -> None:
    read_sample(qtbot, page)
    page.blind.begin(page.trial, random.Random(1))
    assert page.blind.question.text() == "Nothing to vote on yet"


def test_the_way_back_leads_through_it(window: MainWindow) -> None:
    assert window.frame.page_of(window.navigation.place) is window.frame.compare()
    window.navigation.go_back()
    assert window.navigation.place == ALL
    window.navigation.go_forward()
    assert window.frame.compare().isVisible()


def test_searches_of_which_nothing_is_left_in_words_are_not_asked_again() -> None:
    recent = ["dog, beach after:2020", "after:2020", "-people", "like:a.jpg, at night", "cat"]
    assert words_of(recent, 5) == ["dog, beach", "at night", "cat"]
    assert words_of(recent, 1) == ["dog, beach"]
