"""Folders with what is in them, years and months, beside the photos."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from desktop.library import Job, Library
from desktop.ui.sidebar.delegate import has_room_for_count, indent_px
from desktop.ui.window.main_window import MainWindow
from tests.pictures import draw
from tests.ui.conftest import OpenWindow
from tests.ui.window_driver import KEY, names, title, type_words, wait_for_title

FILES = {
    "2019/Norway/fjord.jpg": ("blue", datetime(2019, 5, 3)),
    "2019/Norway/boat.jpg": ("red", datetime(2019, 7, 9)),
    "2019/Norway/Hut/door.jpg": ("red", datetime(2019, 7, 10)),
    "2019/garden.jpg": ("green", datetime(2019, 5, 20)),
    "camera.jpg": ("yellow", datetime(2021, 1, 2)),
}


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number, (path, (colour, taken)) in enumerate(FILES.items()):
        made = draw(tmp_path / "Pictures" / path, colour, number)
        os.utime(made, (taken.timestamp(), taken.timestamp()))
    return tmp_path / "Pictures"


@pytest.fixture
def library(just_indexed: Library) -> Library:
    return just_indexed


@pytest.fixture
def window(qtbot: QtBot, open_window: OpenWindow, library: Library) -> MainWindow:
    window = open_window(library)
    qtbot.waitUntil(lambda: "Dates" in lines(window))
    return window


def lines(window: MainWindow) -> list[str]:
    return [entry.title for entry in window.frame.sidebar.model.entries]


def explore(window: MainWindow) -> list[str]:
    """What there is to explore."""
    found = lines(window)
    return found[found.index("Explore") + 1 : found.index("Dates")]


def counts(window: MainWindow) -> dict[str, int | None]:
    return {entry.title: entry.count for entry in window.frame.sidebar.model.entries}


def press(qtbot: QtBot, window: MainWindow, line: str, on_sign: bool = False) -> None:
    view, model = window.frame.sidebar.view, window.frame.sidebar.model
    row = lines(window).index(line)
    cell = view.visualRect(model.index(row))
    left_px = cell.left() + indent_px(model.entries[row]) + 12
    at = QPoint(left_px, cell.center().y()) if on_sign else cell.center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def here(window: MainWindow) -> str:
    return str(window.frame.sidebar.view.currentIndex().data())


def test_everything_is_closed_at_first(window: MainWindow) -> None:
    assert lines(window) == [
        "All photos", "Problems", "Folders", "Pictures", "Explore", *explore(window),
        "Dates", "2021", "2019",
    ]  # fmt: skip
    assert counts(window)["Pictures"] == 5 and counts(window)["2019"] == 4


def test_what_there_is_to_explore_is_put_away_by_its_heading(
    qtbot: QtBot, window: MainWindow
) -> None:
    assert "Compare" in explore(window)
    press(qtbot, window, "Explore")
    assert explore(window) == []
    assert title(window) == "All photos", "it leads nowhere by itself"
    press(qtbot, window, "Explore")
    assert "Compare" in explore(window)


def test_a_folder_opens_and_leads_to_what_is_in_it(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, window, "Pictures", on_sign=True)
    assert title(window) == "All photos", "to open a folder is not to go there"
    press(qtbot, window, "2019", on_sign=True)
    press(qtbot, window, "Norway", on_sign=True)
    assert lines(window)[3:8] == ["Pictures", "2019", "Norway", "Hut", "Explore"]
    assert counts(window)["Norway"] == 3 and counts(window)["Hut"] == 1
    press(qtbot, window, "Norway")
    wait_for_title(qtbot, window, "Norway")
    assert sorted(names(window)) == ["boat.jpg", "door.jpg", "fjord.jpg"]
    press(qtbot, window, "Pictures", on_sign=True)
    assert lines(window)[3:5] == ["Pictures", "Explore"]
    assert here(window) == "Pictures", "what it is in, as it is not listed itself"


def test_the_arrow_keys_open_and_close(qtbot: QtBot, window: MainWindow) -> None:
    view = window.frame.sidebar.view
    view.setFocus()
    press(qtbot, window, "Pictures")
    qtbot.keyClick(view, KEY.Key_Right)
    assert lines(window)[4] == "2019"
    qtbot.keyClick(view, KEY.Key_Down)
    wait_for_title(qtbot, window, "2019")
    qtbot.keyClick(view, KEY.Key_Left)
    wait_for_title(qtbot, window, "Pictures")
    qtbot.keyClick(view, KEY.Key_Left)
    assert lines(window)[4] == "Explore" and view.hasFocus()


def test_a_month_is_searched_within_a_folder(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, window, "Pictures", on_sign=True)
    press(qtbot, window, "2019", on_sign=True)
    press(qtbot, window, "Norway")
    wait_for_title(qtbot, window, "Norway")
    qtbot.waitUntil(lambda: "2021" not in lines(window), timeout=5000)
    year = len(lines(window)) - 1
    window.frame.sidebar.view.opened.emit(year, True)
    assert lines(window)[year:] == ["2019", "July", "May"]
    press(qtbot, window, "July")
    wait_for_title(qtbot, window, "Norway · July 2019")
    assert here(window) == "July"
    assert sorted(names(window)) == ["boat.jpg", "door.jpg"]
    type_words(qtbot, window, "red")
    wait_for_title(qtbot, window, "“red”")
    assert len(names(window)) == 2 and here(window) == "July"
    window.navigation.escape()
    wait_for_title(qtbot, window, "Norway · July 2019")
    window.navigation.show_all()
    qtbot.waitUntil(lambda: "2021" in lines(window))


def test_a_month_is_left_by_choosing_it_again_by_escape_or_by_all_photos(
    qtbot: QtBot, window: MainWindow
) -> None:
    press(qtbot, window, "2019", on_sign=True)
    press(qtbot, window, "May")
    wait_for_title(qtbot, window, "May 2019")
    press(qtbot, window, "May")
    wait_for_title(qtbot, window, "All photos")
    assert here(window) == "All photos"

    press(qtbot, window, "2019")
    wait_for_title(qtbot, window, "2019")
    qtbot.keyClick(window, KEY.Key_Escape)
    wait_for_title(qtbot, window, "All photos")
    assert here(window) == "All photos"

    press(qtbot, window, "May")
    wait_for_title(qtbot, window, "May 2019")
    press(qtbot, window, "2019")
    wait_for_title(qtbot, window, "2019")
    press(qtbot, window, "All photos")
    wait_for_title(qtbot, window, "All photos")


def test_a_search_goes_on_when_its_month_is_left(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, window, "2019", on_sign=True)
    press(qtbot, window, "July")
    wait_for_title(qtbot, window, "July 2019")
    type_words(qtbot, window, "red")
    wait_for_title(qtbot, window, "“red”")
    assert len(names(window)) == 2
    press(qtbot, window, "July")
    qtbot.waitUntil(lambda: window.is_settled and here(window) == "All photos")
    assert title(window) == "“red”"
    window.results.weak_button.click()
    assert len(names(window)) > 2


def test_what_is_open_is_open_again_at_the_next_start(
    qtbot: QtBot, window: MainWindow, open_window: OpenWindow, library: Library
) -> None:
    press(qtbot, window, "Pictures", on_sign=True)
    window.remember()
    again = open_window(library)
    qtbot.waitUntil(lambda: "Dates" in lines(again))
    assert lines(again)[3:5] == ["Pictures", "2019"]


def test_where_there_is_no_room_for_both_a_name_goes_before_its_count() -> None:
    assert has_room_for_count(name_px=40, room_px=41), "a short name beside its count"
    assert not has_room_for_count(name_px=62, room_px=36), "All p…"
    assert has_room_for_count(name_px=400, room_px=120), "a long one is cut and can still be told"


def test_photos_that_come_are_counted(
    qtbot: QtBot, window: MainWindow, library: Library, photos: Path
) -> None:
    press(qtbot, window, "Pictures", on_sign=True)
    draw(photos / "2022" / "new.jpg", "red", 77)
    library.start()
    qtbot.waitUntil(lambda: counts(window).get("2022") == 1, timeout=10_000)
    assert here(window) == "All photos"


def test_names_of_folders_cannot_pose_as_others(
    qtbot: QtBot, open_window: OpenWindow, library: Library, photos: Path
) -> None:
    draw(photos / "gpj.\u202etxt\n" / "new.jpg", "red", 78)
    library.index(Job())
    window = open_window(library)
    qtbot.waitUntil(lambda: "Dates" in lines(window))
    press(qtbot, window, "Pictures", on_sign=True)
    assert "gpj.\\u202etxt\\n" in lines(window)
