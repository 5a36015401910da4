"""MainWindow: puts the parts together and lets them speak to each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import (
    QFileDialog,
    QMainWindow,
    QMessageBox,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.errors import UserError
from desktop.library import Folder, Photo, Settings, Status
from desktop.ui.actions import Act, Actions
from desktop.ui.asking import Answer, Asking
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.commands import PHOTO_ACTS, PhotoCommands
from desktop.ui.desktop_actions import DesktopActions
from desktop.ui.grid import STEP_CELL_PX
from desktop.ui.header import Header
from desktop.ui.icons import icon
from desktop.ui.parts import styled
from desktop.ui.problems import ProblemsPage
from desktop.ui.questions import Question
from desktop.ui.results_model import Role
from desktop.ui.results_page import ResultsPage
from desktop.ui.search_bar import SearchBar
from desktop.ui.settings_dialog import SettingsDialog
from desktop.ui.shortcuts_dialog import ShortcutsDialog
from desktop.ui.sidebar import Sidebar
from desktop.ui.status_bar import StatusBar
from desktop.ui.theme import Appearance
from desktop.ui.toast import Toast
from desktop.ui.viewer import Viewer
from desktop.ui.welcome import Welcome
from desktop.ui.window_state import WindowState


class MainWindow(QMainWindow):
    """Signals: finished: the window was closed and the library has been let go of."""

    finished = Signal()

    def __init__(self, bridge: Bridge, appearance: Appearance, state: WindowState) -> None:
        super().__init__()
        self._bridge = bridge
        self._appearance = appearance
        self._state = state
        self._status: Status | None = None
        self._is_closing = False
        colours = appearance.colours
        self.results = ResultsPage(bridge, colours)
        self.grid = self.results.grid
        self.desktop = DesktopActions(bridge, self)
        self.asking = Asking(bridge, self.grid.place, self)
        self.commands = PhotoCommands(bridge, self.desktop, self._chosen, self)
        self.actions_table = Actions(self, self.grid, self._slots())
        self.search = SearchBar(colours)
        self.sidebar = Sidebar(colours)
        self.viewer = Viewer(bridge, self.results.model)
        self.problems = ProblemsPage(bridge, self.desktop, colours)
        self.welcome = Welcome(colours)
        self.status_bar = StatusBar(colours)
        self.toast = Toast(self)
        self._settings: SettingsDialog | None = None
        self._save_size = QTimer(self, singleShot=True, interval=800)
        self._lay_out()
        self._connect()
        self._restore()

    def _lay_out(self) -> None:
        self.setWindowTitle("Likeness")
        self.setAcceptDrops(True)
        self.setMinimumSize(720, 480)
        self.resize(1280, 832)
        self._pages = QStackedWidget()
        for page in (self.results, self.problems, self.welcome):
            self._pages.addWidget(page)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setHandleWidth(1)
        self._splitter.addWidget(self.sidebar)
        self._splitter.addWidget(self._pages)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setCollapsible(0, False)
        self._splitter.setCollapsible(1, False)
        self._splitter.setSizes([232, 1048])
        self.header = Header(self.search, self.actions_table)
        library = styled(QWidget(), "library")
        column = QVBoxLayout(library)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._splitter, 1)
        column.addWidget(self.status_bar)
        self._library_page = library
        self._stack = QStackedWidget()
        self._stack.addWidget(library)
        self._stack.addWidget(self.viewer)
        self.setCentralWidget(self._stack)
        fill = self.actions_table[Act.FILL]
        self.results.fill_button.setDefaultAction(fill)

    def _slots(self) -> dict[Act, Callable[[], object]]:
        commands = self.commands
        library = self._bridge.library
        return {
            Act.FOCUS_SEARCH: self.focus_search,
            Act.BACK: self.go_back,
            Act.FORWARD: self.go_forward,
            Act.PASTE_IMAGE: self.paste_image,
            Act.FIND_SIMILAR: commands.find_similar,
            Act.VIEW: self.view_current,
            Act.OPEN: commands.open,
            Act.SHOW_IN_FOLDER: commands.show_in_folder,
            Act.COPY: commands.copy,
            Act.COPY_PATH: commands.copy_path,
            Act.PROPERTIES: commands.properties,
            Act.ADD_FOLDER: self.choose_folder,
            Act.RESCAN: library.rescan,
            Act.PAUSE: self.toggle_pause,
            Act.PROBLEMS: self.show_problems,
            Act.BIGGER: self.bigger,
            Act.SMALLER: self.smaller,
            Act.FILL: self.toggle_fill,
            Act.SIDEBAR: self.toggle_sidebar,
            Act.SETTINGS: self.show_settings,
            Act.SHORTCUTS: self.show_shortcuts,
            Act.QUIT: self.close,
        }

    def _connect(self) -> None:
        bridge, asking = self._bridge, self.asking
        self._appearance.changed.connect(self._dress)
        bridge.status_changed.connect(self._on_status)
        bridge.progress_changed.connect(self.status_bar.show_progress)
        bridge.photos_changed.connect(asking.refresh_soon)
        bridge.photos_changed.connect(self.problems.refresh)
        bridge.model_changed.connect(asking.refresh_soon)
        bridge.folders_changed.connect(asking.refresh_soon)
        bridge.failed.connect(self._on_failed)
        asking.asked.connect(self._on_asked)
        asking.answered.connect(self.results.show_answer)
        asking.answered.connect(self._on_answered)
        asking.refused.connect(self.results.show_refusal)
        self.commands.question_made.connect(self._ask_in_place)
        self.search.typed.connect(self._on_typed)
        self.search.entered.connect(self._on_entered)
        self.search.likeness_dropped.connect(self._drop_likeness)
        self.search.left.connect(self._enter_grid)
        self.sidebar.all_chosen.connect(self.show_all)
        self.sidebar.folder_chosen.connect(self.show_folder)
        self.sidebar.problems_chosen.connect(self.show_problems)
        self.sidebar.add_wanted.connect(self.choose_folder)
        self.sidebar.folder_shown.connect(self._on_folder_shown)
        self.sidebar.folder_removed.connect(self.remove_folder)
        self.grid.opened.connect(self.view_photo)
        self.grid.typed.connect(self.search.type_more)
        self.grid.customContextMenuRequested.connect(self._open_menu)
        self.grid.selectionModel().currentChanged.connect(self._enable_photo_acts)
        self.results.cell_chosen.connect(self._on_cell_chosen)
        self._save_size.timeout.connect(self._save_cell_px)
        self.viewer.left.connect(self._leave_viewer)
        self.viewer.similar_wanted.connect(self.commands.find_similar_to)
        self.welcome.folder_chosen.connect(self.add_folder)
        self.welcome.choose_wanted.connect(self.choose_folder)
        self.status_bar.pause_wanted.connect(self.toggle_pause)
        self.status_bar.problems_wanted.connect(self.show_problems)
        self.status_bar.models_wanted.connect(self.show_models)

    def _restore(self) -> None:
        settings, state = self._bridge.library.settings, self._state
        state.restore(self, self._splitter)
        self.search.set_recent(state.recent)
        self.results.set_cell_px(settings.thumbnail_px)
        self.grid.photo_delegate.shows_scores = settings.show_scores
        self.grid.photo_delegate.fills = state.fills
        self.actions_table[Act.FILL].setChecked(state.fills)
        self.actions_table[Act.SIDEBAR].setChecked(state.shows_sidebar)
        self.sidebar.setVisible(state.shows_sidebar)
        self._dress()
        self._enable_photo_acts()

    def start(self) -> None:
        """Ask the first question and begin to listen to the library."""
        self._bridge.listen()
        self.asking.start()
        self._offer_pictures()
        notice = self._bridge.library.notice
        if notice is not None:
            self._on_failed(notice)
        self.grid.setFocus()

    # what is looked at

    def show_question(self, question: Question) -> None:
        """Ask this, in the search bar and in the grid."""
        self._ask_in_place(question)

    @property
    def is_settled(self) -> bool:
        """Whether the answer and all thumbnails in view are there."""
        return self._status is not None and self.results.is_settled

    @Slot()
    def show_all(self) -> None:
        self._ask_in_place(Question())

    @Slot(int)
    def show_folder(self, folder_id: int) -> None:
        """Look into one folder; a search that stands goes on in there."""
        self._ask_in_place(dataclasses.replace(self.asking.question, folder_id=folder_id))

    @Slot()
    def show_problems(self) -> None:
        self._show_library()
        self.problems.refresh()
        self._pages.setCurrentWidget(self.problems)
        self.sidebar.mark(None, shows_problems=True)

    @Slot()
    def go_back(self) -> None:
        if self._stack.currentWidget() is self.viewer:
            self.viewer.leave()
        elif self._pages.currentWidget() is self.problems:
            self._show_results()
        elif self.asking.can_go_back:
            self.asking.go(-1)

    @Slot()
    def go_forward(self) -> None:
        if self.asking.can_go_forward:
            self.asking.go(+1)

    @Slot()
    def focus_search(self) -> None:
        self._show_library()
        self.search.focus_words()

    def _ask_in_place(self, question: Question) -> None:
        self._show_library()
        self._show_results()
        self.asking.ask(question)

    def _show_library(self) -> None:
        self._stack.setCurrentWidget(self._library_page)

    def _show_results(self) -> None:
        has_folders = self._status is None or bool(self._status.folders)
        self._pages.setCurrentWidget(self.results if has_folders else self.welcome)
        self.sidebar.mark(self.asking.question.folder_id)

    # asking

    @Slot(str)
    def _on_typed(self, words: str) -> None:
        question = dataclasses.replace(self.asking.question, text=words, is_draft=True)
        if question.text.strip() != self.asking.question.text.strip():
            self._ask_in_place(question)

    @Slot()
    def _on_entered(self) -> None:
        self.asking.keep()
        self._state.recent = self.search.recent

    @Slot()
    def _drop_likeness(self) -> None:
        asked = self.asking.question
        self._ask_in_place(Question(text=asked.text, folder_id=asked.folder_id))

    @Slot(object)
    def _on_asked(self, question: Question) -> None:
        self.search.show_question(question)
        self.results.show_question(question)
        self._show_results()
        self.actions_table[Act.BACK].setEnabled(self.asking.can_go_back)
        self.actions_table[Act.FORWARD].setEnabled(self.asking.can_go_forward)

    @Slot(object)
    def _on_answered(self, answer: Answer) -> None:
        if not answer.is_refresh:
            self._enable_photo_acts()

    @Slot()
    def _enter_grid(self) -> None:
        self.grid.setFocus(Qt.FocusReason.TabFocusReason)
        if not self.grid.currentIndex().isValid():
            self.grid.choose(0)

    # one photo

    @Slot()
    def view_current(self) -> None:
        self.view_photo_at(self.grid.currentIndex().row())

    @Slot(int)
    def view_photo(self, photo_id: int) -> None:
        row = self.results.model.row_of(photo_id)
        if row is not None:
            self.view_photo_at(row)

    def view_photo_at(self, row: int) -> None:
        if not 0 <= row < self.results.model.rowCount():
            return
        self.asking.keep()
        self._stack.setCurrentWidget(self.viewer)
        self.viewer.view(row)
        self.viewer.setFocus()

    @Slot(int)
    def _leave_viewer(self, row: int) -> None:
        self._show_library()
        self.grid.choose(row)
        self.grid.setFocus()
        self.grid.doItemsLayout()

    def _chosen(self) -> list[tuple[Photo, float | None]]:
        """The photos an action is about, with their scores, the current one first."""
        model = self.results.model
        if self._stack.currentWidget() is self.viewer:
            photo = self.viewer.photo
            return [(photo, model.index(self.viewer.row).data(Role.SCORE))] if photo else []
        rows = self.grid.chosen_rows()
        photos = [(model.photo_at(row), row) for row in rows]
        return [(p, model.index(row).data(Role.SCORE)) for p, row in photos if p is not None]

    @Slot(QPoint)
    def _open_menu(self, at: QPoint) -> None:
        if self.grid.indexAt(at).isValid():
            self.commands.open_menu(self.actions_table, self.grid.viewport().mapToGlobal(at))

    @Slot()
    def _enable_photo_acts(self) -> None:
        is_possible = self.grid.currentIndex().isValid()
        self.actions_table.enable((*PHOTO_ACTS, Act.VIEW), is_possible)

    # folders

    @Slot()
    def choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Choose a folder with photos")
        if chosen:
            self.add_folder(Path(chosen))

    @Slot(object)
    def add_folder(self, path: Path) -> None:
        work = partial(self._bridge.library.add_folder, path)
        self._bridge.do(Lane.QUERY, work, self, self._on_added)

    def _on_added(self, folder: Folder) -> None:
        self.toast.say(f"{folder.path.name} is being read.", "Its photos appear as they are found.")
        self._bridge.refresh_status()

    @Slot(object)
    def remove_folder(self, folder: Folder) -> None:
        question = QMessageBox(self)
        question.setIcon(QMessageBox.Icon.Question)
        question.setWindowTitle("Remove folder")
        question.setText(f"Remove {folder.path.name} from the library?")
        question.setInformativeText("The files stay where they are; Likeness only forgets them.")
        question.setStandardButtons(QMessageBox.StandardButton.Cancel)
        remove = question.addButton("Remove", QMessageBox.ButtonRole.DestructiveRole)
        question.exec()
        if question.clickedButton() is not remove:
            return
        if self.asking.question.folder_id == folder.folder_id:
            self.show_all()
        work = partial(self._bridge.library.remove_folder, folder.folder_id)
        self._bridge.do(Lane.QUERY, work, self, self._on_removed)

    def _on_removed(self, _: None) -> None:
        self._bridge.refresh_status()

    @Slot(object)
    def _on_folder_shown(self, folder: Folder) -> None:
        self.desktop.open(folder.path)

    # images from outside

    @Slot()
    def paste_image(self) -> None:
        if not self._take_in(QGuiApplication.clipboard().mimeData()):
            self.toast.say("There is no image on the clipboard.", "Copy an image or a file first.")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        mime = event.mimeData()
        if event.source() is None and (mime.hasImage() or _local_paths(mime)):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        if self._take_in(event.mimeData()):
            event.acceptProposedAction()

    def _take_in(self, mime: object) -> bool:
        """Add folders, or find what resembles an image. False if there is neither."""
        paths = _local_paths(mime)
        image = QImage(mime.imageData()) if not paths and mime.hasImage() else None  # type: ignore[attr-defined]
        if image is not None and not image.isNull():
            self.commands.find_similar_to_image(image, "copied image")
            return True
        if paths:
            self._bridge.do(
                Lane.DESKTOP,
                lambda: ([p for p in paths if p.is_dir()], [p for p in paths if not p.is_dir()]),
                self,
                self._on_sorted,
            )
        return bool(paths)

    def _on_sorted(self, paths: tuple[list[Path], list[Path]]) -> None:
        folders, files = paths
        for folder in folders:
            self.add_folder(folder)
        if files and not folders:
            self.commands.find_similar_to_file(files[0])

    # the window itself

    @Slot()
    def toggle_pause(self) -> None:
        library = self._bridge.library
        if library.is_paused:
            library.resume()
        else:
            library.pause()

    @Slot()
    def bigger(self) -> None:
        self.results.set_cell_px(self.grid.cell_px + STEP_CELL_PX)

    @Slot()
    def smaller(self) -> None:
        self.results.set_cell_px(self.grid.cell_px - STEP_CELL_PX)

    @Slot()
    def toggle_fill(self) -> None:
        fills = self.actions_table[Act.FILL].isChecked()
        self.grid.photo_delegate.fills = self._state.fills = fills
        self.grid.viewport().update()

    @Slot()
    def toggle_sidebar(self) -> None:
        shows = self.actions_table[Act.SIDEBAR].isChecked()
        self._state.shows_sidebar = shows
        self.sidebar.setVisible(shows)

    @Slot()
    def show_settings(self) -> None:
        if self._settings is None:
            dialog = self._settings = SettingsDialog(self._bridge, self._appearance.colours, self)
            dialog.settings_changed.connect(self._on_settings)
            dialog.add_wanted.connect(self.choose_folder)
            dialog.remove_wanted.connect(self.remove_folder)
        self._settings.show()
        self._settings.raise_()
        self._bridge.refresh_status()

    @Slot()
    def show_models(self) -> None:
        self.show_settings()
        if self._settings is not None:
            self._settings.show_models()

    @Slot()
    def show_shortcuts(self) -> None:
        dialog = ShortcutsDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

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
        self.sidebar.show_status(status)
        self.status_bar.show_status(status)
        self.results.show_status(status)
        if self._pages.currentWidget() is not self.problems:
            self._show_results()
        if had_folders != bool(status.folders):
            self._offer_pictures()

    def _offer_pictures(self) -> None:
        suggest = self._bridge.library.suggest_folder
        self._bridge.do(Lane.READ, suggest, self, self.welcome.offer, key="suggestion")

    @Slot(object)
    def _on_failed(self, error: UserError) -> None:
        self.toast.say(error.message, error.hint)

    @Slot(object)
    def _on_settings(self, settings: Settings) -> None:
        self._appearance.choose(settings.theme)
        self.results.set_cell_px(settings.thumbnail_px)
        self.grid.photo_delegate.shows_scores = settings.show_scores
        self.grid.viewport().update()

    @Slot(int)
    def _on_cell_chosen(self, _: int) -> None:
        self._save_size.start()

    @Slot()
    def _save_cell_px(self) -> None:
        library = self._bridge.library
        settings = dataclasses.replace(library.settings, thumbnail_px=self.grid.cell_px)
        if settings != library.settings:
            work = partial(library.change_settings, settings)
            self._bridge.do(Lane.QUERY, work, self, self._on_size_saved, key="size")

    def _on_size_saved(self, _: None) -> None:
        pass

    @Slot()
    def _dress(self) -> None:
        colours = self._appearance.colours
        self.actions_table.dress(colours)
        self.header.menu_action.setIcon(icon("menu", colours.text))
        for part in (
            self.search,
            self.sidebar,
            self.status_bar,
            self.results,
            self.welcome,
            self.problems,
        ):
            part.dress(colours)

    def keyPressEvent(self, event: object) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:  # type: ignore[attr-defined]
            self._escape()
        else:
            super().keyPressEvent(event)  # type: ignore[arg-type]

    def _escape(self) -> None:
        if self.toast.isVisible():
            self.toast.hide()
        elif self._pages.currentWidget() is self.problems:
            self._show_results()
        elif self.asking.question.is_search:
            self.show_all()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Let the library finish the photos in hand, without freezing; then `finished`."""
        if self._is_closing:
            event.ignore()
            return
        self._is_closing = True
        self.remember()
        if self._settings is not None:
            self._settings.models.cancel_download()
            self._settings.close()
        self.setEnabled(False)
        self.toast.say("Finishing…", "The photos in hand are saved.")
        self._bridge.shut_down([self.results.model.stop], self._on_shut_down)
        event.ignore()

    def remember(self) -> None:
        """Write down what the next start should find again."""
        self._state.recent = self.search.recent
        self._state.save(self, self._splitter)

    def let_go(self) -> None:
        """End the window's threads and leave the library open. Blocks for a moment."""
        self._is_closing = True
        self.results.model.stop()
        self._bridge.close()
        self.hide()

    def _on_shut_down(self) -> None:
        self.hide()
        self.finished.emit()


def _local_paths(mime: object) -> list[Path]:
    urls = mime.urls() if mime is not None else []  # type: ignore[attr-defined]
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
