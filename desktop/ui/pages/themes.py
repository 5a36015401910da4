"""ThemesPage: the library grouped by look."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from desktop.library import (
    LEAST_PHOTOS,
    Change,
    PhotosChanged,
    PhotoTheme,
    Progress,
    Status,
    ThemesSeen,
    Way,
)
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look import wording
from desktop.ui.look.icons import icon
from desktop.ui.look.parts import (
    ElidedLabel,
    EmptyState,
    ThinBar,
    keeps_focus,
    styled,
    text_label,
)
from desktop.ui.look.theme import Colours
from desktop.ui.pages.page import Page
from desktop.ui.pages.theme_cards import ThemeCards
from desktop.ui.pages.themes_model import ThemesModel
from desktop.ui.places.place import Place, Spot, in_theme

REFRESH_MS = 3000
"""While photos come and go, the page looks again at most this often."""

_WAYS = (
    (Way.EVEN, "Group all photos"),
    (Way.CLOSE, "Group only what really belongs together"),
)


class ThemesPage(Page):
    """Cards; above them, what can be done with all of them. It asks; others do it.

    Signals:
        place_chosen(Place): the photos of a theme.
        update_wanted, cancel_wanted; anew_wanted(Way).
        rename_wanted(PhotoTheme), split_wanted(PhotoTheme), merge_wanted(themes),
            hide_wanted(themes, is_hidden): of the themes that are chosen, the current one first.
    """

    place_chosen = Signal(object)
    update_wanted = Signal()
    cancel_wanted = Signal()
    anew_wanted = Signal(object)
    rename_wanted = Signal(object)
    split_wanted = Signal(object)
    merge_wanted = Signal(object)
    hide_wanted = Signal(object, bool)

    def __init__(self, bridge: Bridge, colours: Colours) -> None:
        super().__init__()
        self.setObjectName("themesPage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._bridge = bridge
        self._colours = colours
        self._seen = ThemesSeen()
        self._n_waiting = 0
        self._is_working = False
        self.model = ThemesModel(bridge, self)
        self.cards = ThemeCards(colours)
        self.find_button = styled(QPushButton("Find themes"), "primary")
        self.cancel_button = QPushButton("Cancel")
        self.more_button = QPushButton("More")
        self._subtitle = ElidedLabel("muted")
        self._said = ElidedLabel("muted")
        self._bar = ThinBar("Finding themes")
        self._progress = QWidget()
        self._empty = EmptyState(colours)
        self._stack = QStackedWidget()
        self._again = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._again.timeout.connect(self.refresh_in_view)
        self._show_hidden = QAction("Show hidden themes", self, checkable=True)
        self._rename, self._merge, self._hide, self._split = self._actions()
        self._set_up()
        self._lay_out()
        self.show_progress(None)
        self.dress(colours)

    def _actions(self) -> tuple[QAction, QAction, QAction, QAction]:
        """What can be done with the themes that are chosen; the keys hold among the cards."""
        made = []
        for text, keys, does in (
            ("Rename…", "F2", self._on_rename),
            ("Merge into this one", "M", self._on_merge),
            ("Hide", "Delete", self._on_hide),
            ("Split", "S", self._on_split),
        ):
            action = QAction(text, self.cards)
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(does)
            self.cards.addAction(action)
            made.append(action)
        return made[0], made[1], made[2], made[3]

    def _set_up(self) -> None:
        self.cards.setModel(self.model)
        self.cards.opened.connect(self._on_opened)
        self.cards.customContextMenuRequested.connect(self._open_menu)
        self.cards.selectionModel().selectionChanged.connect(self._offer)
        self.find_button.clicked.connect(self.update_wanted)
        self.cancel_button.clicked.connect(self.cancel_wanted)
        self._show_hidden.toggled.connect(self._show_seen)
        menu = QMenu(self)
        group = QActionGroup(self)
        self._ways: dict[Way, QAction] = {}
        for way, words in _WAYS:
            action = self._ways[way] = QAction(words, self, checkable=True)
            group.addAction(action)
            menu.addAction(action)
            action.triggered.connect(partial(self._on_way, way))
        menu.addSeparator()
        anew = menu.addAction("Find all themes anew")
        anew.triggered.connect(partial(self._on_way, None))
        menu.addAction(self._show_hidden)
        self.more_button.setMenu(menu)
        self.more_button.setAccessibleName("How themes are found")

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(text_label("Themes", "title"))
        words.addWidget(self._subtitle)
        head = QHBoxLayout()
        head.setContentsMargins(16, 12, 16, 12)
        head.setSpacing(8)
        head.addLayout(words, 1)
        for button in (self.more_button, self.find_button):
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)
        row = QHBoxLayout()
        row.addWidget(self._said, 1)
        row.addWidget(self.cancel_button)
        progress = QVBoxLayout(self._progress)
        progress.setContentsMargins(16, 0, 16, 12)
        progress.setSpacing(6)
        progress.addLayout(row)
        progress.addWidget(self._bar)
        self._stack.addWidget(self.cards)
        self._stack.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._progress)
        column.addWidget(self._stack, 1)

    def starts_at(self) -> Sequence[QWidget]:
        return self.cards, self.find_button

    def dress(self, colours: Colours) -> None:
        self._colours = colours
        self.cards.dress(colours)
        self._empty.dress(colours)
        for action, name in (
            (self._rename, "rename"),
            (self._merge, "theme"),
            (self._hide, "hidden"),
            (self._split, "similar"),
        ):
            action.setIcon(icon(name, colours.text, colours.unlikely))

    # what is shown

    @property
    def is_settled(self) -> bool:
        """Whether all covers in view are there."""
        return self.model.is_settled

    def show_place(self, place: Place, spot: Spot | None) -> None:  # noqa: ARG002
        self.refresh()

    @Slot(object)
    def show_status(self, status: Status) -> None:
        self._n_waiting = status.counts.waiting

    @Slot(object)
    def refresh_for(self, event: PhotosChanged) -> None:
        if event.what & Change.THERE and not self._again.isActive():
            self._again.start()

    @Slot()
    def refresh_in_view(self) -> None:
        if self.isVisible():
            self.refresh()

    def refresh(self) -> None:
        """Read the themes again."""
        self._bridge.do(
            Lane.READ, self._bridge.library.themes.see, self, self._on_seen, key="themes"
        )

    def _on_seen(self, seen: ThemesSeen) -> None:
        self._seen = seen
        if seen.way is not None:
            self._ways[seen.way].setChecked(True)
        self._show_seen()

    @Slot()
    def _show_seen(self) -> None:
        seen, shows_hidden = self._seen, self._show_hidden.isChecked()
        shown = [each for each in seen.themes if shows_hidden or not each.is_hidden]
        self.model.show([*shown, *([seen.rest] if seen.rest is not None else [])])
        has_cards = bool(self.model.themes)
        self._stack.setCurrentWidget(self.cards if has_cards else self._empty)
        self._say_empty()
        self._subtitle.setText(self._summary())
        is_first = seen.way is None
        self.find_button.setText("Find themes" if is_first else "Update")
        can_find = seen.n_ready >= LEAST_PHOTOS and bool(is_first or seen.n_new)
        self.find_button.setVisible(can_find and not self._is_working)
        self.more_button.setEnabled(seen.n_ready >= LEAST_PHOTOS and not self._is_working)
        self._offer()

    def _summary(self) -> str:
        seen = self._seen
        if seen.way is None:
            return "Your photos, grouped by what they look like."
        n_hidden = sum(each.is_hidden for each in seen.themes)
        n_shown = len(seen.themes) - n_hidden
        said = ["1 theme" if n_shown == 1 else f"{n_shown} themes"]
        if n_hidden:
            said.append(f"{n_hidden} hidden")
        if seen.n_new:
            said.append(f"{wording.count_photos(seen.n_new)} new, not grouped yet")
        return " · ".join(said)

    def _say_empty(self) -> None:
        seen = self._seen
        if self._is_working:
            self._empty.say(
                "theme", "Finding themes…", "You can go on with other things meanwhile."
            )
        elif seen.n_ready < LEAST_PHOTOS:
            waiting = f" {wording.count_photos(self._n_waiting)} wait." if self._n_waiting else ""
            self._empty.say(
                "theme",
                "Too few photos to group.",
                f"It takes {LEAST_PHOTOS} that have been read; there are {seen.n_ready}.{waiting}",
            )
        elif seen.themes:
            self._empty.say("hidden", "All themes are hidden.", "“More” shows them again.")
        else:
            self._empty.say(
                "theme",
                "No themes have been found yet.",
                f"“Find themes” groups {wording.count_photos(seen.n_ready)} by look and gives each "
                "group a name. It takes from some seconds to a few minutes.",
            )

    @Slot(object)
    def show_progress(self, progress: Progress | None) -> None:
        """None: nothing is being done."""
        was_working, self._is_working = self._is_working, progress is not None
        with keeps_focus(self, self.cancel_button, self.cards, self.find_button):
            self._progress.setVisible(self._is_working)
            if was_working != self._is_working:
                self._show_seen()
        if progress is not None:
            self._said.setText(progress.label)
            self._bar.show_share(progress.done if progress.total else 0, progress.total)

    # what is done

    def _chosen(self) -> list[PhotoTheme]:
        """The themes that are chosen, without that of the rest."""
        chosen = (self.model.themes[row] for row in self.cards.chosen_rows())
        return [theme for theme in chosen if theme.theme_id]

    @Slot()
    def _offer(self) -> None:
        chosen = self._chosen()
        is_free = not self._is_working
        self._rename.setEnabled(len(chosen) == 1)
        self._merge.setEnabled(len(chosen) > 1 and is_free)
        self._merge.setText(
            f"Merge into “{chosen[0].name}”"
            if len(chosen) > 1
            else "Merge (choose several with Ctrl)"
        )
        self._hide.setEnabled(bool(chosen))
        self._hide.setText("Show again" if chosen and chosen[0].is_hidden else "Hide")
        self._split.setEnabled(len(chosen) == 1 and is_free)

    @Slot(QPoint)
    def _open_menu(self, at: QPoint) -> None:
        index = self.cards.indexAt(at)
        if not index.isValid() or not self._chosen():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        show = menu.addAction(icon("photos", self._colours.text), "Show photos")
        show.triggered.connect(partial(self._on_opened, index.row()))
        menu.addSeparator()
        menu.addActions([self._rename, self._merge, self._split, self._hide])
        menu.popup(self.cards.viewport().mapToGlobal(at))

    @Slot(int)
    def _on_opened(self, row: int) -> None:
        self.place_chosen.emit(in_theme(self.model.themes[row]))

    def _on_way(self, way: Way | None) -> None:
        if way is None or way is not self._seen.way:
            self.anew_wanted.emit(way)

    @Slot()
    def _on_rename(self) -> None:
        self.rename_wanted.emit(self._chosen()[0])

    @Slot()
    def _on_merge(self) -> None:
        self.merge_wanted.emit(self._chosen())

    @Slot()
    def _on_hide(self) -> None:
        chosen = self._chosen()
        self.hide_wanted.emit(chosen, not chosen[0].is_hidden)

    @Slot()
    def _on_split(self) -> None:
        self.split_wanted.emit(self._chosen()[0])
