"""Sidebar: all photos, the folders, and the problems."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QFont, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop.library import Folder, Status
from desktop.ui.look import wording
from desktop.ui.look.icons import drawing, icon
from desktop.ui.look.parts import icon_button, styled
from desktop.ui.look.theme import Colours
from desktop.ui.places.place import ALL, PROBLEMS, Place, in_folder

ROW_PX, HEADING_PX = 36, 40


class Entry(IntEnum):
    """What an entry of the sidebar is, and the roles that describe it."""

    PLACE = 0
    HEADING = 1


_KIND = Qt.ItemDataRole.UserRole + 1
_FOLDER = Qt.ItemDataRole.UserRole + 2
_COUNT = Qt.ItemDataRole.UserRole + 3
_PLACE = Qt.ItemDataRole.UserRole + 4


class _EntryDelegate(QStyledItemDelegate):
    """Paints an entry: icon, name, count; a folder that is away is grey."""

    colours: Colours

    def sizeHint(  # noqa: N802
        self,
        option: QStyleOptionViewItem,  # noqa: ARG002
        index: QModelIndex | QPersistentModelIndex,
    ) -> QSize:
        return QSize(120, HEADING_PX if index.data(_KIND) == Entry.HEADING else ROW_PX)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cell: QRect = option.rect
        if index.data(_KIND) == Entry.HEADING:
            self._paint_heading(painter, cell, index.data())
        else:
            self._paint_entry(painter, cell, option.state, index)
        painter.restore()

    def _paint_heading(self, painter: QPainter, cell: QRect, text: str) -> None:
        font = QFont(painter.font())
        font.setPixelSize(11)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(self.colours.muted))
        line = cell.adjusted(12, 0, -8, -6)
        painter.drawText(line, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, text)

    def _paint_entry(
        self,
        painter: QPainter,
        cell: QRect,
        state: QStyle.StateFlag,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        colours = self.colours
        flag = QStyle.StateFlag
        is_chosen = bool(state & flag.State_Selected)
        if is_chosen or state & flag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent_soft if is_chosen else colours.hover))
            painter.drawRoundedRect(QRectF(cell).adjusted(0, 1, 0, -1), 7, 7)
        if state & flag.State_HasFocus and state & flag.State_KeyboardFocusChange:
            painter.setPen(QColor(colours.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(cell).adjusted(1, 2, -1, -2), 7, 7)
        folder: Folder | None = index.data(_FOLDER)
        is_away = folder is not None and folder.is_missing
        text_colour = colours.unlikely if is_away else colours.text
        sign_colour = (
            colours.accent if is_chosen else colours.unlikely if is_away else colours.muted
        )
        scale = painter.device().devicePixelRatio()
        sign = drawing(index.data(_PLACE).icon, sign_colour, 18, scale)
        painter.drawPixmap(QPoint(cell.left() + 12, cell.center().y() - 8), sign)
        self._paint_words(painter, cell, text_colour, index)

    def _paint_words(
        self,
        painter: QPainter,
        cell: QRect,
        colour: str,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        middle = Qt.AlignmentFlag.AlignVCenter
        count: int | None = index.data(_COUNT)
        count_text = f"{count:,}" if count is not None else ""
        count_px = painter.fontMetrics().horizontalAdvance(count_text) + 12
        painter.setPen(QColor(self.colours.muted))
        painter.drawText(
            cell.adjusted(0, 0, -12, 0), middle | Qt.AlignmentFlag.AlignRight, count_text
        )
        line = cell.adjusted(40, 0, -count_px - 8, 0)
        name = painter.fontMetrics().elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, line.width()
        )
        painter.setPen(QColor(colour))
        painter.drawText(line, middle | Qt.AlignmentFlag.AlignLeft, name)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One row of the sidebar."""

    title: str
    place: Place | None = None
    count: int | None = None
    folder: Folder | None = None

    def fill(self, item: QStandardItem) -> None:
        can_be_chosen = self.place is not None
        item.setText(self.title)
        item.setEditable(False)
        item.setSelectable(can_be_chosen)
        item.setEnabled(can_be_chosen)
        item.setData(Entry.PLACE if can_be_chosen else Entry.HEADING, _KIND)
        item.setData(self.count, _COUNT)
        item.setData(self.place, _PLACE)
        item.setData(self.folder, _FOLDER)
        item.setToolTip(self._tip())
        item.setData(self._spoken(), Qt.ItemDataRole.AccessibleTextRole)

    def _tip(self) -> str:
        if self.folder is None:
            return ""
        away = "\nIt is away; its photos come back when it does."
        return f"{wording.whole(self.folder.path)}{away if self.folder.is_missing else ''}"

    def _spoken(self) -> str:
        if self.folder is None:
            return self.title if self.count is None else f"{self.title}, {self.count:,}"
        away = ", away" if self.folder.is_missing else ""
        return f"Folder {self.title}, {self.count:,} photos{away}"


class Sidebar(QFrame):
    """Signals:
    place_chosen(Place): what to look at.
    folder_shown(Folder), folder_removed(Folder), add_wanted: from buttons and the folder's menu.
    """

    place_chosen = Signal(object)
    folder_shown = Signal(object)
    folder_removed = Signal(object)
    add_wanted = Signal()

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self._colours = colours
        self.model = QStandardItemModel(self)
        self.view = styled(QListView(), "places")
        self._add = icon_button("Add folder", "flat")
        self._delegate = _EntryDelegate(self)
        self._delegate.colours = colours
        self._top: list[Place] = []
        self._here = ALL
        self._is_marking = False
        self._set_up()

    def _set_up(self) -> None:
        self.view.setModel(self.model)
        self.view.setItemDelegate(self._delegate)
        self.view.setAccessibleName("Places")
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setMouseTracking(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self.view.clicked.connect(self._on_chosen)
        self.view.selectionModel().currentChanged.connect(self._on_current)
        self.view.activated.connect(self._on_chosen)
        self._add.setAccessibleName("Add a folder of photos")
        self._add.clicked.connect(self.add_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.view, 1)
        column.addWidget(self._add)
        self.setMinimumWidth(152)

    def dress(self, colours: Colours) -> None:
        self._colours = colours
        self._delegate.colours = colours
        self._add.setIcon(icon("folder-add", colours.muted))
        self.view.viewport().update()

    def show_status(self, status: Status) -> None:
        """Take counts and folders from the library's status."""
        n_problems = status.counts.problems
        n_all = sum(status.photos_by_folder.values()) - n_problems
        counts = {ALL: n_all, PROBLEMS: n_problems}
        entries = [_Entry(place.title, place, counts.get(place)) for place in self._top]
        if status.folders:
            entries.append(_Entry("Folders"))
        for folder in status.folders:
            n_photos = status.photos_by_folder.get(folder.folder_id, 0)
            place = in_folder(folder)
            entries.append(_Entry(place.title, place, n_photos, folder))
        self._show(entries)

    def _show(self, entries: list[_Entry]) -> None:
        """Change rows in place, so that the list keeps its scroll position and focus."""
        self._is_marking = True
        while self.model.rowCount() > len(entries):
            self.model.removeRow(self.model.rowCount() - 1)
        while self.model.rowCount() < len(entries):
            self.model.appendRow(QStandardItem())
        for row, entry in enumerate(entries):
            entry.fill(self.model.item(row))
        self._is_marking = False
        self._mark()

    def add_place(self, place: Place) -> None:
        """Lead to a place from above the folders."""
        self._top.append(place)

    def mark(self, place: Place) -> None:
        """Show where the person is."""
        self._here = place
        self._mark()

    def _mark(self) -> None:
        self._is_marking = True
        self._choose_here()
        self._is_marking = False

    def _choose_here(self) -> None:
        for row in range(self.model.rowCount()):
            item = self.model.item(row)
            place: Place | None = item.data(_PLACE)
            if place is not None and place.is_like(self._here):
                self.view.setCurrentIndex(item.index())
                return
        self.view.clearSelection()

    @Slot(QModelIndex)
    def _on_current(self, index: QModelIndex) -> None:
        if self.view.hasFocus() and not self._is_marking:
            self._on_chosen(index)

    @Slot(QModelIndex)
    def _on_chosen(self, index: QModelIndex) -> None:
        place: Place | None = index.data(_PLACE)
        if place is not None:
            self.place_chosen.emit(place)

    @Slot(QPoint)
    def _open_menu(self, at: QPoint) -> None:
        folder: Folder | None = self.view.indexAt(at).data(_FOLDER)
        if folder is None:
            return
        menu = QMenu(self)
        show = menu.addAction(icon("show-in-folder", self._colours.text), "Show in file manager")
        remove = menu.addAction(icon("remove", self._colours.text), "Remove from library…")
        chosen = menu.exec(self.view.viewport().mapToGlobal(at))
        if chosen is show:
            self.folder_shown.emit(folder)
        elif chosen is remove:
            self.folder_removed.emit(folder)
