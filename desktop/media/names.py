"""Dates in file names, as phones, messengers and people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from desktop.dates import Clock, at_moment, read_date

_DAY = r"(?<!\d)((?:18|19|20)\d\d)(?P<a>[-_.: ]?)(\d\d)(?P=a)(\d\d)"
_BETWEEN = r"(?:[-_.T ]|[ _,]+(?:[^\W\d_]{1,6}[ _]){1,2})?"  # "at", "um", "a las"
_MOMENTS = (
    # 20190512_183310, 20210102_030405678, 2020-01-02-030405
    re.compile(rf"{_DAY}{_BETWEEN}(\d\d)(?P<b>)(\d\d)(\d\d)(\d{{3}})?(?!\d)()"),
    # 2019-05-12 18.33.10, 2021-03-04-05-06-07, 2019-05-12 at 6.33.10 PM
    re.compile(
        rf"{_DAY}{_BETWEEN}(\d\d?)(?P<b>[-_.: ])(\d\d)(?P=b)(\d\d)(?:(?P=b)(\d{{3}}))?(?!\d)"
        r"\s?([AP]M\b)?",
        re.IGNORECASE,
    ),
)
# photo_1@12-05-2019_18-33-10, as Telegram exports them
_TELEGRAM = re.compile(r"photo_\d+@(\d\d)-(\d\d)-(\d{4})_(\d\d)-(\d\d)-(\d\d)")
_ONLY_DAY = re.compile(rf"{_DAY}(?!\d)")
# Ten digits alone may count anything. Thirteen that are milliseconds of our days hardly do.
_SINCE_1970 = re.compile(
    r"(?:(?:FB_IMG_|mmexport|wx_camera_)(1\d{9})(\d{3})?"
    r"|(?:(?:IMG|image|photo|Screenshot)[-_])?(1\d{9})(\d{3}))(?!\d)",
    re.IGNORECASE,
)


def date_in_name(name: str) -> Clock | None:
    """The moment that a file's name tells, or else the day, at its midnight."""
    return next((clock for clock in _dates(PurePath(name).stem) if clock.is_likely), None)


def _dates(stem: str) -> Iterator[Clock]:
    found = [
        *(_moment(match) for pattern in _MOMENTS for match in pattern.finditer(stem)),
        _telegram(stem),
        _since_1970(stem),
        *(read_date("-".join(match.group(1, 3, 4))) for match in _ONLY_DAY.finditer(stem)),
    ]
    # Google's Pixels name their photos by the time in UTC.
    is_utc = stem.upper().startswith("PXL_")
    return (clock.from_utc() if is_utc else clock for clock in found if clock is not None)


def _moment(match: re.Match[str]) -> Clock | None:
    year, _, month, day, hour, _, minute, second, thousandths, half = match.groups()
    return read_date(
        f"{year}-{month}-{day} {hour}:{minute}:{second}.{thousandths or 0} {half or ''}"
    )


def _telegram(stem: str) -> Clock | None:
    match = _TELEGRAM.match(stem)
    return match and read_date("{2}-{1}-{0} {3}:{4}:{5}".format(*match.groups()))


def _since_1970(stem: str) -> Clock | None:
    match = _SINCE_1970.match(stem)
    if match is None:
        return None
    seconds, thousandths = match[1] or match[3], match[2] or match[4] or "0"
    return at_moment(int(seconds) + int(thousandths) / 1000)
