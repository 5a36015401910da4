"""ConditionsPanel: the conditions of a search, for those who would rather choose than type."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QFrame, QPushButton, QVBoxLayout, QWidget

from desktop.legible import legible
from desktop.library import Names, NamesInUse, Sentence, parse
from desktop.ui.look import wording
from desktop.ui.look.parts import ChoiceBox, form_label, scrolled, styled, text_label
from desktop.ui.window.completion import names_of, values_of

_ROWS = (
    ("year", "Year", "Any year"),
    ("month", "Month", "Any month"),
    ("folder", "Folder", "Any folder"),
    ("theme", "Theme", "Any theme"),
    ("type", "Kind of file", "Any kind"),
    ("ratio", "Shape", "Any shape"),
    ("mp", "Megapixels", "Any size"),
    ("camera", "Camera", "Any camera"),
    ("lens", "Lens", "Any lens"),
    ("has", "Knows its", "Anything or nothing"),
    ("is", "Its file is", "There as a rule"),
)
_SCROLL_BAR_PX, _LEAST_PX, _EDGE_PX = 16, 60, 8
_MOST_TABLED, _MOST_VALUES = 4, 30
"""So many attributes have a row, those with so many values at most: more are for typing."""

_MONTHS = tuple((str(number), calendar.month_name[number]) for number in range(1, 13))
_SHOWN = {"none": "none of them", "gps": "place (GPS)", "away": "away with its drive"}


_Key = tuple[str, bool]
"""A key, or the name of an attribute and True."""


class ConditionsPanel(QFrame):
    """Opens under a button, and closes when something else is clicked.

    Signals: said(str): this text is meant now.
    """

    said = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("conditionsPanel")
        self._sentence = Sentence()
        self._attributes: Names = frozenset()
        self._boxes: dict[_Key, QComboBox] = {}
        self._rows = styled(QWidget(), "plainPage")
        self._form = QFormLayout(self._rows)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setSpacing(8)
        self._area = scrolled(self._rows)
        self._corner = QPoint()
        for key, label, anything in _ROWS:
            self._add_row((key, False), label, anything)
        clear = QPushButton("Clear all")
        clear.clicked.connect(self._clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(text_label("Only photos of", "heading"))
        column.addWidget(self._area)
        column.addWidget(clear)
        self.offer(NamesInUse())

    def open_below(self, top_right: QPoint) -> None:
        """Open with its corner there, on screen; where that is too low, the rows are scrolled."""
        self._corner = top_right
        wanted, room = self._rows.sizeHint(), self.screen().availableGeometry()
        self._area.setFixedSize(wanted + QSize(_SCROLL_BAR_PX, 0))
        self.adjustSize()
        lacking_px = top_right.y() + self.height() + _EDGE_PX - room.bottom()
        if lacking_px > 0:
            self._area.setFixedHeight(max(_LEAST_PX, wanted.height() - lacking_px))
            self.adjustSize()
        self.move(top_right - QPoint(self.width(), 0))
        self.show()

    def offer(self, names: NamesInUse) -> None:
        """Offer these values from now on."""
        values = values_of(names)
        self._attributes = names_of(names)
        for key, _, anything in _ROWS:
            shown = (
                _MONTHS
                if key == "month"
                else [(value, _SHOWN.get(value, value)) for value in values.get(key, ())]
            )
            _fill(self._boxes[key, False], anything, shown)
        few = [each for each in names.attributes if 0 < len(each[1]) <= _MOST_VALUES]
        tabled = {(name, True): known for name, known in few[:_MOST_TABLED]}
        for gone in [key for key in self._boxes if key[1] and key not in tabled]:
            self._form.removeRow(self._boxes.pop(gone))
        for which, known in tabled.items():
            if which not in self._boxes:
                self._add_row(which, wording.short(which[0]), "Anything")
            shown = [("*", "Anything that is said"), *((value, legible(value)) for value in known)]
            _fill(self._boxes[which], "Anything or nothing", shown)
        self.show_text(str(self._sentence))
        if self.isVisible():
            self.open_below(self._corner)  # with the rows that there are now

    def _add_row(self, which: _Key, label: str, anything: str) -> None:
        box = self._boxes[which] = ChoiceBox()
        box.setAccessibleName(label)
        box.setPlaceholderText(anything)
        box.setMinimumWidth(200)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.activated.connect(partial(self._choose, which))
        self._form.addRow(form_label(label), box)

    def show_text(self, text: str) -> None:
        """Let the boxes stand at what this text says."""
        self._sentence = parse(text, self._attributes).sentence
        for which, box in self._boxes.items():
            said = [each.value for each in self._sentence.conditions if each.asks(*which)]
            at = 0
            if said:
                at = box.findData(said[0])
                if at < 0:
                    box.addItem(said[0], said[0])
                    at = box.count() - 1
            box.setCurrentIndex(at)
            self._form.setRowVisible(box, box.count() > 1)  # there is something to choose

    def _choose(self, which: _Key, index: int) -> None:
        key, is_attribute = which
        value = self._boxes[which].itemData(index)
        self._say(self._sentence.with_value(key, value, is_attribute))

    def _clear(self, _: bool = False) -> None:
        self._say(replace(self._sentence, conditions=()))
        self.close()

    def _say(self, sentence: Sentence) -> None:
        self.show_text(str(sentence))
        self.said.emit(str(sentence))


def _fill(box: QComboBox, anything: str, shown: Iterable[tuple[str, str]]) -> None:
    """shown: values with the words for them."""
    box.clear()
    box.addItem(anything, None)
    for value, words in shown:
        box.addItem(words, value)
