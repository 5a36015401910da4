"""ShortcutsDialog: every key there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.look.parts import scrolled, size_for_screen, text_label

_BAR_PX = 40
"""Room for a scroll bar at the side, and the margin beside it."""

_BELOW_PX = 120
"""Room for the title of the window and the button."""


class ShortcutsDialog(QDialog):
    def __init__(
        self,
        shortcuts: Mapping[str, Sequence[tuple[str, str]]],
        parent: QWidget | None = None,
    ) -> None:
        """shortcuts: heading -> (keys, what they do)."""
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        groups = _fitting(shortcuts, self.screen().availableSize())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 16, 16)
        column.setSpacing(16)
        area = scrolled(groups)
        column.addWidget(area)
        column.addWidget(buttons)
        size = groups.sizeHint() + self.sizeHint() - area.sizeHint()
        size_for_screen(self, size.width() + _BAR_PX, size.height())


def _fitting(shortcuts: Mapping[str, Sequence[tuple[str, str]]], room: QSize) -> QWidget:
    """In two columns, or three where two are higher than the screen; in one where neither is narrow
    enough."""
    two, three = _page(shortcuts, 2), _page(shortcuts, 3)
    widest = room.width() - _BAR_PX
    is_high = two.sizeHint().height() > room.height() - _BELOW_PX
    if is_high and three.sizeHint().width() <= widest:
        return three
    return two if two.sizeHint().width() <= widest else _page(shortcuts, 1)


def _page(shortcuts: Mapping[str, Sequence[tuple[str, str]]], n_columns: int) -> QWidget:
    """Each group stands in the column that is the shortest so far."""
    page = QWidget()
    row = QHBoxLayout(page)
    row.setContentsMargins(24, 24, 24, 0)
    row.setSpacing(36)
    columns = [QVBoxLayout() for _ in range(n_columns)]
    n_lines = [0] * n_columns
    for column in columns:
        column.setSpacing(24)
        row.addLayout(column)
    for group, keys in shortcuts.items():
        shortest = n_lines.index(min(n_lines))
        columns[shortest].addLayout(_group(group, keys))
        n_lines[shortest] += len(keys) + 2
    for column in columns:
        column.addStretch(1)
    for label in page.findChildren(QLabel):
        label.ensurePolished()  # else its size is not yet the one it will be shown with
    return page


def _group(title: str, keys: Sequence[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(6)
    grid.addWidget(text_label(title, "heading"), 0, 0, 1, 2)
    for row, (key, does) in enumerate(keys, start=1):
        grid.addWidget(QLabel(does), row, 0)
        grid.addWidget(text_label(key, "key"), row, 1, Qt.AlignmentFlag.AlignRight)
    grid.setColumnStretch(0, 1)
    return grid
