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
        return self._texts("recent", "words")

    @recent.setter
    def recent(self, words: list[str]) -> None:
        self._set_texts("recent", "words", words)

    @property
    def opened(self) -> list[str]:
        """What is open in the sidebar."""
        return self._texts("opened", "key")

    @opened.setter
    def opened(self, keys: list[str]) -> None:
        self._set_texts("opened", "key", keys)

    def _texts(self, group: str, name: str) -> list[str]:
        n = self._ini.beginReadArray(group)
        texts = []
        for number in range(n):
            self._ini.setArrayIndex(number)
            texts.append(str(self._ini.value(name, "")))
        self._ini.endArray()
        return [text for text in texts if text]

    def _set_texts(self, group: str, name: str, texts: list[str]) -> None:
        self._ini.remove(group)
        self._ini.beginWriteArray(group, len(texts))
        for number, text in enumerate(texts):
            self._ini.setArrayIndex(number)
            self._ini.setValue(name, text)
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

    @property
    def collapses(self) -> bool:
        """Whether look-alikes are put together."""
        return str(self._ini.value("grid/collapses", "true")) == "true"

    @collapses.setter
    def collapses(self, collapses: bool) -> None:
        self._ini.setValue("grid/collapses", "true" if collapses else "false")

    @property
    def collapses_lists(self) -> bool:
        """Whether look-alikes are put together in lists by date, too."""
        return str(self._ini.value("grid/collapses_lists", "false")) == "true"

    @collapses_lists.setter
    def collapses_lists(self, collapses: bool) -> None:
        self._ini.setValue("grid/collapses_lists", "true" if collapses else "false")
