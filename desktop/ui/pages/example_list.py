"""ExampleList: photos in rows, each with its picture and what is to be said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from desktop.library import Photo, Query
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look import wording
from desktop.ui.look.parts import AnyIndex, plain_tip, styled
from desktop.ui.look.pixels import Pixels, to_pixels

_PICTURE_PX, _WIDEST_PX, _ROW_PX = 52, 88, 64
_WIDEST_CELL_PX, _GAP_PX = 320, 24


@dataclass(frozen=True, slots=True)
class ListedPhoto:
    """A photo in a row.

    Attributes:
        cells: what is said of it, behind its name.
        query: what is asked when it is opened.
    """

    photo: Photo
    cells: tuple[str, ...]
    query: Query


class ExampleModel(QAbstractTableModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.examples: Sequence[ListedPhoto] = ()
        self.headings: Sequence[str] = ("Photo",)
        self._pictures: dict[int, QPixmap] = {}

    def show(self, headings: Sequence[str], examples: Sequence[ListedPhoto]) -> None:
        self.beginResetModel()
        self.headings, self.examples, self._pictures = headings, examples, {}
        self.endResetModel()

    def put(self, pictures: dict[int, QPixmap]) -> None:
        """photo_id -> what it looks like."""
        self._pictures |= pictures
        if self.examples:
            last = self.index(len(self.examples) - 1, 0)
            self.dataChanged.emit(self.index(0, 0), last, [Qt.ItemDataRole.DecorationRole])

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.examples)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.headings)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.headings[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        example = self.examples[index.row()]
        said = (wording.name(example.photo.path), *example.cells)
        if role == Qt.ItemDataRole.DisplayRole:
            return said[index.column()]
        if role == Qt.ItemDataRole.DecorationRole and not index.column():
            return self._pictures.get(example.photo.photo_id)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(wording.whole(example.photo.path))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(said)
        return None


class ExampleList(QTableView):
    """Main thread; pictures are loaded on the thread of images.

    Signals: opened(Query): a row was opened.
    """

    opened = Signal(object)

    def __init__(self, bridge: Bridge, name: str) -> None:
        super().__init__()
        styled(self, "problems")
        self._bridge = bridge
        self.rows = ExampleModel(self)
        self.setModel(self.rows)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setIconSize(QSize(_WIDEST_PX, _PICTURE_PX))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setFixedHeight(36)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        self.activated.connect(self._open)
        self.doubleClicked.connect(self._open)

    def show_examples(self, headings: Sequence[str], examples: Sequence[ListedPhoto]) -> None:
        self.rows.show(headings, examples)
        header = self.horizontalHeader()
        named_px = self.sizeHintForColumn(0) + _WIDEST_PX  # its picture comes later
        header.resizeSection(0, min(named_px + _GAP_PX, _WIDEST_CELL_PX + _WIDEST_PX))
        for column in range(1, len(headings) - 1):  # the last has what is left
            wanted = max(self.sizeHintForColumn(column), header.sectionSizeHint(column))
            header.resizeSection(column, min(wanted + _GAP_PX, _WIDEST_CELL_PX))
        photos = [each.photo for each in examples]
        work = partial(self._load, photos)
        self._bridge.do(Lane.IMAGE, work, self, self._put, key=self)

    @property
    def chosen(self) -> list[ListedPhoto]:
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self.rows.examples[row] for row in rows]

    def _put(self, pictures: dict[int, Pixels]) -> None:
        scale = self.devicePixelRatioF()
        self.rows.put({each: _fitted(one, scale) for each, one in pictures.items()})

    def _load(self, photos: Sequence[Photo]) -> dict[int, Pixels]:
        """On the thread of images."""
        load, side_px = self._bridge.library.pictures.load_thumbnail, _PICTURE_PX * 2
        found = {photo.photo_id: load(photo, side_px) for photo in photos}
        return {each: to_pixels(image) for each, image in found.items() if image is not None}

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(self.rows.examples[index.row()].query)


def _fitted(pixels: Pixels, scale: float) -> QPixmap:
    """A picture that leaves some of its row free, for a screen of this scale."""
    room = QSize(_WIDEST_PX, _PICTURE_PX) * scale
    smooth, keeps = Qt.TransformationMode.SmoothTransformation, Qt.AspectRatioMode.KeepAspectRatio
    fitted = QPixmap.fromImage(pixels.to_qimage()).scaled(room, keeps, smooth)
    fitted.setDevicePixelRatio(scale)
    return fitted
