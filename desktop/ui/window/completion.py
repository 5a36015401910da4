"""Completion: conditions are offered while they are typed, with values that the library holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from PySide6.QtCore import QObject, QPoint, QRect, QStringListModel, Qt, QTimer, Slot
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget

from desktop.library import (
    CHOICES,
    KEYS,
    Clause,
    Condition,
    Means,
    Names,
    NamesInUse,
    Part,
    folded,
)
from desktop.ui.look.parts import styled

_LEAST_LETTERS = 3
"""Of a key, before it is offered: most words are none."""

_CLAUSES = {means.value: means for means in Means if means.value}
_N_OFFERED = 200
_GAP_PX = 4
_WORD = re.compile(
    r'(?:^|[\s,])(-?(?:(?:[^\s,":]+|"[^"]+"):(?:"[^"]*|[^\s,"]*)|[^\s,":]+))$', re.IGNORECASE
)
_KEY = re.compile(r'(-?)("[^"]+"|[^\s,":]+):(.*)', re.DOTALL)


def values_of(names: NamesInUse) -> dict[str, Sequence[str]]:
    """The values of each key that can be offered, the most frequent first."""
    years = tuple(str(year) for year in names.years)
    return {
        **CHOICES,
        "year": years,
        "after": years,
        "before": years,
        "camera": names.cameras,
        "lens": names.lenses,
        "type": tuple(kind.lower() for kind in names.kinds),
        "folder": names.folders,
        "theme": (*names.themes, "none") if names.themes else (),
        "concept": names.concepts,
    }


def names_of(names: NamesInUse) -> Names:
    """The names of attributes, as `parse` takes them."""
    return frozenset(folded(name) for name, _ in names.attributes)


def offers(
    before: str,
    values: Mapping[str, Sequence[str]],
    attributes: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> tuple[int, list[str]]:
    """Where the word at the end of `before` begins, and what may be meant by it."""
    found = _WORD.search(before)
    if found is None:
        return len(before), []
    start, word = found.start(1), found[1]
    key = _KEY.fullmatch(word)
    if key is None:
        bare = word.removeprefix("-").lower()
        keys = [f"{each}:" for each in (*KEYS, *_CLAUSES) if each.startswith(bare)]
        keys += [_written(each) for each in attributes if folded(each).startswith(folded(bare))]
        is_long = len(bare) >= _LEAST_LETTERS
        return start, [f"{word[: len(word) - len(bare)]}{each}" for each in keys if is_long]
    is_unwanted, begun = key[1] == "-", key[3].removeprefix('"').lower()
    name = key[2].lower()
    make: Callable[[str], Part]
    if name in values or name in KEYS or name in _CLAUSES:
        make = partial(_part, name, is_unwanted)
        known = values.get(name, ())
    else:
        name = folded(key[2].strip('"'))
        name, known = next(
            (each for each in attributes.items() if folded(each[0]) == name), ("", ())
        )
        make = partial(Condition, name, is_unwanted=is_unwanted, is_attribute=True)
    wanted = [value for value in known if begun in value.lower()]
    texts = [str(make(value)) for value in wanted[:_N_OFFERED]]
    return start, [text for text in texts if text != word]


def _part(name: str, is_unwanted: bool, value: str) -> Part:
    if name in _CLAUSES:
        return Clause(value, 1.0, is_unwanted, _CLAUSES[name])
    return Condition(name, value, is_unwanted)


def _written(attribute: str) -> str:
    """Its name with a colon, in quotes where it needs them."""
    return str(Condition(attribute, "", is_attribute=True)).removesuffix('""')


class Completion(QObject):
    """Offers what may be meant by the word at the cursor of a search field."""

    def __init__(self, field: QLineEdit, bar: QWidget) -> None:
        """bar: what the field stands in; the list opens below it."""
        super().__init__(field)
        self._field = field
        self._bar = bar
        self._values: dict[str, Sequence[str]] = values_of(NamesInUse())
        self._attributed: dict[str, Sequence[str]] = {}
        self._names: Names = frozenset()
        self._suggested: list[str] = []
        self._start = 0
        self._model = QStringListModel(self)
        self._completer = QCompleter(self._model, self)
        self._completer.setWidget(field)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setMaxVisibleItems(8)
        popup = self._completer.popup()
        assert popup is not None  # that of an unfiltered completer
        self._popup = styled(popup, "completions")
        self._popup.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._completer.activated.connect(self._put)

    def offer(self, names: NamesInUse) -> None:
        """Offer these values from now on; at once, where one of them is being typed."""
        self._values = values_of(names)
        self._attributed = dict(names.attributes)
        self._names = names_of(names)
        if self._field.hasFocus() and not self._model.stringList():
            self.look()

    def suggest(self, texts: Sequence[str]) -> None:
        """Offer these while the field is empty."""
        self._suggested = list(texts)
        if self._field.hasFocus() and not self._field.text():
            self.look()

    @property
    def attributes(self) -> Names:
        """Those that may be asked for, as they were told last."""
        return self._names

    @property
    def offered(self) -> list[str]:
        """What stands under the field; [] where nothing does."""
        return self._model.stringList() if self._popup.isVisible() else []

    @Slot()
    def look(self) -> None:
        """Offer what fits what was typed; hide where nothing does."""
        before = self._field.text()[: self._field.cursorPosition()]
        self._start, texts = offers(before, self._values, self._attributed)
        if not self._field.text():
            texts = self._suggested
        self._model.setStringList(texts)
        if texts:
            self._completer.complete(self._place())
        else:
            self._popup.hide()

    def _place(self) -> QRect:
        """The field, down to where the list begins. Qt would begin it at the field's own edge, over
        that of the bar."""
        below_px = self._bar.mapTo(self._bar.window(), self._bar.rect().bottomLeft()).y() + _GAP_PX
        above_px = self._field.mapTo(self._bar.window(), QPoint()).y()
        return QRect(0, 0, self._field.width(), below_px - above_px)

    @Slot(str)
    def _put(self, text: str) -> None:
        """Write what was chosen in place of the word, and let the field tell of it."""
        after = self._field.text()[self._field.cursorPosition() :]
        is_whole = not text.endswith(":") and bool(self._field.text())
        before = self._field.text()[: self._start] + text + (" " if is_whole else "")
        self._field.setText(before + after.lstrip())
        self._field.setCursorPosition(len(before))
        self._field.textEdited.emit(self._field.text())
        QTimer.singleShot(0, self, self.look)  # Qt hides the list only after this
