"""Welcome: the first page a person sees, before there is any folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.ui.look import wording
from desktop.ui.look.icons import drawing, icon
from desktop.ui.look.parts import plain_tip, scrolled, styled, text_label
from desktop.ui.look.theme import Colours

_Points = tuple[tuple[str, str, str], ...]
"""Icon, heading and sentence of each."""

_POINTS: _Points = (
    (
        "folder",
        "Your photos stay where they are",
        "Likeness reads your folders and changes nothing in them.",
    ),
    (
        "search",
        "Describe what you remember",
        "Photos appear as they are read, and can be searched right away.",
    ),
)
_PRIVATE = (
    "private",
    "Nothing leaves this computer",
    "No account, no upload; it works without a network.",
)


def _points(server: str) -> _Points:
    """What is told; server: where the catalog is, "" for a file here."""
    if not server:
        return (*_POINTS, _PRIVATE)
    sentence = f"What is known of them goes to the catalog at {server}, and nowhere else."
    return (*_POINTS, ("private", "You share this library", sentence))


_WITH_LOGO_PX, _WITH_POINTS_PX = 560, 460
"""On a lower page they stand back, so that the buttons are seen."""


class Welcome(QWidget):
    """Signals:
    folder_chosen(Path): the offered folder was taken.
    choose_wanted: the person wants to pick one.
    """

    folder_chosen = Signal(object)
    choose_wanted = Signal()

    def __init__(self, colours: Colours, server: str = "", parent: QWidget | None = None) -> None:
        """server: where a shared catalog is; "" for one in a file here."""
        super().__init__(parent)
        self._told = _points(server)
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._offered: Path | None = None
        self._logo = QLabel()
        self._signs = [QLabel() for _ in self._told]
        self._points = QWidget()
        self._offer = styled(QPushButton(), "primary")
        self._choose = QPushButton("Choose a folder…")
        self._hint = text_label("You can also drop folders on this window.", "muted")
        self._offer.setAccessibleName("Start with the offered folder")
        self._offer.clicked.connect(self._on_offer)
        self._choose.clicked.connect(self.choose_wanted)
        self._lay_out()
        self.dress(colours)
        self.offer(None)

    def _lay_out(self) -> None:
        card = styled(QFrame(), "card")
        card.setMaximumWidth(560)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(48, 40, 48, 40)
        inside.setSpacing(0)
        inside.addWidget(self._logo, 0, Qt.AlignmentFlag.AlignHCenter)
        inside.addSpacing(16)
        inside.addWidget(
            text_label("Welcome to Likeness", "hero"), 0, Qt.AlignmentFlag.AlignHCenter
        )
        inside.addSpacing(4)
        line = text_label("Find the photo you mean, by words or by likeness.", "muted")
        inside.addWidget(line, 0, Qt.AlignmentFlag.AlignHCenter)
        points = QVBoxLayout(self._points)
        points.setContentsMargins(0, 16, 0, 8)
        points.setSpacing(20)
        for sign, (_, title, sentence) in zip(self._signs, self._told, strict=True):
            points.addLayout(_point(sign, title, sentence))
        inside.addSpacing(16)
        inside.addWidget(self._points)
        inside.addSpacing(8)
        inside.addWidget(self._offer)
        inside.addSpacing(8)
        inside.addWidget(self._choose)
        inside.addSpacing(12)
        inside.addWidget(self._hint, 0, Qt.AlignmentFlag.AlignHCenter)
        middle = styled(QWidget(), "plainPage")
        # Without an alignment: Qt would take the height for a card of its greatest width.
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(card, 1000)
        row.addStretch(1)
        around = QVBoxLayout(middle)
        around.addStretch(1)
        around.addLayout(row)
        around.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._middle, self._area = middle, scrolled(middle)
        column.addWidget(self._area)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        bar_px = self._area.verticalScrollBar().sizeHint().width()
        self._area.setMinimumWidth(self._middle.minimumSizeHint().width() + bar_px)
        self._logo.setVisible(self.height() >= _WITH_LOGO_PX)
        self._points.setVisible(self.height() >= _WITH_POINTS_PX)

    def offer(self, folder: Path | None) -> None:
        """Offer the system's Pictures folder; None where there is none."""
        self._offered = folder
        self._offer.setVisible(folder is not None)
        self._choose.setObjectName("" if folder is not None else "primary")
        self._choose.setText("Choose another folder…" if folder is not None else "Choose a folder…")
        self._choose.style().polish(self._choose)
        if folder is not None:
            self._offer.setText(f"Start with {wording.name(folder)}")
            self._offer.setToolTip(plain_tip(wording.whole(folder)))
            self._offer.setAccessibleName(f"Start with the folder {wording.whole(folder)}")

    def dress(self, colours: Colours) -> None:
        scale = self.devicePixelRatioF()
        self._logo.setPixmap(drawing("likeness", "", 72, scale))
        for sign, (name, _, _) in zip(self._signs, self._told, strict=True):
            sign.setPixmap(drawing(name, colours.accent, 24, scale))
        self._choose.setIconSize(QSize(18, 18))
        self._offer.setIcon(icon("photos", colours.accent_text))

    @Slot()
    def _on_offer(self) -> None:
        if self._offered is not None:
            self.folder_chosen.emit(self._offered)


def _point(sign: QLabel, title: str, sentence: str) -> QHBoxLayout:
    words = QVBoxLayout()
    words.setSpacing(2)
    words.addWidget(text_label(title, "strong"))
    below = text_label(sentence, "muted")
    below.setWordWrap(True)
    words.addWidget(below)
    row = QHBoxLayout()
    row.setSpacing(16)
    row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
    row.addLayout(words, 1)
    return row
