"""The page of mistakes: a table to be clicked, groups, suspects, and the ways on from there."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from desktop.library import Job, Library
from desktop.ui.pages.mistakes import MistakesPage
from desktop.ui.places.place import MISTAKES
from desktop.ui.sidebar.entries import Entry
from desktop.ui.window.main_window import MainWindow
from tests.ui.conftest import COLOURS, N_EACH, OpenWindow
from tests.ui.window_driver import names

DISPLAY = Qt.ItemDataRole.DisplayRole


@pytest.fixture
def labelled(library: Library, tmp_path: Path) -> Library:
    """Red1 is predicted blue; green2 is labelled yellow, and predicted green."""
    rows = ["file,label,prediction,score"]
    for colour in COLOURS:
        for seed in range(N_EACH):
            label = "yellow" if (colour, seed) == ("green", 2) else colour
            prediction = "blue" if (colour, seed) == ("red", 1) else colour
            rows.append(f"{colour}{seed}.jpg,{label},{prediction},0.{seed}")
    table = tmp_path / "table.csv"
    table.write_text("\n".join(rows), encoding="utf-8")
    library.attributes.import_file(table, Job())
    return library


def open_page(open_window: OpenWindow, library: Library) -> tuple[MainWindow, MistakesPage]:
    window = open_window(library)
    window.navigation.go(MISTAKES)
    return window, window.frame.mistakes()


def entries(window: MainWindow) -> list[Entry]:
    return list(window.frame.sidebar.model.entries)


def test_the_sidebar_leads_there_only_where_there_are_attributes(
    qtbot: QtBot, library: Library, open_window: OpenWindow, tmp_path: Path
) -> None:
    window = open_window(library)
    assert "Mistakes" not in [entry.title for entry in entries(window)]
    table = tmp_path / "table.csv"
    table.write_text("file,label\nred0.jpg,warm\n", encoding="utf-8")
    window.attributes.bring(table)
    qtbot.waitUntil(lambda: "Mistakes" in [entry.title for entry in entries(window)])
    titles = [entry.title for entry in entries(window)]
    assert titles.index("Explore") < titles.index("Mistakes") < titles.index("Compare")
    window.navigation.go(MISTAKES)
    page = window.frame.mistakes()
    qtbot.waitUntil(lambda: page.said == "Only one attribute may be a label")


def test_a_cell_of_the_table_asks_for_its_photos(
    qtbot: QtBot, labelled: Library, open_window: OpenWindow
) -> None:
    window, page = open_page(open_window, labelled)
    qtbot.waitUntil(lambda: page.said == "label and prediction disagree on 2 of 16 photos")
    assert (page.label.currentText(), page.prediction.currentText()) == ("label", "prediction")
    assert page.label.findText("score") == -1, "a score is no label"
    assert page._axes.text() == "Down: label. Across: prediction. A click shows the photos."
    model = page.table.cells
    headings = [model.headerData(row, Qt.Orientation.Vertical) for row in range(model.rowCount())]
    red, blue = headings.index("red"), headings.index("blue")
    cell = model.index(red, blue)
    assert cell.data(DISPLAY) == "1"
    assert model.index(blue, red).data(DISPLAY) == ""
    page.table.clicked.emit(model.index(blue, red))
    assert window.navigation.place.page == MISTAKES.page, "there is nothing to be seen"
    page.table.clicked.emit(cell)
    qtbot.waitUntil(lambda: names(window) == ["red1.jpg"])
    assert window.frame.said.texts == ["label: red", "prediction: blue"]


def test_groups_and_suspects_are_found_and_opened(
    qtbot: QtBot, labelled: Library, open_window: OpenWindow
) -> None:
    window, page = open_page(open_window, labelled)
    qtbot.waitUntil(lambda: "disagree on 2" in page.said)
    page.views.setCurrentIndex(1)
    qtbot.waitUntil(lambda: page.alike.rows.rowCount() > 0)
    assert {example.photo.path.name for example in page.alike.rows.examples} <= {
        "red1.jpg",
        "green2.jpg",
    }
    page.views.setCurrentIndex(2)
    qtbot.waitUntil(lambda: page.suspects.rows.rowCount() > 0)
    first = page.suspects.rows.index(0, 0)
    assert first.data(DISPLAY) == "green2.jpg"
    assert page.suspects.rows.index(0, 2).data(DISPLAY) == "green"
    qtbot.waitUntil(lambda: first.data(Qt.ItemDataRole.DecorationRole) is not None)
    assert not page.has_photo and not page.more_button.isEnabled()
    page.suspects.selectRow(0)
    assert [photo.path.name for photo, _ in page.chosen()] == ["green2.jpg"]
    page.more_button.click()
    qtbot.waitUntil(lambda: window.navigation.place.query is not None)
    query = window.navigation.place.query
    assert query is not None and query.text == "-label:*" and query.has_likeness


def test_what_is_computed_can_be_stopped(
    qtbot: QtBot, labelled: Library, open_window: OpenWindow
) -> None:
    _, page = open_page(open_window, labelled)
    qtbot.waitUntil(lambda: "disagree on 2" in page.said)
    page.views.setCurrentIndex(2)
    page.stop()
    assert not page.cancel_button.isVisible()
    page.views.setCurrentIndex(0)
    page.views.setCurrentIndex(2)
    qtbot.waitUntil(lambda: page.suspects.rows.rowCount() > 0)


def test_an_attribute_is_removed_when_that_is_meant(
    qtbot: QtBot, labelled: Library, open_window: OpenWindow
) -> None:
    window, page = open_page(open_window, labelled)
    qtbot.waitUntil(lambda: "disagree on" in page.said)
    offered = page.remove_button.menu().actions()
    assert [action.text() for action in offered] == ["label…", "prediction…", "score…"]

    offered[1].trigger()
    box = window.findChild(QMessageBox)
    assert "“prediction”" in box.text() and "photos stay" in box.informativeText()
    assert [each.name for each in labelled.attributes.list()] == ["label", "prediction", "score"]
    next(button for button in box.buttons() if button.text() == "Delete").click()

    qtbot.waitUntil(lambda: page.said == "Only one attribute may be a label")
    assert [each.name for each in labelled.attributes.list()] == ["label", "score"]
