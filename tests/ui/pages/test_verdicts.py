"""A search says how sure it is, and shows weaker matches when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.library import Band, Coverage, Hit, Query, Results, Verdict
from desktop.ui.pages.results import LOW_PX
from desktop.ui.pages.sayings import saying
from desktop.ui.places.answers import N_NEAREST
from desktop.ui.places.place import PROBLEMS
from desktop.ui.window.main_window import MainWindow
from tests.ui.conftest import OpenWindow
from tests.ui.large_library import LargeLibrary
from tests.ui.window_driver import type_words, wait_for_title, words_field

E_DRIVE = Path("/media/E")


class UnsureLibrary(LargeLibrary):
    """Answers "dog" with 3 likely, 2 maybe and 40 unlikely photos, "blur", "fog" and a photo with 2
    maybe ones, and anything else with unlikely ones."""

    def search(self, query: Query, exact: bool = True) -> Results:
        known = {"dog": (3, 2, 40), "blur": (0, 2, 40), "fog": (0, 2, 40)}
        asked = "blur" if query.has_likeness else query.text
        counts = known.get(asked, (0, 0, 45))
        bands = [band for band, n in zip(Band, counts, strict=True) for _ in range(n)]
        hits = tuple(Hit(at + 1, 0.5 - at / 100, band) for at, band in enumerate(bands))
        verdicts = {"dog": Verdict.FOUND, "blur": Verdict.WEAK, "haze": Verdict.WEAK}
        verdict = verdicts.get(asked, Verdict.NOTHING)
        return Results(query, "none@1", hits, 45, 60, 10.0, verdict=verdict)

    def coverage(self, results: Results) -> Coverage:
        return Coverage(45, 60, 12, 3, (E_DRIVE,))


@pytest.fixture
def window(open_window: OpenWindow, tmp_path: Path) -> Iterator[MainWindow]:
    library = UnsureLibrary(tmp_path, 60)
    yield open_window(library)
    library.close()


def search(qtbot: QtBot, window: MainWindow, words: str) -> None:
    type_words(qtbot, window, words)
    wait_for_title(qtbot, window, f"“{words}”")


def sections(window: MainWindow) -> list[str]:
    return [section.title for section in window.grid.sections]


def test_weaker_matches_are_shown_when_they_are_asked_for(qtbot: QtBot, window: MainWindow) -> None:
    search(qtbot, window, "dog")
    page = window.results
    assert window.results.model.rowCount() == 5
    assert sections(window) == ["Likely", "Maybe"]
    assert page.weak_button.isVisible()
    assert page.weak_button.text() == "Show 40 weaker matches"

    window.activateWindow()
    page.weak_button.setFocus()
    qtbot.waitUntil(page.weak_button.hasFocus)
    qtbot.keyClick(page.weak_button, Qt.Key.Key_Space)
    assert page.model.rowCount() == 45
    assert page.grid.hasFocus(), "the keys go on there"
    assert sections(window) == ["Likely", "Maybe", "Weaker matches"]
    assert not page.weak_button.isVisible()
    first = page.grid.visualRect(page.model.index(5))
    assert page.grid.viewport().rect().contains(first), "one sees what has come"

    words_field(window).returnPressed.emit()
    search(qtbot, window, "blur")
    assert page.model.rowCount() == 2, "the next search begins anew"
    window.navigation.go_back()
    qtbot.waitUntil(lambda: window.is_settled and page.model.rowCount() == 45)


def test_where_nothing_fits_the_page_says_so_and_shows_the_nearest(
    qtbot: QtBot, window: MainWindow
) -> None:
    search(qtbot, window, "submarine")
    assert window.results.note.startswith("Nothing like that here.")
    assert sections(window) == ["Nearest misses"]
    assert window.results.model.rowCount() == N_NEAREST


def test_where_nothing_fits_but_some_may_the_page_is_less_sure(
    qtbot: QtBot, window: MainWindow
) -> None:
    search(qtbot, window, "fog")
    assert window.results.note.startswith("There seems to be nothing like that here")
    assert sections(window) == ["Maybe"]


def test_where_nothing_is_likely_the_page_is_not_certain(qtbot: QtBot, window: MainWindow) -> None:
    """It may well be there: of many words the model is never sure."""
    search(qtbot, window, "haze")
    assert window.results.note == "None of these is certain. What comes nearest is first."
    assert sections(window) == ["Nearest"]


def test_what_may_be_meant_is_called_uncertain(qtbot: QtBot, window: MainWindow) -> None:
    search(qtbot, window, "blur")
    assert window.results.note.startswith("None of these is certain.")
    assert sections(window) == ["Maybe"]
    search(qtbot, window, "dog")
    assert window.results.note == ""


def test_what_comes_first_is_said_only_of_the_best_match_first(window: MainWindow) -> None:
    results = window.bridge.library.search(Query(text="blur"))
    assert saying(results).endswith("comes first.")
    assert saying(results, is_by_match=False) == "None of these is certain."


def test_where_nothing_is_very_similar_the_page_says_that(qtbot: QtBot, window: MainWindow) -> None:
    window.results.grid.choose(0)
    window.commands.find_similar()
    qtbot.waitUntil(lambda: sections(window) == ["Similar"])
    assert window.results.note == "Nothing here is very similar. What is nearest comes first."


def test_what_was_not_searched_is_said_and_leads_to_where_it_is(
    qtbot: QtBot, window: MainWindow
) -> None:
    search(qtbot, window, "dog")
    line = window.results.coverage
    assert window.results.said == "Searched 45 of 60 photos · 12 waiting · 3 unreadable · E missing"
    assert line.links == ["3 unreadable", "E missing"]
    with qtbot.waitSignal(line.folder_wanted, check_params_cb=lambda path: path == E_DRIVE):
        line.follow("E missing")
    line.follow("3 unreadable")
    assert window.navigation.place == PROBLEMS
    window.navigation.go_back()
    wait_for_title(qtbot, window, "“dog”")


def test_many_folders_that_are_away_are_counted(qtbot: QtBot, window: MainWindow) -> None:
    window.results.coverage.folders_wanted.disconnect()  # this library has no settings to show
    line = window.results.coverage
    away = tuple(Path(f"/media/{name}") for name in "EFGH")
    line.say(["Searched 1 of 2 photos"], Coverage(1, 2, 0, 0, away))
    assert line.said == "Searched 1 of 2 photos · 4 folders missing"
    with qtbot.waitSignal(line.folders_wanted):
        line.follow("4 folders missing")


def test_the_links_can_be_followed_by_keyboard(qtbot: QtBot, window: MainWindow) -> None:
    search(qtbot, window, "dog")
    line = window.results.coverage
    line.problems_wanted.disconnect()
    window.activateWindow()
    line.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(line.hasFocus)
    with qtbot.waitSignal(line.problems_wanted):
        qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.keyClick(line, Qt.Key.Key_Tab)
    with qtbot.waitSignal(line.folder_wanted):
        qtbot.keyClick(line, Qt.Key.Key_Return)


def test_the_name_of_a_folder_is_no_markup(qtbot: QtBot, window: MainWindow) -> None:
    line = window.results.coverage
    line.say([], Coverage(1, 2, 0, 0, (Path("/media/<b>&amp;"),)))
    assert line.said == "<b>&amp; missing"
    assert "&lt;b&gt;&amp;amp;&nbsp;missing" in line.text()
    with qtbot.waitSignal(line.folder_wanted):
        line.follow(line.said)


def test_a_low_page_says_all_in_one_line_and_leaves_room_for_photos(
    qtbot: QtBot, window: MainWindow
) -> None:
    search(qtbot, window, "blur")
    page = window.results
    window.resize(640, LOW_PX + 40)  # with head and status bar
    qtbot.waitUntil(lambda: page.note == "" and not page.weak_button.isVisible())
    assert page.said.startswith("None is certain · Searched 45 of 60 photos")
    assert page.coverage.links[-1] == "40 weaker matches"
    qtbot.waitUntil(lambda: page.grid.height() > page.height() / 2)
    assert "None of these is certain" in page.coverage.toolTip()
    page.coverage.follow("40 weaker matches")
    assert page.model.rowCount() == 42
    window.resize(1000, 800)
    qtbot.waitUntil(lambda: page.note.startswith("None of these is certain"))
    assert page.said.startswith("Searched 45") and page.coverage.toolTip() == ""
