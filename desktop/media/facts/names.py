"""Dates in file names, as phones, messengers and people write them.

A year has four digits. Of two, a name does not tell which they are: 190512 is 2019-05-12 or 19 May
2012, and 19-05-12 may be a time or count something. Nor are twelve digits taken: 200905121833 is
2009-05-12 18:33 or 2020-09-05 12:18:33, and 201501231234 a telephone in Egypt.
Where nothing is read the file's own date stands, which is right more often than such a guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePath

from desktop.dates import Clock, Told, at_moment, date_at

# Where a date may begin. A name holds other numbers, too: its dates have years of photography, and
# no digit right before or behind; versions and addresses have points.
_YEAR = r"(?:18|19|20)\d\d"
_WORD = r"[^\W\d_]{3,12}"
_STARTS = re.compile(
    rf"""(?=
      (?<!\d) {_YEAR} (?P<a>[-_.: ]) \d\d (?P=a) \d\d (?!\d)
    | (?<!\d) {_YEAR} (?P<b>[-_]) \d\d? (?P=b) \d\d? (?!\d)
    | (?<!\d) {_YEAR} \d{{4}} (?: \d{{6}} (?:\d{{3}})? )? (?!\d)
    | (?<!\d) {_YEAR} _\d{{4}}_\d{{6}} (?!\d)
    | (?<!\d) {_YEAR} [-_. ]+ {_WORD} [-_. ]+ \d\d? (?!\d)
    | (?<!\d) {_YEAR} \s?[年년]
    | (?<![\d.v]) (?<!\d{{4}}[-_. ]) \d\d? (?P<c>[-_. ]) \d\d? (?P=c) {_YEAR} (?!\d) (?!\.\d(?!\d))
    | (?<!\d) \d\d? (?:st|nd|rd|th|er)? [-_. ]* (?:(?:of|de)[_ ])?
      {_WORD} [-_., ]* (?:de[_ ])? {_YEAR} (?!\d)
    | (?<![^\W_]) {_WORD} [-_. ]* \d\d? (?:st|nd|rd|th|er)? [-_, ]+ {_YEAR} (?!\d)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# Ten digits alone may count anything. Thirteen that are milliseconds of our days hardly do.
_SINCE_1970 = re.compile(
    r"(?:(?:FB_IMG_|mmexport|wx_camera_|microMsg\.)(1\d{9})(\d{3})?"
    r"|(?:(?:IMG|image|photo|pic|picture|Screenshot|capture|camera|cropped|PicsArt|collage)[-_]?)?"
    r"(1\d{9})(\d{3}))(?!\d)",
    re.IGNORECASE,
)
# Numbers of Facebook's, and names that are random.
_IDS = re.compile(
    r"^received_\d+|^(?:\d+_){2,}[a-z](?![a-z])"
    r"|(?<![0-9a-f])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![0-9a-f])"
    r"|(?<![^\W_])(?=[0-9]*[a-f])[0-9a-f]{16,}(?![^\W_])",
    re.IGNORECASE,
)
_COLONS = re.compile("[\u2236\ua789\u02d0]|%3A", re.IGNORECASE)


def date_in_name(name: str) -> Clock | None:
    """The moment that a file's name tells, or else the day, at its midnight."""
    # Full width and no-break blanks as usual; and what programs put for a colon, which not every
    # drive takes.
    stem = unicodedata.normalize("NFKC", PurePath(name).stem)
    stem = _IDS.sub(" ", _COLONS.sub(":", stem))
    clocks = [clock for clock in _dates(stem) if clock.is_likely]
    return next((clock for clock in clocks if clock.told > Told.DAY), next(iter(clocks), None))


def _dates(stem: str) -> Iterator[Clock]:
    # Google's Pixels name their photos by the time in UTC.
    is_utc = stem.upper().startswith("PXL_")
    for start in _STARTS.finditer(stem):
        if clock := date_at(stem, start.start()):
            yield clock.from_utc() if is_utc and clock.told > Told.DAY else clock
    if clock := _since_1970(stem):
        yield clock


def _since_1970(stem: str) -> Clock | None:
    match = _SINCE_1970.match(stem)
    if match is None:
        return None
    seconds, thousandths = match[1] or match[3], match[2] or match[4] or "0"
    return at_moment(int(seconds) + int(thousandths) / 1000)
