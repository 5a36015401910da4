"""What workers do reaches the main thread, in order and only once."""

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.errors import Cancelled, UserError
from desktop.library import Change, Library, PhotosChanged
from desktop.library.reports import MOST_IDS
from desktop.ui.bridge import Bridge, Lane


@pytest.fixture
def bridge(empty_library: Library, qapp: QApplication) -> Iterator[Bridge]:
    assert qapp.thread().isCurrentThread()
    made = Bridge(empty_library)
    yield made
    made.close()


def test_answers_arrive_on_the_main_thread(qtbot: QtBot, bridge: Bridge) -> None:
    seen: list[tuple[str, str]] = []
    for lane in Lane:
        bridge.do(
            lane,
            lambda: threading.current_thread().name,
            bridge,
            lambda worker: seen.append((worker, threading.current_thread().name)),
        )
    qtbot.waitUntil(lambda: len(seen) == len(Lane))
    assert {main for _, main in seen} == {"MainThread"}
    assert len({worker for worker, _ in seen}) == len(Lane)


def test_only_the_newest_answer_of_a_key_is_delivered(qtbot: QtBot, bridge: Bridge) -> None:
    go_on, seen = threading.Event(), []
    bridge.do(Lane.READ, go_on.wait, bridge, lambda _: seen.append("old"), key="words")
    bridge.do(Lane.QUERY, lambda: "new", bridge, seen.append, key="words")
    qtbot.waitUntil(lambda: seen == ["new"])
    go_on.set()
    done: list[int] = []
    bridge.do(Lane.READ, lambda: 1, bridge, done.append)
    qtbot.waitUntil(lambda: done == [1])
    assert seen == ["new"]


def test_nothing_is_called_once_the_receiver_is_gone(qtbot: QtBot, bridge: Bridge) -> None:
    go_on, seen, done = threading.Event(), [], []
    receiver = QObject()
    bridge.do(Lane.READ, go_on.wait, receiver, seen.append)
    receiver.deleteLater()
    del receiver
    go_on.set()
    bridge.do(Lane.READ, lambda: 1, bridge, done.append)
    qtbot.waitUntil(lambda: done == [1])
    assert seen == []


def test_a_sentence_goes_to_whoever_asked_or_to_everybody(qtbot: QtBot, bridge: Bridge) -> None:
    def refuse() -> None:
        raise UserError("No.", "Try again.")

    told: list[UserError] = []
    bridge.do(Lane.READ, refuse, bridge, told.append, told.append)
    qtbot.waitUntil(lambda: [error.message for error in told] == ["No."])
    with qtbot.waitSignal(bridge.failed):
        bridge.do(Lane.READ, refuse, bridge, told.append)


def test_what_was_cancelled_is_not_reported_and_a_bug_is(
    qtbot: QtBot, bridge: Bridge, bugs: list[BaseException]
) -> None:
    def cancel() -> None:
        raise Cancelled

    def fail() -> None:
        raise ZeroDivisionError("a bug")

    bridge.do(Lane.READ, cancel, bridge, pytest.fail)
    bridge.do(Lane.READ, fail, bridge, pytest.fail)
    bridge.do(Lane.READ, fail, bridge, pytest.fail, key="old")
    bridge.forget("old")
    qtbot.waitUntil(lambda: len(bugs) == 2)
    assert {type(bug) for bug in bugs} == {ZeroDivisionError}, "also where nobody waits any more"


def test_closing_goes_on_though_a_step_of_it_fails(
    qtbot: QtBot, empty_library: Library, bugs: list[BaseException]
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("a bug")

    bridge, done = Bridge(empty_library), []
    bridge.shut_down([fail], [fail, lambda: done.append("last")], lambda: done.append("told"))
    qtbot.waitUntil(lambda: done == ["last", "told"])
    assert len(bugs) == 2
    assert empty_library.indexing._process_lock.is_locked is False


def test_a_thousand_events_make_few_signals(
    qtbot: QtBot, bridge: Bridge, empty_library: Library
) -> None:
    listeners = []
    empty_library.listen = listeners.append
    bridge.listen()
    heard: list[PhotosChanged] = []
    bridge.photos_changed.connect(heard.append)
    events = [PhotosChanged(frozenset({each}), Change.LOOKS) for each in range(MOST_IDS)]
    sender = threading.Thread(target=lambda: [listeners[0](event) for event in events])
    sender.start()
    sender.join()
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == [PhotosChanged(frozenset(range(MOST_IDS)), Change.LOOKS)]
