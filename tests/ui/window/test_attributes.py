"""Attributes in the window: a table is brought in, asked for, offered and shown beside a photo."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox, QWidget
from pytestqt.qtbot import QtBot

from desktop.library import Job, Library
from desktop.ui.viewer.details import DetailsPanel
from desktop.ui.window.completion import offers
from tests.ui.conftest import OpenWindow
from tests.ui.window_driver import names


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "labels.csv"
    rows = ["file,label,my score", "red0.jpg,warm,0.9", "red1.jpg,warm,0.4", "blue0.jpg,cold,0.1"]
    path.write_text("\n".join([*rows, "gone.jpg,cold,0.1"]), encoding="utf-8")
    return path


def test_a_table_is_brought_in_and_asked_for(
    qtbot: QtBot, library: Library, open_window: OpenWindow, table: Path
) -> None:
    window = open_window(library)
    window.frame.search.say("label:warm")
    assert not window.navigation.place.is_listing, "words, as long as nothing is labelled"
    window.attributes.bring(table)
    qtbot.waitUntil(lambda: "3 photos: label, my score." in window.toast.text)
    assert "1 row that name no photo of the library (gone.jpg)" in window.toast.text
    qtbot.waitUntil(lambda: window.navigation.place.is_listing)
    qtbot.waitUntil(lambda: window.results.model.rowCount() == 2)
    assert window.frame.said.texts == ["label: warm"]
    window.frame.search.say('label:cold "my score":<0.5')
    qtbot.waitUntil(lambda: names(window) == ["blue0.jpg"])
    window.frame.search.say("label:")
    assert "After “label:” something is missing." in window.frame.said.fault


def test_names_and_values_are_offered() -> None:
    known = {"label": ("warm", "cold tone"), "my score": ("0.5",), "type": ("x",)}
    assert offers("dog lab", {}, known) == (4, ["label:"])
    assert offers("my", {}, known)[1] == []
    assert offers("my ", {}, known)[1] == []
    assert offers("scor", {}, {"score": ()})[1] == ["score:"]
    assert offers("label:", {}, known)[1] == ["label:warm", 'label:"cold tone"']
    assert offers('-label:"co', {}, known)[1] == ['-label:"cold tone"']
    assert offers('"my score":', {}, known) == (0, ['"my score":0.5'])
    assert offers("typ", {}, known)[1] == ["type:", '"type":']
    assert offers('"type":', {"type": ("png",)}, known)[1] == ['"type":x']


def test_the_details_of_a_photo_have_what_is_said_of_it(
    qtbot: QtBot, library: Library, open_window: OpenWindow, table: Path
) -> None:
    library.attributes.import_file(table, Job())
    window = open_window(library)
    window.frame.search.say("name:red0")
    qtbot.waitUntil(lambda: names(window) == ["red0.jpg"])
    window.navigation.view_photo_at(0)
    details = window.frame.viewer.details

    def rows(panel: DetailsPanel) -> set[str]:
        return {label.accessibleName() for label in panel.widget().findChildren(QWidget)}

    qtbot.waitUntil(lambda: {"label: warm", "my score: 0.9"} <= rows(details))


def test_attributes_with_few_values_stand_in_the_panel(
    qtbot: QtBot, library: Library, open_window: OpenWindow, table: Path
) -> None:
    window = open_window(library)
    panel = window.frame.search._panel()

    def boxes() -> dict[str, QComboBox]:
        return {box.accessibleName(): box for box in panel.findChildren(QComboBox)}

    assert "label" not in boxes()
    library.attributes.import_file(table, Job())
    window.frame.search.names_wanted.emit()  # as it does where the panel is opened
    qtbot.waitUntil(lambda: {"label", "my score"} <= set(boxes()))
    box = boxes()["label"]
    values = [box.itemText(at) for at in range(box.count())]
    assert values == ["Anything or nothing", "Anything that is said", "warm", "cold"]

    box.setCurrentIndex(2)
    box.activated.emit(2)

    qtbot.waitUntil(lambda: window.frame.said.texts == ["label: warm"])
    panel.show_text("red Label:cold")
    assert box.currentText() == "cold"
    library.attributes.remove("label")
    window.frame.search.names_wanted.emit()
    qtbot.waitUntil(lambda: "label" not in boxes())
