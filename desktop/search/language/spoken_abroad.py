"""Seasons, holidays and what counts from today, as they are said in other languages than English:
"letzten Sommer", "été 2020", "antes de Navidad 2019". They are put into English, and mean what the
English words mean.

As there, only what names a year or counts from today is a date: "été" alone may be "been", and
"estate" is something else in English. Each language is read by itself, so that "last estate" is no
Italian summer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from desktop.search.language.tongues import TONGUES, Tongue

_PEOPLE = frozenset({"Noël"})
"""Without its accents this is a name of people."""
_HOLIDAYS = ("christmas", "easter", "new year")
_YEAR = r"(?P<year>[0-9]{4})(?:[/-](?P<next>(?:[0-9]{2})?[0-9]{2}))?(?:\s+(?:года?|roku))?"
_BOUNDS = {
    name: "|".join(each.bounds[name] for each in TONGUES if name in each.bounds)
    for name in ("since", "after", "before", "until")
}
BOUND = "|".join(_BOUNDS.values()).replace("|na|", "|").replace(" ", r"\s+")
"""A pattern for what stands before a day, a month or a year; na 2019 is "for 2019" in Polish."""
_GAP = r"(?:\s+|(?<=['\u2019]))"


def _pattern(said: str, has_accents: bool = False) -> str:
    """Letters in one sign or two, with and without their accents unless these must be there."""
    signs = []
    for letter in said:
        apart = unicodedata.normalize("NFD", letter)
        accent = apart[1:] + ("" if has_accents else "?")
        one = f"(?:{letter}|{apart[0]}{accent})" if len(apart) > 1 else letter
        signs.append({" ": r"\s+", "'": "['\u2019]"}.get(letter, one))
    return "".join(signs)


def _any(said: Iterable[str]) -> str:
    return f"(?:{'|'.join(_pattern(each, each in _PEOPLE) for each in said)})"


class _TongueReader:
    """Reads phrases of one language."""

    def __init__(self, tongue: Tongue) -> None:
        meanings = (*tongue.names.items(), *tongue.spans.items(), *tongue.days.items())
        self._english = [(_compiled(_any([said])), name) for name, said in meanings]
        self._bounds = [(_compiled(_any([said])), name) for name, said in tongue.bounds.items()]
        no_holiday = [said for name, said in tongue.names.items() if not name.startswith(_HOLIDAYS)]
        told = _any([*tongue.names.values(), *tongue.spans.values()])
        recent = _any([*no_holiday, *tongue.spans.values()])
        last, this = _pattern(tongue.last), _pattern(tongue.this)
        bound = _any(tongue.bounds.values()) if tongue.bounds else "(?!)"
        phrase = (
            rf"(?:(?P<bound>{bound}){_GAP})?(?:{_pattern(tongue.articles)})?(?:"
            rf"(?P<day>{_any(tongue.days.values())})"
            rf"|{last}\s+(?P<before>{told})|(?P<behind>{told})\s+{last}"
            rf"|{this}{_GAP}(?P<this>{recent})"
            rf"|(?P<named>{_any(tongue.names.values())})\s+(?:(?:{_pattern(tongue.joins)})\s+)?{_YEAR})"
        )
        self._phrase = _compiled(phrase)
        self._led = _compiled(rf"(?:(?:{_pattern(tongue.leads)})\s+)?(?P<all>{phrase})(?!\w)")

    def read(self, phrase: str) -> str | None:
        """In English; None where it is no such phrase."""
        found = self._phrase.fullmatch(phrase)
        return None if found is None else self._in_english(found)

    def find(self, text: str, start: int) -> Phrase | None:
        found = self._led.match(text, start)
        if found is None:
            return None
        is_plain = found["named"] is not None and found["bound"] is None
        said = f"{found['named']} {found['year']}" if is_plain else found["all"]
        english = self._in_english(found)
        return Phrase(" ".join(said.split()), english, found.end(), found["year"], found["next"])

    def _in_english(self, found: re.Match[str]) -> str:
        words = [_meaning(self._bounds, found["bound"])] if found["bound"] else []
        if found["named"] is not None:
            return " ".join((*words, _meaning(self._english, found["named"]), found["year"]))
        last = found["before"] or found["behind"]
        which = "last " if last else "this " if found["this"] else ""
        said = last or found["this"] or found["day"]
        return " ".join((*words, which + _meaning(self._english, said)))


@dataclass(frozen=True, slots=True)
class Phrase:
    """A date in another language, in a text.

    Attributes:
        said: its words, without what leads up to them; english: what they mean.
        end: where it ends in the text.
        year: the one that it names; next: the other year of a winter, as "20" in 2019/20.
    """

    said: str
    english: str
    end: int
    year: str | None
    next: str | None

    @property
    def is_winter(self) -> bool:
        return self.english.startswith("winter ")


def _meaning(meanings: list[tuple[re.Pattern[str], str]], said: str) -> str:
    return next(name for pattern, name in meanings if pattern.fullmatch(said))


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


@cache
def _readers() -> tuple[_TongueReader, ...]:
    """Made when they are first needed: a twentieth of a second."""
    return tuple(map(_TongueReader, TONGUES))


def english_bound(said: str) -> str:
    """ "before" for "vor"; an English one as it is, in small letters."""
    plain = " ".join(said.lower().split())
    return next((name for name, words in _BOUNDS.items() if re.fullmatch(words, plain)), plain)


_TELLS = _compiled(
    "[0-9]{4}|"
    + _any(words for each in TONGUES for words in (each.last, each.this, *each.days.values()))
)


@lru_cache(maxsize=16)
def _may_hold(text: str) -> bool:
    """Whether there is anything that every phrase has."""
    return _TELLS.search(text) is not None


@lru_cache(maxsize=256)
def in_english(phrase: str) -> str:
    """The same in English where it is a date in one of the other languages, and else as it is."""
    phrase = " ".join(phrase.split())
    return next(filter(None, (reader.read(phrase) for reader in _readers())), phrase)


def phrase_at(text: str, start: int) -> Phrase | None:
    """The date in another language that begins there."""
    if not _may_hold(text):
        return None
    return next(filter(None, (reader.find(text, start) for reader in _readers())), None)
