"""Sidebar: all photos, the problems, the folders with what is in them, years and months."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QListView, QMenu, QVBoxLayout, QWidget

from desktop.library import Status
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look import wording
from desktop.ui.look.icons import icon
from desktop.ui.look.parts import icon_button, styled
from desktop.ui.look.theme import Colours
from desktop.ui.places.place import ALL, Place
from desktop.ui.sidebar.delegate import CHEVRON_PX, ENTRY, EntryDelegate, indent_px
from desktop.ui.sidebar.entries import Entry, Tally, count, entries, line_of, whole_of

RECOUNT_MS = 3000
"""While photos come and go, sub-folders and months are counted at most this often."""

_Index = QModelIndex | QPersistentModelIndex


class EntryModel(QAbstractListModel):
    """The lines that are visible, as a flat list: what is closed is not in it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: tuple[Entry, ...] = ()

    def show(self, lines: tuple[Entry, ...]) -> None:
        """Change what differs, so that the list keeps its scroll position and focus."""
        old = self.entries
        if lines == old:
            return
        before, after = _same_ends([_name(e) for e in old], [_name(e) for e in lines])
        if before + after < len(old):
            self.beginRemoveRows(QModelIndex(), before, len(old) - after - 1)
            self.entries = old[:before] + old[len(old) - after :]
            self.endRemoveRows()
        if before + after < len(lines):
            self.beginInsertRows(QModelIndex(), before, len(lines) - after - 1)
            self.entries = lines
            self.endInsertRows()
        self.entries = lines
        self.dataChanged.emit(self.index(0), self.index(len(lines) - 1))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry = self.entries[index.row()] if index.isValid() else None
        if entry is None:
            return None
        if role == ENTRY:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return entry.spoken
        if role == Qt.ItemDataRole.ToolTipRole and entry.path is not None:
            away = "\nIt is away; its photos come back when it does."
            is_away = entry.folder is not None and entry.folder.is_missing
            return f"{wording.whole(entry.path)}{away if is_away else ''}"
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        if not index.isValid() or self.entries[index.row()].place is None:
            return flag.ItemNeverHasChildren
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemNeverHasChildren


class EntryList(QListView):
    """Signals: opened(row, is_open): what is within a line shall be listed, or not."""

    opened = Signal(int, bool)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Right opens a line, Left closes it or goes to the line that it is within."""
        row = self.currentIndex().row()
        entry: Entry | None = self.currentIndex().data(ENTRY)
        if entry is None or event.key() not in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Right:
            if entry.is_open is False:
                self.opened.emit(row, True)
        elif entry.is_open:
            self.opened.emit(row, False)
        elif entry.depth:
            above = (self.model().index(each, 0) for each in range(row - 1, -1, -1))
            outer = (each for each in above if each.data(ENTRY).depth < entry.depth)
            self.setCurrentIndex(next(outer))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        index = self.indexAt(event.position().toPoint())
        if not self._turn(index, event.position().x()):
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        index = self.indexAt(event.position().toPoint())
        entry: Entry | None = index.data(ENTRY)
        if entry is not None and entry.is_open is not None:
            self.opened.emit(index.row(), not entry.is_open)

    def _turn(self, index: QModelIndex, x_px: float) -> bool:
        """Open or close a line whose sign for that is at x_px."""
        entry: Entry | None = index.data(ENTRY)
        if entry is None or entry.is_open is None:
            return False
        left_px = self.visualRect(index).left() + indent_px(entry)
        if not left_px <= x_px < left_px + CHEVRON_PX:
            return False
        self.opened.emit(index.row(), not entry.is_open)
        return True


class Sidebar(QFrame):
    """Signals:
    place_chosen(Place): what to look at.
    folder_shown(Path), folder_removed(Folder), add_wanted: from buttons and the folder's menu.
    """

    place_chosen = Signal(object)
    folder_shown = Signal(object)
    folder_removed = Signal(object)
    add_wanted = Signal()

    def __init__(self, bridge: Bridge, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self._bridge = bridge
        self._colours = colours
        self.model = EntryModel(self)
        self.view = styled(EntryList(), "places")
        self._add = icon_button("Add folder", "flat")
        self._delegate = EntryDelegate(self)
        self._delegate.colours = colours
        self._top: list[Place] = []
        self._here = ALL
        self._status: Status | None = None
        self._tally = Tally()
        self._opened: set[str] = set()
        self._is_marking = False
        self._recount = QTimer(self, singleShot=True, interval=RECOUNT_MS)
        self._recount.timeout.connect(self._count)
        self._set_up()

    def _set_up(self) -> None:
        self.view.setModel(self.model)
        self.view.setItemDelegate(self._delegate)
        self.view.setAccessibleName("Places")
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setMouseTracking(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self.view.clicked.connect(self._on_chosen)
        self.view.selectionModel().currentChanged.connect(self._on_current)
        self.view.activated.connect(self._on_chosen)
        self.view.opened.connect(self._on_opened)
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

    def add_place(self, place: Place) -> None:
        """Lead to a place from above the folders."""
        self._top.append(place)

    @property
    def opened(self) -> list[str]:
        """What is open, to be given to `open` another time."""
        return sorted(self._opened)

    def open(self, keys: Iterable[str]) -> None:
        self._opened = set(keys)

    # what is shown

    @Slot(object)
    def show_status(self, status: Status) -> None:
        """Take counts and folders from the library's status."""
        if self._status is None:
            self._count()
        self._status = status
        self._list()

    def mark(self, place: Place) -> None:
        """Show where the person is."""
        self._here = place
        self._delegate.whole = place.whole
        if whole_of(place).filter != self._tally.whole.filter:
            self._count()
        self._mark()

    @Slot()
    def count_soon(self) -> None:
        """Count again because photos have changed; many changes are one reason to count."""
        if not self._recount.isActive():
            self._recount.start()

    @Slot()
    def _count(self) -> None:
        work = partial(count, self._bridge.library, whole_of(self._here))
        self._bridge.do(Lane.READ, work, self, self._on_counted, key="tally")

    def _on_counted(self, tally: Tally) -> None:
        self._tally = tally
        self._list()

    def _list(self) -> None:
        if self._status is None:
            return
        self._is_marking = True
        self.model.show(entries(self._top, self._status, self._tally, self._opened))
        self._is_marking = False
        self._mark()

    def _mark(self) -> None:
        line = line_of(self.model.entries, self._here)
        self._is_marking = True
        if line is not None:
            self.view.setCurrentIndex(self.model.index(line))
        else:
            self.view.clearSelection()
        self._is_marking = False
        self.view.viewport().update()

    # what is done

    @Slot(QModelIndex)
    def _on_current(self, index: QModelIndex) -> None:
        if self.view.hasFocus() and not self._is_marking:
            self._on_chosen(index)

    @Slot(QModelIndex)
    def _on_chosen(self, index: QModelIndex) -> None:
        entry: Entry | None = index.data(ENTRY)
        if entry is not None and entry.place is not None:
            self.place_chosen.emit(entry.place)

    @Slot(int, bool)
    def _on_opened(self, row: int, is_open: bool) -> None:
        key = self.model.entries[row].key
        (self._opened.add if is_open else self._opened.discard)(key)
        self._list()

    @Slot(QPoint)
    def _open_menu(self, at: QPoint) -> None:
        entry: Entry | None = self.view.indexAt(at).data(ENTRY)
        if entry is None or entry.folder is None:
            return
        menu = QMenu(self)
        show = menu.addAction(icon("show-in-folder", self._colours.text), "Show in file manager")
        remove = None
        if not entry.depth:
            remove = menu.addAction(icon("remove", self._colours.text), "Remove from library…")
        chosen = menu.exec(self.view.viewport().mapToGlobal(at))
        if chosen is show:
            self.folder_shown.emit(entry.path)
        elif chosen is not None and chosen is remove:
            self.folder_removed.emit(entry.folder)


def _name(entry: Entry) -> tuple[str, Place | None, int]:
    """What makes it the same line, whatever it counts."""
    return entry.title, entry.place, entry.depth


def _same_ends(old: list[Any], new: list[Any]) -> tuple[int, int]:
    """How many items two lists share at the start, and after that at the end."""
    most = min(len(old), len(new))
    start = next((at for at in range(most) if old[at] != new[at]), most)
    most -= start
    return start, next((at for at in range(most) if old[-1 - at] != new[-1 - at]), most)
