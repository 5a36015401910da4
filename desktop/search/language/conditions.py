"""Conditions of a search, such as "after:2020": what their values mean, as filters.

A new condition is a row of `_READERS`, a key in `language.KEYS`, and a filter of the catalog. What
is asked of an attribute is read by `attribute_values`.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from desktop.catalog import (
    And,
    Away,
    CameraNameHolds,
    Damaged,
    Filter,
    FolderNameHolds,
    HasPlace,
    InTheme,
    Kind,
    LensNameHolds,
    Missing,
    NameHolds,
    Not,
    Or,
    PixelCount,
    Readable,
    Shape,
    Taken,
    Undated,
    folded,
)
from desktop.errors import QueryUnanswerable
from desktop.legible import is_text, quoted
from desktop.media import format_of_name
from desktop.search.language.attribute_values import attribute_says, is_limit
from desktop.search.language.parsing import Condition, Means, Names, Part, parse
from desktop.search.language.relative_dates import EXAMPLES
from desktop.search.language.time_values import TIMES, NoMeaning, either, numbers_in

_NARROWING = frozenset({"after", "before", "mp", "has", "is"})
"""Several of these hold all at once; of the others, the same key twice means either."""

MOST_CLAUSES = 32
"""Each costs as much as a plain search."""

_EXAMPLES = {
    "after": "after:2020, after:2020-05, after:2020-05-17 or after:yesterday",
    "before": "before:2020, before:2020-05, before:2020-05-17 or before:yesterday",
    "year": "year:2020 or year:2018-2020",
    "month": "month:12, month:december or month:2020-12",
    "day": "day:24, day:12-24, day:2020-12-24 or day:2020-12-24..2020-12-31",
    "when": 'when:yesterday, when:"last summer" or when:"two weeks ago"',
    "folder": "folder:Norway or folder:~/Pictures/Norway",
    "theme": "theme:beach, by a name of the themes, or theme:none",
    "name": "name:IMG_20",
    "camera": "camera:canon",
    "lens": "lens:50mm",
    "type": "type:jpeg, type:png or type:heic",
    "ratio": "ratio:landscape, ratio:portrait, ratio:square, ratio:panorama or ratio:16:9",
    "mp": "mp:12, mp:>8, mp:<2 or mp:8-12",
    "has": "has:gps, has:camera or has:lens",
    "is": "is:missing, is:away or is:damaged",
    "concept": "concept:cat, by a name that photos have taught",
    "like": "like:IMG_2041.jpg, or a whole path in quotes",
}
CHOICES: dict[str, tuple[str, ...]] = {
    "when": EXAMPLES,
    "ratio": ("landscape", "portrait", "square", "panorama", "16:9", "4:3", "3:2"),
    "mp": (">12", ">8", "<8", "<2"),
    "has": ("gps", "camera", "lens"),
    "is": ("missing", "away", "damaged"),
}
"""Values that can be offered, whatever the library holds."""

_ENDS = ("after", "before")
_SLASHES = re.compile("/+")
_MP = re.compile(
    r"([<>]?=?)(\d{1,5}(?:\.\d+)?)(?:(?:-|\.\.)(\d{1,5}(?:\.\d+)?))?\s?(?:mp)?",
    re.ASCII | re.IGNORECASE,
)
_MEGA = 1_000_000
_ROUNDING = 0.02
"""How far a shape may be from the one that is asked for: 4000 x 2252 is 16:9."""

_PANORAMA = 2.0


@dataclass(frozen=True, slots=True)
class Fault:
    """What stands behind a key and means nothing.

    Attributes:
        start, end: where it stands in the text.
        message: a sentence that says what is wrong; hint: one that says what can be written.
    """

    start: int
    end: int
    message: str
    hint: str


def faults(text: str, attributes: Names = frozenset()) -> tuple[Fault, ...]:
    """What is wrong with the text itself, in order; () as a rule. Whether there is such a photo is
    told by the library alone."""
    places = parse(text, attributes).places
    found = [_fault(part, start, end) for part, start, end in places if _is_faulty(part)]
    return tuple(found) or tuple(_no_time_between(places))


def _no_time_between(places: Sequence[tuple[Part, int, int]]) -> Iterator[Fault]:
    """What is wrong where a photo shall be taken at times that have no day in common."""
    earlier: dict[str, tuple[list[Taken], Condition]] = {}
    seen: set[str] = set()
    for part, start, end in places:
        if not isinstance(part, Condition) or part.is_unwanted or part.key not in TIMES:
            continue
        meaning = _meaning(part)
        times = list(meaning.parts) if isinstance(meaning, Or) else [meaning]
        taken = [each for each in times if isinstance(each, Taken)]
        if part.is_attribute or part.names_a_time or len(taken) < len(times):
            continue
        key = f"{part.key} {start}" if part.key in _NARROWING else part.key
        if key in seen:
            earlier.pop(key, None)  # the same key twice means either
            continue
        seen.add(key)
        for others, other in earlier.values():
            if not any(_overlap(one, another) for one in taken for another in others):
                message = f"“{part}” and “{other}” have no day in common."
                yield Fault(start, end, message, "Change one of them, or take it away.")
                return
        earlier[key] = taken, part


def _overlap(one: Taken, other: Taken) -> bool:
    since = max(filter(None, (one.since, other.since)), default=None)
    until = min(filter(None, (one.until, other.until)), default=None)
    return since is None or until is None or since < until


def _is_faulty(part: Part) -> bool:
    return _meaning(part) is None if isinstance(part, Condition) else not part.text.strip()


@dataclass(frozen=True, slots=True)
class SpokenDate:
    """Words that were read as a date.

    Attributes:
        words: as they were typed.
        condition: what they became.
        taken: when photos were taken that are meant.
    """

    words: str
    condition: Condition
    taken: Taken


def spoken_dates(text: str, attributes: Names = frozenset()) -> tuple[SpokenDate, ...]:
    """The dates in plain words that the text holds, in order."""
    found = []
    for part, start, end in parse(text, attributes).places:
        if isinstance(part, Condition) and ":" not in (words := text[start:end]):
            taken = _meaning(part)
            if isinstance(taken, Taken):
                found.append(SpokenDate(words, part, taken))
    return tuple(found)


def check(text: str, attributes: Names = frozenset()) -> None:
    """Raise QueryUnanswerable for what is wrong with the text first."""
    for fault in faults(text, attributes):
        raise QueryUnanswerable(fault.message, fault.hint)
    clauses = parse(text, attributes).sentence.clauses
    if len(clauses) > MOST_CLAUSES:
        raise QueryUnanswerable(
            f"{len(clauses):,} clauses cannot be asked at once.",
            f"Keep {MOST_CLAUSES} at most; in quotes, commas part nothing.",
        )
    for clause in clauses:
        if clause.means is Means.WORDS and not is_text(clause.text):
            raise QueryUnanswerable(
                f"“{clause.text}” is no UTF-8 text.", "Save the file as UTF-8, or type it again."
            )


def whole_paths(conditions: tuple[Condition, ...]) -> list[str]:
    """Those behind "folder:" that may be another name of a place."""
    values = (each.value.strip() for each in conditions if each.key == "folder")
    return [each for each in values if os.path.isabs(os.path.expanduser(each))]


def narrow(
    which: Filter,
    conditions: tuple[Condition, ...],
    leads_to: Mapping[str, Filter] = MappingProxyType({}),
) -> Filter:
    """Those of the photos meant by `which` for which the conditions hold; one that means nothing
    is left out. "is:missing" and "is:away" ask for photos that are never meant otherwise, so they
    take the place of what says that files are there. leads_to: as of Query."""
    by_key: dict[tuple[str, bool, bool, bool], list[Filter]] = {}
    for condition in conditions:
        if (meaning := _meaning(condition)) is not None:
            is_folder = condition.key == "folder" and not condition.is_attribute
            if is_folder and (there := leads_to.get(condition.value.strip())):
                meaning = Or((meaning, there))
            if condition.names_a_time:
                meaning = Or((meaning, *_called(condition.value)))
            key = folded(condition.key), condition.is_attribute
            kind = condition.is_unwanted, _narrows(condition)
            by_key.setdefault((*key, *kind), []).append(meaning)
    for (_, _, is_unwanted, narrows), found in by_key.items():
        if is_unwanted:
            which &= And(tuple(Not(each) for each in found))
        else:
            which = _without_opposites(which, found)
            which &= And(tuple(found)) if narrows else Or(tuple(found))
    return which


def among_which(which: Filter, conditions: tuple[Condition, ...]) -> Filter:
    """The photos that the conditions choose from: those of `which`, and those that are gone or away
    where these are asked for."""
    asked = [_meaning(each) for each in conditions if not each.is_unwanted]
    return _without_opposites(which, [each for each in asked if each is not None])


def _narrows(condition: Condition) -> bool:
    """Whether several of its kind hold all at once."""
    if condition.is_attribute:
        return is_limit(condition.value)
    return condition.key in _NARROWING


def _without_opposites(which: Filter, wanted: list[Filter]) -> Filter:
    dropped: set[Filter] = set()
    if Missing() in wanted:
        dropped |= {Readable()}
    if Away() in wanted:
        dropped |= {Not(Away())}
    parts = which.parts if isinstance(which, And) else (which,)
    kept = tuple(part for part in parts if part not in dropped)
    return which if len(kept) == len(parts) else And(kept)


def _fault(part: Part, start: int, end: int) -> Fault:
    key, value = (
        (part.key, part.value) if isinstance(part, Condition) else (part.means.value, part.text)
    )
    said = f"{quoted(value)} means nothing after “{key}:”."
    message = said if value.strip() else f"After “{key}:” something is missing."
    if isinstance(part, Condition) and part.is_attribute:
        written = str(Condition(key, "", is_attribute=True)).removesuffix('""')
        shown = f"{written}word, {written}<0.5, {written}0.2..0.8, or {written}* for any"
    else:
        shown = _EXAMPLES[key]
    return Fault(start, end, message, f"Write {shown}.")


def _meaning(condition: Condition) -> Filter | None:
    """None where it means nothing."""
    return _meaning_on(condition, date.today())


@lru_cache(maxsize=256)
def _meaning_on(condition: Condition, _: date) -> Filter | None:
    """What counts from today means something else tomorrow."""
    value = condition.value.strip()
    if condition.is_attribute:
        return attribute_says(condition.key, value) if value else None
    try:
        return _READERS[condition.key](value) if value else None
    except NoMeaning:
        return None


def _called(value: str) -> tuple[Filter, Filter]:
    """Photos in a folder "Christmas 2019" may be scanned, or have been taken the week after. The
    name of a file counts where nothing else tells its date: IMG_2019 may be of any year."""
    words = re.findall(r"\w+", value)
    in_folder, in_name = map(FolderNameHolds, words), map(NameHolds, words)
    return And(tuple(in_folder)), And((Undated(), *in_name))


def _type(value: str) -> Filter:
    found = format_of_name(f"photo.{value.removeprefix('.')}")
    if found is None:
        raise NoMeaning(value)
    return Kind(found.name)


def _folder(value: str) -> Filter:
    """A name, or a path such as ~/Pictures/Norway/."""
    value = _letters(value)
    path = os.path.expanduser(value) if value[:2] in ("~", "~/") else value
    return FolderNameHolds(_SLASHES.sub("/", path.replace(os.sep, "/")))


def _letters(value: str) -> str:
    """Letters are looked for anywhere in a name, so a * before or behind them says nothing more."""
    letters = value.strip("*")
    if not letters:
        raise NoMeaning(value)
    return letters


def _theme(value: str) -> Filter:
    return InTheme() if value.lower() == "none" else InTheme(letters=_letters(value))


def _ratio(value: str) -> Filter:
    named = _SHAPES.get(value.lower())
    if named is not None:
        return named
    width, height = numbers_in(r"(\d{1,5})[:/x](\d{1,5})", value)
    if not width or not height:
        raise NoMeaning(value)
    return _near(width / height)


def _near(ratio: float) -> Shape:
    return Shape(ratio * (1 - _ROUNDING), ratio * (1 + _ROUNDING))


_SHAPES = {
    "landscape": Shape(1 + _ROUNDING, math.inf),
    "portrait": Shape(0.0, 1 - _ROUNDING),
    "square": _near(1.0),
    "panorama": Shape(_PANORAMA, math.inf),
}


def _mp(value: str) -> Filter:
    found = _MP.fullmatch(value)
    if found is None or (found[1] and found[3]):
        raise NoMeaning(value)
    least = float(found[2])
    if found[1].startswith(">"):
        return PixelCount(least=round(least * _MEGA))
    if found[1].startswith("<"):
        return PixelCount(below=round(least * _MEGA))
    most = float(found[3] or least)
    if most < least:
        raise NoMeaning(value)
    # Cameras of 12 megapixels make photos of 11.9 or 12.2.
    return PixelCount(round((least - 0.5) * _MEGA), round((most + 0.5) * _MEGA))


def _one_of(meanings: dict[str, Filter]) -> Callable[[str], Filter]:
    def read(value: str) -> Filter:
        if value.lower() not in meanings:
            raise NoMeaning(value)
        return meanings[value.lower()]

    return read


_READERS: dict[str, Callable[[str], Filter]] = {
    **TIMES,
    "folder": _folder,
    "theme": _theme,
    "name": lambda value: NameHolds(_letters(value)),
    "camera": lambda value: CameraNameHolds(_letters(value)),
    "lens": lambda value: LensNameHolds(_letters(value)),
    "type": either(_type),
    "ratio": either(_ratio),
    "mp": _mp,
    "has": _one_of(
        {"gps": HasPlace(), "camera": CameraNameHolds(), "lens": LensNameHolds()},
    ),
    "is": _one_of({"missing": Missing(), "away": Away(), "damaged": Damaged()}),
}
