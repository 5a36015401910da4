"""Marks become a name: in the sidebar, in the search, and in what is offered there."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QInputDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from desktop.library import NamesInUse
from desktop.ui.sidebar.entries import Entry
from desktop.ui.window.completion import offers, values_of
from desktop.ui.window.main_window import MainWindow
from tests.ui.window_driver import names, type_words, wait_for_title, words_field


def entries(window: MainWindow) -> list[Entry]:
    return [each for each in window.frame.sidebar.model.entries if each.concept is not None]


def titles(window: MainWindow) -> list[str]:
    return [each.title for each in window.frame.sidebar.model.entries]


def asked(window: MainWindow) -> list[QInputDialog]:
    return [each for each in window.findChildren(QInputDialog) if each.isVisible()]


def answer(qtbot: QtBot, window: MainWindow, name: str, says: Callable[[str], bool]) -> None:
    """Type a name into the dialog whose words are these."""
    qtbot.waitUntil(lambda: any(says(each.labelText()) for each in asked(window)))
    dialog = next(each for each in asked(window) if says(each.labelText()))
    dialog.setTextValue(name)
    dialog.accept()


def search_and_mark(qtbot: QtBot, window: MainWindow, n: int) -> None:
    type_words(qtbot, window, "red, -blue")
    words_field(window).returnPressed.emit()
    wait_for_title(qtbot, window, "“red, -blue”")
    if n > len(names(window)):
        window.results.weak_button.click()
        qtbot.waitUntil(lambda: len(names(window)) >= n and window.is_settled)
    for photo_id in window.results.model.photo_ids[:n].tolist():
        window.navigation.mark(photo_id, is_more=True)
    qtbot.waitUntil(lambda: window.results.marks.said == f"{n} meant" and window.is_settled)


def press_teach(window: MainWindow) -> None:
    buttons = window.results.marks.findChildren(QPushButton)
    next(button for button in buttons if "Teach" in button.text()).click()


def test_too_few_marks_teach_nothing(qtbot: QtBot, window: MainWindow) -> None:
    search_and_mark(qtbot, window, 2)
    press_teach(window)
    assert window.toast.text.startswith("Mark 5 to 20 photos with a thumb up first; there are 2.")
    assert not asked(window)


def test_marked_photos_teach_a_name(qtbot: QtBot, window: MainWindow) -> None:
    search_and_mark(qtbot, window, 5)
    press_teach(window)
    answer(qtbot, window, " ", lambda label: label == "What do these photos show?")
    answer(qtbot, window, "my red", lambda label: "needs a name" in label)
    wait_for_title(qtbot, window, "my red")
    assert words_field(window).text() == 'concept:"my red"'
    assert window.frame.said.texts == ["concept my red"]
    assert names(window)[0].startswith("red")
    qtbot.waitUntil(lambda: len(entries(window)) == 1 and entries(window)[0].count is not None)
    assert titles(window).index("Concepts") + 1 == titles(window).index("my red")
    (entry,) = entries(window)
    assert "Concept my red" in entry.spoken
    current = window.frame.sidebar.view.currentIndex().row()
    assert titles(window)[current] == "my red", "the sidebar shows where the person is"
    window.navigation.show_all()
    window.frame.sidebar.place_chosen.emit(entry.place)
    wait_for_title(qtbot, window, "my red")

    window.concepts.rename(entry.concept)
    answer(qtbot, window, "warm", lambda label: label == "Another name for it")
    qtbot.waitUntil(lambda: "warm" in titles(window))
    wait_for_title(qtbot, window, "warm")
    assert words_field(window).text() == "concept:warm", "the page that is shown follows"
    window.navigation.show_all()
    window.navigation.go_back()
    wait_for_title(qtbot, window, "warm")
    window.concepts.forget(entries(window)[0].concept)
    (box,) = window.findChildren(QMessageBox)
    next(button for button in box.buttons() if button.text() == "Delete").click()
    qtbot.waitUntil(lambda: not entries(window) and "Concepts" not in titles(window))
    type_words(qtbot, window, "concept:warm")
    qtbot.waitUntil(lambda: "Nothing has been taught as “warm”" in window.frame.said.fault)


def test_names_that_were_taught_are_offered() -> None:
    values = values_of(NamesInUse(concepts=("my cat", "Boats")))
    assert offers("dog, conc", values)[1] == ["concept:"]
    assert offers("-concept:", values)[1] == ['-concept:"my cat"', "-concept:Boats"]
    assert offers('concept:"my', values)[1] == ['concept:"my cat"']
