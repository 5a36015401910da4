"""What an action is: its words, keys, icon and place in the menus, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import groupby

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from desktop.ui.look.icons import icon
from desktop.ui.look.theme import Colours

Do = Callable[..., object]
Is = Callable[[], bool]


class Topic(StrEnum):
    """What an action is about, which is also its heading in the list of shortcuts."""

    SEARCH = "Search"
    PHOTO = "Photo"
    LIBRARY = "Library"
    WINDOW = "Window"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do from the keyboard or a menu. It is known by what it does.

    Attributes:
        does: called without arguments, or with True or False where `is_on` is given.
        keys: shortcuts, the first one is shown.
        group: actions of the group PHOTO are about the photos that are chosen. They are offered
            where there is one, in its own menu; the others in the menu of the window.
        part: which part of that menu it is in; None where it is in no menu.
        in_grid: the keys hold in the grid only, so that they can be typed in the search.
        is_possible: whether it can be done now.
        for_photos: it is in the menu of the chosen photos, too, though it is not about them alone.
        is_on: what it switches is on now; None for an action that switches nothing.
    """

    does: Do
    text: str
    keys: tuple[str, ...]
    icon: str
    group: Topic
    part: int | None
    in_grid: bool = False
    is_possible: Is = lambda: True
    is_on: Is | None = None
    for_photos: bool = False


KEYS_ELSEWHERE = (
    (Topic.SEARCH, "Down", "From the search to the photos"),
    (Topic.PHOTO, "Return", "View the photo"),
    (Topic.PHOTO, "Left / Right", "In the viewer: the photo before or after"),
    (Topic.PHOTO, "+ / − / 0 / 1", "In the viewer: closer, further, whole photo, full size"),  # noqa: RUF001
    (Topic.PHOTO, "M / L", "In the viewer: more like this photo, less like it"),
    (Topic.PHOTO, "I", "In the viewer: details"),
    (Topic.PHOTO, "S", "In the viewer: find similar"),
    (Topic.PHOTO, "B", "In the viewer: draw a box around what is to be found"),
    (Topic.LIBRARY, "+ / − / 0", "Map: closer, further, all"),  # noqa: RUF001
    (Topic.LIBRARY, "Ctrl+A", "Map: choose all in view"),
    (Topic.LIBRARY, "F2 / M / S", "Themes: rename, merge, split"),
    (Topic.WINDOW, "Esc", "Leave the viewer, or clear the search"),
)
"""Keys that belong to one widget: group, keys, what they do."""


class Actions:
    """All actions of one window, as QActions: `actions[what it does]`. The icon of each is drawn
    when it is asked for, or when a menu that it is in opens."""

    def __init__(
        self,
        table: Sequence[Action],
        window: QWidget,
        grid: QWidget,
        has_photo: Is,
        colours: Colours,
    ) -> None:
        """has_photo: whether there is a photo that an action could be about."""
        self.table = tuple(table)
        self._has_photo = has_photo
        self._window = window
        self._colours = colours
        self._icons = {row.does: row.icon for row in self.table}
        self._drawn: set[Do] = set()
        self._actions: dict[Do, QAction] = {}
        for row in self.table:
            owner = grid if row.in_grid else window
            action = QAction(row.text, owner)
            action.setShortcuts([QKeySequence(keys) for keys in row.keys])
            context = Qt.ShortcutContext
            action.setShortcutContext(
                context.WidgetWithChildrenShortcut if row.in_grid else context.WindowShortcut
            )
            action.setCheckable(row.is_on is not None)
            action.triggered.connect(row.does)
            owner.addAction(action)
            self._actions[row.does] = action

    def __getitem__(self, does: Do) -> QAction:
        self._draw(does)
        return self._actions[does]

    @Slot()
    def refresh(self) -> None:
        """Offer what can be done now, and show what is on."""
        has_photo = self._has_photo()
        for row in self.table:
            action = self._actions[row.does]
            action.setEnabled(row.is_possible() and (has_photo or row.group is not Topic.PHOTO))
            if row.is_on is not None:
                action.setChecked(row.is_on())

    def dress(self, colours: Colours) -> None:
        """Draw the icons in these colours."""
        self._colours = colours
        drawn, self._drawn = self._drawn, set()
        self._draw(*drawn)

    def _draw(self, *which: Do) -> None:
        for does in set(which) - self._drawn:
            drawing = icon(self._icons[does], self._colours.text, self._colours.unlikely)
            self._actions[does].setIcon(drawing)
        self._drawn |= set(which)

    def photo_menu(self) -> QMenu:
        """What can be done with the photos that are chosen."""
        about = [row for row in self.table if row.group is Topic.PHOTO or row.for_photos]
        return self._menu(about)

    def window_menu(self) -> QMenu:
        """What else can be done."""
        return self._menu([row for row in self.table if row.group is not Topic.PHOTO])

    def _menu(self, rows: list[Action]) -> QMenu:
        menu = QMenu(self._window)
        shown = sorted((row.part, at) for at, row in enumerate(rows) if row.part is not None)
        for _, part in groupby(shown, key=lambda each: each[0]):
            menu.addSeparator()
            menu.addActions([self._actions[rows[at].does] for _, at in part])
        menu.aboutToShow.connect(partial(self._draw, *(rows[at].does for _, at in shown)))
        return menu

    def shortcuts(self) -> dict[str, list[tuple[str, str]]]:
        """group -> (keys as this system writes them, what they do), for the list behind F1."""
        groups: dict[str, list[tuple[str, str]]] = {group: [] for group in Topic}
        for row in self.table:
            keys = QKeySequence(row.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
            groups[row.group].append((keys, row.text.rstrip("…")))
        for group, keys, does in KEYS_ELSEWHERE:
            groups[group].append((keys, does))
        return groups


def tip_of(action: QAction) -> str:
    """The action's words with its shortcut, for a tool tip."""
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return f"{action.text().rstrip('…')} ({keys})" if keys else action.text()
