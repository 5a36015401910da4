"""Dates in plain words, which mean conditions: "in 2019", "spring 2021", "letzten Sommer".

Only what names a year, or says how it lies to today, can mean nothing else; so "may", "summer",
"in december" and "a car from the nineties" stay words. What names a year becomes a condition of
that time; what counts from today becomes "when:" with the words as they are, so that a saved search
for "last week" goes on meaning the week before. So does a season or a holiday with its year, since
folders are called "Christmas 2019", too.

A page of our own, and not dateparser: that finds dates where none are meant ("may", "sun", "a
second"), knows no seasons, decades or spans of time, and takes half a second to load, as long as
all of the command line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from desktop.dates import begin_of
from desktop.search.language.month_names import month_of
from desktop.search.language.relative_dates import PHRASE, SEASON_OR_HOLIDAY
from desktop.search.language.spoken_abroad import BOUND, english_bound, phrase_at

COMMAS = ",;\uff0c\u3001\u060c\uff1b"
"""What parts clauses; also full-width, ideographic and Arabic."""

_FIRST_YEAR, _LAST_YEAR = 1826, 2100
_BARE_YEARS = range(1995, 2040)
"""In these people have taken their photos with cameras that number and date them; a number alone is
a year where it is one of them, and last of its clause."""
_NUMBERED = re.compile(
    r"\b(?:within|and|or|to|than|no|number|model|room|route|highway|version|iso|like)\.?\s+\Z",
    re.IGNORECASE,
)
"""Behind these, a number is no year."""

_DECADES = {
    "thirties": 1930,
    "forties": 1940,
    "fifties": 1950,
    "sixties": 1960,
    "seventies": 1970,
    "eighties": 1980,
    "nineties": 1990,
    "noughties": 2000,
}
"""The twenties may be those of either century."""

_MONTH = rf"(?P<month>[^\s\d{COMMAS}.:/_-]{{3,12}})"
"""Any word; which of them are months, `_is_likely` tells."""
_YEAR = r"(?P<year>\d{4})"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_BOUND = rf"(?P<bound>since|after|before|until|till|{BOUND})\s+(?:(?:dem|le|el|il)\s+)?"
_WRITTEN = r"\d{4}-\d\d-\d\d|\d{1,2}\.\d{1,2}\.\d{4}"
_NUMBERED_DAY = r"(?P<numbered>\d\d?)[\u6708\uc6d4](?:\s?(?P<date>\d\d?)[\u65e5\uc77c])?"
_OF = r"(?:(?:of|de|del)\s+)?"
_OTHERS = re.compile(
    r"\b(?:chin|lunar|tibet|viet|thai|pers|iran|jewish|jüdisch|orthodox|greek|russian|coptic)\w*\s+"
    r"(?:new|neu|nouvel|easter|ostern|christmas|weihnacht)"
    r"|\b(?:the|an?|real|housing|country|council|industrial|family|royal|wine)\s+estate",
    re.IGNORECASE,
)
"""Holidays that others keep on other days, and what is no Italian summer."""
_END = rf"(?![^\s{COMMAS}])"
_ENDS = re.compile(_END)
_LAST = rf"(?=\s*(?:[{COMMAS}]|\Z))"

Said = tuple[str, str]
"""The key and the value of a condition."""


def _day(found: re.Match[str]) -> Said:
    day = f"{found['year']}-{_number(found):02}-{int(found['day']):02}"
    return _bounded(found, "day", day, timedelta(days=1))


def _written_day(found: re.Match[str]) -> Said:
    begin = begin_of(found["written"])
    day = found["written"] if begin is None else f"{begin:%Y-%m-%d}"
    return _bounded(found, "day", day, timedelta(days=1))


def _month(found: re.Match[str]) -> Said:
    month = f"{found['year']}-{_number(found):02}"
    return _bounded(found, "month", month, timedelta(days=32))


def _year(found: re.Match[str]) -> Said:
    return _bounded(found, "year", found["year"], timedelta(days=366))


def _bare_year(found: re.Match[str]) -> Said:
    return "when", found["year"]


def _bounded(found: re.Match[str], key: str, value: str, length: timedelta) -> Said:
    """The time itself, or what lies before or after it. length: the least that leads from its first
    day to one beyond it."""
    if not found["bound"]:
        return key, value
    bound = english_bound(found["bound"])
    if bound != "after" or (begin := begin_of(value)) is None:
        return "after" if bound in ("since", "after") else "before", value
    beyond = begin + length
    return "after", f"{beyond:%Y-%m-%d}"[: len(value)]


def _years(found: re.Match[str]) -> Said:
    return "year", f"{found['year']}-{found['last']}"


def _decade(found: re.Match[str]) -> Said:
    digits = found["digits"]
    first = _DECADES[found["decade"].lower()] if digits is None else int(digits.zfill(2))
    first += 1900 if first < 100 else 0
    return "year", f"{first}-{first + 9}"


def _season_or_holiday(found: re.Match[str]) -> Said:
    bound = [found["bound"].lower()] if found["bound"] else []
    return "when", " ".join([*bound, *found["named"].split(), found["year"]])


def _when(found: re.Match[str]) -> Said:
    return "when", " ".join(found["when"].split())


def _numbered(found: re.Match[str]) -> Said:
    """A month or a day as they are numbered in Chinese, Japanese and Korean."""
    parts = [found["year"], f"{int(found['numbered']):02}"]
    if found["date"] is None:
        return "month", "-".join(parts)
    return "day", "-".join([*parts, f"{int(found['date']):02}"])


def _number(found: re.Match[str]) -> int:
    return month_of(found["month"]) or 0


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Said]], ...] = tuple(
    (re.compile(rf"(?:{form}){_END}", re.IGNORECASE | re.ASCII), says)
    for form, says in (
        (rf"(?:{_BOUND}|on\s+)?{_DAY}\.?\s+{_OF}{_MONTH},?\s+{_OF}{_YEAR}", _day),
        (rf"(?:{_BOUND}|on\s+)?{_MONTH}\s+{_DAY},?\s+{_YEAR}", _day),
        (rf"(?:{_BOUND}|on\s+)?(?P<written>{_WRITTEN})", _written_day),
        (rf"(?:{_BOUND}|(?:in|im|en|em|nel|w)\s+)?{_MONTH}\s+{_OF}{_YEAR}", _month),
        (rf"{_YEAR}[\u5e74\ub144]\s?{_NUMBERED_DAY}", _numbered),
        (rf"(?:{_BOUND}|in\s+)(?:the\s+year\s+)?{_YEAR}", _year),
        (rf"(?:(?:im\s+jahre?|en|em|nel)\s+)?{_YEAR}[\u5e74\ub144]?{_LAST}", _bare_year),
        (rf"between\s+{_YEAR}\s+and\s+(?P<last>\d{{4}})", _years),
        (rf"(?:from\s+)?{_YEAR}\s+to\s+(?P<last>\d{{4}})", _years),
        (rf"{_YEAR}\.\.(?P<last>\d{{4}})", _years),
        (
            rf"in\s+the\s+(?:(?P<decade>{'|'.join(_DECADES)})"
            r"|['\u2019]?(?P<digits>[3-9]0|19[1-9]0|20[0-9]0)['\u2019]?s)",
            _decade,
        ),
        (
            r"(?:(?P<bound>since|after|before|until|till)\s+|(?:in|at|on|during|from)\s+)?(?:the\s+)?"
            rf"(?P<named>{SEASON_OR_HOLIDAY})\s+(?:of\s+)?{_YEAR}(?:[/-](?P<next>(?:\d\d)?\d\d))?",
            _season_or_holiday,
        ),
        (rf"(?:(?:in|on|during|over|from|of)\s+)?(?P<when>{PHRASE})", _when),
    )
)


def date_at(text: str, start: int) -> tuple[str, str, int] | None:
    """The key and value of the condition that is meant by the words from `start` on, and where they
    have ended; None where they are no date."""
    for form, says in _FORMS:
        found = form.match(text, start)
        if found is None or not _is_likely(found):
            continue
        if says is _bare_year and _NUMBERED.search(text, max(0, start - 20), start):
            continue
        key, value = says(found)
        if says is _season_or_holiday and _is_of_others(text, start, value):
            continue
        if key in ("when", "year") or begin_of(value.partition("..")[0]) is not None:
            return key, value, found.end()
    return _abroad_at(text, start)


def _abroad_at(text: str, start: int) -> tuple[str, str, int] | None:
    """The same for what is said in another language."""
    found = phrase_at(text, start)
    if found is None or not _ENDS.match(text, found.end):
        return None
    if found.year is not None:
        lies_in_two = found.next is not None
        if lies_in_two and not (found.is_winter and _follows(found.year, found.next or "")):
            return None
        if not _FIRST_YEAR <= int(found.year) <= _LAST_YEAR:
            return None
    if _is_of_others(text, start, found.said):
        return None
    return "when", found.said, found.end


def _is_of_others(text: str, start: int, said: str) -> bool:
    return _OTHERS.search(text[max(0, start - 20) : start] + said) is not None


def _is_likely(found: re.Match[str]) -> bool:
    """Whether all of its years may be those of photos, in order; only a winter lies in two."""
    told = {name: text for name, text in found.groupdict().items() if text is not None}
    if "month" in told and month_of(told["month"]) is None:
        return False
    years = [int(told[name]) for name in ("year", "last") if name in told]
    is_winter = told.get("named", "").lower() == "winter"
    if "next" in told and not (is_winter and _follows(told["year"], told["next"])):
        return False
    if found.re.groupindex.keys() == {"year"} and years[0] not in _BARE_YEARS:
        return False
    return years == sorted(years) and all(_FIRST_YEAR <= year <= _LAST_YEAR for year in years)


def _follows(year: str, next_year: str) -> bool:
    return str(int(year) + 1).endswith(next_year)
