"""Dates in plain words, which mean conditions: "in 2019", "march 2020", "christmas 2019".

A small table of our own, and not dateparser, which finds dates where none are meant ("may", "sun",
"a second") and takes half a second to load: only what names a year can mean nothing else. Seasons
are left out, for they differ between the halves of the earth.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from desktop.dates import begin_of

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_FIRST_YEAR, _LAST_YEAR = 1826, 2100

_MONTH = "(?P<month>" + "|".join(f"{name}|{name[:3]}" for name in MONTHS) + ")"
_YEAR = r"(?P<year>\d{4})"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"


def _day(found: re.Match[str]) -> tuple[str, str]:
    return "day", f"{found['year']}-{_number(found):02}-{int(found['day']):02}"


def _month(found: re.Match[str]) -> tuple[str, str]:
    return "month", f"{found['year']}-{_number(found):02}"


def _year(found: re.Match[str]) -> tuple[str, str]:
    return "year", found["year"]


def _christmas(found: re.Match[str]) -> tuple[str, str]:
    return "day", f"{found['year']}-12-24..{found['year']}-12-26"


def _number(found: re.Match[str]) -> int:
    return [name[:3] for name in MONTHS].index(found["month"][:3].lower()) + 1


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[str, str]]], ...] = tuple(
    (re.compile(rf"{form}(?![^\s,\uff0c\u3001\u060c])", re.IGNORECASE | re.ASCII), says)
    for form, says in (
        (rf"(?:on\s+)?{_DAY}\s+(?:of\s+)?{_MONTH}\s+{_YEAR}", _day),
        (rf"(?:on\s+)?{_MONTH}\s+{_DAY}\s+{_YEAR}", _day),
        (rf"(?:in\s+)?{_MONTH}\s+{_YEAR}", _month),
        (rf"(?:at\s+)?christmas\s+{_YEAR}", _christmas),
        (rf"in\s+{_YEAR}", _year),
    )
)


def date_at(text: str, start: int) -> tuple[str, str, int] | None:
    """The key and value of the condition that is meant by the words from `start` on, and where they
    have ended; None where they are no date."""
    for form, says in _FORMS:
        found = form.match(text, start)
        if found is None or not _FIRST_YEAR <= int(found["year"]) <= _LAST_YEAR:
            continue
        key, value = says(found)
        if begin_of(value.partition("..")[0]) is not None:
            return key, value, found.end()
    return None
