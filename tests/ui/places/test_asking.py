"""What is shown is asked for again when something changed that it depends on, and only then."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.library import Change, Filter, PhotosByDate, PhotosChanged, Query, Results
from desktop.ui.bridge import Bridge
from desktop.ui.places.asking import Asking
from desktop.ui.places.place import ALL
from tests.ui.large_library import LargeLibrary


class AskedLibrary(LargeLibrary):
    def __init__(self, data: Path) -> None:
        super().__init__(data, n_photos=10)
        self.asked: list[str] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    def list_by_date(self, which: Filter) -> PhotosByDate:
        self.asked.append("list")
        return super().list_by_date(which)

    def search(self, query: Query, exact: bool = True) -> Results:
        self.asked.append(query.text)
        self.may_answer.wait(20)
        return super().search(query, exact)


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[AskedLibrary]:
    made = AskedLibrary(tmp_path)
    yield made
    made.close()


@pytest.fixture
def asking(asked: AskedLibrary, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asking]:
    monkeypatch.setattr("desktop.ui.places.asking.REFRESH_MS", 1)
    bridge = Bridge(asked)
    yield Asking(bridge)
    bridge.close()


@pytest.mark.parametrize(
    ("what", "lists", "searches"),
    [
        (Change.THERE, True, True),
        (Change.FOUND, False, True),
        (Change.LOOKS | Change.WAITING, False, False),
    ],
)
def test_only_what_depends_on_a_change_is_asked_again(
    qtbot: QtBot,
    asked: AskedLibrary,
    asking: Asking,
    what: Change,
    lists: bool,
    searches: bool,
) -> None:
    for place, is_asked in ((ALL, lists), (ALL.search(Query("dog")), searches)):
        with qtbot.waitSignal(asking.answered):
            asking.ask(place)
        asked.asked.clear()
        asking.refresh_for(PhotosChanged(frozenset({1}), what))
        assert asking._refresh.isActive() == is_asked
        assert asking._refresh.isActive() == is_asked
        if is_asked:
            qtbot.waitUntil(lambda: len(asked.asked) == 1)


def test_a_change_does_not_drop_an_answer_that_is_still_awaited(
    qtbot: QtBot, asked: AskedLibrary, asking: Asking
) -> None:
    """It would come as a refresh, which leaves the person where the last place was scrolled to."""
    were_refreshes: list[bool] = []
    asking.answered.connect(lambda answer: were_refreshes.append(answer.is_refresh))
    asked.may_answer.clear()
    asking.ask(ALL.search(Query(text="a dog")))
    with qtbot.waitSignal(asking._refresh.timeout):
        asking.refresh_for(PhotosChanged())
    asked.may_answer.set()
    qtbot.waitUntil(lambda: len(were_refreshes) >= 2)
    assert were_refreshes[:2] == [False, True]
