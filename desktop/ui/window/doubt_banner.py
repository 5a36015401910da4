"""DoubtBanner: asks about a folder that lost much at once, and blocks nothing."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from desktop.library import Doubt, Status
from desktop.ui.look import wording
from desktop.ui.look.parts import plain_tip, text_label


class DoubtBanner(QFrame):
    """Shown over the pages until it is answered; nothing is forgotten before.

    Signals: answered(folder_id, forgets).
    """

    answered = Signal(int, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("doubt")
        self._doubt: Doubt | None = None
        self._words = text_label("", "strong", wraps=True)
        self._words.setAccessibleName("Question")
        keep = QPushButton("Keep them")
        keep.setToolTip("They stay in the library and come back with their files.")
        keep.clicked.connect(self._keep)
        forget = QPushButton("Forget them")
        forget.setToolTip("They leave the library, with all that is attached to them.")
        forget.clicked.connect(self._forget)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 12, 8)
        row.setSpacing(12)
        row.addWidget(self._words, 1)
        row.addWidget(keep)
        row.addWidget(forget)
        self.hide()

    @property
    def text(self) -> str:
        return self._words.text()

    def show_status(self, status: Status) -> None:
        """Ask about the first folder in doubt; the next one comes when that is answered."""
        self._doubt = status.doubts[0] if status.doubts else None
        if self._doubt is not None:
            self._words.setText(wording.doubt(self._doubt))
            self._words.setToolTip(plain_tip(wording.whole(self._doubt.folder.path)))
        self.setVisible(self._doubt is not None)

    @Slot()
    def _keep(self) -> None:
        self._answer(forgets=False)

    @Slot()
    def _forget(self) -> None:
        self._answer(forgets=True)

    def _answer(self, forgets: bool) -> None:
        if self._doubt is not None:
            self.hide()
            self.answered.emit(self._doubt.folder.folder_id, forgets)
