"""What is known about one photo: beside it in the viewer, or in a dialog of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QSizeF, Qt
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QScrollArea,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from desktop.legible import legible
from desktop.library import Photo
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look import wording
from desktop.ui.look.parts import size_for_screen, styled, text_label


class DetailsPanel(QScrollArea):
    """Rows of a muted title over its value; values can be selected and copied."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.setObjectName("details")
        self.setAccessibleName("Details of the photo")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_photo(self, photo: Photo, score: float | None = None, why: Sequence[str] = ()) -> None:
        rows = wording.details(photo)
        if score is not None:
            rows.append(("Score", f"{score:.3f}"))
        if why:
            rows.append(("Found", "\n".join(why)))
        self._show_rows(rows)
        if self._bridge.library.attributes.names:
            work = partial(self._bridge.library.attributes.of, [photo.photo_id])
            then = partial(self._show_said, rows, photo.photo_id)
            self._bridge.do(Lane.READ, work, self, then, key=self)
        else:
            self._bridge.forget(self)

    def _show_said(
        self,
        rows: list[tuple[str, str]],
        photo_id: int,
        said: Mapping[int, Mapping[str, str]],
    ) -> None:
        """What attributes say of it follows when it has been read."""
        more = [(legible(name), legible(text)) for name, text in said.get(photo_id, {}).items()]
        if more:
            self._show_rows([*rows, *more])

    def _show_rows(self, rows: Sequence[tuple[str, str]]) -> None:
        page = styled(QWidget(), "detailsPage")
        column = QVBoxLayout(page)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(0)
        grid = QGridLayout()
        grid.setVerticalSpacing(2)
        for number, (title, value) in enumerate(rows):
            grid.addWidget(text_label(title, "caption"), number * 3, 0)
            grid.addWidget(_Value(title, value), number * 3 + 1, 0)
            grid.setRowMinimumHeight(number * 3 + 2, 12)
        column.addLayout(grid)
        column.addStretch(1)
        self.setWidget(page)


class _Value(QTextEdit):
    """A value in as many lines as it takes. A file name may be one long word, at which a label
    would not break; and what is copied of it is what it is."""

    def __init__(self, title: str, value: str) -> None:
        super().__init__()
        self.setPlainText(value)
        self.setAccessibleName(f"{title}: {value}")
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)

    def _fit(self, size: QSizeF) -> None:
        self.setFixedHeight(math.ceil(size.height()))


class PropertiesDialog(QDialog):
    def __init__(
        self,
        bridge: Bridge,
        photo: Photo,
        score: float | None,
        why: Sequence[str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Properties of {wording.name(photo.path)}")
        panel = DetailsPanel(bridge)
        panel.show_photo(photo, score, why)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 16, 16)
        column.addWidget(panel, 1)
        column.addWidget(buttons)
        size_for_screen(self, 440, 560)
