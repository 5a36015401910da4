"""What exported files say of a photo, under the same names in all of them."""

from __future__ import annotations

from typing import Any

from desktop.catalog import Photo


def facts_of(photo: Photo) -> dict[str, Any]:
    """By name, in order; None where nothing is known. `taken` is a datetime without a zone."""
    facts = photo.metadata
    return {
        "path": str(photo.path),
        "name": photo.path.name,
        "taken": facts.taken_at if facts else None,
        "width": facts.width_px if facts else None,
        "height": facts.height_px if facts else None,
        "format": facts.format if facts else None,
        "camera": facts.camera if facts else None,
        "lens": facts.lens if facts else None,
        "latitude": facts.latitude if facts else None,
        "longitude": facts.longitude if facts else None,
        "bytes": photo.size_bytes,
    }
