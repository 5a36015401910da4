"""A widget that is garbage is deleted on the main thread, whichever thread allocates."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.ui.system.garbage import GarbageCollector

deleted_on: list[int] = []


class Cyclic(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.itself = self

    def __del__(self) -> None:
        deleted_on.append(threading.get_ident())


@pytest.fixture
def n_before(qtbot: QtBot) -> Iterator[int]:
    """How many objects there were when the collector began."""
    deleted_on.clear()
    gc.enable()
    gc.unfreeze()  # what tests import is frozen, too
    parent = QObject()
    n_before = len(gc.get_objects())
    GarbageCollector(parent)
    qtbot.waitUntil(lambda: gc.get_freeze_count() > 0)
    yield n_before
    gc.unfreeze()
    gc.disable()


def test_garbage_waits_for_the_main_thread(n_before: int, qtbot: QtBot) -> None:
    Cyclic()
    thread = threading.Thread(target=allocate, args=(n_before,))
    thread.start()
    thread.join()
    assert deleted_on == [], "so many allocations would collect everything several times over"

    kept = allocate(1_000)

    qtbot.waitUntil(lambda: deleted_on == [threading.get_ident()])
    assert kept


def allocate(n: int) -> list[list[int]]:
    return [[number] for number in range(n)]


def test_what_was_there_at_the_start_is_not_looked_through_again(n_before: int) -> None:
    assert gc.get_freeze_count() > 0.9 * n_before > 10_000
