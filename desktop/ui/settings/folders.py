"""FoldersPage: the watched folders, and what is passed over in them."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.legible import legible
from desktop.library import Folder, Settings, Status
from desktop.ui.look import wording
from desktop.ui.look.parts import text_label


class FoldersPage(QWidget):
    """Signals: add_wanted; remove_wanted(Folder); changed: other patterns were typed, or links are
    to be followed."""

    add_wanted = Signal()
    remove_wanted = Signal(object)
    changed = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = QListWidget()
        self.add = QPushButton("Add folder…")
        self.remove = QPushButton("Remove…")
        self.patterns = QPlainTextEdit()
        self.unmatched = text_label("", "error", wraps=True)
        self.follow_links = QCheckBox("Follow links to photos and folders")
        self.list.setAccessibleName("Folders")
        self.list.setSpacing(2)
        self.patterns.setAccessibleName("Patterns of files and folders to pass over, one a line")
        self.patterns.setPlaceholderText("Screenshots/\n*.gif")
        self.patterns.setTabChangesFocus(True)
        self.patterns.setFixedHeight(88)
        self.remove.setEnabled(False)
        self._lay_out()
        self.show_settings(settings)
        self.add.clicked.connect(self.add_wanted)
        self.remove.clicked.connect(self._on_remove)
        self.list.itemSelectionChanged.connect(self._on_selection)
        self.patterns.textChanged.connect(self.changed)
        self.follow_links.toggled.connect(self.changed)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.add)
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        hint = text_label(
            "One pattern a line, as in .gitignore: a name, a folder/, *.gif or ~/Pictures/Private.",
            "muted",
            wraps=True,
        )
        self.unmatched.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(text_label("Folders", "title"))
        column.addWidget(self.list, 1)
        column.addLayout(buttons)
        column.addWidget(self.follow_links)
        column.addSpacing(16)
        column.addWidget(text_label("Pass over", "heading"))
        column.addWidget(hint)
        column.addWidget(self.patterns)
        column.addWidget(self.unmatched)

    def show_settings(self, settings: Settings) -> None:
        if self.chosen(settings) != settings:  # else what is typed stays, and the cursor in it
            self.patterns.setPlainText("\n".join(settings.exclude))
            self.follow_links.setChecked(settings.follow_links)

    def chosen(self, settings: Settings) -> Settings:
        lines = (line.strip() for line in self.patterns.toPlainText().splitlines())
        return dataclasses.replace(
            settings,
            exclude=tuple(line for line in lines if line),
            follow_links=self.follow_links.isChecked(),
        )

    @Slot(object)
    def show_status(self, status: Status) -> None:
        chosen = self._chosen()
        self.list.clear()
        for folder in status.folders:
            n_photos = wording.count_photos(status.photos_by_folder.get(folder.folder_id, 0))
            away = " · away" if folder.is_missing else ""
            item = QListWidgetItem(f"{wording.whole(folder.path)}\n{n_photos}{away}")
            item.setData(Qt.ItemDataRole.UserRole, folder)
            item.setSizeHint(QSize(0, 56))
            self.list.addItem(item)
            if chosen is not None and chosen.folder_id == folder.folder_id:
                self.list.setCurrentItem(item)

        self._show_unmatched(status.unmatched)

    def _show_unmatched(self, unmatched: tuple[str, ...]) -> None:
        """Name the patterns that matched nothing at the last scan and are still there."""
        typed = {line.strip() for line in self.patterns.toPlainText().splitlines()}
        patterns = [each for each in unmatched if each in typed]
        self.unmatched.setVisible(bool(patterns))
        self.unmatched.setText(f"No photo and no folder matches {legible(', '.join(patterns))}")

    def _chosen(self) -> Folder | None:
        items = self.list.selectedItems()
        folder: Folder | None = items[0].data(Qt.ItemDataRole.UserRole) if items else None
        return folder

    @Slot()
    def _on_selection(self) -> None:
        self.remove.setEnabled(self._chosen() is not None)

    @Slot()
    def _on_remove(self) -> None:
        folder = self._chosen()
        if folder is not None:
            self.remove_wanted.emit(folder)
