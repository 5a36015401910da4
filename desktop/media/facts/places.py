"""Where a photo was taken, in the ways in which EXIF, XMP and others write it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from desktop.media.facts import exif
from desktop.media.facts.exif import ExifTags, TagValue

_WRITTEN = re.compile(
    r"\s*([+-]?\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?(?:,(\d+(?:\.\d+)?))?\s*([NSEWnsew]?)\s*"
)


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Degrees, north and east positive."""

    latitude: float
    longitude: float


def place(latitude: float | None, longitude: float | None) -> Coordinates | None:
    """None unless both are there and on the globe."""
    # Exactly 0, 0 (in the sea off Ghana) is what cameras write while they have no fix.
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    # NaN is in no range.
    is_on_globe = -90 <= latitude <= 90 and -180 <= longitude <= 180
    return Coordinates(latitude, longitude) if is_on_globe else None


def exif_place(tags: ExifTags) -> Coordinates | None:
    return _place(
        _exif_degrees(tags.gps.get(exif.LATITUDE), tags.gps.get(exif.LATITUDE_REF)),
        _exif_degrees(tags.gps.get(exif.LONGITUDE), tags.gps.get(exif.LONGITUDE_REF)),
    )


def written_place(latitude: str, longitude: str) -> Coordinates | None:
    """As XMP has it: "48,8.2442N" or "48,8,14.6N"."""
    return _place(_written_degrees(latitude), _written_degrees(longitude))


@dataclass(frozen=True, slots=True)
class _Degrees:
    """Degrees, minutes and seconds as they are written, and the letter of the side, or ""."""

    parts: tuple[float, ...]
    letter: str

    @property
    def has_sign(self) -> bool:
        return any(part < 0 for part in self.parts)

    def signed(self, letters: str, tells_by_sign: bool) -> float | None:
        """letters: of the positive and the negative side. tells_by_sign: whether a value without
        a letter is positive; else it may be on either side."""
        if not self.letter and not tells_by_sign:
            return None
        side = letters.find(self.letter) if self.letter else int(self.has_sign)
        if side == -1 or (self.has_sign and side == 0):
            return None
        # 60 is what some round to; more is no minute.
        if any(abs(part) > 60 for part in self.parts[1:]):
            return None
        units = (1, 60, 3600)
        degrees = sum(abs(part) / unit for part, unit in zip(self.parts, units, strict=False))
        return -degrees if side else degrees


def _place(latitude: _Degrees | None, longitude: _Degrees | None) -> Coordinates | None:
    """Who writes one of the two with a sign tells the side of both by it."""
    if latitude is None or longitude is None:
        return None
    tells_by_sign = latitude.has_sign or longitude.has_sign
    return place(latitude.signed("NS", tells_by_sign), longitude.signed("EW", tells_by_sign))


def _written_degrees(text: str) -> _Degrees | None:
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    return _Degrees(tuple(float(part) for part in found.groups()[:3] if part), found[4].upper())


def _exif_degrees(value: TagValue | None, ref: TagValue | None) -> _Degrees | None:
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
    letter = ref.decode("latin-1").strip("\0 ")[:1].upper() if isinstance(ref, bytes) else ""
    return _Degrees(tuple(parts), letter)
