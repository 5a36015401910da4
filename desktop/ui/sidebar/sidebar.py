"""Sidebar: all photos, problems, what is searched for, folders with what is in them, ways to
explore, dates."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import (
    QModelIndex,
    QPoint,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtWidgets import QFrame, QListView, QMenu, QVBoxLayout, QWidget

from desktop.library import Concept, SavedSearch, Status
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look.icons import icon
from desktop.ui.look.parts import icon_button, styled
from desktop.ui.look.theme import Colours
from desktop.ui.places.place import ALL, Place
from desktop.ui.sidebar.delegate import ENTRY, EntryDelegate
from desktop.ui.sidebar.entries import (
    CLOSED,
    Counted,
    Entry,
    IsOffered,
    count_places,
    line_of,
    top_entries,
    tree_entries,
    whole_of,
)
from desktop.ui.sidebar.entry_list import EntryList, EntryModel
from desktop.ui.sidebar.saved_list import SavedList

RECOUNT_MS = 3000
"""While photos come and go, sub-folders and months are counted at most this often."""


class Sidebar(QFrame):
    """Signals:
    place_chosen(Place): what to look at.
    date_left: the year or month that is looked at was chosen once more.
    folder_shown(Path), folder_removed(Folder), add_wanted: from buttons and the folder's menu.
    saved_renamed(SavedSearch), saved_forgotten(SavedSearch), saved_moved(SavedSearch, step): from
        the menu of a saved search.
    concept_renamed(Concept), concept_forgotten(Concept): from the menu of a concept.

    Attributes: saved: the saved searches and concepts.
    """

    place_chosen = Signal(object)
    date_left = Signal()
    folder_shown = Signal(object)
    folder_removed = Signal(object)
    add_wanted = Signal()
    saved_renamed = Signal(object)
    saved_forgotten = Signal(object)
    saved_moved = Signal(object, int)
    concept_renamed = Signal(object)
    concept_forgotten = Signal(object)

    def __init__(self, bridge: Bridge, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self._bridge = bridge
        self._colours = colours
        self.model = EntryModel(self)
        self.saved = SavedList(bridge, self)
        self.view = styled(EntryList(), "places")
        self._add = icon_button("Add folder", "flat")
        self._delegate = EntryDelegate(self)
        self._delegate.colours = colours
        self._top: list[Place] = []
        self._explore: list[tuple[Place, IsOffered]] = []
        self._offered: tuple[Place, ...] = ()
        self._here = ALL
        self._at_press = ALL
        self._status: Status | None = None
        self._counted = Counted()
        self._tree: tuple[Entry, ...] = ()
        self._opened: set[str] = set()
        self._is_marking = False
        self._recount = QTimer(self, singleShot=True, interval=RECOUNT_MS)
        self._recount.timeout.connect(self.count)
        self._set_up()

    def _set_up(self) -> None:
        self.view.setModel(self.model)
        self.view.setItemDelegate(self._delegate)
        self.view.setAccessibleName("Places")
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setMouseTracking(True)
        self.view.setUniformItemSizes(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self.view.press_began.connect(self._on_press_began)
        self.view.clicked.connect(self._on_clicked)
        self.view.selectionModel().currentChanged.connect(self._on_current)
        self.view.activated.connect(self._on_chosen)
        self.view.opened.connect(self._on_opened)
        self.saved.changed.connect(self._list)
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

    def add_place(self, place: Place, explores: bool = False, is_offered: IsOffered = bool) -> None:
        """Lead to a place from above the folders, or from those to explore below them, while there
        is something to be seen."""
        if explores:
            self._explore.append((place, is_offered))
        else:
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
        before, self._status = self._status, status
        offered = tuple(place for place, is_offered in self._explore if is_offered(status))
        if before is None:
            self.count()
            self.saved.reload()
        if before is None or before.folders != status.folders or offered != self._offered:
            self._offered = offered
            self._grow()
        self._list()

    def mark(self, place: Place) -> None:
        """Show where the person is."""
        self._here = place
        self._delegate.whole = place.whole
        if whole_of(place).filter != self._counted.whole.filter:
            self.count()
        self._mark()

    @Slot()
    def count_soon(self) -> None:
        """Count again because photos have changed; many changes are one reason to count."""
        if not self._recount.isActive():
            self._recount.start()

    @Slot()
    def count(self) -> None:
        """Count the photos of sub-folders and months."""
        work = partial(count_places, self._bridge.library, whole_of(self._here))
        self._bridge.do(Lane.READ, work, self, self._on_counted, key="sidebar")

    def _on_counted(self, counted: Counted) -> None:
        if counted != self._counted:
            self._counted = counted
            self._grow()
            self._list()

    def _grow(self) -> None:
        """Put the lines of folders and dates together; not at every status, since there may be
        thousands."""
        folders = self._status.folders if self._status is not None else ()
        self._tree = tree_entries(folders, self._counted, self._opened, self._offered)

    @Slot()
    def _list(self) -> None:
        if self._status is None:
            return
        self._is_marking = True
        top = top_entries(self._top, self._status)
        has_moved = self.model.show(top + self.saved.entries + self._tree)
        self._is_marking = False
        if has_moved:
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

    @Slot()
    def _on_press_began(self) -> None:
        self._at_press = self._here  # the press itself may choose a line

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        entry: Entry | None = index.data(ENTRY)
        place = entry.place if entry is not None else None
        is_date = place is not None and place.whole is not None and place.query is None
        if is_date and place is not None and place.is_like(self._at_press):
            self.date_left.emit()
        else:
            self._on_chosen(index)

    @Slot(int, bool)
    def _on_opened(self, row: int, is_open: bool) -> None:
        key = self.model.entries[row].key
        is_kept = is_open is not key.startswith(CLOSED)
        (self._opened.add if is_kept else self._opened.discard)(key)
        self._grow()
        self._list()

    @Slot(QPoint)
    def _open_menu(self, at: QPoint) -> None:
        entry: Entry | None = self.view.indexAt(at).data(ENTRY)
        if entry is not None and entry.saved is not None:
            self._open_saved_menu(entry.saved, at)
        elif entry is not None and entry.concept is not None:
            self._open_concept_menu(entry.concept, at)
        elif entry is not None and entry.folder is not None:
            self._open_folder_menu(entry, at)

    def _open_saved_menu(self, saved: SavedSearch, at: QPoint) -> None:
        menu, colour = QMenu(self), self._colours.text
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        rename = menu.addAction(icon("rename", colour), "Rename…")
        rename.triggered.connect(partial(self.saved_renamed.emit, saved))
        rows = self.saved.searches
        for words, step, end in (("Move up", -1, rows[0]), ("Move down", 1, rows[-1])):
            move = menu.addAction(words)
            move.setEnabled(end != saved)
            move.triggered.connect(partial(self.saved_moved.emit, saved, step))
        menu.addSeparator()
        delete = menu.addAction(icon("remove", colour), "Delete…")
        delete.triggered.connect(partial(self.saved_forgotten.emit, saved))
        menu.popup(self.view.viewport().mapToGlobal(at))

    def _open_concept_menu(self, concept: Concept, at: QPoint) -> None:
        menu, colour = QMenu(self), self._colours.text
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        rename = menu.addAction(icon("rename", colour), "Rename…")
        rename.triggered.connect(partial(self.concept_renamed.emit, concept))
        forget = menu.addAction(icon("remove", colour), "Delete…")
        forget.triggered.connect(partial(self.concept_forgotten.emit, concept))
        menu.popup(self.view.viewport().mapToGlobal(at))

    def _open_folder_menu(self, entry: Entry, at: QPoint) -> None:
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
