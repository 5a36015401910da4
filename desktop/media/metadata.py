"""What a photo file says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """Attributes: as in the catalog's Metadata; taken_at is None when EXIF has no usable date."""

    width_px: int
    height_px: int
    orientation: int
    taken_at: datetime | None
    camera: str | None
    lens: str | None
    latitude: float | None
    longitude: float | None
    format: str
