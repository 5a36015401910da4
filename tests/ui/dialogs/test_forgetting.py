"""The button that forgets everything: it asks, Cancel is the default, and the window ends well."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from desktop.library import Library
from desktop.ui.window.main_window import MainWindow
from tests.ui.conftest import OpenWindow

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.usefixtures("log_kept")


def pressing(label: str, shown: list[str]) -> Callable[[QMessageBox], None]:
    """What stands in for a person in front of a dialog."""

    def press(box: QMessageBox) -> None:
        shown.append(f"{box.text()} {box.informativeText()}")
        for button in box.buttons():
            if button.text().strip("&") == label:
                button.click()

    return press


def press_forget(qtbot: QtBot, window: MainWindow) -> None:
    window.preferences.show()
    page = window.preferences.dialog.privacy
    assert not page.forget.isDefault() and not page.forget.autoDefault()
    qtbot.mouseClick(page.forget, Qt.MouseButton.LeftButton)


def test_the_privacy_page_says_what_leaves_the_machine(window: MainWindow) -> None:
    labels = window.preferences.dialog.privacy.findChildren(QLabel)
    text = " ".join(label.text() for label in labels)
    assert "only when you download a model" in text
    assert "does not look for updates" in text


def test_cancel_is_the_default_and_forgets_nothing(
    qtbot: QtBot, window: MainWindow, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults: list[str] = []

    def look(box: QMessageBox) -> None:
        defaults.append(box.defaultButton().text().strip("&"))
        assert box.escapeButton() is box.defaultButton()
        box.defaultButton().click()

    monkeypatch.setattr(QMessageBox, "exec", look)
    press_forget(qtbot, window)
    assert defaults == ["Cancel"]
    assert window.isVisible()
    assert library.status().counts.photos == 16


def test_agreeing_closes_the_window_and_forgets(
    qtbot: QtBot,
    open_window: OpenWindow,
    library: Library,
    photos: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", pressing("Forget everything", shown))
    window = open_window(library)
    library.start()
    data = library.places.catalog_path.parent
    own = data / "thumbnails" / "put here.jpg"
    own.write_bytes((photos / "red0.jpg").read_bytes())
    with qtbot.waitSignal(window.finished, timeout=20_000):
        press_forget(qtbot, window)
    assert not window.isVisible()
    assert [path for path in data.rglob("*") if path.is_file()] == [own]
    assert len(list(photos.iterdir())) == 16
    assert len(shown) == 2
    assert "cannot be undone" in shown[0] and "photos stay" in shown[0]
    assert "forgotten everything" in shown[1] and str(own) in shown[1]


START = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QMessageBox
from desktop import app
from desktop.library import Library, Places
from tests.colour_registry import ColourRegistry

def press(box):
    for button in box.buttons():
        if "Forget" in button.text():
            button.click()

QMessageBox.exec = press
open_library = lambda places: Library.open(places, None, ColourRegistry)
ask = lambda window: window.forgetting.ask()
sys.exit(app.main(Places.under(Path(sys.argv[1])), open_library, ask))
"""


def test_nothing_comes_back_while_the_program_ends(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START, str(tmp_path / "data")],
        cwd=ROOT, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert [path for path in (tmp_path / "data").rglob("*") if path.is_file()] == []
