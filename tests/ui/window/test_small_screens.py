"""Windows on the screens of small laptops, also where everything is shown twice as large."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TRY = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication, QLabel, QListWidget, QScrollArea
from desktop.library import Library, Places, Settings
from desktop.ui.bridge import Bridge
from desktop.ui.dialogs.shortcuts import ShortcutsDialog
from desktop.ui.look.theme import Appearance
from desktop.ui.settings.dialog import SettingsDialog
from desktop.ui.window.main_window import MainWindow
from desktop.ui.window.window_state import WindowState
from tests.colour_registry import ColourRegistry

application = QApplication()
library = Library.open(Places.under(Path(sys.argv[1])), Settings(), ColourRegistry)
appearance = Appearance(application)
appearance.choose(library.settings.theme)
window = MainWindow(Bridge(library), appearance, WindowState(library.places.window_path))
window.show()
window.preferences.show()
window.controls.show_shortcuts()
application.processEvents()
shown = [each for each in application.topLevelWidgets() if each.isVisible() and each.isWindow()]
for each in shown:
    layout = each.layout().minimumSize()
    areas = each.findChildren(QScrollArea)
    hidden = sum(a.verticalScrollBar().maximum() + a.horizontalScrollBar().maximum() for a in areas)
    sizes = each.width(), each.height(), layout.width(), layout.height()
    print(type(each).__name__, *sizes, hidden)
    if any(area.isVisible() and area.horizontalScrollBar().maximum() for area in areas):
        print("CUT at the side,", type(each).__name__)


def say_what_is_cut(window):
    for label in window.findChildren(QLabel):
        wanted = label.minimumSizeHint()
        if label.hasHeightForWidth():
            wanted.setHeight(label.heightForWidth(label.width()))
        if not label.pixmap().isNull():
            wanted = label.pixmap().deviceIndependentSize().toSize()
        if label.isVisible() and label.height() < wanted.height():
            words = label.text() or "a picture"
            print("CUT", type(window).__name__, label.height(), wanted.height(), words)


pages = window.preferences.dialog.findChild(QListWidget, "settingsNames")
for page in range(pages.count()):
    pages.setCurrentRow(page)
    application.processEvents()
    for each in shown:
        say_what_is_cut(each)
    for area in window.preferences.dialog.findChildren(QScrollArea):
        if area.isVisible() and area.horizontalScrollBar().maximum():
            print("CUT at the side, settings page", pages.item(page).text())
window.let_go()
library.close()
"""


@pytest.mark.parametrize("screen", [(1280, 800, 1), (1366, 768, 1), (683, 384, 2), (640, 400, 2)])
def test_windows_and_dialogs_fit_the_screen(tmp_path: Path, screen: tuple[int, int, int]) -> None:
    width, height, scale = screen
    described = {"name": "small", "x": 0, "y": 0, "width": width, "height": height}
    described |= {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": scale}
    config = tmp_path / "screen.json"
    config.write_text(json.dumps({"screens": [described]}))
    said = subprocess.run(
        [sys.executable, "-c", TRY, str(tmp_path / "data")],
        env={**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={config}"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert said.returncode == 0, said.stderr
    lines = said.stdout.splitlines()
    assert [line for line in lines if line.startswith("CUT")] == []
    windows = [line.split() for line in lines]
    assert {name for name, *_ in windows} == {"MainWindow", "SettingsDialog", "ShortcutsDialog"}
    for name, *sizes in windows:
        wide, high, least_wide, least_high, hidden = map(int, sizes)
        assert wide <= width and high <= height - 40, (name, sizes)
        assert least_wide <= wide and least_high <= high, f"the content of {name} is cut off"
        assert name != "ShortcutsDialog" or height < 768 or not hidden, "there is room for all keys"
