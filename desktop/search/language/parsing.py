"""The language of searches: from text to a small immutable tree, and back without loss.

    dog, beach, red umbrella         clauses: all of them must hold
    dog -people -"red car"           what a photo shall not show, see also
                                     `desktop.search.language.taken_away`
    2*sunset, sea                    counts twice
    "lions, tigers"                  quotes keep commas, and let words be plain words
    dog after:2020 -folder:work      conditions, see `desktop.search.language.conditions`
    dog in 2019, dog last summer     the conditions year:2019 and when:"last summer", see
                                     `desktop.search.language.plain_dates`
    like:IMG_1.jpg, at night         a clause that is a photo
    concept:"my cat"                 one that photos have taught
    label:cat "my score":<0.5        conditions on attributes that people brought along

What is a name of an attribute, only the catalog knows, so whoever reads a text hands these names
over, each `folded`. Quotes around a name let it hold blanks, or be called like a key: "type":cat.

A sign (- or 2*) stands right before a word or before quotes, and holds for that word or for what is
quoted, which is a clause of its own. Whatever is none of this is words: "key: note" with a key that
does not exist, a lone -, an open quote, 1,000, -5. So every text can be read; only what stands
behind a key can be wrong, see `Fault`.

It is read by a page of own code and not by a grammar library (lark was looked at): nothing nests,
and no text may be refused, so that a grammar would need a rule for each way in which a sign, a
quote or a colon is not meant as one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache

from desktop.catalog import folded
from desktop.legible import is_mark
from desktop.media import format_of_name
from desktop.search.language.month_names import month_of
from desktop.search.language.plain_dates import COMMAS, date_at
from desktop.search.language.relative_dates import is_of_a_year
from desktop.search.language.taken_away import Turn, turn_at

KEYS = (
    "after",
    "before",
    "year",
    "month",
    "day",
    "when",
    "folder",
    "theme",
    "name",
    "camera",
    "lens",
    "type",
    "ratio",
    "mp",
    "has",
    "is",
)


Names = frozenset[str]
"""Names of attributes, folded."""


class Means(StrEnum):
    """What a clause is made of; the value is the key that it is written behind.

    WORDS: they describe it. PHOTO: its text is the name or path of a photo that shall be resembled.
    CONCEPT: it is the name of something that photos have taught.
    """

    WORDS = ""
    PHOTO = "like"
    CONCEPT = "concept"


_CLAUSES = {means.value: means for means in Means if means.value}

_QUOTES = '"“”„'
_BREAK = rf"\s{COMMAS}"
_LETTER_OR_QUOTE = rf"[^\W\d]|[{_QUOTES}]"
_WEIGHT = r"\d{1,3}(?:\.\d{1,3})?\*"
_SPACE = re.compile(r"\s+")
_COMMA = re.compile(f"[{COMMAS}]")
_SIGN = re.compile(
    rf"(?P<minus>-(?={_LETTER_OR_QUOTE}|{_WEIGHT}))?"
    rf"(?:(?P<weight>{_WEIGHT})(?={_LETTER_OR_QUOTE}))?"
)
_KEY = re.compile(r"([^\W\d_]+)[:\uff1a]")
_ATTRIBUTE = re.compile(
    rf"(?:(?P<plain>[^{_BREAK}{_QUOTES}:\uff1a]+)|"
    rf"[{_QUOTES}](?P<quoted>(?:\\.|[^\\{_QUOTES}])+)[{_QUOTES}])[:\uff1a]"
)
_QUOTED = re.compile(
    rf"[{_QUOTES}]((?:\\.|[^\\{_QUOTES}])*)[{_QUOTES}](?=[{_BREAK}]|\Z)", re.DOTALL
)
_PLAIN = re.compile(rf"(?:(?<=\d),(?=\d)|[^{_BREAK}])+")  # a comma between digits is of a number
_ESCAPED = re.compile(rf"\\([\\{_QUOTES}])")
_TO_ESCAPE = re.compile(rf"([\\{_QUOTES}])")

_ANOTHER = re.compile(rf",([^{_BREAK}{_QUOTES}]+)")
_SHAPE = re.compile(r"landscape|portrait|square|panorama|\d+[:/x]\d+", re.IGNORECASE | re.ASCII)
_LISTED: dict[str, Callable[[str], bool]] = {
    "type": lambda value: format_of_name(f"photo.{value.removeprefix('.')}") is not None,
    "month": lambda value: month_of(value) is not None,
    "ratio": lambda value: _SHAPE.fullmatch(value) is not None,
}
"""Values that may follow a comma behind these keys; of numbers they always may."""

_JOINERS = frozenset("\u200c\u200d")
_STAND_INS = frozenset("\ufffc\ufffd")
"""In place of an object that was not copied along, and of what could not be decoded."""


@dataclass(frozen=True, slots=True)
class Clause:
    """Something that a photo shall show, or shall not show.

    Attributes:
        text: as it was typed, without quotes around it; words are not blank.
        weight: how much it counts beside other clauses, above 0.
        is_unwanted: the more a photo shows it, the further back it stands.
    """

    text: str
    weight: float = 1.0
    is_unwanted: bool = False
    means: Means = Means.WORDS

    @property
    def words(self) -> str:
        """The text as models are asked with it: full-width and other compatible letters are the
        plain ones, and what stands for no letter, number or sign is left out. "" of a photo, and
        of marks alone, such as "?!"."""
        if self.means is not Means.WORDS:
            return ""
        folded = unicodedata.normalize("NFKC", self.text)
        words = "".join(filter(_is_sign, folded)).strip()
        return "" if all(map(is_mark, words)) else words

    def __str__(self) -> str:
        return self.written(frozenset())

    def written(self, attributes: Names) -> str:
        """As a text for one who knows these attributes."""
        sign = _minus(self.is_unwanted) + (f"{self.weight:g}*" if self.weight != 1.0 else "")
        key = f"{self.means}:" if self.means else ""
        return _write(f"{sign}{key}", self.text, self, attributes)


@dataclass(frozen=True, slots=True)
class Condition:
    """What a photo must be, whatever it shows, such as "after:2020".

    Attributes:
        key: one of KEYS; or the name of an attribute, as it was typed.
        value: as it was typed, without quotes around it.
        is_unwanted: photos that are so are left out.
    """

    key: str
    value: str
    is_unwanted: bool = False
    is_attribute: bool = False

    @property
    def names_a_time(self) -> bool:
        """Whether it is a season or a holiday of a year, after which folders are called, too."""
        return not self.is_attribute and self.key == "when" and is_of_a_year(self.value)

    def asks(self, key: str, is_attribute: bool = False) -> bool:
        """Whether it is one of this key, or of this attribute, and wanted. A year alone, "dog
        2019", is one of "year", too."""
        if self.is_unwanted or self.is_attribute != is_attribute:
            return False
        if is_attribute:
            return folded(self.key) == folded(key)
        is_year = self.key == "when" and self.value.strip().isdecimal()
        return self.key == key or (is_year and key == "year")

    def __str__(self) -> str:
        minus = _minus(self.is_unwanted)
        if not self.is_attribute:
            return _write(f"{minus}{self.key}:", self.value, self)
        names = frozenset((folded(self.key),))
        if not _TO_ESCAPE.search(self.key):
            bare = f"{minus}{self.key}:"
            if parse(bare, names).sentence.conditions == (replace(self, value=""),):
                return _write(bare, self.value, self, names)
        return _write(f"{minus}{_quoted(self.key)}:", self.value, self, names)


Part = Clause | Condition


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a text says; str gives a text that says it to whoever knows the same attributes.

    Attributes:
        attributes: the names of attributes with which it was read.
    """

    clauses: tuple[Clause, ...] = ()
    conditions: tuple[Condition, ...] = ()
    attributes: Names = field(default=frozenset(), compare=False)

    def with_clause(self, clause: Clause) -> Sentence:
        """The same with one more clause, unless it says so already."""
        return self if clause in self.clauses else replace(self, clauses=(*self.clauses, clause))

    def without(self, part: Part) -> Sentence:
        """The same but for one part."""
        return Sentence(
            tuple(each for each in self.clauses if each != part),
            tuple(each for each in self.conditions if each != part),
            self.attributes,
        )

    def with_value(self, key: str, value: str | None, is_attribute: bool = False) -> Sentence:
        """The same with one condition of this key, or of this attribute, or without any; what is
        unwanted stays."""
        kept = tuple(each for each in self.conditions if not each.asks(key, is_attribute))
        new = Condition(key, value or "", is_attribute=is_attribute)
        now = kept if value is None else (*kept, new)
        return replace(self, conditions=now)

    def __str__(self) -> str:
        clauses = ", ".join(clause.written(self.attributes) for clause in self.clauses)
        return " ".join(filter(None, (clauses, *map(str, self.conditions))))


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text that was read.

    Attributes:
        places: each part behind a key, in order, with where it begins in the text and where it has
            ended.
    """

    sentence: Sentence
    places: tuple[tuple[Part, int, int], ...]


@lru_cache(maxsize=256)
def parse(text: str, attributes: Names = frozenset()) -> Parsed:
    """What the text says, where these attributes are known."""
    clauses: list[Clause] = []
    conditions: list[Condition] = []
    places: list[tuple[Part, int, int]] = []
    words: list[str] = []  # of the clause that is being read
    is_away = False  # whether it is not wanted

    def end_clause() -> None:
        if words:
            clauses.append(Clause(" ".join(words), is_unwanted=is_away))
            words.clear()

    at = 0
    while at < len(text):
        if space := _SPACE.match(text, at):
            at = space.end()
        elif comma := _COMMA.match(text, at):
            end_clause()
            is_away = False
            at = comma.end()
        elif turn := turn_at(text, at, words, is_away):
            end_clause()
            is_away, at = turn[0] is Turn.AWAY, turn[1]
        else:
            start = at
            part, at = _next_part(text, start, attributes)
            if isinstance(part, Condition):
                conditions.append(part)
                places.append((part, start, at))
            elif isinstance(part, Clause):
                end_clause()
                is_away = False
                clauses.append(part)
                if part.means is not Means.WORDS:
                    places.append((part, start, at))
            elif part.strip():
                words.append(part)
    end_clause()
    return Parsed(Sentence(tuple(clauses), tuple(conditions), attributes), tuple(places))


def _next_part(text: str, start: int, attributes: Names) -> tuple[Part | str, int]:
    """The condition, the signed clause or the words that begin here, and where they have ended."""
    sign = _SIGN.match(text, start)
    assert sign is not None  # it may be empty
    is_unwanted = sign["minus"] is not None
    date = date_at(text, start)
    if date is not None:
        name, value, end = date
        return Condition(name, value), end
    weight = float(sign["weight"][:-1]) if sign["weight"] else 1.0
    key = _KEY.match(text, sign.end())
    name = unicodedata.normalize("NFKC", key[1]).lower() if key is not None else ""
    if key is not None and name in KEYS and not sign["weight"]:
        value, end = _read_values(text, key.end(), name)
        return Condition(name, value, is_unwanted), end
    if key is not None and name in _CLAUSES and weight:
        value, end = _read_words(text, key.end())
        return Clause(value, weight, is_unwanted, _CLAUSES[name]), end
    if attributes and not sign["weight"]:
        named = _attribute_at(text, sign.end(), attributes)
        if named is not None:
            name, at = named
            value, end = _read_words(text, at)
            return Condition(name, value, is_unwanted, is_attribute=True), end
    words, end = _read_words(text, sign.end())
    if not sign[0]:
        return words, end
    if not weight or not words.strip():
        return _read_words(text, start)
    return Clause(words, weight, is_unwanted), end


def _attribute_at(text: str, start: int, attributes: Names) -> tuple[str, int] | None:
    """The name of an attribute that stands here, and where what it shall be begins."""
    found = _ATTRIBUTE.match(text, start)
    if found is None:
        return None
    quoted = found["quoted"]
    name = found["plain"] if quoted is None else _ESCAPED.sub(r"\1", quoted)
    return (name, found.end()) if folded(name) in attributes else None


def _read_words(text: str, start: int) -> tuple[str, int]:
    """What is quoted here, or else up to the next blank or comma, which may be nothing."""
    if quoted := _QUOTED.match(text, start):
        return _ESCAPED.sub(r"\1", quoted[1]), quoted.end()
    plain = _PLAIN.match(text, start)
    return (plain[0], plain.end()) if plain else ("", start)


def _read_values(text: str, start: int, key: str) -> tuple[str, int]:
    """What stands behind a key, which may be several values: type:png,jpg."""
    value, end = _read_words(text, start)
    is_one_of = _LISTED.get(key)
    while is_one_of and (more := _ANOTHER.match(text, end)) and is_one_of(more[1]):
        value, end = value + more[0], more.end()
    return value, end


def _write(sign: str, words: str, part: Part, attributes: Names = frozenset()) -> str:
    """The text that says this part, with quotes where it would say something else without."""
    plain = f"{sign}{words}"
    if not _TO_ESCAPE.search(words):
        sentence = parse(plain, attributes).sentence
        if (*sentence.clauses, *sentence.conditions) == (part,):
            return plain
    return sign + _quoted(words)


def _quoted(words: str) -> str:
    escaped = _TO_ESCAPE.sub(r"\\\1", words)
    return f'"{escaped}"'


def _minus(is_unwanted: bool) -> str:
    return "-" if is_unwanted else ""


def _is_sign(letter: str) -> bool:
    # C: control characters, private ones and those that do not exist. The joiners hold emoji and
    # the letters of some scripts together.
    return letter in _JOINERS or (
        letter not in _STAND_INS and not unicodedata.category(letter).startswith("C")
    )
