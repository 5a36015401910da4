"""Photos go out of the window: those that are chosen, or all that are shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from desktop.index import ENGINES
from desktop.library import Form, Library
from desktop.ui.actions.exporting import ExportDialog
from desktop.ui.window.main_window import MainWindow
from tests.ui.conftest import OpenWindow
from tests.ui.window_driver import names


def asked(qtbot: QtBot, window: MainWindow) -> ExportDialog:
    window.exporting.ask()
    qtbot.waitUntil(lambda: window.findChild(ExportDialog, "exportDialog") is not None)
    return window.findChild(ExportDialog, "exportDialog")


def test_all_that_are_shown_go_into_a_table(
    qtbot: QtBot,
    library: Library,
    open_window: OpenWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = open_window(library)
    window.frame.search.say("name:red")
    qtbot.waitUntil(lambda: len(names(window)) == 4)
    place = tmp_path / "out"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(place), ""))
    dialog = asked(qtbot, window)
    assert dialog.which.currentText() == "All 4 photos shown"
    dialog.form.setCurrentIndex(dialog.form.findData(Form.JSON))
    dialog.accept_button.click()
    qtbot.waitUntil(lambda: "4 photos exported" in window.toast.text)
    rows = json.loads(place.with_suffix(".json").read_text(encoding="ascii"))
    assert sorted(row["name"] for row in rows) == [f"red{at}.jpg" for at in range(4)]


def test_chosen_photos_are_copied_into_a_folder(
    qtbot: QtBot,
    library: Library,
    open_window: OpenWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = open_window(library)
    window.frame.search.say("name:blue")
    qtbot.waitUntil(lambda: len(names(window)) == 4)
    window.grid.choose(0)
    qtbot.waitUntil(lambda: len(window.navigation.chosen()) == 1)
    place = tmp_path / "out"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: str(place))
    dialog = asked(qtbot, window)
    assert [dialog.which.itemText(row) for row in range(2)] == [
        "1 photo chosen",
        "All 4 photos shown",
    ]
    dialog.which.setCurrentIndex(0)
    dialog.accept_button.click()
    qtbot.waitUntil(lambda: "1 photo exported" in window.toast.text)
    assert [path.name for path in place.iterdir()] == [names(window)[0]]


def test_what_cannot_be_exported_is_said(
    qtbot: QtBot, library: Library, open_window: OpenWindow, tmp_path: Path
) -> None:
    window = open_window(library)
    (tmp_path / "file").touch()
    window.exporting.export([1, 2], Form.COPIES, tmp_path / "file" / "out", "Photos", {})
    qtbot.waitUntil(lambda: "cannot be made there" in window.toast.text)
    window.navigation.show_problems()
    window.exporting.ask()
    qtbot.waitUntil(lambda: "no photo here" in window.toast.text)


@pytest.mark.skipif(not ENGINES["clickhouse"].is_at_hand, reason="its extra is not installed")
def test_vectors_go_into_a_table(
    qtbot: QtBot, library: Library, open_window: OpenWindow, tmp_path: Path
) -> None:
    window = open_window(library)
    qtbot.waitUntil(lambda: len(names(window)) > 0)
    dialog = asked(qtbot, window)
    assert not dialog.at.isVisible()
    dialog.form.setCurrentIndex(dialog.form.findData(Form.CLICKHOUSE))
    assert dialog.at.isVisible() and not dialog.accept_button.isEnabled()
    dialog.at.setText(f"{tmp_path / 'tables'}#mine")
    dialog.accept_button.click()
    qtbot.waitUntil(lambda: "photos exported" in window.toast.text, timeout=60_000)
    assert "tables#mine" in window.toast.text
    dialog = asked(qtbot, window)
    dialog.set_missing({Form.CLICKHOUSE: "It needs likeness[clickhouse]."})
    dialog.form.setCurrentIndex(dialog.form.findData(Form.CLICKHOUSE))
    dialog.at.setText("clickhouse://me@there/photos")
    assert not dialog.accept_button.isEnabled()
    dialog.form.setCurrentIndex(dialog.form.findData(Form.CSV))
    assert dialog.accept_button.isEnabled() and not dialog.at.isVisible()


def test_vectors_go_out_and_come_in(
    qtbot: QtBot,
    library: Library,
    open_window: OpenWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = open_window(library)
    qtbot.waitUntil(lambda: len(names(window)) > 0)
    place = tmp_path / "out"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(place), ""))
    dialog = asked(qtbot, window)
    dialog.form.setCurrentIndex(dialog.form.findData(Form.NPZ))
    dialog.accept_button.click()
    qtbot.waitUntil(lambda: "photos exported" in window.toast.text)
    file = str(place.with_suffix(".npz"))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (file, ""))
    window.exporting.choose_vectors()
    qtbot.waitUntil(lambda: "0 photos got a vector by colours@1" in window.toast.text)
    assert "had been read before" in window.toast.text
    window.exporting.bring(tmp_path / "absent")
    qtbot.waitUntil(lambda: "There is no file" in window.toast.text)
