"""What a photo file says about itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from desktop.dates import Clock, TakenFrom, read_date
from desktop.media.facts import exif
from desktop.media.facts.exif import ExifTags, TagValue
from desktop.media.facts.places import exif_place
from desktop.media.facts.sources import Said

_MAX_TEXT = 100
_ORDER = list(TakenFrom)


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
        taken_from: who says when.
        utc_offset_min: how far the clock of taken_at was ahead of UTC.
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
    taken_from: TakenFrom | None = None
    utc_offset_min: int | None = None


def read_facts(
    tags: ExifTags, width_px: int, height_px: int, format_name: str, others: Iterable[Said] = ()
) -> PhotoFacts:
    """Make the facts from EXIF tags, the upright size, and what others say. Never fails: broken
    tags become None.

    Of what is said the first likely date counts, corrections before others and then in the order
    of `TakenFrom`; likewise the place. One that tells a year, month, day or minute only gives way
    to the next that tells more of it. A correction that tells EXIF's date once more corrects
    nothing: EXIF's has the parts of a second.
    """
    said = [Said(TakenFrom.EXIF, _exif_clocks(tags), exif_place(tags)), *others]
    said.sort(key=lambda each: (not each.is_correction, _ORDER.index(each.source)))
    dates = [(clock, each.source) for each in said for clock in each.clocks if clock.is_likely]
    clock, source = dates[0] if dates else (None, None)
    for finer, its_source in dates[1:]:
        if clock and clock.leaves_open(finer):
            clock, source = finer, its_source
    in_exif = next((each for each, its_source in dates if its_source is TakenFrom.EXIF), None)
    if clock and in_exif and _tells_again(clock.at, in_exif.at):
        clock, source = in_exif, TakenFrom.EXIF
    place = next((each.place for each in said if each.place), None)
    return PhotoFacts(
        width_px=width_px,
        height_px=height_px,
        orientation=orientation(tags),
        taken_at=clock.at if clock else None,
        camera=_camera(_text(tags.main.get(exif.MAKE)), _text(tags.main.get(exif.MODEL))),
        lens=_text(tags.exif.get(exif.LENS_MODEL)),
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        format=format_name,
        taken_from=source,
        utc_offset_min=clock.utc_offset_min if clock else None,
    )


def _tells_again(coarse: datetime, fine: datetime) -> bool:
    """Whether it is the same second; or the minute or midnight before it, which may stand for what
    is not known."""
    second = fine.replace(microsecond=0)
    told = (second, second.replace(second=0), second.replace(second=0, minute=0, hour=0))
    return coarse.replace(microsecond=0) in told


def orientation(tags: ExifTags) -> int:
    """The EXIF orientation, 1 to 8; 1 when it is absent or nonsense."""
    match tags.main.get(exif.ORIENTATION):
        case (int(value), *_) if 1 <= value <= 8:
            return value
        case _:
            return 1


def _exif_clocks(tags: ExifTags) -> tuple[Clock, ...]:
    """When the shutter opened; when it was digitised; when the file was written."""
    clocks = []
    for value, fraction, offset in (
        (tags.exif.get(exif.DATE_TIME_ORIGINAL), exif.FRACTION_ORIGINAL, exif.OFFSET_ORIGINAL),
        (tags.exif.get(exif.DATE_TIME_DIGITIZED), exif.FRACTION_DIGITIZED, exif.OFFSET_DIGITIZED),
        (tags.main.get(exif.DATE_TIME), exif.FRACTION, exif.OFFSET),
    ):
        clock = read_date(_date_text(value))
        if clock is not None:
            fine = clock.refined(_text(tags.exif.get(fraction)), _text(tags.exif.get(offset)))
            clocks.append(fine)
    return tuple(clocks)


def _camera(make: str | None, model: str | None) -> str | None:
    """Make and model as one name: "Canon" and "Canon EOS 40D" make "Canon EOS 40D"."""
    if make is None or model is None:
        return model or make
    makers_words = set(re.split(r"[\s,.]+", make.casefold()))
    if re.split(r"[\s,.]+", model.casefold())[0] in makers_words:
        return model
    return f"{make} {model}"


def _date_text(value: TagValue | None) -> str:
    """Some programs write NULs where blanks belong, or two bytes for each character."""
    if not isinstance(value, bytes):
        return ""
    is_wide = not any(value[1:20:2]) or not any(value[:20:2])
    return _text(value.replace(b"\0", b"" if is_wide else b" ")) or ""


def _text(value: TagValue | None) -> str | None:
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
