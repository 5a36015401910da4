"""A large library answers fast first and exactly then, and nothing jumps in between."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from desktop.library import Band, Hit, Job, Library, PhotosChanged, Query, Results
from desktop.ui.places.answers import Answer
from desktop.ui.window.main_window import MainWindow
from tests.ui.conftest import OpenWindow
from tests.ui.large_library import HeldLibrary
from tests.ui.window_driver import type_words

N_LIKELY = 100


def hits_of(photo_ids: list[int]) -> tuple[Hit, ...]:
    """The first N_LIKELY are likely, the rest maybe."""
    return tuple(
        Hit(pid, round(0.5 - at / 10_000, 6), Band.LIKELY if at < N_LIKELY else Band.MAYBE)
        for at, pid in enumerate(photo_ids)
    )


class TwiceAnswering(HeldLibrary):
    """Its first answer lacks photos; the exact one waits until `go_on`.

    Attributes:
        lacking: ids that the first answer lacks; the exact one is 1..600.
        asked: (words, exact) of each search.
    """

    def __init__(self, data: Path) -> None:
        super().__init__(data, 2_000)
        self.lacking: set[int] = set()
        self.go_on.clear()
        self.asked: list[tuple[str, bool]] = []
        self.queries: list[Query] = []

    def search(self, query: Query, exact: bool = True) -> Results:
        self.asked.append((query.text, exact))
        self.queries.append(query)
        ids = range(1, 701)
        if exact:
            self.wait()
        else:
            ids = [pid for pid in ids if pid not in self.lacking]
        hits = hits_of(list(ids)[: query.n])
        return Results(query, "none@1", hits, self.n_photos, self.n_photos, 10.0, exact)


@pytest.fixture
def large(tmp_path: Path) -> Iterator[TwiceAnswering]:
    library = TwiceAnswering(tmp_path)
    yield library
    library.close()


@pytest.fixture
def window(open_window: OpenWindow, large: TwiceAnswering) -> MainWindow:
    return open_window(large)


def shown(window: MainWindow) -> list[int]:
    return window.results.model.photo_ids.tolist()


def search(qtbot: QtBot, window: MainWindow, words: str) -> None:
    """Until the first answer is shown, with its pictures."""
    type_words(qtbot, window, words)
    qtbot.waitUntil(lambda: len(window.results.model.hits) > 0 and window.grid.is_settled)


def confirm(qtbot: QtBot, window: MainWindow, large: TwiceAnswering) -> None:
    large.go_on.set()
    qtbot.waitUntil(lambda: window.is_settled)


def top_of(window: MainWindow, photo_id: int) -> QPoint:
    """Where the photo's cell is in view."""
    row = window.results.model.row_of(photo_id)
    return window.grid.visualRect(window.results.model.index(row)).topLeft()


def put_mouse_on(qtbot: QtBot, window: MainWindow, photo_id: int) -> QPoint:
    row = window.results.model.row_of(photo_id)
    at = window.grid.visualRect(window.results.model.index(row)).center()
    qtbot.mouseMove(window.grid.viewport(), at)
    qtbot.waitUntil(lambda: window.grid.row_under_mouse == row)
    return at


def test_the_exact_answer_follows_with_what_the_first_one_lacked(
    qtbot: QtBot, window: MainWindow, large: TwiceAnswering
) -> None:
    large.lacking = {1, 7}
    search(qtbot, window, "dog")
    assert 1 not in shown(window)
    assert not window.is_settled, "what is shown is not the last word"
    confirm(qtbot, window, large)
    assert shown(window) == list(range(1, 601))
    assert large.asked == [("dog", False), ("dog", True)]
    assert large.queries[0] is large.queries[1], "the words are not embedded twice"


def test_nothing_is_touched_when_both_agree(
    qtbot: QtBot, window: MainWindow, large: TwiceAnswering
) -> None:
    search(qtbot, window, "dog")
    model = window.results.model
    resets, changes = QSignalSpy(model.modelReset), QSignalSpy(model.dataChanged)
    confirm(qtbot, window, large)
    assert large.asked[-1] == ("dog", True)
    assert resets.count() == 0
    spans = [changes.at(at) for at in range(changes.count())]  # pictures come one by one
    assert all(last.row() - first.row() + 1 < len(shown(window)) for first, last, *_ in spans)


def test_place_and_selection_stay(qtbot: QtBot, window: MainWindow, large: TwiceAnswering) -> None:
    large.lacking = {1, 2, 3, 250}
    search(qtbot, window, "dog")
    grid, model = window.grid, window.results.model
    grid.choose(model.row_of(300))
    before = top_of(window, 300).y()
    first_in_view = grid.hold(model.photo_ids)
    assert first_in_view is not None
    confirm(qtbot, window, large)
    assert top_of(window, first_in_view.photo_id).y() == first_in_view.below_px
    assert abs(top_of(window, 300).y() - before) <= grid.visualRect(model.index(0)).height() + 8
    assert [int(model.photo_ids[row]) for row in grid.chosen_rows()] == [300]
    assert int(model.photo_ids[grid.currentIndex().row()]) == 300


def test_at_the_top_the_best_photos_come_into_view(
    qtbot: QtBot, window: MainWindow, large: TwiceAnswering
) -> None:
    large.lacking = {1}
    search(qtbot, window, "dog")
    confirm(qtbot, window, large)
    assert window.grid.verticalOffset() == 0
    assert shown(window)[0] == 1


@pytest.mark.parametrize("photo_id", [9, 160])
def test_the_photo_under_the_mouse_stays_there(
    qtbot: QtBot, window: MainWindow, large: TwiceAnswering, photo_id: int
) -> None:
    """At the top, and scrolled down in the second section."""
    large.lacking = {1, 2, 3, 120}
    search(qtbot, window, "dog")
    grid, model = window.grid, window.results.model
    if photo_id > N_LIKELY:
        grid.verticalScrollBar().setValue(grid._layout.rect(model.row_of(photo_id)).top() - 150)
    at = put_mouse_on(qtbot, window, photo_id)
    before = top_of(window, photo_id)
    confirm(qtbot, window, large)
    assert top_of(window, photo_id) == before
    assert int(model.photo_ids[grid.indexAt(at).row()]) == photo_id
    assert grid.row_under_mouse == grid._hovered, "it is still lit"
    others = [pid for pid in shown(window) if pid != photo_id]
    assert others == [pid for pid in range(1, 601) if pid != photo_id]
    bands = [hit.band for hit in model.hits]
    assert bands == sorted(bands), "the sections stay whole"


def test_a_newer_question_supersedes_both(
    qtbot: QtBot, window: MainWindow, large: TwiceAnswering
) -> None:
    answers: list[Answer] = []
    window.results.asking.answered.connect(answers.append)
    search(qtbot, window, "dog")
    qtbot.waitUntil(lambda: ("dog", True) in large.asked)
    type_words(qtbot, window, "cat")
    qtbot.waitUntil(lambda: window.navigation.place.query.text == "cat")
    confirm(qtbot, window, large)
    confirmed = [answer.place.query.text for answer in answers if answer.is_confirmation]
    assert confirmed == ["cat"]
    assert large.asked[-2:] == [("cat", False), ("cat", True)]


def test_going_back_to_a_place_that_only_the_exact_answer_has(
    qtbot: QtBot, window: MainWindow, large: TwiceAnswering
) -> None:
    large.go_on.set()
    search(qtbot, window, "dog")
    qtbot.waitUntil(lambda: window.is_settled)
    window.frame.search.entered.emit()
    window.grid.verticalScrollBar().setValue(1_500)
    spot = window.grid.spot()
    assert spot is not None
    type_words(qtbot, window, "cat")
    qtbot.waitUntil(lambda: window.navigation.place.query.text == "cat" and window.is_settled)
    large.lacking = {spot.photo_id}
    window.navigation.go_back()
    qtbot.waitUntil(lambda: window.navigation.place.query.text == "dog" and window.is_settled)
    assert top_of(window, spot.photo_id).y() == spot.below_px


def test_photos_that_arrive_are_asked_for_exactly_at_once(
    qtbot: QtBot, window: MainWindow, large: TwiceAnswering
) -> None:
    """Else what is shown would go back to the first answer and on again each time."""
    large.lacking = {1}
    search(qtbot, window, "dog")
    confirm(qtbot, window, large)
    large.publish(PhotosChanged())
    qtbot.waitUntil(lambda: len(large.asked) == 3)
    assert large.asked[2] == ("dog", True)


def test_in_the_real_library_both_answers_come(
    qtbot: QtBot, open_window: OpenWindow, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.index.local.generation.APPROXIMATE_FROM", 1)
    monkeypatch.setattr("desktop.index.local.index.REBUILD_ROWS", 1)
    library.change_settings(dataclasses.replace(library.settings, exact_search_limit=1))
    library.index(Job())
    answers: list[Answer] = []
    window = open_window(library)
    window.results.asking.answered.connect(answers.append)
    type_words(qtbot, window, "red")
    qtbot.waitUntil(lambda: len(answers) == 2 and window.is_settled, timeout=10_000)
    assert [answer.results.is_exact for answer in answers] == [False, True]
    assert answers[0].hits == answers[1].hits


class Slow(HeldLibrary):
    """Each search waits until `go_on`."""

    def search(self, query: Query, exact: bool = True) -> Results:
        self.wait()
        return super().search(query, exact)


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Slow]:
    library = Slow(tmp_path, 50)
    yield library
    library.close()


def test_that_it_searches_is_said_until_there_is_an_answer(
    qtbot: QtBot, open_window: OpenWindow, slow: Slow
) -> None:
    window = open_window(slow)
    slow.go_on.clear()
    type_words(qtbot, window, "dog")
    qtbot.waitUntil(lambda: window.results.said.startswith("Searching"))
    with qtbot.waitSignal(window.bridge.status_changed):
        window.bridge.refresh_status()
    window.resize(640, 300)
    assert window.results.said.startswith("Searching")
    slow.go_on.set()
    qtbot.waitUntil(lambda: window.results.said.startswith("Nothing like that here"))
