"""Who besides EXIF says when and where a photo was taken: in the file, and beside it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from PIL import ImageFile, IptcImagePlugin

from desktop.dates import Clock, TakenFrom, Told, at_moment, read_date
from desktop.media.facts.names import date_in_name
from desktop.media.facts.places import Coordinates, place, written_place

_log = logging.getLogger(__name__)

# XMP specification part 1 (ISO 16684-1), its properties in part 2 and in EXIF 2.32 for XMP.
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_EXIF = "{http://ns.adobe.com/exif/1.0/}"
# When the photo was taken. Immich writes both where a person corrects the date.
_XMP_TAKEN = (
    f"{_EXIF}DateTimeOriginal",
    "{http://ns.adobe.com/photoshop/1.0/}DateCreated",
)
_XMP_DIGITISED = (
    f"{_EXIF}DateTimeDigitized",
    "{http://ns.adobe.com/xap/1.0/}CreateDate",
)
# IPTC-IIM 4.2: date and time of creation, then of digitisation.
_IPTC_DATES = (((2, 55), (2, 60)), ((2, 62), (2, 63)))
# The PNG specification's keyword, as it is spelt, and EXIF's tags as ImageMagick writes them there.
# Its "date:create" is the time of a file.
_PNG_DATES = ("creationtime", "creationdate", "exifdatetimeoriginal", "datetimeoriginal")

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_MAX_BYTES = 16 * 1024 * 1024
_ZONE_STEP = timedelta(minutes=15)
_MOST_ZONES = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Said:
    """What one source says.

    Attributes:
        clocks: the best first.
        is_correction: a person may have written it to correct what is in the photo.
    """

    source: TakenFrom
    clocks: tuple[Clock, ...] = ()
    place: Coordinates | None = None
    is_correction: bool = False


def embedded(image: ImageFile.ImageFile) -> list[Said]:
    """What is in the file; for PNG, once its pixels are loaded. Never fails."""
    packet = image.info.get("xmp") or raw_profile(image.info, "xmp")
    return [
        _xmp(packet.encode() if isinstance(packet, str) else packet),
        Said(TakenFrom.IPTC, tuple(_iptc_clocks(image))),
        Said(TakenFrom.TEXT, tuple(_text_clocks(image.info))),
    ]


def beside(path: Path, sidecars: Iterable[Path] = ()) -> list[Said]:
    """What the photo's name and the files beside it say. Those that cannot be read say nothing."""
    named = date_in_name(path.name)
    said = [] if named is None else [Said(TakenFrom.NAME, (named,))]
    for sidecar in sidecars:
        try:
            with sidecar.open("rb") as file:
                content = file.read(_MAX_BYTES + 1)
        except OSError as error:
            _log.debug("a sidecar cannot be read: %s", error.strerror)
            continue
        is_xmp = sidecar.suffix.lower() == ".xmp"
        said += _xmp_beside(content) if is_xmp else [_takeout(content, named)]
    return said


def raw_profile(info: Mapping[Any, Any], name: str) -> bytes:
    """A block that ImageMagick writes into PNG as text: a name, a length, lines of hex."""
    text = info.get(f"Raw profile type {name}")
    if not isinstance(text, str):
        return b""
    digits = "".join(text.split("\n")[3:])
    return bytes.fromhex(digits) if re.fullmatch(r"(?:[0-9a-fA-F]{2})*", digits) else b""


def _xmp(packet: object) -> Said:
    values = _xmp_values(packet) if isinstance(packet, bytes) else {}
    clocks = _xmp_clocks(values, (*_XMP_TAKEN, *_XMP_DIGITISED))
    return Said(TakenFrom.XMP, clocks, _xmp_place(values))


def _xmp_beside(packet: bytes) -> list[Said]:
    """An .xmp file: its date and place may be corrected, its other dates are not."""
    values = _xmp_values(packet)
    taken, digitised = (_xmp_clocks(values, names) for names in (_XMP_TAKEN, _XMP_DIGITISED))
    return [
        Said(TakenFrom.SIDECAR, taken, _xmp_place(values), is_correction=True),
        Said(TakenFrom.SIDECAR, digitised),
    ]


def _xmp_clocks(values: Mapping[str, str], names: Iterable[str]) -> tuple[Clock, ...]:
    return _known(read_date(values.get(name, "")) for name in names)


def _xmp_place(values: Mapping[str, str]) -> Coordinates | None:
    return written_place(
        *(values.get(f"{_EXIF}GPS{name}", "") for name in ("Latitude", "Longitude"))
    )


def _xmp_values(packet: bytes) -> Mapping[str, str]:
    """The simple properties of the photo itself, by their full names. The first of a repeated one
    counts; those of pictures that went into it stand deeper."""
    values: dict[str, str] = {}
    if packet[:2] not in _UTF_16:
        packet = packet.strip(b"\0 \t\r\n")
    if not packet or len(packet) > _MAX_BYTES:
        return values
    try:
        root: Element = fromstring(packet)
    # Whatever can go wrong in foreign XML: not well-formed, entities, an unknown encoding.
    except Exception as error:
        _log.debug("XMP cannot be read: %r", error)
        return values
    rdf = next(root.iter(f"{_RDF}RDF"), root)
    for description in rdf.findall(f"{_RDF}Description"):
        for name, text in description.attrib.items():
            values.setdefault(name, text)
        for element in description:
            item = element.find(f".//{_RDF}li")
            values.setdefault(element.tag, ((element if item is None else item).text or "").strip())
    return values


def _iptc_clocks(image: ImageFile.ImageFile) -> Iterator[Clock]:
    try:
        values = IptcImagePlugin.getiptcinfo(image) or {}
    except Exception as error:  # as for XML
        _log.debug("IPTC cannot be read: %r", error)
        return
    for day, time in _IPTC_DATES:
        words = (values.get(tag, b"") for tag in (day, time))
        firsts = (word[0] if isinstance(word, list) else word for word in words)
        clock = read_date(" ".join(first.decode("latin-1") for first in firsts))
        if clock is not None:
            yield clock


def _text_clocks(info: Mapping[Any, Any]) -> Iterator[Clock]:
    texts = {
        re.sub(r"[\s_:\-]", "", key.lower()): text
        for key, text in info.items()
        if isinstance(key, str) and isinstance(text, str)
    }
    for key in _PNG_DATES:
        if clock := read_date(texts.get(key, "")):
            yield clock


def _takeout(content: bytes, named: Clock | None) -> Said:
    """The JSON that Google Takeout puts beside a photo. It tells a moment, not a wall clock."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        _log.debug("JSON beside a photo cannot be read: %r", error)
        told = None
    # 0 stands for nothing here: a time that is not known, a place in the sea.
    since_1970_s = _number(told, "photoTakenTime", "timestamp")
    moment = at_moment(since_1970_s) if since_1970_s else None
    places = (
        place(_number(told, name, "latitude"), _number(told, name, "longitude"))
        for name in ("geoData", "geoDataExif")
    )
    clock = (moment and named and _same_moment(moment, named)) or moment
    return Said(TakenFrom.TAKEOUT, _known([clock]), next(filter(None, places), None))


def _same_moment(moment: Clock, named: Clock) -> Clock | None:
    """The wall clock that the photo's name tells, if it is that moment in some time zone."""
    utc = moment.at - timedelta(minutes=moment.utc_offset_min or 0)
    ahead = named.at.replace(microsecond=0) - utc.replace(microsecond=0)
    is_zone = ahead % _ZONE_STEP == timedelta() and abs(ahead) <= _MOST_ZONES
    tells_time = named.told > Told.DAY
    return Clock(named.at, ahead // timedelta(minutes=1)) if is_zone and tells_time else None


def _number(told: object, *names: str) -> float | None:
    for name in names:
        told = told.get(name) if isinstance(told, dict) else None
    if isinstance(told, bool) or not isinstance(told, str | int | float):
        return None
    try:
        return float(told)
    except (ValueError, OverflowError):
        return None


def _known(clocks: Iterable[Clock | None]) -> tuple[Clock, ...]:
    return tuple(clock for clock in clocks if clock is not None)
