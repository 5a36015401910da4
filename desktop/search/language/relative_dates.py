"""Days that are told by how they lie to today ("yesterday", "last summer", "two weeks ago"), and
seasons and holidays of a year.

Weeks begin on Monday (ISO 8601), and a weekend is the Saturday and Sunday at the end of one.
Seasons are those of the northern half of the earth, in whole months as in meteorology: spring is
March to May, and winter has the year of its December. "Last" is the latest that is over, "this"
the latest that has begun. "Two weeks ago" is the week, from Monday to Sunday, in which the day two
weeks ago lies; months and years likewise. "The last two weeks" are the 14 days before today, and
today.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import MAXYEAR, MINYEAR, date, timedelta

from desktop.search.language.month_names import ENGLISH
from desktop.search.language.spoken_abroad import in_english

Days = tuple[date, date]
"""The first and the last."""

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_SEASON_MONTHS = 3
_COUNTS = {
    name: number
    for number, name in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 1
    )
}
_DAY = timedelta(days=1)


def _in_month(year: int, month: int, n_months: int = 1) -> Days:
    after = year * 12 + month - 1 + n_months
    return date(year, month, 1), date(after // 12, after % 12 + 1, 1) - _DAY


def _easter(year: int) -> Days:
    """Good Friday to Easter Monday. (Anonymous Gregorian algorithm: Meeus, Astronomical Algorithms,
    1991, chapter 8.)"""
    century, years = divmod(year, 100)
    epact = (19 * (year % 19) + century - century // 4 - (8 * century + 13) // 25 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (years // 4) - epact - years % 4) % 7
    late = (year % 19 + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    sunday = date(year, month, day + 1)
    return sunday - 2 * _DAY, sunday + _DAY


def _fixed(month: int, first: int, last: int) -> Callable[[int], Days]:
    return lambda year: (date(year, month, first), date(year, month, last))


def _season(first_month: int) -> Callable[[int], Days]:
    return lambda year: _in_month(year, first_month, _SEASON_MONTHS)


def _month(month: int) -> Callable[[int], Days]:
    return lambda year: _in_month(year, month)


_EACH_YEAR: dict[str, Callable[[int], Days]] = {
    **{name: _season(month) for name, month in _SEASONS.items()},
    "christmas": _fixed(12, 24, 26),
    "christmas eve": _fixed(12, 24, 24),
    "christmas day": _fixed(12, 25, 25),
    "easter": _easter,
    "halloween": _fixed(10, 31, 31),
    "new year's eve": _fixed(12, 31, 31),
    "new year": lambda year: (date(year - 1, 12, 31), date(year, 1, 1)),
    "new year's day": _fixed(1, 1, 1),
}
_SEASON_OR_HOLIDAY = "|".join(sorted(_EACH_YEAR, key=len, reverse=True)).replace("'", "['\u2019]?")

SEASON_OR_HOLIDAY = _SEASON_OR_HOLIDAY.replace(" ", r"\s+")
"""A pattern for seasons and holidays, in a text."""

_OF_A_YEAR = re.compile(
    rf"(?:(?P<named>{_SEASON_OR_HOLIDAY}) )?(?P<year>\d{{4}})", re.IGNORECASE | re.ASCII
)

_COUNT = rf"(?P<count>\d{{1,3}}|an?|{'|'.join(_COUNTS)})"
_UNIT = "(?P<unit>day|week|month|year)s?"
_FORMS = (
    "(?P<day>today|yesterday|the day before yesterday)",
    rf"(?P<which>last|this) (?P<span>week|weekend|month|year|{'|'.join(_SEASONS)})",
    rf"(?P<which>last) (?P<span>{'|'.join((*_WEEKDAYS, *ENGLISH))}|{_SEASON_OR_HOLIDAY})",
    rf"{_COUNT} {_UNIT} (?P<ago>ago)",
    rf"the (?:last|past) (?:{_COUNT} )?{_UNIT}",
    rf"(?:last|past) {_COUNT} {_UNIT}",
)
_PHRASES = tuple(re.compile(form, re.IGNORECASE | re.ASCII) for form in _FORMS)
_BOUND = re.compile("(?:(since|after|before|until|till) )?(.*)", re.IGNORECASE | re.DOTALL)

PHRASE = "|".join(
    re.sub(r"\?P<\w+>", "?:", form).replace(" ", r"\s+")
    for form in (f"(?:(?:since|after|before|until|till) )?(?:{form})" for form in _FORMS)
)
"""A pattern for all that `days_of` knows, in a text; letters of any case."""

EXAMPLES = ("today", "yesterday", "last week", "this month", "last summer", "last year")


def is_of_a_year(phrase: str) -> bool:
    """Whether it is a season or a holiday with its year, "christmas 2019", as folders are called,
    too."""
    return _OF_A_YEAR.fullmatch(in_english(phrase)) is not None


def days_of(phrase: str, today: date) -> Days | None:
    """The days that are meant; None where that is no such phrase. What lies in front of all years
    has no days either. All days before one begin with date.min, all after one end with
    date.max."""
    told = _BOUND.fullmatch(in_english(phrase))
    assert told is not None  # it may be anything
    days = _days_told(told[2], today)
    if days is None or told[1] is None:
        return days
    first, last = days
    bound = told[1].lower()
    if bound == "since":
        return first, max(first, today)
    if bound == "after":
        return (last + _DAY, date.max) if last < date.max else None
    return (date.min, first - _DAY) if first > date.min else None


def _days_told(phrase: str, today: date) -> Days | None:
    if (named := _OF_A_YEAR.fullmatch(phrase)) is not None:
        year = int(named["year"])
        if not MINYEAR < year < MAXYEAR:
            return None
        return _EACH_YEAR[_plain(named["named"])](year) if named["named"] else _around_year(year)
    found = next(filter(None, (form.fullmatch(phrase) for form in _PHRASES)), None)
    if found is None:
        return None
    told = {key: text.lower() for key, text in found.groupdict().items() if text}
    try:
        return _days(told, today)
    except (ValueError, OverflowError):
        return None


def _around_year(year: int) -> Days:
    return _around(date(year, 1, 1), "year")


def _days(told: dict[str, str], today: date) -> Days:
    if "day" in told:
        day = today - ("today", "yesterday", "the day before yesterday").index(told["day"]) * _DAY
        return day, day
    if "which" in told:
        return _this_or_last(_plain(told["span"]), told["which"] == "last", today)
    count = told.get("count", "a")
    n = int(count) if count.isdecimal() else _COUNTS.get(count, 1)
    then = _before(today, n, told["unit"])
    return _around(then, told["unit"]) if "ago" in told else (then, today)


def _this_or_last(span: str, is_last: bool, today: date) -> Days:
    if span in _WEEKDAYS:
        day = today - ((today.weekday() - _WEEKDAYS.index(span) - 1) % 7 + 1) * _DAY
        return day, day
    if span == "weekend":
        _, sunday = _around(today - 7 * _DAY if is_last else today, "week")
        return sunday - _DAY, sunday
    if span in ("week", "month", "year"):
        return _around(_before(today, int(is_last), span), span)
    days_in = _month(ENGLISH.index(span) + 1) if span in ENGLISH else _EACH_YEAR[span]
    years = (days_in(today.year - back) for back in range(3))
    return next(each for each in years if (each[1] < today if is_last else each[0] <= today))


def _around(day: date, unit: str) -> Days:
    """The week, month or year that the day lies in."""
    if unit == "week":
        monday = day - day.weekday() * _DAY
        return monday, monday + 6 * _DAY
    if unit == "month":
        return _in_month(day.year, day.month)
    return (date(day.year, 1, 1), date(day.year, 12, 31)) if unit == "year" else (day, day)


def _before(day: date, n: int, unit: str) -> date:
    """So many days, weeks, months or years earlier; of a shorter month the last day."""
    if unit in ("day", "week"):
        return day - n * (7 if unit == "week" else 1) * _DAY
    months = day.year * 12 + day.month - 1 - n * (12 if unit == "year" else 1)
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _plain(name: str) -> str:
    """As `_EACH_YEAR` has it."""
    plain = " ".join(name.lower().split()).replace("\u2019", "'")
    return plain.replace("new years ", "new year's ")
