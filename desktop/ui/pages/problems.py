"""ProblemsPage: what could not be done with a photo, with a sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    Qt,
    Slot,
)
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from desktop.library import Change, Photo, PhotosChanged, Problem
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look import wording
from desktop.ui.look.icons import icon
from desktop.ui.look.parts import (
    AnyIndex,
    ElidedLabel,
    EmptyState,
    icon_button,
    plain_tip,
    styled,
    text_label,
)
from desktop.ui.look.theme import Colours
from desktop.ui.pages.page import Page
from desktop.ui.pages.passed_over import PassedOverPanel
from desktop.ui.places.place import Place, Spot
from desktop.ui.system.desktop_actions import DesktopActions

_COLUMNS = ("Photo", "What is the matter", "Folder")
_MOST = {0: 0.3, 2: 0.25}
"""Of the width, for names and folders; what is the matter has what is left."""


class ProblemsModel(QAbstractTableModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.problems: list[Problem] = []

    def set_problems(self, problems: list[Problem]) -> None:
        self.beginResetModel()
        self.problems = problems
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.problems)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        problem = self.problems[index.row()]
        path, text = problem.photo.path, problem.text
        if role == Qt.ItemDataRole.DisplayRole:
            return (wording.name(path), text, wording.whole(path.parent))[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(f"{wording.whole(path)}\n{text}")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{wording.name(path)}: {text}"
        return None


class ProblemsPage(Page):
    """The list, with Retry and Show in folder; below it, what was passed over."""

    def __init__(
        self,
        bridge: Bridge,
        desktop: DesktopActions,
        colours: Colours,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("problemsPage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._bridge = bridge
        self._desktop = desktop
        self.model = ProblemsModel(self)
        self.table = styled(QTableView(), "problems")
        self._subtitle = ElidedLabel("muted")
        self.retry_button = icon_button("Retry")
        self.retry_all_button = QPushButton("Retry all")
        self.show_button = icon_button("Show in folder")
        self.passed_over = PassedOverPanel()
        self._stack = QStackedWidget()
        self._spot: Spot | None = None
        self._empty = EmptyState(colours)
        self._set_up()
        self._lay_out()
        self.dress(colours)

    def _set_up(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setAccessibleName("Problems")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(40)
        table.setTabKeyNavigation(False)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setFixedHeight(40)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.model.modelReset.connect(self._fit_columns)
        table.selectionModel().selectionChanged.connect(self._on_selection)
        table.doubleClicked.connect(self._show)
        self.retry_button.clicked.connect(self._retry)
        self.retry_all_button.clicked.connect(self._retry_all)
        self.show_button.clicked.connect(self._show)
        self._bridge.status_changed.connect(self.passed_over.show_status)
        self._empty.say("check", "No problems.", "Every photo that was read can be searched.")

    @Slot()
    def _fit_columns(self) -> None:
        header, width_px = self.table.horizontalHeader(), self.table.viewport().width()
        for column, share in _MOST.items():
            wanted_px = max(self.table.sizeHintForColumn(column), header.sectionSizeHint(column))
            header.resizeSection(column, min(wanted_px, round(share * width_px)))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit_columns()

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(text_label("Problems", "title"))
        words.addWidget(self._subtitle)
        head = QHBoxLayout()
        head.setContentsMargins(16, 12, 16, 12)
        head.setSpacing(8)
        head.addLayout(words, 1)
        for button in (self.show_button, self.retry_button, self.retry_all_button):
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._stack, 1)
        column.addWidget(self.passed_over)

    def starts_at(self) -> Sequence[QWidget]:
        return (self.table,)

    def dress(self, colours: Colours) -> None:
        self._empty.dress(colours)
        self.retry_button.setIcon(icon("rescan", colours.text, colours.unlikely))
        self.show_button.setIcon(icon("show-in-folder", colours.text, colours.unlikely))

    def show_place(self, place: Place, spot: Spot | None) -> None:  # noqa: ARG002
        self._spot = spot
        self.refresh()

    def spot(self) -> Spot | None:
        row = self.table.rowAt(0)
        if self.table.verticalScrollBar().value() == 0 or row < 0:
            return None
        return Spot(self.model.problems[row].photo.photo_id, self.table.rowViewportPosition(row))

    @property
    def has_photo(self) -> bool:
        return self.table.selectionModel().hasSelection()

    def chosen(self) -> list[tuple[Photo, float | None]]:
        photos = {each.photo.photo_id: each.photo for each in self._chosen()}
        return [(photo, None) for photo in photos.values()]

    @Slot(object)
    def refresh_for(self, event: PhotosChanged) -> None:
        """Fetch the list again where it is seen; who comes to see it calls `refresh`."""
        if event.what & Change.THERE and self.isVisible():
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Fetch the list again."""
        work = self._bridge.library.photos.list_problems
        self._bridge.do(Lane.READ, work, self, self._on_problems, key="problems")

    def _on_problems(self, problems: list[Problem]) -> None:
        if problems != self.model.problems:
            self.model.set_problems(problems)
        self._subtitle.setText(wording.problems(problems))
        self._stack.setCurrentWidget(self.table if problems else self._empty)
        self._on_selection()
        self._go_to(self._spot)
        self._spot = None

    def _go_to(self, spot: Spot | None) -> None:
        ids = [each.photo.photo_id for each in self.model.problems]
        if spot is not None and spot.photo_id in ids:
            at_px = self.table.rowViewportPosition(ids.index(spot.photo_id))
            bar = self.table.verticalScrollBar()
            bar.setValue(bar.value() + at_px - spot.below_px)

    @Slot()
    def _on_selection(self) -> None:
        chosen = bool(self._chosen())
        self.retry_button.setEnabled(chosen)
        self.show_button.setEnabled(chosen)
        self.retry_all_button.setEnabled(bool(self.model.problems))

    def _chosen(self) -> list[Problem]:
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [self.model.problems[row] for row in rows]

    @Slot()
    def _retry(self) -> None:
        self._try_again(self._chosen())

    @Slot()
    def _retry_all(self) -> None:
        self._try_again(self.model.problems)

    def _try_again(self, problems: list[Problem]) -> None:
        ids = [each.photo.photo_id for each in problems]
        library = self._bridge.library
        self._bridge.do(Lane.QUERY, lambda: library.retry(ids), self, self._on_retried)

    def _on_retried(self, _: None) -> None:
        self.refresh()

    @Slot()
    def _show(self) -> None:
        for each in self._chosen()[:1]:
            self._desktop.show_in_folder(each.photo.path)
