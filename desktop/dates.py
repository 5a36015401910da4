"""When a photo was taken: who says so, and the ways in which a date is written."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class Clock:
    """What a clock showed.

    Attributes:
        at: wall-clock time, without a zone.
        utc_offset_min: how far the clock was ahead of UTC; None if that is not known.
    """

    at: datetime
    utc_offset_min: int | None = None

    @property
    def is_likely(self) -> bool:
        """Whether a photo can be from then: not from before photography or after tomorrow."""
        latest = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
        return self.at.year >= _FIRST_YEAR and self.at <= latest

    def refined(self, fraction: str | None, offset: str | None) -> Clock:
        """With the digits of a second and the offset that EXIF keeps in tags of their own."""
        digits = re.match(r"\d+", fraction or "")
        at = self.at.replace(microsecond=_microsecond(digits[0])) if digits else self.at
        utc_offset_min = read_offset(offset or "")
        return Clock(at, self.utc_offset_min if utc_offset_min is None else utc_offset_min)

    def from_utc(self) -> Clock:
        """What a clock in this computer's time zone showed when this one, in UTC, showed `at`."""
        return at_moment((self.at.replace(tzinfo=UTC) - _EPOCH).total_seconds()) or self


_DAY = re.compile(r"\s*(\d{4})(?:[:\-/. _](\d{1,2})[:\-/. _](\d{1,2})|(\d{2})(\d{2}))(?!\d)")
_TIME = re.compile(
    r"[T\s_\-]*"
    r"(?:(\d{1,2})[:.\-](\d{1,2})(?:[:.\-](\d{1,2}))?|(\d{2})(\d{2})(\d{2})?)(?!\d)"
    r"(?:[.,](\d+))?"
    r"(?:\s*([AaPp])\.?[Mm]\b)?"
)
_MONTH = re.compile(r"\s*(\d{4})(?:-(\d{2}))?\s*")
_OFFSET = re.compile(r"\s*(?:(Z)|([+-])(\d{2}):?(\d{2})?)(?!\d)")


def read_date(text: str) -> Clock | None:
    """What a date says, in the ways of EXIF, XMP, IPTC and mail; None if it is none.

    24:00 and the second 60 become the last moment that a clock shows; without a time it is
    midnight.
    """
    day = _DAY.match(text)
    if day is None:
        return _read_month(text) or _read_mail_date(text)
    time = _TIME.match(text, day.end())
    if time is None:
        return _clock([part for part in day.groups() if part], ["0", "0", "0"])
    parts = [part or "0" for part in (time.groups()[:3] if time[1] else time.groups()[3:6])]
    offset = read_offset(text[time.end() :])
    return _clock([part for part in day.groups() if part], parts, time[7], time[8], offset)


def begin_of(text: str) -> datetime | None:
    """When the year, month, day or minute begins that a person names ("2019", "2019-05",
    "2019-05-17", "2019-05-17T12:00"); None if it is none of them."""
    for pattern in ("%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H:%M"):
        with contextlib.suppress(ValueError):
            return datetime.strptime(text, pattern)
    return None


def read_offset(text: str) -> int | None:
    """Minutes ahead of UTC: "+02:00", "-0330", "Z"."""
    found = _OFFSET.match(text)
    if found is None:
        return None
    minutes = 0 if found[1] else int(found[3]) * 60 + int(found[4] or 0)
    if minutes > _MOST_OFFSET_MIN or int(found[4] or 0) > 59:
        return None
    return -minutes if found[2] == "-" else minutes


def at_moment(since_1970_s: float) -> Clock | None:
    """What a clock in this computer's time zone showed then; None beyond what a clock can show."""
    try:
        there = (_EPOCH + timedelta(seconds=since_1970_s)).astimezone()
    except (OverflowError, ValueError, OSError):
        return None
    offset = there.utcoffset() or timedelta()
    return Clock(there.replace(tzinfo=None), round(offset.total_seconds() / 60))


def _clock(
    day: list[str],
    time: list[str],
    fraction: str | None = None,
    half: str | None = None,
    utc_offset_min: int | None = None,
) -> Clock | None:
    """half: "a" or "p", of a clock of twelve hours."""
    (year, month, date), (hour, minute, second) = map(int, day), map(int, time)
    microsecond = _microsecond(fraction or "0")
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half in "pP" else 0)
    if hour == 24:
        hour, minute, second, microsecond = 23, 59, 59, 0
    try:
        at = datetime(year, month, date, hour, minute, min(second, 59), microsecond)
    except ValueError:  # "0000:00:00 00:00:00" is how a camera without a set clock writes
        return None
    return Clock(at, utc_offset_min) if second <= 60 else None


def _microsecond(digits: str) -> int:
    return int(digits[:6].ljust(6, "0"))


def _read_month(text: str) -> Clock | None:
    """ "2019-05" or "2019", as XMP allows: the first day of it."""
    found = _MONTH.fullmatch(text)
    return found and _clock([found[1], found[2] or "1", "1"], ["0", "0", "0"])


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
