"""Frame: the parts of the window and where they stand."""

from __future__ import annotations

from enum import Enum, auto

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop.ui.actions import Act, Actions
from desktop.ui.bridge import Bridge
from desktop.ui.desktop_actions import DesktopActions
from desktop.ui.doubt_banner import DoubtBanner
from desktop.ui.header import Header
from desktop.ui.icons import icon
from desktop.ui.parts import styled
from desktop.ui.problems import ProblemsPage
from desktop.ui.results_page import ResultsPage
from desktop.ui.search_bar import SearchBar
from desktop.ui.sidebar import Sidebar
from desktop.ui.status_bar import StatusBar
from desktop.ui.theme import Colours
from desktop.ui.viewer import Viewer
from desktop.ui.welcome import Welcome


class Screen(Enum):
    """What fills the window, or its middle."""

    RESULTS = auto()
    PROBLEMS = auto()
    WELCOME = auto()
    VIEWER = auto()


class Frame(QStackedWidget):
    """Head, sidebar, pages and status bar; or the viewer over all of it.

    Attributes: the parts; they know nothing of each other.
    """

    def __init__(self, bridge: Bridge, desktop: DesktopActions, colours: Colours) -> None:
        super().__init__()
        self.search = SearchBar(colours)
        self.sidebar = Sidebar(colours)
        self.results = ResultsPage(bridge, colours)
        self.problems = ProblemsPage(bridge, desktop, colours)
        self.welcome = Welcome(colours)
        self.viewer = Viewer(bridge, self.results.model)
        self.doubt = DoubtBanner()
        self.status_bar = StatusBar(colours)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self._library = styled(QWidget(), "library")
        self._pages = QStackedWidget()

    def lay_out(self, actions: Actions) -> None:
        """Put the parts in place; `actions` fill the head. Once."""
        for page in (self.results, self.problems, self.welcome):
            self._pages.addWidget(page)
        self.splitter.setHandleWidth(1)
        self.splitter.addWidget(self.sidebar)
        self.splitter.addWidget(self._pages)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setCollapsible(0, False)
        self.splitter.setCollapsible(1, False)
        self.splitter.setSizes([232, 1048])
        self._header = Header(self.search, actions)
        self.results.fill_button.setDefaultAction(actions[Act.FILL])
        column = QVBoxLayout(self._library)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header)
        column.addWidget(self.doubt)
        column.addWidget(self.splitter, 1)
        column.addWidget(self.status_bar)
        self.addWidget(self._library)
        self.addWidget(self.viewer)

    @property
    def showing(self) -> Screen:
        if self.currentWidget() is self.viewer:
            return Screen.VIEWER
        if self._pages.currentWidget() is self.problems:
            return Screen.PROBLEMS
        return Screen.WELCOME if self._pages.currentWidget() is self.welcome else Screen.RESULTS

    def show_library(self) -> None:
        """Leave the viewer; the page below is the one that was left."""
        self.setCurrentWidget(self._library)

    def show_page(self, screen: Screen) -> None:
        """Turn to a page; the viewer, if it is open, stays over it."""
        page: QWidget = {
            Screen.RESULTS: self.results,
            Screen.PROBLEMS: self.problems,
            Screen.WELCOME: self.welcome,
        }[screen]
        self._pages.setCurrentWidget(page)

    def show_viewer(self) -> None:
        self.setCurrentWidget(self.viewer)

    def dress(self, colours: Colours) -> None:
        """Draw icons and painted parts in these colours."""
        self._header.menu_action.setIcon(icon("menu", colours.text))
        self.search.dress(colours)
        self.sidebar.dress(colours)
        self.status_bar.dress(colours)
        self.results.dress(colours)
        self.welcome.dress(colours)
        self.problems.dress(colours)
