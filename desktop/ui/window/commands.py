"""WindowCommands: what can be done with the window and the library as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QCoreApplication, QObject, QRect, Qt, Slot
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QWidget

from desktop.library import Library
from desktop.ui.dialogs.how_to_search import HowToSearch
from desktop.ui.dialogs.shortcuts import ShortcutsDialog
from desktop.ui.grid.grid import STEP_CELL_PX
from desktop.ui.window.frame import Frame
from desktop.ui.window.window_state import WindowState

NARROW_PX = 600
"""In a window that is narrower than this, the sidebar is there only while somebody wants it."""


class WindowCommands(QObject):
    """Main thread."""

    def __init__(
        self,
        library: Library,
        frame: Frame,
        state: WindowState,
        shortcuts: Callable[[], Mapping[str, Sequence[tuple[str, str]]]],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._library = library
        self._frame = frame
        self._grid = frame.results.grid
        self._state = state
        self._shortcuts = shortcuts
        self._window = window
        self._is_narrow = False

    @Slot()
    def rescan(self) -> None:
        self._library.indexing.rescan()

    def is_paused(self) -> bool:
        return self._library.indexing.is_paused

    @Slot()
    def toggle_pause(self) -> None:
        if self._library.indexing.is_paused:
            self._library.indexing.resume()
        else:
            self._library.indexing.pause()

    @Slot()
    def bigger(self) -> None:
        self._frame.results.set_cell_px(self._grid.cell_px + STEP_CELL_PX)

    @Slot()
    def smaller(self) -> None:
        self._frame.results.set_cell_px(self._grid.cell_px - STEP_CELL_PX)

    def fills(self) -> bool:
        """Whether thumbnails are cropped to squares."""
        return self._state.fills

    @Slot(bool)
    def toggle_fill(self, fills: bool) -> None:
        self._grid.photo_painter.fills = self._state.fills = fills
        self._grid.viewport().update()

    def collapses(self) -> bool:
        """Whether look-alikes are put together."""
        return self._state.collapses

    @Slot(bool)
    def toggle_collapse(self, collapses: bool) -> None:
        self._state.collapses = collapses
        self._frame.results.collapse(collapses)

    def collapses_lists(self) -> bool:
        """Whether they are so in lists by date, too."""
        return self._state.collapses_lists

    @Slot(bool)
    def toggle_collapse_lists(self, collapses: bool) -> None:
        self._state.collapses_lists = collapses
        self._frame.results.bursts.switch(collapses)

    def has_alike(self) -> bool:
        return self._frame.results.model.stack_at(self._grid.currentIndex().row()) is not None

    def is_stack_open(self) -> bool:
        stack = self._frame.results.model.stack_at(self._grid.currentIndex().row())
        return stack is not None and stack.is_open

    @Slot()
    def toggle_stack(self) -> None:
        """Show the look-alikes of the current photo, or put them together again."""
        row = self._grid.currentIndex().row()
        if self.has_alike():
            self._frame.results.toggle_stack(int(self._frame.results.model.photo_ids[row]))

    def shows_sidebar(self) -> bool:
        return not self._frame.sidebar.isHidden()

    @Slot(bool)
    def toggle_sidebar(self, shows: bool) -> None:
        if not self._is_narrow:  # there it is a glance, and no wish for later
            self._state.shows_sidebar = shows
        self._frame.sidebar.setVisible(shows)

    def fit(self, width_px: int) -> bool:
        """Let the sidebar give way in a narrow window, and come back in a wide one. Returns whether
        the window became one or the other."""
        was_narrow, self._is_narrow = self._is_narrow, width_px < NARROW_PX
        if was_narrow != self._is_narrow:
            self._frame.sidebar.setVisible(self._state.shows_sidebar and not self._is_narrow)
        return was_narrow != self._is_narrow

    @Slot()
    def open_menu(self) -> None:
        """What the Menu key does, which many keyboards lack."""
        focused = self._window.focusWidget()
        if focused is not None:
            cursor = focused.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle)
            at = (cursor if isinstance(cursor, QRect) else focused.rect()).center()
            reason = QContextMenuEvent.Reason.Keyboard
            event = QContextMenuEvent(reason, at, focused.mapToGlobal(at))
            QCoreApplication.sendEvent(focused, event)

    @Slot()
    def show_shortcuts(self) -> None:
        dialog = ShortcutsDialog(self._shortcuts(), self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    @Slot()
    def show_how_to_search(self) -> None:
        dialog = HowToSearch(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.tried.connect(self._frame.search.say)
        dialog.open()

    @Slot()
    def quit(self) -> None:
        self._window.close()
