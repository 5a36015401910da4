"""ThemesModel: the themes as cards, whose covers come as they are seen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt
from PySide6.QtGui import QPixmap

from desktop.library import Library, PhotoTheme
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look import wording
from desktop.ui.look.parts import AnyIndex, plain_tip
from desktop.ui.look.pixels import Pixels, to_pixels

CARD = Qt.ItemDataRole.UserRole + 1
COVERS = Qt.ItemDataRole.UserRole + 2
COVER_PX = 256


class ThemesModel(QAbstractListModel):
    """A row for each theme. Main thread; covers are loaded on another, one theme after the other,
    those that were asked for last first."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.themes: tuple[PhotoTheme, ...] = ()
        self._covers: dict[tuple[int, ...], list[QPixmap]] = {}
        self._waiting: list[tuple[int, ...]] = []
        self._is_loading = False

    def show(self, themes: Sequence[PhotoTheme]) -> None:
        """Show these; the same ones in the same order leave views as they are."""
        now = tuple(themes)
        if [each.theme_id for each in now] == [each.theme_id for each in self.themes]:
            self.themes = now
            if now:
                self.dataChanged.emit(self.index(0), self.index(len(now) - 1))
            return
        self.beginResetModel()
        self.themes = now
        wanted = {each.covers for each in now}
        self._covers = {ids: each for ids, each in self._covers.items() if ids in wanted}
        self.endResetModel()

    @property
    def is_settled(self) -> bool:
        """Whether all covers that were asked for are there."""
        return not self._is_loading

    def row_of(self, theme_id: int) -> int | None:
        ids = [each.theme_id for each in self.themes]
        return ids.index(theme_id) if theme_id in ids else None

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.themes)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        theme = self.themes[index.row()]
        if role == CARD:
            return theme
        if role == COVERS:
            return self._covers_of(theme)
        if role == Qt.ItemDataRole.DisplayRole:
            return theme.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(theme.name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            hidden = ", hidden" if theme.is_hidden else ""
            return f"{theme.name}, {wording.count_photos(theme.n_photos)}{hidden}"
        return None

    def _covers_of(self, theme: PhotoTheme) -> list[QPixmap]:
        ids = theme.covers
        if ids not in self._covers and ids not in self._waiting:
            self._waiting.append(ids)
            self._load_next()
        return self._covers.get(ids, [])

    def _load_next(self) -> None:
        if self._waiting and not self._is_loading:
            self._is_loading = True
            ids = self._waiting[-1]
            work = partial(_load, self._bridge.library, ids)
            then = partial(self._on_loaded, ids)
            self._bridge.do(Lane.IMAGE, work, self, then, lambda _: then([]))

    def _on_loaded(self, ids: tuple[int, ...], covers: Sequence[Pixels]) -> None:
        self._is_loading = False
        self._waiting.remove(ids)
        self._covers[ids] = [QPixmap.fromImage(each.to_qimage()) for each in covers]
        for row, theme in enumerate(self.themes):
            if theme.covers == ids:
                self.dataChanged.emit(self.index(row), self.index(row))
        self._load_next()


def _load(library: Library, photo_ids: Sequence[int]) -> list[Pixels]:
    """On another thread."""
    images = (
        library.pictures.load_thumbnail(photo, COVER_PX) for photo in library.photos.get(photo_ids)
    )
    return [to_pixels(image) for image in images if image is not None]
