"""Ballot: which of two models answers better, as a person says who does not know which is which."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum, auto
from itertools import combinations


class Vote(StrEnum):
    LEFT = auto()
    RIGHT = auto()
    EQUAL = auto()


class Ballot:
    """Each question has two models, which stand left and right as the lot falls. Not safe from
    several threads.

    Attributes:
        pairs: the models of each question, left and right.
    """

    def __init__(self, names: Sequence[str], n_questions: int, lot: random.Random) -> None:
        """Every two of the models meet equally often, as far as the questions go. Raises ValueError
        for less than two."""
        pairs = list(combinations(names, 2))
        if not pairs:
            raise ValueError("a ballot needs two models")
        lot.shuffle(pairs)
        drawn = (pairs[at % len(pairs)] for at in range(n_questions))
        self.pairs = [pair if lot.random() < 0.5 else pair[::-1] for pair in drawn]
        self._names = tuple(names)
        self._votes: dict[int, Vote] = {}

    def vote(self, question: int, vote: Vote) -> None:
        """A later vote on the same question takes the place of the one before."""
        self._votes[question] = vote

    def better(self, question: int) -> str | None:
        """The model that was voted for; None where both are equal or nobody has voted."""
        left, right = self.pairs[question]
        vote = self._votes.get(question, Vote.EQUAL)
        return {Vote.LEFT: left, Vote.RIGHT: right, Vote.EQUAL: None}[vote]

    def tally(self) -> Mapping[str, int]:
        """How often each model was the better one, most often first."""
        won = Counter(self.better(question) for question in self._votes)
        return dict(sorted(((name, won[name]) for name in self._names), key=lambda each: -each[1]))

    @property
    def n_equal(self) -> int:
        return sum(self.better(question) is None for question in self._votes)
