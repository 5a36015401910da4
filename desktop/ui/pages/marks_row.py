"""MarksRow: how many photos were marked, and what can be done with the marks."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.library import Query
from desktop.ui.look import wording
from desktop.ui.look.parts import icon_button, text_label


class MarksRow(QWidget):
    """Below the headline of a search, where photos were marked.

    Signals:
    clear_wanted: without marks.
    teach_wanted: let the marked photos teach what a name means.
    """

    clear_wanted = Signal()
    teach_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count = text_label("", "muted")
        self._count.setAccessibleName("Marked photos")
        clear = icon_button("Clear", "link")
        clear.setAccessibleName("Take all marks away")
        clear.clicked.connect(self.clear_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 6)
        row.setSpacing(4)
        row.addWidget(self._count)
        row.addSpacing(8)
        row.addWidget(clear)
        teach = icon_button("Teach…", "link")
        teach.setToolTip("Give what the marked photos show a name that can be searched for")
        teach.clicked.connect(self.teach_wanted)
        row.addWidget(teach)
        row.addStretch(1)
        self.hide()

    @property
    def said(self) -> str:
        """ "" where nothing is marked."""
        return "" if self.isHidden() else self._count.text()

    def show_query(self, query: Query | None) -> None:
        self._count.setText("" if query is None else wording.marks(query))
        self.setVisible(bool(self._count.text()))
