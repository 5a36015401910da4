"""MainWindow: puts the parts together and lets them speak to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QMainWindow,
)

from desktop.errors import UserError
from desktop.library import (
    Change,
    Folder,
    Photo,
    PhotosChanged,
    ProgressChanged,
    Purpose,
    Status,
)
from desktop.ui.actions.attributes import AttributeCommands
from desktop.ui.actions.concepts import ConceptCommands
from desktop.ui.actions.exporting import ExportCommands
from desktop.ui.actions.folders import FolderCommands
from desktop.ui.actions.intake import Intake
from desktop.ui.actions.photos import PhotoCommands
from desktop.ui.actions.searches import SearchCommands
from desktop.ui.actions.table import Actions
from desktop.ui.actions.themes import ThemeCommands
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.dialogs.forgetting import Forgetting
from desktop.ui.look import wording
from desktop.ui.look.parts import size_for_screen
from desktop.ui.look.theme import Appearance
from desktop.ui.places.answers import Answer
from desktop.ui.places.place import PHOTOS_PAGE
from desktop.ui.system.desktop_actions import DesktopActions
from desktop.ui.window.actions import declare
from desktop.ui.window.commands import WindowCommands
from desktop.ui.window.frame import Frame
from desktop.ui.window.navigation import Navigation
from desktop.ui.window.overlays import DropHint, Toast
from desktop.ui.window.preferences import Preferences
from desktop.ui.window.renaming import Renaming
from desktop.ui.window.window_state import WindowState

if TYPE_CHECKING:
    from desktop.ui.pages.map import MapPage
    from desktop.ui.pages.mistakes import MistakesPage
    from desktop.ui.pages.problems import ProblemsPage
    from desktop.ui.pages.themes import ThemesPage
    from desktop.ui.pages.welcome import Welcome


class MainWindow(QMainWindow):
    """Signals: finished: the window was closed, and so is the library."""

    finished = Signal()

    def __init__(self, bridge: Bridge, appearance: Appearance, state: WindowState) -> None:
        super().__init__()
        self.bridge = bridge
        self._appearance = appearance
        self._state = state
        self._status: Status | None = None
        self._is_closing = False
        self.desktop = DesktopActions(bridge, self)
        self.frame = Frame(bridge, self.desktop, appearance.colours)
        self.results = self.frame.results
        self.grid = self.results.grid
        self._stops: list[Callable[[], None]] = [self.results.model.stop]
        self.commands = PhotoCommands(
            bridge, self.desktop, self._chosen, self.results.model.why_of, self
        )
        self.folders = FolderCommands(bridge, self)
        self.intake = Intake(bridge, self)
        self.forgetting = Forgetting(bridge.library.places, self)
        self.preferences = Preferences(bridge, appearance, self.results, self.folders, self)
        self.navigation = Navigation(bridge, self.frame, self)
        self.renaming = Renaming(bridge, self.navigation)
        saved = self.frame.sidebar.saved
        self.concepts = ConceptCommands(bridge, lambda: self.navigation.place, self)
        self.searches = SearchCommands(bridge, lambda: self.navigation.place, saved.find, self)
        self.themes = ThemeCommands(bridge, self)
        self.attributes = AttributeCommands(bridge, self)
        self.exporting = ExportCommands(bridge, self._chosen, self._shown, self)
        self.controls = WindowCommands(bridge.library, self.frame, state, self._shortcuts, self)
        table = declare(
            self.commands, self.folders, self.intake, self.searches, self.attributes,
            self.exporting, self.navigation, self.preferences, self.controls,
        )  # fmt: skip
        has_photo = self.navigation.has_photo
        self.actions_table = Actions(table, self, self.grid, has_photo, appearance.colours)
        self.toast = Toast(self)
        self._drop_hint = DropHint(self)
        self._set_up()
        self._connect()
        self._restore()

    def _set_up(self) -> None:
        self.setWindowTitle("Likeness")
        self.setAcceptDrops(True)
        self.setMinimumSize(480, 320)
        actions, navigation, controls = self.actions_table, self.navigation, self.controls
        head = (controls.toggle_sidebar, navigation.go_back, navigation.go_forward)
        self.frame.lay_out(before=[actions[does] for does in head], menu=actions.window_menu())
        self.results.fill_button.setDefaultAction(actions[controls.toggle_fill])
        self.setCentralWidget(self.frame)
        size_for_screen(self, 1280, 832)

    def _shortcuts(self) -> dict[str, list[tuple[str, str]]]:
        return self.actions_table.shortcuts()

    def _chosen(self) -> list[tuple[Photo, float | None]]:
        return self.navigation.chosen()

    def _shown(self) -> tuple[Sequence[int], Mapping[int, float], str]:
        """All photos that are shown, the scores of those that were found, and their title."""
        model, place = self.results.model, self.navigation.place
        if place.page != PHOTOS_PAGE:
            return (), {}, place.title
        asked = wording.asked(place.query) if place.query is not None else ""
        return self.results.photo_ids.tolist(), model.scores, asked or place.title

    def _connect(self) -> None:
        bridge, asking, frame = self.bridge, self.results.asking, self.frame
        self.navigation.connect_parts()
        self.navigation.moved.connect(self.actions_table.refresh)
        asking.answered.connect(self.actions_table.refresh)
        self.grid.selectionModel().currentChanged.connect(self.actions_table.refresh)
        frame.search.entered.connect(self.remember)
        frame.search.names_wanted.connect(self._find_names)
        frame.search.suggestions_wanted.connect(self._find_suggestions)
        frame.search.image_pasted.connect(self.intake.paste)
        self._appearance.changed.connect(self._dress)
        bridge.status_changed.connect(self._on_status)
        bridge.progress_changed.connect(self._on_progress)
        asking.answered.connect(self._on_answered)
        asking.answered.connect(frame.said.show_answer)
        bridge.photos_changed.connect(asking.refresh_for)
        bridge.photos_changed.connect(self._on_photos_changed)
        bridge.model_changed.connect(asking.refresh_soon)
        bridge.folders_changed.connect(asking.refresh_soon)
        bridge.folders_changed.connect(frame.sidebar.count)
        bridge.failed.connect(self._on_failed)
        self.folders.added.connect(self._on_added)
        self.folders.removing.connect(self._on_removing)
        self.preferences.forget_wanted.connect(self.forgetting.ask)
        self.forgetting.agreed.connect(self.close)
        self.intake.folder_given.connect(self.folders.add)
        self.intake.file_given.connect(self.commands.find_similar_to_file)
        self.intake.image_given.connect(self.commands.find_similar_to_image)
        self.intake.files_added.connect(self.commands.add_files_to_search)
        frame.search.dropped.connect(self.intake.add)
        self.commands.clauses_made.connect(self.navigation.add)
        self.commands.query_made.connect(self.navigation.ask)
        frame.sidebar.add_wanted.connect(self.folders.choose)
        frame.sidebar.folder_shown.connect(self.desktop.open)
        frame.sidebar.folder_removed.connect(self.folders.remove)
        self._connect_saved()
        frame.welcome.then(self._connect_welcome)
        frame.problems.then(self._connect_problems)
        frame.compare.then(lambda page: page.used.connect(self._on_model_used))
        frame.mistakes.then(self._connect_mistakes)
        frame.map.then(self._connect_map)
        frame.themes.then(self._connect_themes)
        frame.doubt.answered.connect(self.folders.answer_doubt)
        self.grid.customContextMenuRequested.connect(self._open_menu)
        canvas = frame.viewer.canvas
        canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        canvas.customContextMenuRequested.connect(self._open_viewer_menu)
        frame.viewer.addAction(self.actions_table[self.commands.copy])
        frame.viewer.similar_wanted.connect(self.commands.find_similar_to)
        frame.viewer.part_wanted.connect(self.commands.find_part)
        frame.status_bar.pause_wanted.connect(self.controls.toggle_pause)
        self.results.coverage.folders_wanted.connect(self.preferences.show_folders)
        frame.status_bar.models_wanted.connect(self.preferences.show_models)
        frame.status_bar.engines_wanted.connect(self.preferences.show_engines)

    def _connect_saved(self) -> None:
        bridge, searches, sidebar = self.bridge, self.searches, self.frame.sidebar
        self.frame.search.save_wanted.connect(searches.save)
        searches.told.connect(self.toast.say)
        self.results.marks.teach_wanted.connect(self.concepts.teach)
        self.concepts.told.connect(self.toast.say)
        self.attributes.told.connect(self.toast.say)
        self.exporting.told.connect(self.toast.say)
        self.concepts.query_made.connect(self.navigation.ask)
        self.concepts.renamed.connect(self.renaming.rename_concept)
        self.concepts.forgotten.connect(self.renaming.leave)
        sidebar.concept_renamed.connect(self.concepts.rename)
        sidebar.concept_forgotten.connect(self.concepts.forget)
        sidebar.saved_renamed.connect(searches.rename)
        sidebar.saved_forgotten.connect(searches.forget)
        sidebar.saved_moved.connect(searches.move)
        bridge.saved_changed.connect(sidebar.saved.reload)
        bridge.folders_changed.connect(sidebar.saved.reload)
        bridge.photos_changed.connect(sidebar.saved.count_for)
        bridge.model_changed.connect(sidebar.saved.count_soon)
        sidebar.saved.changed.connect(self._show_saving)
        self.navigation.moved.connect(self._show_saving)

    def _connect_welcome(self, page: Welcome) -> None:
        page.folder_chosen.connect(self.folders.add)
        page.choose_wanted.connect(self.folders.choose)
        self._offer_pictures()

    def _connect_problems(self, page: ProblemsPage) -> None:
        page.table.selectionModel().selectionChanged.connect(self.actions_table.refresh)
        self.bridge.photos_changed.connect(page.refresh_for)

    def _connect_mistakes(self, page: MistakesPage) -> None:
        page.query_made.connect(self.navigation.ask)
        page.remove_wanted.connect(self.attributes.remove)

    def _connect_map(self, page: MapPage) -> None:
        self._stops.append(page.stop)
        page.place_wanted.connect(self.navigation.go_and_ask)
        page.similar_wanted.connect(self.commands.find_similar_to)
        page.menu_wanted.connect(self._show_menu)
        page.chosen_changed.connect(self.actions_table.refresh)

    def _connect_themes(self, page: ThemesPage) -> None:
        bridge, themes = self.bridge, self.themes
        themes.told.connect(self.toast.say)
        themes.progressed.connect(page.show_progress)
        bridge.themes_changed.connect(page.refresh_in_view)
        bridge.themes_changed.connect(self.renaming.find_theme_names)
        bridge.photos_changed.connect(page.refresh_for)
        bridge.model_changed.connect(page.refresh_in_view)
        bridge.status_changed.connect(page.show_status)
        page.update_wanted.connect(themes.update)
        page.anew_wanted.connect(themes.find_anew)
        page.cancel_wanted.connect(themes.cancel)
        page.rename_wanted.connect(themes.rename)
        page.merge_wanted.connect(themes.merge)
        page.hide_wanted.connect(themes.hide)
        page.split_wanted.connect(themes.split)

    @Slot()
    def _show_saving(self) -> None:
        self.frame.search.show_saving(self.searches.can_save(), self.searches.is_saved())

    def _restore(self) -> None:
        settings, state = self.bridge.library.settings, self._state
        state.restore(self, self.frame.splitter)
        self.frame.search.set_recent(state.recent)
        note = partial(self.bridge.library.converting.note_all, state.recent)
        self.bridge.do(Lane.QUERY, note, self, lambda _: None)
        self.frame.sidebar.open(state.opened)
        self.preferences.apply(settings)
        self.controls.toggle_fill(state.fills)
        self.controls.toggle_collapse(state.collapses)
        self.controls.toggle_collapse_lists(state.collapses_lists)
        self.controls.toggle_sidebar(state.shows_sidebar)
        self._dress()
        self.actions_table.refresh()

    def start(self) -> None:
        """Ask the first question and begin to listen to the library."""
        self.bridge.listen()
        self.navigation.start()
        notice = self.bridge.library.notice
        if notice is not None:
            self._on_failed(notice)
        self.grid.setFocus()

    # what is looked at

    @property
    def is_settled(self) -> bool:
        """Whether the answer and all thumbnails in view are there."""
        return self._status is not None and self.results.is_settled

    @Slot(QPoint)
    def _open_menu(self, at: QPoint) -> None:
        if self.grid.indexAt(at).isValid():
            self._show_menu(self.grid.viewport().mapToGlobal(at))

    @Slot(QPoint)
    def _open_viewer_menu(self, at: QPoint) -> None:
        self._show_menu(self.frame.viewer.canvas.mapToGlobal(at))

    def _show_menu(self, at: QPoint) -> None:
        menu = self.actions_table.photo_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    # folders and images from outside

    @Slot(object)
    def _on_added(self, folder: Folder) -> None:
        self.toast.say(
            f"{wording.name(folder.path)} is being read.", "Its photos appear as they are found."
        )

    @Slot(object)
    def _on_removing(self, folder: Folder) -> None:
        if self.navigation.place.is_in(folder.folder_id):
            self.navigation.show_all()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if event.source() is None and self.intake.can_take(event.mimeData()):
            event.acceptProposedAction()
            self._drop_hint.cover(self.frame.header_px)
            self.results.asking.get_ready(Purpose.LIKENESS)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802, ARG002
        self._drop_hint.hide()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        self._drop_hint.hide()
        if self.intake.take(event.mimeData()):
            event.acceptProposedAction()

    # the window itself

    @Slot()
    def come_up(self) -> None:
        """Show the window to a person who started Likeness again."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    @Slot(object)
    def _on_status(self, status: Status) -> None:
        had_folders = self._status is not None and bool(self._status.folders)
        self._status = status
        self.frame.sidebar.show_status(status)
        self.frame.status_bar.show_status(status)
        self.frame.doubt.show_status(status)
        self.frame.search.show_model(status.model)
        self.results.show_status(status)
        self.navigation.show_status(status)
        if had_folders != bool(status.folders):
            self._offer_pictures()

    def _offer_pictures(self) -> None:
        welcome = self.frame.welcome.made
        if welcome is not None:
            suggest = self.bridge.library.folders.suggest
            self.bridge.do(Lane.READ, suggest, self, welcome.offer, key="suggestion")

    @Slot()
    def _find_names(self) -> None:
        names = self.bridge.library.photos.names_in_use
        self.bridge.do(Lane.READ, names, self, self.frame.search.offer, key="names")

    @Slot()
    def _find_suggestions(self) -> None:
        suggest, search = self.bridge.library.suggesting.list, self.frame.search
        self.bridge.do(Lane.COUNT, suggest, self, search.suggest, key="suggestions")

    @Slot(object)
    def _on_answered(self, answer: Answer) -> None:
        """A search may have loaded the model, and only then it is known where it runs."""
        if answer.results is not None and not answer.is_refresh:
            self.bridge.refresh_status()

    @Slot()
    def _on_model_used(self) -> None:
        self.bridge.refresh_status()
        self.toast.say(
            "The model was changed.", "It reads all photos; until then the one before answers."
        )

    @Slot(object)
    def _on_progress(self, event: ProgressChanged) -> None:
        self.frame.status_bar.show_progress(event)
        self.actions_table.refresh()

    @Slot(object)
    def _on_photos_changed(self, event: PhotosChanged) -> None:
        if event.what & Change.THERE:
            self.frame.sidebar.count_soon()

    @Slot(object)
    def _on_failed(self, error: UserError) -> None:
        self.toast.say(error.message, error.hint)

    @Slot()
    def _dress(self) -> None:
        colours = self._appearance.colours
        self.actions_table.dress(colours)
        self.frame.dress(colours)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        if self.controls.fit(self.width()):
            self.actions_table.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.toast.isVisible():
            self.toast.hide()
        else:
            self.navigation.escape()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Let the library finish the photos in hand, without freezing; then `finished`."""
        if self._is_closing:
            event.ignore()
            return
        self._is_closing = True
        self.remember()
        self.preferences.close()
        self.themes.cancel()
        self.setEnabled(False)
        self.toast.say("Finishing…", "The photos in hand are saved.")
        self.bridge.shut_down(self._stops, [self.forgetting.work], self._on_shut_down)
        event.ignore()

    @Slot()
    def remember(self) -> None:
        """Write down what the next start should find again."""
        self._state.recent = self.frame.search.recent
        self._state.opened = self.frame.sidebar.opened
        self._state.save(self, self.frame.splitter)

    def let_go(self) -> None:
        """End the window's threads and leave the library open. Blocks for a moment."""
        self._is_closing = True
        self.themes.cancel()
        for stop in self._stops:
            stop()
        self.bridge.close()
        self.hide()

    def _on_shut_down(self) -> None:
        self.hide()
        self.forgetting.tell()
        self.finished.emit()
