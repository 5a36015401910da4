"""SaidRow: what the words in the search bar mean, as chips that can be removed; and what is wrong
with them, under the word concerned."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from desktop.legible import legible
from desktop.library import Clause, Condition, Fault, Sentence, faults, parse
from desktop.ui.look.flow import Flow
from desktop.ui.look.icons import icon
from desktop.ui.look.parts import ElidedLabel, plain_tip, styled
from desktop.ui.look.theme import Colours

CHIP_PX = 220
EDGE_PX = 16


class SaidRow(QFrame):
    """Below the search bar, where more than plain words are asked.

    Signals: said(str): another text is meant, without one of the parts.
    """

    said = Signal(str)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("saidRow")
        self._colours = colours
        self._sentence = Sentence()
        self._chips: list[QToolButton] = []
        self._fault = ElidedLabel("error")
        self._fault.setAccessibleName("What is wrong with the search")
        self._place = QHBoxLayout()
        self._place.addWidget(self._fault)
        self._holder = QWidget()
        self._flow = Flow(self._holder)
        self._flow.setContentsMargins(0, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(EDGE_PX, 6, EDGE_PX, 6)
        column.setSpacing(4)
        column.addLayout(self._place)
        column.addWidget(self._holder)
        self._fault.hide()
        self.hide()

    @property
    def texts(self) -> list[str]:
        """What the chips say."""
        return [chip.toolTip() for chip in self._chips]

    @property
    def fault(self) -> str:
        """What is said to be wrong; "" as a rule."""
        return self._fault.text() if not self._fault.isHidden() else ""

    def show_text(self, text: str) -> None:
        """Show the parts of this text; nothing for plain words."""
        sentence = parse(text).sentence
        self._fault.hide()
        if sentence != self._sentence:
            self._sentence = sentence
            self._make_chips()
        self.setVisible(bool(self._chips))

    def show_fault(self, fault: Fault, x_px: int) -> None:
        """Say what is wrong with a word that begins x_px from the left edge of this row."""
        said = f"{fault.message} {fault.hint}"
        self._fault.setText(said)
        self._fault.setToolTip(plain_tip(said))
        room_px = self.width() - self._fault.fontMetrics().horizontalAdvance(said) - 2 * EDGE_PX
        self._place.setContentsMargins(max(0, min(x_px - EDGE_PX, room_px)), 0, 0, 0)
        self._fault.show()
        self.show()

    def dress(self, colours: Colours) -> None:
        self._colours = colours
        for chip in self._chips:
            chip.setIcon(icon("clear", colours.accent))

    def _make_chips(self) -> None:
        for chip in self._chips:
            self._flow.removeWidget(chip)
            chip.deleteLater()
        sentence = self._sentence
        parts: list[Clause | Condition] = [*sentence.clauses, *sentence.conditions]
        is_plain = len(parts) == 1 and str(parts[0]) == getattr(parts[0], "text", None)
        self._chips = [] if is_plain else [self._chip(part) for part in parts]
        for chip in self._chips:
            self._flow.addWidget(chip)
            chip.show()

    def _chip(self, part: Clause | Condition) -> QToolButton:
        chip = styled(QToolButton(self._holder), "faultyChip" if faults(str(part)) else "chip")
        chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        chip.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        chip.setIcon(icon("clear", self._colours.accent))
        words = wording_of(part)
        shown = chip.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, CHIP_PX)
        chip.setText(shown.replace("&", "&&"))
        chip.setToolTip(plain_tip(words))
        chip.setAccessibleName(f"{words}: press to take it away")
        chip.clicked.connect(partial(self._drop, part))
        return chip

    def _drop(self, part: Clause | Condition, _: bool = False) -> None:
        self.said.emit(str(self._sentence.without(part)))


def wording_of(part: Clause | Condition) -> str:
    """What a chip calls it."""
    if isinstance(part, Condition):
        said = f"{part.key}: {part.value}"
    else:
        said = part.text if part.weight == 1.0 else f"{part.text} × {part.weight:g}"  # noqa: RUF001
    return legible(f"not {said}" if part.is_unwanted else said)
