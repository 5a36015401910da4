"""Qt's classes are used on the main thread alone; others only emit signals.

PySide makes a class when it is first used, and two threads that do so at once end the process.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import FrameType

import pytest
from PySide6.QtCore import SignalInstance
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from desktop.library import Library, Query
from tests.ui.conftest import OpenWindow


@pytest.fixture(autouse=True)
def used() -> Iterator[set[str]]:
    """What of Qt other threads call, but for signals, from before the first of them begins."""
    used: set[str] = set()

    def look(frame: FrameType, event: str, function: object) -> None:
        if event != "c_call" or threading.current_thread() is threading.main_thread():
            return
        owner = type(getattr(function, "__self__", None))
        if owner.__module__.startswith(("PySide6", "shiboken6")) and owner is not SignalInstance:
            used.add(f"{owner.__name__}.{function.__name__} in {frame.f_code.co_qualname}")

    threading.setprofile(look)
    yield used
    threading.setprofile(None)


def test_other_threads_use_nothing_of_qt(
    used: set[str], qtbot: QtBot, library: Library, open_window: OpenWindow
) -> None:
    window = open_window(library)
    library.start()
    window.navigation.ask(Query(text="red"))
    qtbot.waitUntil(lambda: window.is_settled and len(window.results.model.hits) > 0)
    window.navigation.view_photo_at(0)
    qtbot.waitUntil(lambda: window.frame.viewer.canvas.has_image)
    window.commands.copy()
    clipboard = QGuiApplication.clipboard()
    qtbot.waitUntil(lambda: clipboard.mimeData().hasImage())
    window.commands.find_similar_to_image(clipboard.image())
    qtbot.waitUntil(lambda: window.is_settled)
    clipboard.clear()  # offscreen it outlives Python, and what it holds must not
    assert not used
