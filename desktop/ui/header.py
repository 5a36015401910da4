"""Header: the row at the top of the window: back, forward, the search, the menu."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QWidget

from desktop.ui.actions import Act, Actions, tip_of
from desktop.ui.parts import styled
from desktop.ui.search_bar import SearchBar

_MENU: tuple[tuple[Act, ...], ...] = (
    (Act.ADD_FOLDER, Act.RESCAN, Act.PAUSE),
    (Act.PASTE_IMAGE, Act.PROBLEMS),
    (Act.SIDEBAR, Act.FILL, Act.BIGGER, Act.SMALLER),
    (Act.SETTINGS, Act.SHORTCUTS),
    (Act.QUIT,),
)


class Header(QFrame):
    def __init__(self, search: SearchBar, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self.setFixedHeight(64)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(4)
        for act in (Act.SIDEBAR, Act.BACK, Act.FORWARD):
            row.addWidget(tool_button(actions[act]))
        row.addSpacing(12)
        row.addStretch(1)
        row.addWidget(search, 100)
        row.addStretch(1)
        row.addSpacing(12)
        row.addWidget(tool_button(actions[Act.ADD_FOLDER]))
        row.addWidget(self._menu_button(actions))

    def _menu_button(self, actions: Actions) -> QToolButton:
        self.menu_action = QAction("Menu", self)
        self.menu_action.setShortcut("F10")
        button = tool_button(self.menu_action)
        menu = QMenu(button)
        for group in _MENU:
            for act in group:
                menu.addAction(actions[act])
            menu.addSeparator()
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
