"""Actions: one table of everything a person can do from the keyboard or a menu."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QWidget

from desktop.ui.look.icons import icon, pause_icons
from desktop.ui.look.theme import Colours


class Act(StrEnum):
    """The id of each action."""

    FOCUS_SEARCH = "focus-search"
    BACK = "back"
    FORWARD = "forward"
    PASTE_IMAGE = "paste-image"
    FIND_SIMILAR = "find-similar"
    VIEW = "view"
    OPEN = "open"
    SHOW_IN_FOLDER = "show-in-folder"
    COPY = "copy"
    COPY_PATH = "copy-path"
    PROPERTIES = "properties"
    ADD_FOLDER = "add-folder"
    RESCAN = "rescan"
    PAUSE = "pause"
    PROBLEMS = "problems"
    BIGGER = "bigger"
    SMALLER = "smaller"
    FILL = "fill"
    SIDEBAR = "sidebar"
    SETTINGS = "settings"
    SHORTCUTS = "shortcuts"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Row:
    """One action.

    Attributes:
        keys: shortcuts, the first one is shown.
        group: under which heading the list of shortcuts puts it.
        in_grid: the shortcut holds in the grid only, so that it does not take keys from the search.
        checks: the action is on or off.
    """

    act: Act
    text: str
    keys: tuple[str, ...]
    icon: str
    group: str
    in_grid: bool = False
    checks: bool = False


TABLE = (
    Row(Act.FOCUS_SEARCH, "Search", ("Ctrl+F",), "search", "Search"),
    Row(Act.BACK, "Back", ("Alt+Left",), "back", "Search"),
    Row(Act.FORWARD, "Forward", ("Alt+Right",), "forward", "Search"),
    Row(
        Act.PASTE_IMAGE,
        "Search with a copied image",
        ("Ctrl+V", "Ctrl+Shift+V"),
        "picture",
        "Search",
    ),
    Row(Act.FIND_SIMILAR, "Find similar", ("Ctrl+Shift+S",), "similar", "Photo"),
    Row(Act.VIEW, "View", ("Space",), "picture", "Photo", in_grid=True),
    Row(Act.OPEN, "Open", ("Ctrl+Return",), "open", "Photo"),
    Row(Act.SHOW_IN_FOLDER, "Show in folder", ("Ctrl+E",), "show-in-folder", "Photo"),
    Row(Act.COPY, "Copy", ("Ctrl+C",), "copy", "Photo", in_grid=True),
    Row(Act.COPY_PATH, "Copy path", ("Ctrl+Shift+C",), "copy-path", "Photo"),
    Row(Act.PROPERTIES, "Properties", ("Alt+Return", "Ctrl+I"), "details", "Photo"),
    Row(Act.ADD_FOLDER, "Add folder…", ("Ctrl+O",), "folder-add", "Library"),
    Row(Act.RESCAN, "Look for changes", ("F5",), "rescan", "Library"),
    Row(Act.PAUSE, "Pause reading photos", ("Ctrl+P",), "pause", "Library"),
    Row(Act.PROBLEMS, "Show problems", ("Ctrl+Shift+P",), "problem", "Library"),
    Row(Act.BIGGER, "Bigger thumbnails", ("Ctrl++", "Ctrl+="), "zoom-in", "Window"),
    Row(Act.SMALLER, "Smaller thumbnails", ("Ctrl+-",), "zoom-out", "Window"),
    Row(
        Act.FILL,
        "Crop thumbnails to squares",
        ("Ctrl+Shift+F",),
        "crop-fill",
        "Window",
        checks=True,
    ),
    Row(Act.SIDEBAR, "Show sidebar", ("Ctrl+B",), "sidebar", "Window", checks=True),
    Row(Act.SETTINGS, "Settings…", ("Ctrl+,",), "settings", "Window"),
    Row(Act.SHORTCUTS, "Keyboard shortcuts", ("F1",), "help", "Window"),
    Row(Act.QUIT, "Quit", ("Ctrl+Q",), "quit", "Window"),
)

KEYS_ELSEWHERE = (
    ("Search", "Down", "From the search to the photos"),
    ("Photo", "Return", "View the photo"),
    ("Photo", "Left / Right", "In the viewer: the photo before or after"),
    ("Photo", "+ / − / 0 / 1", "In the viewer: closer, further, whole photo, full size"),  # noqa: RUF001
    ("Photo", "I", "In the viewer: details"),
    ("Photo", "S", "In the viewer: find similar"),
    ("Window", "Esc", "Leave the viewer, or clear the search"),
)
"""Keys that belong to one widget: group, keys, what they do."""


class Actions:
    """The table's rows as QActions of one window."""

    def __init__(self, window: QWidget, grid: QWidget) -> None:
        self._actions: dict[Act, QAction] = {}
        self._is_paused = False
        self._pause_icons: dict[bool, QIcon] = {}
        for row in TABLE:
            owner = grid if row.in_grid else window
            action = QAction(row.text, owner)
            action.setObjectName(row.act.value)
            action.setShortcuts([QKeySequence(keys) for keys in row.keys])
            context = Qt.ShortcutContext
            action.setShortcutContext(
                context.WidgetWithChildrenShortcut if row.in_grid else context.WindowShortcut
            )
            action.setCheckable(row.checks)
            owner.addAction(action)
            self._actions[row.act] = action

    def __getitem__(self, act: Act) -> QAction:
        return self._actions[act]

    def connect_slots(self, slots: Mapping[Act, Callable[[], object]]) -> None:
        """Say what each action does. Raises KeyError if one is left out."""
        for act, action in self._actions.items():
            action.triggered.connect(slots[act])

    def dress(self, colours: Colours) -> None:
        """Draw the icons in these colours."""
        for row in TABLE:
            self._actions[row.act].setIcon(icon(row.icon, colours.text, colours.unlikely))
        self._pause_icons = pause_icons(colours.text, colours.unlikely)
        self._actions[Act.PAUSE].setIcon(self._pause_icons[self._is_paused])

    def show_paused(self, is_paused: bool) -> None:
        """Let the one action for pause and resume say what it would do."""
        if is_paused == self._is_paused:
            return
        self._is_paused = is_paused
        action = self._actions[Act.PAUSE]
        action.setText("Resume reading photos" if is_paused else "Pause reading photos")
        action.setIcon(self._pause_icons[is_paused])

    def enable(self, acts: tuple[Act, ...], is_possible: bool) -> None:
        for act in acts:
            self._actions[act].setEnabled(is_possible)


def shortcuts() -> dict[str, list[tuple[str, str]]]:
    """group -> (keys as this system writes them, what they do), for the list behind F1."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for row in TABLE:
        keys = QKeySequence(row.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
        groups.setdefault(row.group, []).append((keys, row.text.rstrip("…")))
    for group, keys, does in KEYS_ELSEWHERE:
        groups.setdefault(group, []).append((keys, does))
    return groups


def tip_of(action: QAction) -> str:
    """The action's words with its shortcut, for a tool tip."""
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return f"{action.text().rstrip('…')} ({keys})" if keys else action.text()
