"""When a photo was taken: who says so, and the ways in which a date is written."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from enum import IntEnum, StrEnum
from functools import cache

# Nicéphore Niépce's oldest surviving photograph is from 1826 or 1827; scans may well be dated so.
_FIRST_YEAR = 1826
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_OFFSET_MIN = 15 * 60  # from -12 to +14 hours are in use, and have been more than now


class TakenFrom(StrEnum):
    """Where a photo's date comes from, in the order in which they are asked. What a person may have
    corrected in an .xmp file goes before them all."""

    EXIF = "exif"
    SIDECAR = "sidecar"  # an .xmp file beside the photo
    XMP = "xmp"
    IPTC = "iptc"
    TEXT = "text"  # words in a PNG
    TAKEOUT = "takeout"  # a .json file of Google Takeout beside the photo
    NAME = "name"
    FILE = "file"


class Told(IntEnum):
    """How exactly a date is told: to the year, or down to the second."""

    YEAR = 1
    MONTH = 2
    DAY = 3
    MINUTE = 4
    SECOND = 5


@dataclass(frozen=True, slots=True)
class Clock:
    """A moment as a clock showed it.

    Attributes:
        at: wall-clock time, without a zone; the beginning of what is `told`.
        utc_offset_min: how far the clock was ahead of UTC; None if that is not known.
        told: a year, month, day or minute says nothing of what lies within it.
    """

    at: datetime
    utc_offset_min: int | None = None
    told: Told = field(default=Told.SECOND, compare=False)

    @property
    def is_likely(self) -> bool:
        """Whether a photo can be from then: not from before photography or after tomorrow."""
        latest = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
        return self.at.year >= _FIRST_YEAR and self.at <= latest

    def refined(self, fraction: str | None, offset: str | None) -> Clock:
        """With the digits of a second and the offset that EXIF keeps in tags of their own."""
        digits = re.match(r"\d+", fraction or "")
        at = self.at
        if digits and self.told is Told.SECOND:
            at = at.replace(microsecond=_microsecond(digits[0]))
        utc_offset_min = read_offset(offset or "")
        if utc_offset_min is None:
            utc_offset_min = self.utc_offset_min
        return replace(self, at=at, utc_offset_min=utc_offset_min)

    def leaves_open(self, other: Clock) -> bool:
        """Whether the other tells more of this very time: a day of this month, say."""
        begin = self.at.timetuple()[: 5 if self.told is Told.MINUTE else int(self.told)]
        return self.told < other.told and other.at.timetuple()[: len(begin)] == begin

    def from_utc(self) -> Clock:
        """What a clock in this computer's time zone showed when this one, in UTC, showed `at`."""
        return at_moment((self.at.replace(tzinfo=UTC) - _EPOCH).total_seconds()) or self


_Day = tuple[int, int, int]
"""Year, month, day of the month."""

# How a day is written. EXIF pads numbers with blanks.
_DAYS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?P<y>\d{4})\s?[:\-/. _]\s?(?P<m>\d{1,2})\s?[:\-/. _]\s?(?P<d>\d{1,2})(?!\d)",
        r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?=(?:\d{6}(?:\d{3})?)?(?!\d))",
        r"(?P<y>\d{4})_(?P<m>\d\d)(?P<d>\d\d)(?=_\d{6}(?!\d))",
        r"(?P<y>\d{4})\s?[年년]\s?(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日일]",
        r"(?P<y>\d{4})[\-/. _]+(?P<m>[^\W\d_]{3,12})[\-/. _]+(?P<d>\d{1,2})(?!\d)",
        r"(?P<d>\d{1,2})(?P<sign>[\-/._ ])\s?(?P<m>\d{1,2})(?P=sign)\s?(?P<y>\d{4})(?!\d)",
        r"(?P<d>\d{1,2})(?:st|nd|rd|th|er)?[\-_. ]*(?:(?:of|de)[_ ])?(?P<m>[^\W\d_]{3,12})"
        r"[\-_., ]*(?:de[_ ])?(?P<y>\d{4})(?!\d)",
        r"(?P<m>[^\W\d_]{3,12})[\-_. ]*(?P<d>\d{1,2})(?:st|nd|rd|th|er)?[\-_, ]+(?P<y>\d{4})(?!\d)",
    )
)
# Between day and time stand signs or short words: "at", "um", "a las". The signs within a time are
# alike: what follows "18.33.10" behind a dash is a count. So may be four digits that begin with 0.
# What begins another date, as in "2019-05-12 to 2019-05-14", is no time.
_TIME = r"""
(?: \s*T\s* | [\s_,.)\-/]{{0,3}} | [\s_,]+ (?:[^\W\d_](?:[^\W\d_]|[()]){{0,5}}[\s_.]+){{1,2}}
  | -(?:at|um|om|kl|o|à|a|alle|ore|в)[.]?- )
(?P<before> [上下]午 | 午[前後] | 오[전후] | Ö[ÖS]\b | 凌晨 | 早上 | 中午 | 晚上 )? \s*
(?! \d{{4}} (?P<sign4>[:.\-/_ ]) \d\d? (?P=sign4) \d
  | \d\d? (?P<sign5>[.\-/_ ]) \d\d? (?P=sign5) \d{{4}} (?!\d) )
(?:
  (?P<h1>\d\d?) (?P<sign1>[:.\-]) \s?(?P<m1>{two}) (?: (?P=sign1) \s?(?P<s1>{two})
    (?: [.,](?P<f1>\d+) | (?P=sign1)(?P<f2>\d{{3}}) )? )?
| (?P<h2>\d\d?) (?P<sign2>[_ ]) (?P<m2>\d\d) (?P=sign2) (?P<s2>\d\d)
    (?: (?P=sign2)(?P<f3>\d{{3}}) )?
| (?P<h3>\d\d?) \s?[h時时點点시] \s?(?P<m3>\d\d)
    (?: \s?(?:min|[m:.分분]) (?: \s?(?P<s3>\d\d) [s秒초]? )? )?
| (?P<h4>\d\d) (?P<m4>\d\d) (?P<s4>\d\d) (?: (?P<f4>\d{{3}}) | [.,](?P<f5>\d+) )?
| (?P<h5>(?<=[T\s])\d\d|[12]\d) (?P<m5>\d\d)
)
(?! \d | x\d )
(?: [\s_\-]* (?P<after> (?:[ap]|π|μ)\.?\s?[mμ]\b\.? | [صم]\b ) )?
"""
_WRITTEN_TIME = re.compile(_TIME.format(two=r"\d\d?"), re.IGNORECASE | re.VERBOSE)
_NAMED_TIME = re.compile(_TIME.format(two=r"\d\d"), re.IGNORECASE | re.VERBOSE)
_NTH = frozenset("12345")
_AFTERNOON = frozenset({"pm", "μμ", "م", "ös", "下午", "午後", "오후", "中午", "晚上"})
_OFFSET = re.compile(
    r"\s*(?:(?P<utc>Z|UTC|GMT)(?![\w+\-])"
    r"|(?P<sign>[+\-\u2212])(?P<h>\d\d|\d(?=:))[:.]?(?P<m>\d\d)?(?!\d)"
    r"|(?:UTC|GMT)\s?(?P<sign2>[+\-\u2212])(?P<h2>\d\d?)[:.]?(?P<m2>\d\d)?(?!\d))"
)
# In a name, digits behind a minus may count something, unless they are a zone's.
_NAMED_OFFSET = re.compile(
    r"[ _]?(?:(?:Z|UTC|GMT)(?![^\W_])|(?!-00)[+-](?:0\d|1[0-4])[:.]?(?:00|30|45)(?!\d))"
)
_WRITTEN_DAY = re.compile(
    r"(?P<y>\d{4})[./](?P<m>\d{1,2})[./](?P<d>\d{1,2})"
    r"|(?P<first>\d{1,2})(?P<mark>[./])(?P<second>\d{1,2})(?P=mark)(?P<year>\d{4})",
    re.ASCII,
)
_WEEKDAY = re.compile(r"[^\W\d_]{2,12}[.,]*\s+")
_MONTH = re.compile(r"(\d{4})(?:[:\-/. _](\d{1,2})|(\d\d)00)?(?!\d)[\s:\-/.0+]*")
_MONTH_NAMES = """
january february march april may june july august september october november december
januar februar märz april mai juni juli august september oktober november dezember
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
januari februari maart april mei juni juli augustus september oktober november december
января февраля марта апреля мая июня июля августа сентября октября ноября декабря
stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
jan feb mar apr may jun jul aug sep oct nov dec
janv févr mrz avr maj juil juil aoû sept okt nov déc
"""


def read_date(text: str) -> Clock | None:
    """What a date says, in the ways of EXIF, XMP, IPTC, mail and people; None if it is none.

    24:00 and the second 60 become the last moment that a clock shows; without a time it is
    midnight.
    """
    text = text.strip().strip("\"'")
    weekday = _WEEKDAY.match(text)
    found = _day_at(text, 0, _WRITTEN_TIME) or (
        _day_at(text, weekday.end(), _WRITTEN_TIME) if weekday else None
    )
    if found is None:
        return _read_month(text) or _read_mail_date(text)
    day, time = found
    return _clock(day, time, read_offset(text[time.end() :])) if time else _clock(day)


def date_at(text: str, start: int) -> Clock | None:
    """The date that stands in a file's name there. A time that cannot be leaves the day."""
    found = _day_at(text, start, _NAMED_TIME)
    if found is None:
        return None
    day, time = found
    if time is None:
        return _clock(day)
    offset = _NAMED_OFFSET.match(text, time.end())
    return _clock(day, time, offset and read_offset(offset[0].strip(" _"))) or _clock(day)


def _day_at(
    text: str, start: int, times: re.Pattern[str]
) -> tuple[_Day, re.Match[str] | None] | None:
    for form in _DAYS:
        if (found := form.match(text, start)) is None:
            continue
        time = times.match(text, found.end())
        if day := _day(found, time):
            return day, time
    return None


def _day(found: re.Match[str], time: re.Match[str] | None) -> _Day | None:
    """12-05-2019 is in May where a time of 24 hours follows: who writes the month first writes AM
    and PM. Else what may be either is neither."""
    year, date = int(found["y"]), int(found["d"])
    month = int(found["m"]) if found["m"].isdecimal() else _month_number(found["m"].lower())
    if not month or not date:
        return None
    sign = found.groupdict().get("sign")
    if sign and month > 12 >= date:
        return year, date, month
    is_day_first = date > 12 or date == month or (time and sign != "/" and not _half(time))
    return (year, month, date) if not sign or sign == "." or is_day_first else None


def _in_order(told: re.Match[str]) -> tuple[str, str, str]:
    """Year, month and day; a month of 0 where the order cannot be told."""
    if told["y"]:
        return told["y"], told["m"], told["d"]
    first, second, year = told["first"], told["second"], told["year"]
    if told["mark"] == "." or int(first) > 12 or first == second:
        return year, second, first
    return (year, first, second) if int(second) > 12 else (year, "0", "0")


def begin_of(text: str) -> datetime | None:
    """When the year, month, day or minute begins that a person names ("2019", "2019-05",
    "2019-05-17", "2019-05-17T12:00", "17.5.2019", "2019/5/17"); None if it is none of them. Of
    "17/5/2019" the order is told by the number that is no month; "4/5/2019" may be either."""
    if (told := _WRITTEN_DAY.fullmatch(text)) is not None:
        year, month, day = (int(number) for number in _in_order(told))
        with contextlib.suppress(ValueError):
            return datetime(year, month, day)
        return None
    for pattern in ("%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H:%M"):
        with contextlib.suppress(ValueError):
            return datetime.strptime(text, pattern)
    return None


def read_offset(text: str) -> int | None:
    """Minutes ahead of UTC: "+02:00", "-0330", "UTC+2", "Z"."""
    found = _OFFSET.match(text)
    if found is None:
        return None
    hours, minutes = (int(found[each] or found[f"{each}2"] or 0) for each in "hm")
    ahead_min = hours * 60 + minutes
    if ahead_min > _MOST_OFFSET_MIN or minutes > 59:
        return None
    return ahead_min if "+" in (found["sign"], found["sign2"]) else -ahead_min


def at_moment(since_1970_s: float) -> Clock | None:
    """What a clock in this computer's time zone showed then; None beyond what a clock can show."""
    try:
        there = (_EPOCH + timedelta(seconds=since_1970_s)).astimezone()
    except (OverflowError, ValueError, OSError):
        return None
    offset = there.utcoffset() or timedelta()
    return Clock(there.replace(tzinfo=None), round(offset.total_seconds() / 60))


def _clock(
    day: _Day, time: re.Match[str] | None = None, utc_offset_min: int | None = None
) -> Clock | None:
    told, (hour, minute, second), microsecond = Told.DAY, (0, 0, 0), 0
    if time is not None:
        parts = {key[0]: text for key, text in time.groupdict().items() if text and key[1:] in _NTH}
        hour, minute, second = (int(parts.get(unit, 0)) for unit in "hms")
        microsecond = _microsecond(parts.get("f", "0"))
        told = Told.SECOND if "s" in parts else Told.MINUTE
        if _half(time) and 1 <= hour <= 12:
            hour = hour % 12 + (12 if _half(time) in _AFTERNOON else 0)
    if hour == 24:
        hour, minute, second, microsecond = 23, 59, 59, 0
    try:
        at = datetime(*day, hour, minute, min(second, 59), microsecond)
    except ValueError:  # "0000:00:00 00:00:00" is how a camera without a set clock writes
        return None
    return Clock(at, utc_offset_min, told) if second <= 60 else None


def _half(time: re.Match[str]) -> str:
    """Which half of the day, "" on a clock of twenty-four hours."""
    return re.sub(r"[\s.]", "", time["before"] or time["after"] or "").lower().replace("μm", "μμ")


@cache
def _month_number(word: str) -> int:
    """0 for what is no month's name."""
    rows = _MONTH_NAMES.split("\n")[1:-1]
    return next((names.index(word) + 1 for names in map(str.split, rows) if word in names), 0)


def _microsecond(digits: str) -> int:
    return int(digits[:6].ljust(6, "0"))


def _read_month(text: str) -> Clock | None:
    """The beginning of "2019-05" or "2019", as XMP has it, and of IPTC's "20190500"."""
    found = _MONTH.fullmatch(text)
    if found is None:
        return None
    month = int(found[2] or found[3] or 0)
    clock = _clock((int(found[1]), month or 1, 1))
    return clock and replace(clock, told=Told.MONTH if month else Told.YEAR)


def _read_mail_date(text: str) -> Clock | None:
    """ "Sun, 12 May 2019 18:33:10 +0200", which the PNG specification recommends."""
    try:
        parts = parsedate_tz(text)
        if parts is None or parts[0] < 1000:
            return None
        # It gives 0 for a date without an offset, too.
        return Clock(datetime(*parts[:6]), parts[9] // 60 if parts[9] else None)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
