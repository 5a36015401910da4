"""A search says how sure it is, and shows weaker matches when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.library import Band, Coverage, Hit, Query, Results, Verdict
from desktop.ui.places.answers import N_NEAREST
from desktop.ui.window.main_window import MainWindow
from tests.ui.conftest import OpenWindow
from tests.ui.large_library import LargeLibrary
from tests.ui.window_driver import type_words, wait_for_title


class UnsureLibrary(LargeLibrary):
    """Answers "dog" with 3 likely, 2 maybe and 40 unlikely photos, "blur" with 2 maybe ones, and
    anything else with unlikely ones."""

    def search(self, query: Query, exact: bool = True) -> Results:
        counts = {"dog": (3, 2, 40), "blur": (0, 2, 40)}.get(query.text, (0, 0, 45))
        bands = [band for band, n in zip(Band, counts, strict=True) for _ in range(n)]
        hits = tuple(Hit(at + 1, 0.5 - at / 100, band) for at, band in enumerate(bands))
        verdicts = {"dog": Verdict.FOUND, "blur": Verdict.WEAK}
        verdict = verdicts.get(query.text, Verdict.NOTHING)
        return Results(query, "none@1", hits, 45, 60, 10.0, verdict=verdict)

    def coverage(self, results: Results) -> Coverage:
        return Coverage(45, 60, 12, 3, (Path("/media/E"),))


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

    page.weak_button.click()
    assert page.model.rowCount() == 45
    assert sections(window) == ["Likely", "Maybe", "Weaker matches"]
    assert not page.weak_button.isVisible()

    search(qtbot, window, "blur")
    assert page.model.rowCount() == 2, "the next search begins anew"


def test_where_nothing_fits_the_page_says_so_and_shows_the_nearest(
    qtbot: QtBot, window: MainWindow
) -> None:
    search(qtbot, window, "submarine")
    assert window.results.note.startswith("Nothing like that here.")
    assert sections(window) == ["Nearest misses"]
    assert window.results.model.rowCount() == N_NEAREST


def test_where_nothing_is_likely_the_page_says_that(qtbot: QtBot, window: MainWindow) -> None:
    search(qtbot, window, "blur")
    assert window.results.note.startswith("Nothing here is likely")
    search(qtbot, window, "dog")
    assert window.results.note == ""


def test_what_was_not_searched_is_said_and_leads_to_the_problems(
    qtbot: QtBot, window: MainWindow
) -> None:
    search(qtbot, window, "dog")
    page = window.results
    assert page.said == "Searched 45 of 60 photos · 12 waiting · 3 unreadable · E missing"
    assert page.unreadable_button.isVisible()
    with qtbot.waitSignal(page.problems_wanted):
        page.unreadable_button.click()
