"""WindowState: what the window remembers from one start to the next."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow, QSplitter


class WindowState:
    """Reads and writes window.ini. Everything in it may be lost without harm. Main thread."""

    def __init__(self, path: Path) -> None:
        self._ini = QSettings(str(path), QSettings.Format.IniFormat)

    def restore(self, window: QMainWindow, splitter: QSplitter) -> None:
        """Put the window where it was, if that is still on a screen (Qt sees to it)."""
        geometry = self._ini.value("window/geometry")
        if isinstance(geometry, QByteArray):
            window.restoreGeometry(geometry)
        widths = self._ini.value("window/splitter")
        if isinstance(widths, QByteArray):
            splitter.restoreState(widths)

    def save(self, window: QMainWindow, splitter: QSplitter) -> None:
        self._ini.setValue("window/geometry", window.saveGeometry())
        self._ini.setValue("window/splitter", splitter.saveState())
        self._ini.sync()

    @property
    def recent(self) -> list[str]:
        """Searches that were meant, newest first."""
        n = self._ini.beginReadArray("recent")
        words = []
        for number in range(n):
            self._ini.setArrayIndex(number)
            words.append(str(self._ini.value("words", "")))
        self._ini.endArray()
        return [entry for entry in words if entry]

    @recent.setter
    def recent(self, words: list[str]) -> None:
        self._ini.remove("recent")
        self._ini.beginWriteArray("recent", len(words))
        for number, entry in enumerate(words):
            self._ini.setArrayIndex(number)
            self._ini.setValue("words", entry)
        self._ini.endArray()

    @property
    def fills(self) -> bool:
        """Whether thumbnails are cropped to squares."""
        return str(self._ini.value("grid/fills", "true")) == "true"

    @fills.setter
    def fills(self, fills: bool) -> None:
        self._ini.setValue("grid/fills", "true" if fills else "false")

    @property
    def shows_sidebar(self) -> bool:
        return str(self._ini.value("window/sidebar", "true")) == "true"

    @shows_sidebar.setter
    def shows_sidebar(self, shows: bool) -> None:
        self._ini.setValue("window/sidebar", "true" if shows else "false")
