"""ModelCard: one model in the settings, what it can do, and what can be done with it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.library import ModelInfo, Purpose
from desktop.ui.look import wording
from desktop.ui.look.parts import plain_tip, styled, text_label

_ANSWERS = {Purpose.WORDS: "Answers words", Purpose.LIKENESS: "Answers likeness"}
_WITHOUT_WORDS = "Use for everything, without words"
_CONVERTS = (
    "Measures on your photos whether OpenVINO reads them faster on this computer, which takes a "
    "minute or two, and uses it if so."
)
_ONLY_FOR = {Purpose.WORDS: "Use for words only", Purpose.LIKENESS: "Use for likeness only"}


class ModelCard(QFrame):
    """One model. Signals: use_wanted(name, Purpose, or None for all), download_wanted(name),
    convert_wanted(name)."""

    use_wanted = Signal(str, object)
    download_wanted = Signal(str)
    convert_wanted = Signal(str)

    def __init__(
        self, model: ModelInfo, answers: tuple[Purpose, ...], comes: bool, parent: QWidget
    ) -> None:
        """answers: what it answers now; comes: whether it is on its way."""
        super().__init__(parent)
        self.setObjectName("modelCard")
        self._name = model.name
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(text_label(model.title, "heading"))
        package = f"From the package {model.package}, which is not part of Likeness."
        for said in (
            model.description,
            wording.can_do(model),
            model.runs,
            package if model.package else "",
        ):
            if said:
                words.addWidget(text_label(said, "muted", wraps=True))
        self.setToolTip(plain_tip(model.published))
        self.setAccessibleDescription(model.published)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(16)
        row.addLayout(words, 1)
        for widget in self._end(model, answers, comes):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)

    def _end(
        self, model: ModelInfo, answers: tuple[Purpose, ...], comes: bool
    ) -> Iterator[QWidget]:
        if comes:
            yield text_label("On its way", "tag")
        elif len(answers) == len(Purpose):
            yield text_label("Answers now", "tag")
        elif answers:
            yield text_label(_ANSWERS[answers[0]], "tag")
        if model.can_convert and (answers or comes):
            button = styled(QPushButton("Make faster"), "plain")
            button.setAccessibleName(f"Make {model.title} faster")
            button.setToolTip(_CONVERTS)
            button.clicked.connect(self._convert)
            yield button
        if model.is_available:
            yield from self._uses(model, answers, comes)
        elif model.can_download:
            button = styled(
                QPushButton(f"Download ({wording.in_bytes(model.download_bytes)})"), "primary"
            )
            button.setAccessibleName(f"Download {model.title}")
            button.clicked.connect(self._download)
            yield button
        else:
            yield text_label("Not usable", "muted")

    def _uses(
        self, model: ModelInfo, answers: tuple[Purpose, ...], comes: bool
    ) -> Iterator[QWidget]:
        """What it can be used for and is not: one button for everything, a menu for one thing."""
        if not comes and len(answers) < len(Purpose) and model.has_text:
            button = styled(QPushButton("Use"), "primary")
            button.setAccessibleName(f"Use {model.title}")
            button.clicked.connect(partial(self._use, None))
            yield button
        possible = list(Purpose) if model.has_text else [Purpose.LIKENESS]
        left = [purpose for purpose in possible if purpose not in answers]
        if comes or len(answers) == len(Purpose) or not left:
            return
        menu = QMenu(self)
        if not model.has_text and len(answers) < len(Purpose):
            menu.addAction(_WITHOUT_WORDS).triggered.connect(partial(self._use, None))
        for purpose in left:
            menu.addAction(_ONLY_FOR[purpose]).triggered.connect(partial(self._use, purpose))
        more = styled(QToolButton(), "plain")
        more.setText("…" if model.has_text else "Use…")
        more.setAccessibleName(f"Use {model.title} for one thing only")
        more.setMenu(menu)
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        yield more

    def _use(self, purpose: Purpose | None, _: bool = False) -> None:
        self.use_wanted.emit(self._name, purpose)

    @Slot()
    def _convert(self) -> None:
        self.convert_wanted.emit(self._name)

    @Slot()
    def _download(self) -> None:
        self.download_wanted.emit(self._name)
