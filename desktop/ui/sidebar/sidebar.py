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

from desktop.library import LISTED, Filter, Folder, Status
from desktop.ui.look import wording
from desktop.ui.look.icons import drawing, icon
from desktop.ui.look.parts import icon_button, styled
from desktop.ui.look.theme import Colours
from desktop.ui.places.questions import in_folder

ROW_PX, HEADING_PX = 36, 40


class Entry(IntEnum):
    """What an entry of the sidebar is, and the roles that describe it."""

    ALL = 0
    FOLDER = 1
    PROBLEMS = 2
    HEADING = 3


_KIND = Qt.ItemDataRole.UserRole + 1
_FOLDER = Qt.ItemDataRole.UserRole + 2
_COUNT = Qt.ItemDataRole.UserRole + 3
_ICON = Qt.ItemDataRole.UserRole + 4


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
        sign = drawing(index.data(_ICON), sign_colour, 18, scale)
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

    kind: Entry
    title: str
    icon_name: str
    count: int | None
    folder: Folder | None = None

    def fill(self, item: QStandardItem) -> None:
        can_be_chosen = self.kind is not Entry.HEADING
        item.setText(self.title)
        item.setEditable(False)
        item.setSelectable(can_be_chosen)
        item.setEnabled(can_be_chosen)
        item.setData(self.kind, _KIND)
        item.setData(self.count, _COUNT)
        item.setData(self.icon_name, _ICON)
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
    all_chosen, folder_chosen(Folder), problems_chosen: what to look at.
    folder_shown(Folder), folder_removed(Folder), add_wanted: from buttons and the folder's menu.
    """

    all_chosen = Signal()
    folder_chosen = Signal(object)
    problems_chosen = Signal()
    folder_shown = Signal(object)
    folder_removed = Signal(object)
    add_wanted = Signal()

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self._colours = colours
        self.model = QStandardItemModel(self)
        self._list = styled(QListView(), "places")
        self._add = icon_button("Add folder", "flat")
        self._delegate = _EntryDelegate(self)
        self._delegate.colours = colours
        self._filter: Filter | None = LISTED
        self._shows_problems = False
        self._is_marking = False
        self._set_up()

    def _set_up(self) -> None:
        self._list.setModel(self.model)
        self._list.setItemDelegate(self._delegate)
        self._list.setAccessibleName("Places")
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setMouseTracking(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._list.customContextMenuRequested.connect(self._open_menu)
        self._list.clicked.connect(self._on_chosen)
        self._list.selectionModel().currentChanged.connect(self._on_current)
        self._list.activated.connect(self._on_chosen)
        self._add.setAccessibleName("Add a folder of photos")
        self._add.clicked.connect(self.add_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self._list, 1)
        column.addWidget(self._add)
        self.setMinimumWidth(152)

    def dress(self, colours: Colours) -> None:
        self._colours = colours
        self._delegate.colours = colours
        self._add.setIcon(icon("folder-add", colours.muted))
        self._list.viewport().update()

    def show_status(self, status: Status) -> None:
        """Take counts and folders from the library's status."""
        n_all = sum(status.photos_by_folder.values()) - status.counts.problems
        entries = [
            _Entry(Entry.ALL, "All photos", "photos", n_all),
            _Entry(Entry.PROBLEMS, "Problems", "problem", status.counts.problems),
        ]
        if status.folders:
            entries.append(_Entry(Entry.HEADING, "Folders", "", None))
        for folder in status.folders:
            n_photos = status.photos_by_folder.get(folder.folder_id, 0)
            name = "folder-away" if folder.is_missing else "folder"
            title = wording.name(folder.path)
            entries.append(_Entry(Entry.FOLDER, title, name, n_photos, folder))
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

    def mark(self, shown: Filter | None, shows_problems: bool = False) -> None:
        """Show where the window is."""
        self._filter, self._shows_problems = shown, shows_problems
        self._mark()

    def _mark(self) -> None:
        self._is_marking = True
        self._choose_here()
        self._is_marking = False

    def _choose_here(self) -> None:
        for row in range(self.model.rowCount()):
            item = self.model.item(row)
            kind, folder = item.data(_KIND), item.data(_FOLDER)
            if self._shows_problems:
                is_here = kind == Entry.PROBLEMS
            elif self._filter == LISTED:
                is_here = kind == Entry.ALL
            else:
                is_here = folder is not None and in_folder(folder) == self._filter
            if is_here:
                self._list.setCurrentIndex(item.index())
                return
        self._list.clearSelection()

    @Slot(QModelIndex)
    def _on_current(self, index: QModelIndex) -> None:
        if self._list.hasFocus() and not self._is_marking:
            self._on_chosen(index)

    @Slot(QModelIndex)
    def _on_chosen(self, index: QModelIndex) -> None:
        match index.data(_KIND):
            case Entry.ALL:
                self.all_chosen.emit()
            case Entry.PROBLEMS:
                self.problems_chosen.emit()
            case Entry.FOLDER:
                self.folder_chosen.emit(index.data(_FOLDER))

    @Slot(QPoint)
    def _open_menu(self, at: QPoint) -> None:
        folder: Folder | None = self._list.indexAt(at).data(_FOLDER)
        if folder is None:
            return
        menu = QMenu(self)
        show = menu.addAction(icon("show-in-folder", self._colours.text), "Show in file manager")
        remove = menu.addAction(icon("remove", self._colours.text), "Remove from library…")
        chosen = menu.exec(self._list.viewport().mapToGlobal(at))
        if chosen is show:
            self.folder_shown.emit(folder)
        elif chosen is remove:
            self.folder_removed.emit(folder)
