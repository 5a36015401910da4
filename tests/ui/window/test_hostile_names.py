"""Names that would do harm if anything took them for more than names."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.library import Job, Library
from desktop.ui.system import desktop_actions
from desktop.ui.system.desktop_actions import DesktopActions, file_url, quoted
from desktop.ui.window.main_window import MainWindow
from tests.pictures import draw
from tests.ui.conftest import OpenWindow
from tests.ui.window_driver import names

HOSTILE = (
    "-rf --no-preserve-root.jpg",
    "$(touch harm).jpg",
    "`touch harm`.jpg",
    "a; touch harm #.jpg",
    "two words & more.jpg",
    'it\'s "quoted".jpg',
    "line\nbreak; touch harm\n.jpg",
    "tab\tand \x1b[201~ escape.jpg",
    "100%25 %s %41.jpg",
    "a?b#c.jpg",
    "back\\slash.jpg",
    "~root.jpg",
    "Urlaub \u202egpj.exe.jpg",
    os.fsdecode(b"no \xff utf-8.jpg"),
    "*.jpg",
    "!!.jpg",
    "a&b <b>bold<b>.jpg",
    "<img src=x>.jpg",
)

N_COLUMNS = 4
"""At least; of a column that a view does not have nothing is said."""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="these names exist on POSIX only")

_started: list[tuple[str, Any]] = []


def _note_programs(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("os.system", "subprocess.Popen", "os.posix_spawn", "os.exec"):
        _started.append((event, arguments))


sys.addaudithook(_note_programs)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_copied_path_stands_for_itself_in_a_shell(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    text = quoted(path)
    assert text.isprintable(), "nothing that a terminal would take for a key"
    said = subprocess.run(
        ["bash", "-c", f"printf %s {text}"], cwd=tmp_path, capture_output=True, check=True
    )
    assert said.stdout == os.fsencode(path)
    assert not (tmp_path / "harm").exists()


def test_a_plain_path_is_copied_as_it_is() -> None:
    assert quoted(Path("/home/me/Pictures/a-b_1.jpg")) == "/home/me/Pictures/a-b_1.jpg"
    assert quoted(Path("/home/me/My photos/é.jpg")) == "'/home/me/My photos/é.jpg'"


def test_windows_paths_are_copied_as_windows_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desktop_actions.sys, "platform", "win32")
    assert quoted(Path("C:/a b.jpg")) == f'"{Path("C:/a b.jpg")}"'


@pytest.mark.parametrize("name", HOSTILE)
def test_a_url_holds_every_byte_of_the_name(name: str, tmp_path: Path) -> None:
    """What programs are handed is one word without blanks, quotes or control characters."""
    path = tmp_path / name
    encoded = bytes(file_url(path).toEncoded().data())
    assert not set(encoded) & set(b' "\\\n\t\x1b<>`')
    assert encoded == path.as_uri().encode()
    if name.isprintable():
        assert file_url(path).toLocalFile() == str(path)


def hostile_library(library: Library, folder: Path) -> None:
    for number, name in enumerate(HOSTILE):
        draw(folder / "plain.jpg", "red", number)
        os.rename(folder / "plain.jpg", folder / name)
    library.folders.add(folder)
    library.index(Job())


def test_photos_with_hostile_names_are_copied_opened_and_shown(
    qtbot: QtBot, empty_library: Library, open_window: OpenWindow, tmp_path: Path
) -> None:
    folder = tmp_path / "Pictures"
    hostile_library(empty_library, folder)
    window: MainWindow = open_window(empty_library)
    assert sorted(names(window)) == sorted(HOSTILE)

    window.grid.choose(0)
    window.grid.selectAll()
    window.actions_table[window.commands.copy_path].trigger()
    lines = QGuiApplication.clipboard().text().split("\n")
    assert sorted(lines) == sorted(quoted(folder / name) for name in HOSTILE)

    opened: list[QUrl] = []
    desktop = DesktopActions(window.bridge, window, lambda url: not opened.append(url))
    _started.clear()
    for name in HOSTILE:
        desktop.open(folder / name)
    qtbot.waitUntil(lambda: len(opened) == len(HOSTILE))
    assert [url.toEncoded().data() for url in opened] == [
        (folder / name).as_uri().encode() for name in HOSTILE
    ]
    for name in HOSTILE:
        desktop.show_in_folder(folder / name)
    qtbot.waitUntil(lambda: len(opened) == 2 * len(HOSTILE))
    assert {url.toLocalFile() for url in opened[len(HOSTILE) :]} == {str(folder)}
    assert _started == [], "nothing is started but by the desktop itself"


def texts_of(window: MainWindow) -> list[str]:
    """Everything that the window shows, or says to a screen reader."""
    found = [window.windowTitle()]
    for widget in window.findChildren(QWidget):
        found += [widget.toolTip(), widget.accessibleName(), widget.windowTitle()]
        if isinstance(widget, QLabel | QAbstractButton):
            found.append(widget.text())
    for view in window.findChildren(QAbstractItemView):
        model, roles = view.model(), Qt.ItemDataRole
        for row in range(model.rowCount(QModelIndex()) if model else 0):
            for column in range(N_COLUMNS):
                at = model.index(row, column)
                asked = (roles.DisplayRole, roles.ToolTipRole, roles.AccessibleTextRole)
                found += [str(at.data(role) or "") for role in asked]
    return found


def taken_for_html(window: MainWindow) -> list[str]:
    """What is shown that Qt would take for HTML, but for tool tips that were made so."""
    labels = window.findChildren(QLabel)
    shown = [each.text() for each in labels if each.textFormat() is not Qt.TextFormat.PlainText]
    tips = [each.toolTip() for each in window.findChildren(QWidget)]
    for view in window.findChildren(QAbstractItemView):
        model = view.model()
        for row in range(model.rowCount(QModelIndex()) if model else 0):
            tips.append(str(model.index(row, 0).data(Qt.ItemDataRole.ToolTipRole) or ""))
    tips = [each for each in tips if not re.fullmatch(r"<span>(?:[^<]|<br>)*</span>", each)]
    return [text for text in shown + tips if "<" in text]


def test_names_are_not_taken_for_html(
    qtbot: QtBot, empty_library: Library, open_window: OpenWindow, tmp_path: Path
) -> None:
    folder = tmp_path / "Pictures <i>"
    draw(folder / "plain.jpg")
    os.rename(folder / "plain.jpg", folder / "a&b <b>bold<b>.jpg")
    (folder / "<b>broken.gif").write_bytes(b"GIF89a" + bytes(9000))
    empty_library.folders.add(folder)
    empty_library.index(Job())
    window: MainWindow = open_window(empty_library)
    window.navigation.view_photo_at(0)
    qtbot.waitUntil(lambda: window.frame.viewer.canvas.has_image)
    assert "a&b <b>bold<b>.jpg" in texts_of(window)
    window.navigation.show_problems()
    qtbot.waitUntil(lambda: window.frame.problems().model.rowCount() == 1)
    assert taken_for_html(window) == []


def test_no_name_acts_in_the_window(
    qtbot: QtBot, empty_library: Library, open_window: OpenWindow, tmp_path: Path
) -> None:
    folder = tmp_path / "two\nlines\x1b[2J \u202egpj"
    hostile_library(empty_library, folder)
    for number, name in enumerate(HOSTILE):
        (folder / f"broken {name}").write_bytes(b"GIF89a" + bytes([number]) * 9000)
    empty_library.index(Job())
    window: MainWindow = open_window(empty_library)
    window.navigation.show_problems()
    qtbot.waitUntil(lambda: window.frame.problems().model.rowCount() == len(HOSTILE))
    for row in range(len(HOSTILE)):
        window.navigation.view_photo_at(row)
        acting = ("\x1b", "\u202e", "tab\t", "two\nlines", "line\nbreak")
        assert [text for text in texts_of(window) if any(each in text for each in acting)] == []
    assert any("two\\nlines" in text for text in texts_of(window))
