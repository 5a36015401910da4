"""PrivacyPage: what leaves the machine (nothing), and forgetting everything."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.ui.parts import styled, text_label

_NETWORK = (
    "Likeness works without a network. It connects to one only when you download a model, and only "
    "for that. “likeness doctor --offline-proof” in a terminal shows it."
)
_UPDATES = (
    "Likeness does not look for updates, and there is nothing to switch on: it never asks anybody "
    "whether there is a newer version."
)
_REPORTS = "Reports of errors are written into the log on this computer, without names of photos."
_FORGET = (
    "Removes the catalog with its backups, thumbnails, index, models, settings and log of "
    "Likeness. Your photos stay where they are."
)


class PrivacyPage(QWidget):
    """Signals: forget_wanted: the person pressed the button; nothing has been asked yet."""

    forget_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.forget = styled(QPushButton("Forget everything…"), "danger")
        self.forget.setAutoDefault(False)
        self.forget.clicked.connect(self.forget_wanted)
        buttons = QHBoxLayout()
        buttons.addWidget(self.forget)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(text_label("Privacy", "title"))
        for heading, text in (
            ("Network", _NETWORK),
            ("Updates", _UPDATES),
            ("Error reports", _REPORTS),
            ("Start over", _FORGET),
        ):
            column.addSpacing(8)
            column.addWidget(text_label(heading, "heading"))
            column.addWidget(text_label(text, "muted", wraps=True))
        column.addLayout(buttons)
        column.addStretch(1)
