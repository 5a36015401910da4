"""What stands behind the keys of a search that ask when a photo was taken: "year:2018-2020"."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta

from desktop.catalog import Filter, InSeason, Or, Taken
from desktop.dates import begin_of
from desktop.search.language.month_names import month_of
from desktop.search.language.relative_dates import days_of

_COMPARED = re.compile(r"([<>]=?)(\d{4})", re.ASCII)
_COMMA = re.compile(r"\s*,\s*")


class NoMeaning(ValueError):
    """A value that cannot be what it should be."""


def numbers_in(pattern: str, value: str) -> list[int]:
    """The groups of the pattern, which the value must have. Raises NoMeaning."""
    found = re.fullmatch(pattern, value, re.ASCII)
    if found is None:
        raise NoMeaning(value)
    return [int(number) for number in found.groups() if number is not None]


def either(read: Callable[[str], Filter]) -> Callable[[str], Filter]:
    """The same reader for several values with commas between them, of which one must hold."""

    def read_all(value: str) -> Filter:
        values = _COMMA.split(value)
        return read(value) if len(values) == 1 else Or(tuple(map(read, values)))

    return read_all


def _after(value: str) -> Filter:
    return Taken(since=_begin(value))


def _before(value: str) -> Filter:
    return Taken(until=_begin(value))


def _year(value: str) -> Filter:
    if (compared := _COMPARED.fullmatch(value)) is not None:
        sign, year = compared[1], int(compared[2])
        edge = year + (sign in (">", "<="))
        if not MINYEAR <= edge <= MAXYEAR:
            raise NoMeaning(value)
        begin = datetime(edge, 1, 1)
        return Taken(since=begin) if sign.startswith(">") else Taken(until=begin)
    numbers = numbers_in(r"(\d{4})(?:(?:-|\.\.)(\d{4}))?", value)
    first, last = numbers[0], numbers[-1]
    if not MINYEAR <= first <= last <= MAXYEAR:
        raise NoMeaning(value)
    return Taken(Taken.in_year(first).since, Taken.in_year(last).until)


def _month(value: str) -> Filter:
    if (named := month_of(value)) is not None:
        return InSeason(named)
    numbers = numbers_in(r"(?:(\d{4})-)?(\d{1,2})", value)
    month = numbers[-1]
    if not 1 <= month <= 12 or numbers[0] < 1:
        raise NoMeaning(value)
    return InSeason(month) if len(numbers) == 1 else Taken.in_month(numbers[0], month)


def _day(value: str) -> Filter:
    first, is_range, last = value.partition("..")
    if is_range:
        since, until = _begin(first), _begin(last)
        if until < since or until.year == MAXYEAR:
            raise NoMeaning(value)
        return Taken(since, until + timedelta(days=1))
    begin = begin_of(value)
    if begin is not None and re.fullmatch(r"\d+\D\d+\D\d+", value, re.ASCII):
        return Taken(begin, begin + timedelta(days=1) if begin.year < MAXYEAR else None)
    *before, day = numbers_in(r"(?:(\d{1,2})-)?(\d{1,2})", value)
    month = before[0] if before else 1
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(2000, month)[1]:
        raise NoMeaning(value)
    return InSeason(month if before else None, day)


def _when(value: str) -> Filter:
    days = days_of(value, date.today())
    if days is None:
        raise NoMeaning(value)
    first, last = days
    since = None if first == date.min else _midnight(first)
    return Taken(since, None if last == date.max else _midnight(last) + timedelta(days=1))


def _begin(value: str) -> datetime:
    begin = begin_of(value)
    if begin is None and (days := days_of(value, date.today())) is not None:
        begin = _midnight(days[0])
    if begin is None:
        raise NoMeaning(value)
    return begin


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


TIMES: dict[str, Callable[[str], Filter]] = {
    "after": _after,
    "before": _before,
    "year": either(_year),
    "month": either(_month),
    "day": either(_day),
    "when": _when,
}
"""How the value behind each key is read. Each raises NoMeaning."""
