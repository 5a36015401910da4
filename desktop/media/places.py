"""Where a photo was taken, in the ways in which EXIF, XMP and others write it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from desktop.media import exif
from desktop.media.exif import ExifTags, Value

_WRITTEN = re.compile(
    r"\s*([+-]?\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?(?:,(\d+(?:\.\d+)?))?\s*([NSEWnsew]?)\s*"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees, north and east positive."""

    latitude: float
    longitude: float


def place(latitude: float | None, longitude: float | None) -> Place | None:
    """None unless both are there and on the globe."""
    # Exactly 0, 0 (in the sea off Ghana) is what cameras write while they have no fix.
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    # NaN is in no range.
    is_on_globe = -90 <= latitude <= 90 and -180 <= longitude <= 180
    return Place(latitude, longitude) if is_on_globe else None


def exif_place(tags: ExifTags) -> Place | None:
    return place(
        _exif_degrees(tags.gps.get(exif.LATITUDE), tags.gps.get(exif.LATITUDE_REF), "NS"),
        _exif_degrees(tags.gps.get(exif.LONGITUDE), tags.gps.get(exif.LONGITUDE_REF), "EW"),
    )


def written_place(latitude: str, longitude: str) -> Place | None:
    """As XMP has it: "48,8.2442N" or "48,8,14.6N"."""
    return place(_written_degrees(latitude, "NS"), _written_degrees(longitude, "EW"))


def _written_degrees(text: str, letters: str) -> float | None:
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    parts = [float(part) for part in found.groups()[:3] if part]
    return _signed(parts, found[4], letters)


def _exif_degrees(value: Value | None, ref: Value | None, letters: str) -> float | None:
    """A last part of 0/0 is how some cameras leave out the seconds. Where even the minutes are
    left out, whole degrees would be a place 100 km wide."""
    if value is None or isinstance(value, bytes) or not 1 <= len(value) <= 3:
        return None
    pairs = list(value)
    while len(pairs) > 1 and pairs[-1] == (0, 0):
        pairs.pop()
    parts: list[float] = []
    for pair in pairs:
        match pair:
            case (int(numerator), int(denominator)) if denominator:
                parts.append(numerator / denominator)
            case _:
                return None
    if len(parts) < len(value) and len(parts) == 1 and parts[0].is_integer():
        return None
    letter = ref.decode("latin-1").strip("\0 ") if isinstance(ref, bytes) else ""
    return _signed(parts, letter, letters)


def _signed(parts: Sequence[float], letter: str, letters: str) -> float | None:
    """Degrees, minutes and seconds, with the sign of the letter. Without a letter only a negative
    value tells on which side it is."""
    is_negative = any(part < 0 for part in parts)
    if is_negative and not letter:
        letter = letters[1]
    side = letters.find(letter[:1].upper()) if letter else -1
    if side == -1 or (is_negative and side == 0):
        return None
    degrees = sum(abs(part) / unit for part, unit in zip(parts, (1, 60, 3600), strict=False))
    return -degrees if side else degrees
