"""PropertiesDialog: what is known about one photo, in a window of its own."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from desktop.library import Photo
from desktop.ui.details_panel import DetailsPanel


class PropertiesDialog(QDialog):
    def __init__(self, photo: Photo, score: float | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Properties of {photo.path.name}")
        panel = DetailsPanel()
        panel.show_photo(photo, score)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 16, 16)
        column.addWidget(panel, 1)
        column.addWidget(buttons)
        self.resize(440, 560)
