"""ModelRows: what resembles one photo, a row for each model."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.library.comparing import Answers, Cost, Trial
from desktop.ui.comparing.strip import Strip
from desktop.ui.look import wording
from desktop.ui.look.parts import tab_through, text_label
from desktop.ui.look.pixels import Pixels


class ModelRows(QWidget):
    """Signals: chosen(Photo): one of the pictures; use_wanted(name): a model is preferred."""

    chosen = Signal(object)
    use_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strips: dict[str, Strip] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    def show_models(self, trial: Trial, titles: Mapping[str, str]) -> None:
        """A row for each model, still without pictures. titles: what each is called."""
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self.strips = {}
        for name in trial.names:
            strip = self.strips[name] = Strip()
            strip.chosen.connect(self.chosen)
            self._column.addWidget(self._head_of(name, titles[name], trial.costs[name]))
            self._column.addWidget(strip)
            self._column.addSpacing(8)
        tab_through(self, *(each for each in self.children() if isinstance(each, QWidget)))

    def show_answers(self, answers: Answers) -> None:
        for name, strip in self.strips.items():
            strip.show_hits(answers.get(name, ()), len(answers))

    def show_pictures(self, pictures: Mapping[int, Pixels]) -> None:
        for strip in self.strips.values():
            strip.show_pictures(pictures)

    def _head_of(self, name: str, title: str, cost: Cost) -> QWidget:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(text_label(title, "heading"))
        row.addWidget(text_label(cost_words(cost), "muted"), 1)
        use = QPushButton("Use this one")
        use.setAccessibleName(f"Use {title}")
        use.clicked.connect(partial(self._use, name))
        row.addWidget(use, 0, Qt.AlignmentFlag.AlignRight)
        return head

    def _use(self, name: str, _: bool = False) -> None:
        self.use_wanted.emit(name)


def cost_words(cost: Cost) -> str:
    """ "about 12 minutes and 80 MB for all 48,900 photos"."""
    space = f"{wording.in_bytes(cost.n_bytes)} for all {wording.count_photos(cost.n_photos)}"
    if not cost.seconds:
        return f"has read all; {space}"
    return f"{wording.duration(cost.seconds)} and {space}"
