"""Frame: the parts of the window and where they stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.actions.table import tip_of
from desktop.ui.bridge import Bridge
from desktop.ui.look.icons import icon
from desktop.ui.look.later import Later
from desktop.ui.look.parts import keeps_focus, styled, tab_through
from desktop.ui.look.theme import Colours
from desktop.ui.pages.page import Page
from desktop.ui.pages.results import ResultsPage
from desktop.ui.places.place import ALL, COMPARE, MAP, MISTAKES, PROBLEMS, THEMES, Place
from desktop.ui.sidebar.entries import IsOffered
from desktop.ui.sidebar.sidebar import Sidebar
from desktop.ui.system.desktop_actions import DesktopActions
from desktop.ui.viewer.viewer import Viewer
from desktop.ui.window.doubt_banner import DoubtBanner
from desktop.ui.window.said_row import MOST_LINES, SaidRow
from desktop.ui.window.search_bar import SearchBar
from desktop.ui.window.status_bar import StatusBar

if TYPE_CHECKING:
    from desktop.ui.comparing.page import ComparePage
    from desktop.ui.pages.map import MapPage
    from desktop.ui.pages.mistakes import MistakesPage
    from desktop.ui.pages.problems import ProblemsPage
    from desktop.ui.pages.themes import ThemesPage
    from desktop.ui.pages.welcome import Welcome

LOW_PX = 480
"""In a window that is lower than this, the parts of a question have one line."""


class Frame(QStackedWidget):
    """Head, sidebar, pages and status bar; or the viewer over all of it.

    Attributes: the parts; they know nothing of each other. Pages without photos are made, and what
    they are made of is imported, when one is first shown.
    """

    def __init__(self, bridge: Bridge, desktop: DesktopActions, colours: Colours) -> None:
        super().__init__()
        self._bridge = bridge
        self._desktop = desktop
        self._colours = colours
        self.search = SearchBar(colours)
        self.said = SaidRow(bridge, colours)
        self.sidebar = Sidebar(bridge, colours)
        self.results = ResultsPage(bridge, colours)
        self.problems = Later(self._make_problems)
        self.themes = Later(self._make_themes)
        self.compare = Later(self._make_compare)
        self.map = Later(self._make_map)
        self.mistakes = Later(self._make_mistakes)
        self.welcome = Later(self._make_welcome)
        self.viewer = Viewer(bridge, self.results.model)
        self.doubt = DoubtBanner()
        self.status_bar = StatusBar(colours)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self._library = styled(QWidget(), "library")
        self._pages = QStackedWidget()
        self._pages_by_name: dict[str, Later[Page]] = {}

    def lay_out(self, before: Sequence[QAction], menu: QMenu) -> None:
        """Put the parts in place; in the head, these stand before the search, and this menu behind
        it. Once."""
        self.add_place(ALL, lambda: self.results)
        self.add_place(PROBLEMS, self.problems)
        self.add_place(THEMES, self.themes, explores=True)
        self.add_place(MAP, self.map, explores=True)
        self.add_place(MISTAKES, self.mistakes, True, lambda status: bool(status.attributes))
        self.add_place(COMPARE, self.compare, explores=True)
        self.welcome.then(self._add_page)
        self.splitter.setHandleWidth(1)
        self.splitter.addWidget(self.sidebar)
        self.splitter.addWidget(self._beside_sidebar())
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setCollapsible(0, False)
        self.splitter.setCollapsible(1, False)
        self.splitter.setSizes([232, 1048])
        self._header = Header(before, self.search, menu)
        column = QVBoxLayout(self._library)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header)
        column.addWidget(self.doubt)
        column.addWidget(self.splitter, 1)
        column.addWidget(self.status_bar)
        self.addWidget(self._library)
        self.addWidget(self.viewer)

    def _beside_sidebar(self) -> QWidget:
        """What is asked stands over its answer, and moves no line of the sidebar when it comes."""
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.said)
        column.addWidget(self._pages, 1)
        return right

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.said.allow_lines(MOST_LINES if self.height() >= LOW_PX else 1)

    @property
    def header_px(self) -> int:
        """How much of the window is above the pages, where the search is."""
        return self._header.height()

    def add_place(
        self,
        place: Place,
        make_page: Callable[[], Page],
        explores: bool = False,
        is_offered: IsOffered = bool,
    ) -> None:
        """Let a page show this place and those like it; the sidebar leads there, from the top or
        from what there is to explore, while there is something to be seen."""
        page = self._pages_by_name[place.page] = Later(make_page)
        page.then(self._take_in)
        self.sidebar.add_place(place, explores, is_offered)

    def page_of(self, place: Place) -> Page:
        return self._pages_by_name[place.page]()

    def _take_in(self, page: Page) -> None:
        self._add_page(page)
        self._bridge.refresh_status()  # the page has not heard it yet

    def _add_page(self, page: QWidget) -> None:
        """The Tab key comes to the status bar, which is made before it, behind it."""
        self._pages.addWidget(page)
        within = page.findChildren(QWidget)
        tab_through(within[-1] if within else page, self.status_bar)

    @property
    def shows_viewer(self) -> bool:
        return self.currentWidget() is self.viewer

    def show_library(self) -> None:
        """Leave the viewer; the page below is the one that was left."""
        self.setCurrentWidget(self._library)

    def turn_to(self, page: QWidget) -> None:
        """Show a page; the viewer, if it is open, stays over it."""
        starts_at = page.starts_at() if isinstance(page, Page) else ()
        with keeps_focus(self._pages, *starts_at, page):
            self._pages.setCurrentWidget(page)

    def show_viewer(self) -> None:
        self.setCurrentWidget(self.viewer)

    def dress(self, colours: Colours) -> None:
        """Draw icons and painted parts in these colours."""
        self._colours = colours
        self._header.menu_action.setIcon(icon("menu", colours.text))
        self.search.dress(colours)
        self.said.dress(colours)
        self.sidebar.dress(colours)
        self.status_bar.dress(colours)
        if self.welcome.made is not None:
            self.welcome.made.dress(colours)
        for page in self._pages_by_name.values():
            if page.made is not None:
                page.made.dress(colours)

    def _make_problems(self) -> ProblemsPage:
        from desktop.ui.pages.problems import ProblemsPage

        return ProblemsPage(self._bridge, self._desktop, self._colours)

    def _make_themes(self) -> ThemesPage:
        from desktop.ui.pages.themes import ThemesPage

        return ThemesPage(self._bridge, self._colours)

    def _make_compare(self) -> ComparePage:
        from desktop.ui.comparing.page import ComparePage

        return ComparePage(self._bridge, lambda: self.search.recent, self._colours)

    def _make_map(self) -> MapPage:
        from desktop.ui.pages.map import MapPage

        return MapPage(self._bridge, self._colours)

    def _make_mistakes(self) -> MistakesPage:
        from desktop.ui.pages.mistakes import MistakesPage

        return MistakesPage(self._bridge, self._colours)

    def _make_welcome(self) -> Welcome:
        from desktop.ui.pages.welcome import Welcome

        return Welcome(self._colours, self._bridge.library.folders.server)


class Header(QFrame):
    """The row at the top: back, forward, the search, the menu."""

    def __init__(self, before: Sequence[QAction], search: SearchBar, menu: QMenu) -> None:
        super().__init__()
        self.setObjectName("header")
        self.setFixedHeight(64)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(4)
        for action in before:
            row.addWidget(tool_button(action))
        row.addSpacing(12)
        row.addStretch(1)
        row.addWidget(search, 100)
        row.addStretch(1)
        row.addSpacing(12)
        row.addWidget(self._menu_button(menu))

    def _menu_button(self, menu: QMenu) -> QToolButton:
        self.menu_action = QAction("Menu", self)
        self.menu_action.setShortcut("F10")
        button = tool_button(self.menu_action)
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_action.triggered.connect(button.showMenu)
        self.addAction(self.menu_action)
        return button


def tool_button(action: QAction) -> QToolButton:
    """A flat button for an action, with its words for tool tip and screen reader."""
    button = styled(QToolButton(), "plain")
    button.setDefaultAction(action)
    button.setIconSize(QSize(20, 20))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    action.setToolTip(tip_of(action))
    button.setAccessibleName(action.text().rstrip("…"))
    return button
