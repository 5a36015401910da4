"""BlindVote: which of two answers is better, when nobody says which model gave it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.library import Means, parse
from desktop.library.comparing import Ballot, Trial, Vote
from desktop.ui.comparing.strip import Strip
from desktop.ui.look.parts import styled, text_label

N_SHOWN = 8
_WORDS = {Vote.LEFT: "A is better", Vote.EQUAL: "Both alike", Vote.RIGHT: "B is better"}
_KEYS = {Qt.Key.Key_A: Vote.LEFT, Qt.Key.Key_E: Vote.EQUAL, Qt.Key.Key_B: Vote.RIGHT}


class BlindVote(QWidget):
    """The last searches one after the other, each answered by two models; then who won.

    Signals: asked: another question is shown and needs its pictures.
    """

    asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strips = (Strip(), Strip())
        self.question = text_label("", "heading")
        self.said = text_label("", "muted", wraps=True)
        self.buttons = {vote: QPushButton(words) for vote, words in _WORDS.items()}
        self.back = styled(QPushButton("Back"), "flat")
        self._trial: Trial | None = None
        self._ballot: Ballot | None = None
        self._at = 0
        self._answers = QWidget()
        self._lay_out()

    def _lay_out(self) -> None:
        inside = QVBoxLayout(self._answers)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(6)
        for letter, strip in zip("AB", self.strips, strict=True):
            inside.addWidget(text_label(letter, "strong"))
            inside.addWidget(strip)
            inside.addSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(8)
        for key, (vote, button) in zip("AEB", self.buttons.items(), strict=True):
            button.setToolTip(f"{_WORDS[vote]} ({key})")
            button.clicked.connect(partial(self.vote, vote))
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.back)
        self.back.clicked.connect(self.go_back)
        inside.addLayout(row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.question)
        column.addWidget(self.said)
        column.addWidget(self._answers)
        column.addStretch(1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def photo_ids(self) -> list[int]:
        """Whose pictures are needed."""
        return [photo_id for strip in self.strips for photo_id in strip.photo_ids]

    @property
    def current(self) -> int | None:
        """Which of the trial's questions is shown; None after the last, and before the first."""
        is_asking = self._ballot is not None and self._at < len(self._ballot.pairs)
        return self._at if is_asking else None

    def begin(self, trial: Trial, lot: random.Random) -> None:
        """Ask anew. Without two models that know words, or without searches, that is said."""
        self._trial, self._ballot, self._at = trial, None, 0
        if len(trial.names_with_words) > 1 and trial.texts:
            self._ballot = Ballot(trial.names_with_words, len(trial.texts), lot)
        self._show()

    @Slot()
    def vote(self, vote: Vote, _: bool = False) -> None:
        if self._ballot is not None and self.current is not None:
            self._ballot.vote(self._at, vote)
            self._at += 1
            self._show()

    @Slot()
    def go_back(self) -> None:
        """To the question before; a vote on it counts instead of the one that was given."""
        self._at = max(0, self._at - 1)
        self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        vote = _KEYS.get(Qt.Key(event.key()))
        if vote is not None and not event.modifiers():
            self.vote(vote)
        else:
            super().keyPressEvent(event)

    def _show(self) -> None:
        at = self.current
        self._answers.setVisible(at is not None)
        if self._trial is None or self._ballot is None:
            self.question.setText("Nothing to vote on yet")
            self.said.setText(
                "It needs two models that know words, and searches that you have made: your last "
                "ones are asked again."
            )
            return
        if at is None:
            self._show_tally(self._ballot)
            return
        self.question.setText(f"“{self._trial.texts[at]}”")
        self.said.setText(f"Search {at + 1} of {len(self._ballot.pairs)}. Which answer is better?")
        self.back.setEnabled(at > 0)
        answers = self._trial.answer(at, N_SHOWN)
        for name, strip in zip(self._ballot.pairs[at], self.strips, strict=True):
            strip.show_hits(answers[name], 0)
        self.asked.emit()

    def _show_tally(self, ballot: Ballot) -> None:
        tally = ballot.tally()
        best, second = list(tally)[:2]
        is_tie = tally[best] == tally[second]
        self.question.setText("Neither is better" if is_tie else f"{best} answered better")
        won = ", ".join(f"{name} {_times(n)}" for name, n in tally.items())
        self.said.setText(f"Better were {won}; {_times(ballot.n_equal)} both were alike.")


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n:,} times"


def words_of(recent: Sequence[str], n: int) -> list[str]:
    """What the last n searches say in words: what every model can be asked. Conditions and photos
    in them are left out, and so is what shall not be there."""
    found: dict[str, None] = {}
    for text in recent:
        clauses = parse(text).sentence.clauses
        wanted = [c.text for c in clauses if c.means is Means.WORDS and not c.is_unwanted]
        if wanted:
            found[", ".join(wanted)] = None
    return list(found)[:n]
