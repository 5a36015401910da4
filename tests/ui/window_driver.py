"""What a person sees in the window, and waiting for it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from desktop.ui.window.main_window import MainWindow

KEY = Qt.Key
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


def names(window: MainWindow) -> list[str]:
    """The file names in the grid, in order; "" for a record that is still on its way."""
    model = window.results.model
    photos = [model.photo_at(row) for row in range(model.rowCount())]
    return [photo.path.name if photo is not None else "" for photo in photos]


def title(window: MainWindow) -> str:
    label = window.results.findChild(QLabel, "title")
    return label.text()


def words_field(window: MainWindow) -> QLineEdit:
    return window.frame.search.findChild(QLineEdit, "words")


def wait_for_title(qtbot: QtBot, window: MainWindow, wanted: str) -> None:
    """Until the newest answer is shown with all its pictures, under this headline."""
    qtbot.waitUntil(lambda: window.is_settled and title(window) == wanted, timeout=10_000)


def type_words(qtbot: QtBot, window: MainWindow, words: str) -> None:
    field = words_field(window)
    field.clear()
    qtbot.keyClicks(field, words)
