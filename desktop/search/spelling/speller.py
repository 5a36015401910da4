"""Speller: what was meant by a word that seems to be mistyped.

A word is left alone if it is usual in a language that the starters know, or in the one that the
words beside it are of; if people write it at all, and not a thousand times more seldom than what it
might be; if it is short; and if two words might be meant. What is offered is of the language of the
words beside it. So a rare word, or one of a language that is not known here, is hardly ever taken
for another (docs/searching.md has the figures).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from desktop.search.spelling.slips import bare, slips
from desktop.search.spelling.usual_words import KNOWN, LANGUAGES, OTHERS, UsualWords

LEAST_LETTERS = 5
_WORD = re.compile(r"(?<![\w'\u2019.@/])[^\W\d_]+(?![\w'\u2019@/]|\.\w)")
_LATIN = re.compile(r"[a-z\u00df-\u024f]+")
_GAP = 3.0
"""So much more usual, on Zipf's scale, the word must be that is offered: a thousand times."""
_GAP_OF_NAMES = 4.0
"""The same for a word with a capital, which may be a name."""
_CAPITALS = "de"
"""Here every noun has one."""
_AHEAD = 0.5
"""So far it must lie before the second best."""
_AT_HOME = 1.0
"""So much further ahead words of the person's own language are, where no other words tell of it."""
_SURELY = 3.6
"""A word alone is of another language where it is that usual there."""
_WRITTEN = 2.5
"""What is written more often than this is right, though it is in no list of usual words."""
_NEARLY = 0.5
"""The words beside it may be of each language in which they are not rarer than this on average."""
_RARE = 1.0
"""What is written more often than this is a word, and not taken for a name of a folder."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What seems to be meant by a text.

    Attributes:
        text: the same with the words put right.
        words: those that were, as they were typed, with what they are now.
    """

    text: str
    words: tuple[tuple[str, str], ...]


class Speller:
    """One thread at a time."""

    def __init__(self, words: UsualWords, home: str = "en") -> None:
        """home: the person's language, by its two letters."""
        self._words = words
        self._home = home

    def meant(
        self,
        text: str,
        described: str,
        is_own: Callable[[str], bool],
        own: Callable[[], Mapping[str, str]],
    ) -> Meant | None:
        """What is meant by a text whose words are right but for a letter; None as a rule.

        described: the words of the text that describe photos, without its conditions. is_own:
        whether a word is in the names of files; own: words of the library's own, in small letters,
        without accents, with how they are written, which may be meant, and are never wrong.
        """
        words = list(dict.fromkeys(_WORD.findall(described)))
        plain = {word: _plain(word) for word in words}
        strange = [
            word for word in words if self._is_strange(plain[word], plain) and not is_own(word)
        ]
        if not strange:
            return None
        names, found = own(), []
        for word in strange:
            others = [plain[each] for each in words if each not in strange]
            if bare(plain[word]) not in names:
                is_name = word[0].isupper() and not word.isupper()
                right = self._right(plain[word], others, names, is_name)
                found += [(word, _like(word, right))] if right else []
        for typed, right in found:
            text = re.sub(rf"(?<!\w){re.escape(typed)}(?!\w)", right, text)
        return Meant(text, tuple(found)) if found else None

    def _is_strange(self, word: str, words: Mapping[str, str]) -> bool:
        """Whether it is no usual word of a language that this may be. words: all there are."""
        if len(word) < LEAST_LETTERS or not _LATIN.fullmatch(word):
            return False
        if any(self._words.zipf(each, word) for each in KNOWN):
            return False
        others = [each for each in words.values() if each != word]
        usual = max(self._spoken(each, others) for each in LANGUAGES)
        return not any(
            (self._spoken(each, others) > usual if others else zipf >= _SURELY)
            for each in OTHERS
            if (zipf := self._words.zipf(each, word))
        )

    def _spoken(self, language: str, words: Sequence[str]) -> float:
        return sum(self._words.zipf(language, word) for word in words)

    def _right(
        self, word: str, others: Sequence[str], names: Mapping[str, str], is_name: bool
    ) -> str:
        near = slips(word)
        called = {names[each] for each in map(bare, near) if each in names}
        if len(called) == 1 and self._words.commonness(word) < _RARE:
            return called.pop()
        languages = self._languages(others)
        ranked = self._ranked(near, languages, 0.0 if others else _AT_HOME)
        if not ranked or called:
            return ""
        best, right = ranked[0]
        is_plain = not is_name or (_CAPITALS in languages if others else self._home == _CAPITALS)
        gap = (_GAP if is_plain else _GAP_OF_NAMES) + (0.0 if others else _AT_HOME)
        if best < gap or (len(ranked) > 1 and best - ranked[1][0] < _AHEAD):
            return ""
        commonness = self._words.commonness(word)
        return right if commonness < _WRITTEN and best - commonness >= gap else ""

    def _ranked(
        self, near: Mapping[str, float], languages: Collection[str], at_home: float
    ) -> list[tuple[float, str]]:
        """Usual words that may be meant, the likeliest first."""
        words, ranks = list(near), dict[str, float]()
        for language in languages:
            more = at_home if language == self._home else 0.0
            for place, zipf in zip(*self._words.among(language, words), strict=True):
                word = words[place]
                likely = float(zipf) + near[word] + more
                ranks[word] = max(likely, ranks.get(word, likely))
        return sorted(((rank, word) for word, rank in ranks.items()), reverse=True)

    def _languages(self, others: Sequence[str]) -> Collection[str]:
        """Those that most of the other words are of; none where they are of none."""
        others = [word for word in others if len(word) > 1]
        if not others:
            return LANGUAGES
        spoken = {each: self._spoken(each, others) for each in LANGUAGES}
        best = max(LANGUAGES, key=lambda each: spoken[each])
        if 2 * sum(self._words.zipf(best, word) > 0 for word in others) < len(others):
            return ()
        least = spoken[best] - _NEARLY * len(others)
        return [each for each in LANGUAGES if spoken[each] >= least]


def _plain(word: str) -> str:
    return word.casefold()


def _like(typed: str, right: str) -> str:
    """With capitals as they were typed."""
    if typed.isupper():
        return right.upper()
    return right[0].upper() + right[1:] if typed[0].isupper() else right
