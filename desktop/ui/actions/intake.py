"""Intake: what is dropped on the window or pasted into it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage

from desktop.errors import PathAbsent, UserError
from desktop.ui.bridge import Bridge, Lane


@dataclass(frozen=True, slots=True)
class _Given:
    """Paths, by what is there."""

    folders: list[Path]
    files: list[Path]
    absent: list[Path]


class Intake(QObject):
    """Tells folders, image files and pixels apart; looks at the disk off the main thread.

    Signals:
        folder_given(Path), file_given(Path), image_given(QImage)
        files_added(list[Path]): they were dropped on the search, to be asked for beside words.
    """

    folder_given = Signal(object)
    file_given = Signal(object)
    image_given = Signal(object)
    files_added = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge

    @Slot()
    def paste(self) -> None:
        """Take what is on the clipboard."""
        mime = QGuiApplication.clipboard().mimeData()
        if mime is None or not self.take(mime):
            error = UserError(
                "There is no image on the clipboard.", "Copy an image or a file first."
            )
            self._bridge.failed.emit(error)

    def can_take(self, mime: QMimeData) -> bool:
        return mime.hasImage() or bool(_local_paths(mime))

    def take(self, mime: QMimeData) -> bool:
        """Take folders and files, else pixels. False if there is neither."""
        paths = _local_paths(mime)
        if paths:
            self.take_paths(paths)
            return True
        image = QImage(mime.imageData()) if mime.hasImage() else QImage()
        if not image.isNull():
            self.image_given.emit(image)
        return not image.isNull()

    @Slot(list)
    def take_paths(self, paths: list[Path]) -> None:
        """Take folders, else the first file, and say what is not there; nothing of an empty
        list."""
        self._bridge.do(Lane.DESKTOP, lambda: _sorted(paths), self, self._on_sorted)

    @Slot(object)
    def add(self, mime: QMimeData) -> None:
        """Take what was dropped on the search: files are added to what is asked, all else is taken
        as anywhere."""
        paths = _local_paths(mime)
        if not paths:
            self.take(mime)
            return
        self._bridge.do(Lane.DESKTOP, lambda: _sorted(paths), self, self._on_added)

    def _on_added(self, given: _Given) -> None:
        self._take_folders(given)
        if given.files:
            self.files_added.emit(given.files)

    def _on_sorted(self, given: _Given) -> None:
        self._take_folders(given)
        if given.files and not given.folders:
            self.file_given.emit(given.files[0])

    def _take_folders(self, given: _Given) -> None:
        for folder in given.folders:
            self.folder_given.emit(folder)
        # Behind the folders in their lane, so that what is said of them does not hide it.
        self._bridge.do(Lane.DESKTOP, lambda: given.absent, self, self._say_absent)

    def _say_absent(self, absent: list[Path]) -> None:
        for path in absent:
            self._bridge.failed.emit(PathAbsent(path))


def _local_paths(mime: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def _sorted(paths: list[Path]) -> _Given:
    folders = [path for path in paths if os.path.isdir(path)]
    absent = [path for path in paths if not os.path.exists(path)]
    files = [path for path in paths if path not in folders and path not in absent]
    return _Given(folders, files, absent)
