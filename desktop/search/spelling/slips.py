"""Slips of a hand: the words that are one letter away from what was typed, and how likely each slip
is beside the others, in steps of ten."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_PLAIN = "abcdefghijklmnopqrstuvwxyz"
_LETTERS = _PLAIN + "äöüéèêàâçñóíáúãõôìòùëïîûœåąćęłńśźżıšč"
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")

_SWAPPED = 0.5
"""Two letters in the wrong order."""
_TWICE = 0.5
"""One letter typed twice."""
_ONCE = 1.0
"""One letter of two alike left out."""
_LEFT_OUT = 0.3
_TOO_MUCH = -0.3
_NEXT_KEY = 0.0
_OTHER_KEY = -0.7


def _neighbours() -> dict[str, str]:
    """The keys next to each, as they lie on most keyboards."""
    near: dict[str, str] = dict.fromkeys(_PLAIN, "")
    for row, letters in enumerate(_ROWS):
        for column, letter in enumerate(letters):
            rows = _ROWS[max(0, row - 1) : row + 2]
            around = "".join(each[max(0, column - 1) : column + 2] for each in rows)
            near[letter] = around.replace(letter, "")
    return near


_NEAR = _neighbours()


def slips(word: str) -> dict[str, float]:
    """What may have been meant by a word in small letters. The first letter is right, as a rule,
    and nobody types an accent that is not meant."""
    found: dict[str, float] = {}
    for meant, likely in _all(word):
        if meant != word and likely > found.get(meant, -1.0) and bare(meant) != bare(word):
            found[meant] = likely
    return found


def _all(word: str) -> Iterator[tuple[str, float]]:
    for at, letter in enumerate(word):
        before, behind = word[:at], word[at + 1 :]
        if behind:
            yield f"{before}{behind[0]}{letter}{behind[1:]}", _SWAPPED
        if not at:
            continue
        for other in _LETTERS:
            yield f"{before}{other}{letter}{behind}", _ONCE if other == letter else _LEFT_OUT
        if letter not in _PLAIN:
            continue
        yield before + behind, _TWICE if letter in (before[-1], behind[:1]) else _TOO_MUCH
        for other in _LETTERS:
            near = other in _NEAR[letter]
            yield f"{before}{other}{behind}", _NEXT_KEY if near else _OTHER_KEY
    for other in _LETTERS:
        yield word + other, _LEFT_OUT


def bare(word: str) -> str:
    """Without its accents."""
    apart = unicodedata.normalize("NFD", word)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
