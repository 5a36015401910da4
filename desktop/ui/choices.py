"""A box to choose one of a few values, by words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox


def choices(entries: Sequence[tuple[object, str]], current: object, name: str) -> QComboBox:
    """A combo box of (value, words); its currentData() is the value.

    A current value that is in no list, from a settings file say, is offered as it is.
    """
    box = QComboBox()
    box.setAccessibleName(name)
    known = [*entries]
    if all(value != current for value, _ in entries):
        known.append((current, str(current)))
    for value, words in known:
        box.addItem(words, value)
    box.setCurrentIndex([value for value, _ in known].index(current))
    return box
