"""What a photo file says about itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from desktop.media import exif
from desktop.media.exif import ExifTags, Value

_MAX_TEXT = 100
_DATE = re.compile(
    r"\s*(\d{4})[:\-/. ](\d{1,2})[:\-/. ](\d{1,2})"
    r"(?:[T\s]+(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2}))?)?(?!\d)"
)
# Nicéphore Niépce's oldest surviving photograph is from 1826 or 1827; scans may well be dated so.
_FIRST_YEAR = 1826


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """Sizes are upright and full; everything that the file does not say in a usable way is None.

    Attributes:
        width_px, height_px: upright, after the orientation is applied, before any reduction.
        orientation: the EXIF orientation that was applied, 1 to 8. HEIF keeps its rotation outside
            EXIF and applies it itself: 1.
        taken_at: wall-clock time where the photo was taken, without a zone.
        latitude, longitude: degrees, north and east positive; both or neither.
        format: "JPEG", "PNG", "HEIF", ... by content, whatever the name says.
    """

    width_px: int
    height_px: int
    orientation: int
    taken_at: datetime | None
    camera: str | None
    lens: str | None
    latitude: float | None
    longitude: float | None
    format: str


def read_facts(tags: ExifTags, width_px: int, height_px: int, format_name: str) -> PhotoFacts:
    """Make the facts from EXIF tags and the upright size. Never fails: broken tags become None."""
    latitude, longitude = _place(tags) or (None, None)
    return PhotoFacts(
        width_px=width_px,
        height_px=height_px,
        orientation=orientation(tags),
        taken_at=_taken_at(tags),
        camera=_camera(_text(tags.main.get(exif.MAKE)), _text(tags.main.get(exif.MODEL))),
        lens=_text(tags.exif.get(exif.LENS_MODEL)),
        latitude=latitude,
        longitude=longitude,
        format=format_name,
    )


def orientation(tags: ExifTags) -> int:
    """The EXIF orientation, 1 to 8; 1 when it is absent or nonsense."""
    match tags.main.get(exif.ORIENTATION):
        case (int(value), *_) if 1 <= value <= 8:
            return value
        case _:
            return 1


def _taken_at(tags: ExifTags) -> datetime | None:
    """When the shutter opened; else when it was digitised; else when the file was written."""
    candidates = (
        tags.exif.get(exif.DATE_TIME_ORIGINAL),
        tags.exif.get(exif.DATE_TIME_DIGITIZED),
        tags.main.get(exif.DATE_TIME),
    )
    return next((date for value in candidates if (date := _date(_text(value)))), None)


def _date(text: str | None) -> datetime | None:
    match = _DATE.match(text or "")
    if match is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
        date = datetime(year, month, day, hour, minute, second)
    except ValueError:  # "0000:00:00 00:00:00" is how a camera without a set clock writes
        return None
    return date if date.year >= _FIRST_YEAR else None


def _camera(make: str | None, model: str | None) -> str | None:
    """Make and model as one name: "Canon" and "Canon EOS 40D" make "Canon EOS 40D"."""
    if make is None or model is None:
        return model or make
    makers_words = set(re.split(r"[\s,.]+", make.casefold()))
    if re.split(r"[\s,.]+", model.casefold())[0] in makers_words:
        return model
    return f"{make} {model}"


def _text(value: Value | None) -> str | None:
    """A tag's text up to its NUL, without controls; None when nothing readable is left."""
    if not isinstance(value, bytes):
        return None
    raw = value.split(b"\0", 1)[0]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    printable = "".join(c if c.isprintable() else " " for c in text)
    words = " ".join(printable.split())[:_MAX_TEXT]
    return words if any(c.isalnum() for c in words) else None


def _place(tags: ExifTags) -> tuple[float, float] | None:
    """(latitude, longitude) in degrees, or None unless both are whole and on the globe."""
    latitude = _degrees(
        tags.gps.get(exif.LATITUDE), tags.gps.get(exif.LATITUDE_REF), b"N", b"S", 90
    )
    longitude = _degrees(
        tags.gps.get(exif.LONGITUDE), tags.gps.get(exif.LONGITUDE_REF), b"E", b"W", 180
    )
    # Exactly 0, 0 (in the sea off Ghana) is what cameras write while they have no fix.
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    return latitude, longitude


def _degrees(
    value: Value | None, ref: Value | None, positive: bytes, negative: bytes, limit: int
) -> float | None:
    """Degrees, minutes and seconds with a reference letter as signed degrees."""
    sign = {positive: 1, negative: -1}.get(ref[:1].upper()) if isinstance(ref, bytes) else None
    if sign is None or isinstance(value, bytes) or value is None or not 1 <= len(value) <= 3:
        return None
    degrees = 0.0
    for part, unit in zip(value, (1, 60, 3600), strict=False):
        match part:
            case (int(numerator), int(denominator)) if denominator:
                degrees += numerator / denominator / unit
            case _:
                return None
    return sign * degrees if 0 <= degrees <= limit else None
