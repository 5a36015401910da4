"""Navigation: where the person is, and the ways from there."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import QObject, Qt, Slot

from desktop.library import Folder, Photo, Status
from desktop.ui.places.asking import Asking
from desktop.ui.places.questions import Question, in_folder
from desktop.ui.window.frame import Frame, Screen


class Navigation(QObject):
    """Turns what the person asks for into questions and screens. Main thread."""

    def __init__(self, asking: Asking, frame: Frame, parent: QObject) -> None:
        super().__init__(parent)
        self._asking = asking
        self._frame = frame
        self._grid = frame.results.grid
        self._model = frame.results.model
        self._has_folders = True

    def connect_parts(self) -> None:
        asking, frame = self._asking, self._frame
        asking.asked.connect(self._on_asked)
        asking.answered.connect(frame.results.show_answer)
        asking.refused.connect(frame.results.show_refusal)
        frame.search.began.connect(asking.get_ready)
        frame.search.typed.connect(self._on_typed)
        frame.search.entered.connect(asking.keep)
        frame.search.likeness_dropped.connect(self._drop_likeness)
        frame.search.left.connect(self._enter_grid)
        frame.sidebar.all_chosen.connect(self.show_all)
        frame.sidebar.folder_chosen.connect(self.show_folder)
        frame.sidebar.problems_chosen.connect(self.show_problems)
        frame.status_bar.problems_wanted.connect(self.show_problems)
        frame.viewer.left.connect(self._leave_viewer)
        self._grid.opened.connect(self.view_photo)
        self._grid.typed.connect(frame.search.type_more)

    @property
    def question(self) -> Question:
        """What is being looked at."""
        return self._asking.question

    def chosen(self) -> list[tuple[Photo, float | None]]:
        """The photos an action is about, with their scores, the current one first."""
        model = self._model
        if self._frame.showing is Screen.VIEWER:
            viewer = self._frame.viewer
            photo = viewer.photo
            return [(photo, model.score_at(viewer.row))] if photo else []
        photos = [(model.photo_at(row), row) for row in self._grid.chosen_rows()]
        return [(p, model.score_at(row)) for p, row in photos if p is not None]

    def has_photo(self) -> bool:
        """Whether there is a photo that an action could be about."""
        return self._grid.currentIndex().isValid()

    def can_go_back(self) -> bool:
        return self._asking.can_go_back

    def can_go_forward(self) -> bool:
        return self._asking.can_go_forward

    @Slot()
    def show_all(self) -> None:
        self.ask(Question())

    @Slot(object)
    def show_folder(self, folder: Folder) -> None:
        """Look into one folder; a search that stands goes on in there."""
        self.ask(dataclasses.replace(self._asking.question, filter=in_folder(folder)))

    @Slot()
    def show_problems(self) -> None:
        self._frame.show_library()
        self._frame.problems.refresh()
        self._frame.show_page(Screen.PROBLEMS)
        self._frame.sidebar.mark(None, shows_problems=True)

    @Slot()
    def go_back(self) -> None:
        if self._frame.showing is Screen.VIEWER:
            self._frame.viewer.leave()
        elif self._frame.showing is Screen.PROBLEMS:
            self._show_results()
        elif self._asking.can_go_back:
            self._asking.go(-1)

    @Slot()
    def go_forward(self) -> None:
        if self._asking.can_go_forward:
            self._asking.go(+1)

    @Slot()
    def focus_search(self) -> None:
        self._frame.show_library()
        self._frame.search.focus_words()

    @Slot(object)
    def ask(self, question: Question) -> None:
        """Show the answer to this in the grid, wherever the person is."""
        self._frame.show_library()
        self._show_results()
        self._asking.ask(question)

    def _show_results(self) -> None:
        self._frame.show_page(Screen.RESULTS if self._has_folders else Screen.WELCOME)
        self._frame.sidebar.mark(self._asking.question.filter)

    # asking

    @Slot(str)
    def _on_typed(self, words: str) -> None:
        question = dataclasses.replace(self._asking.question, text=words, is_draft=True)
        if question.text.strip() != self._asking.question.text.strip():
            self.ask(question)

    @Slot()
    def _drop_likeness(self) -> None:
        asked = self._asking.question
        self.ask(Question(text=asked.text, filter=asked.filter))

    @Slot(object)
    def _on_asked(self, question: Question) -> None:
        self._frame.search.show_question(question)
        self._frame.results.show_question(question)
        self._show_results()

    @Slot()
    def _enter_grid(self) -> None:
        self._grid.setFocus(Qt.FocusReason.TabFocusReason)
        if not self._grid.currentIndex().isValid():
            self._grid.choose(0)

    # one photo

    @Slot()
    def view_current(self) -> None:
        self.view_photo_at(self._grid.currentIndex().row())

    @Slot(int)
    def view_photo(self, photo_id: int) -> None:
        row = self._model.row_of(photo_id)
        if row is not None:
            self.view_photo_at(row)

    def view_photo_at(self, row: int) -> None:
        if not 0 <= row < self._model.rowCount():
            return
        self._asking.keep()
        self._frame.show_viewer()
        self._frame.viewer.view(row)
        self._frame.viewer.setFocus()

    @Slot(int)
    def _leave_viewer(self, row: int) -> None:
        self._frame.show_library()
        self._grid.choose(row)
        self._grid.setFocus()
        self._grid.doItemsLayout()

    def show_status(self, status: Status) -> None:
        """Welcome a person whose library has no folder."""
        self._has_folders = bool(status.folders)
        if self._frame.showing is not Screen.PROBLEMS:
            self._show_results()

    @Slot()
    def escape(self) -> None:
        """Leave the problems, or the search."""
        if self._frame.showing is Screen.PROBLEMS:
            self._show_results()
        elif self.question.is_search:
            self.show_all()
