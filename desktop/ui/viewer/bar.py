"""ViewerBar: over the photo in the viewer, what is looked at and what can be done with it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton

from desktop.library import Query
from desktop.ui.look import wording
from desktop.ui.look.icons import icon
from desktop.ui.look.parts import ElidedLabel, styled, text_label
from desktop.ui.look.theme import DARK

_NARROW_PX = 720
"""With less room, what keys and wheel do as well stands back."""


class ViewerBar(QFrame):
    """Signals:
    back_wanted, further_wanted, closer_wanted, fit_wanted, part_wanted, similar_wanted,
        details_wanted: a button was pressed.
    marked(bool): more like this photo is wanted, or less.
    """

    back_wanted = Signal()
    further_wanted = Signal()
    closer_wanted = Signal()
    fit_wanted = Signal()
    part_wanted = Signal()
    similar_wanted = Signal()
    details_wanted = Signal()
    marked = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("viewerBar")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.name = ElidedLabel("viewerName", Qt.TextElideMode.ElideMiddle)
        self.position = text_label("", "viewerMuted")
        self.zoom = text_label("", "viewerMuted")
        self.marks = text_label("", "viewerMuted")
        self.marks.setAccessibleName("Marked photos")
        self.mark_buttons = {
            True: _button("more-like", f"{wording.mark(True)} (M)"),
            False: _button("less-like", f"{wording.mark(False)} (L)"),
        }
        self.part_button = self._button("find-part", "Find a part of it (B)", self.part_wanted)
        self.similar_button = self._button("similar", "Find similar (S)", self.similar_wanted)
        self.details_button = self._button("details", "Details (I)", self.details_wanted)
        for button in (self.part_button, self.details_button, *self.mark_buttons.values()):
            button.setCheckable(True)
        for is_more, button in self.mark_buttons.items():
            button.clicked.connect(partial(self._mark, is_more))
        self._lay_out()
        self.show_marks(None, None)

    def _lay_out(self) -> None:
        closer = self._button("zoom-in", "Closer (+)", self.closer_wanted)
        further = self._button("zoom-out", "Further (−)", self.further_wanted)  # noqa: RUF001
        fit = self._button("fit", "Whole photo (0)", self.fit_wanted)
        self._stands_back = (self.zoom, further, closer, fit)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(4)
        row.addWidget(self._button("back", "Back to the photos (Esc)", self.back_wanted))
        row.addSpacing(8)
        row.addWidget(self.name, 1)  # it asks for no room, and would get none
        row.addSpacing(12)
        row.addWidget(self.position)
        row.addSpacing(12)
        for widget in self._stands_back:
            row.addWidget(widget)
        row.addSpacing(12)
        row.addWidget(self.marks)
        for button in self.mark_buttons.values():
            row.addWidget(button)
        row.addSpacing(12)
        for button in (self.part_button, self.similar_button, self.details_button):
            row.addWidget(button)

    def show_marks(self, query: Query | None, photo_id: int | None) -> None:
        """Show which photos are marked in a question, and whether this one is; query: None where
        photos cannot be marked."""
        marked = (query.more, query.less) if query is not None else ((), ())
        for button, ids in zip(self.mark_buttons.values(), marked, strict=True):
            button.setVisible(query is not None)
            button.setChecked(photo_id in ids)
        self.marks.setText(wording.marks(query) if query is not None else "")
        self.marks.setVisible(bool(self.marks.text()))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        for widget in self._stands_back:
            widget.setVisible(self.width() >= _NARROW_PX)

    def _mark(self, is_more: bool) -> None:
        self.mark_buttons[is_more].toggle()  # the question that follows says what is marked
        self.marked.emit(is_more)

    def _button(self, name: str, words: str, signal: SignalInstance) -> QToolButton:
        button = _button(name, words)
        button.clicked.connect(lambda: signal.emit())
        return button


def _button(name: str, words: str) -> QToolButton:
    button = styled(QToolButton(), "viewerButton")
    button.setIcon(icon(name, DARK.text, DARK.unlikely))
    button.setIconSize(QSize(20, 20))
    button.setToolTip(words)
    button.setAccessibleName(words.split(" (")[0])
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
