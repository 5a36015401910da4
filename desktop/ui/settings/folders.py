"""FoldersPage: the watched folders, and what is passed over in them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.library import Folder, Status
from desktop.ui.look import wording
from desktop.ui.look.parts import text_label


class FoldersPage(QWidget):
    """Signals: add_wanted; remove_wanted(Folder); exclude_changed: other patterns were typed."""

    add_wanted = Signal()
    remove_wanted = Signal(object)
    exclude_changed = Signal()

    def __init__(self, exclude: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = QListWidget()
        self.add = QPushButton("Add folder…")
        self.remove = QPushButton("Remove…")
        self.patterns = QPlainTextEdit("\n".join(exclude))
        self.list.setAccessibleName("Folders")
        self.list.setSpacing(2)
        self.patterns.setAccessibleName("Patterns of files and folders to pass over, one a line")
        self.patterns.setPlaceholderText("Screenshots/\n*.gif")
        self.patterns.setTabChangesFocus(True)
        self.patterns.setFixedHeight(104)
        self.remove.setEnabled(False)
        self._lay_out()
        self.add.clicked.connect(self.add_wanted)
        self.remove.clicked.connect(self._on_remove)
        self.list.itemSelectionChanged.connect(self._on_selection)
        self.patterns.textChanged.connect(self.exclude_changed)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.add)
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        hint = text_label(
            "One pattern a line, as in .gitignore: a name, a folder/ or *.gif.", "muted"
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(text_label("Folders", "title"))
        column.addWidget(self.list, 1)
        column.addLayout(buttons)
        column.addSpacing(16)
        column.addWidget(text_label("Pass over", "heading"))
        column.addWidget(hint)
        column.addWidget(self.patterns)

    @property
    def exclude(self) -> tuple[str, ...]:
        lines = (line.strip() for line in self.patterns.toPlainText().splitlines())
        return tuple(line for line in lines if line)

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
