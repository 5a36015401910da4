"""`likeness map`: where photos are on the map, which is drawn if there is none."""

from __future__ import annotations

import argparse

from desktop.cli.said.outcome import DONE
from desktop.cli.said.output import count, say_json, say_table
from desktop.cli.said.progress import watched_job
from desktop.cli.said.streams import note
from desktop.library import Library, PhotoMap


def show_map(library: Library, arguments: argparse.Namespace) -> int:
    placed = None if arguments.new else library.map.place_new()
    if placed is None or placed.is_outdated:
        with watched_job() as job:
            placed = library.map.draw(job)
    rows = _rows(library, placed)
    if arguments.json:
        say_json([{"path": path, "x": x, "y": y} for path, x, y in rows])
    else:
        say_table(("X", "Y", "Photo"), ((f"{x:.3f}", f"{y:.3f}", path) for path, x, y in rows))
        note(f"{count(len(rows), 'photo')} on the map; `likeness map --new` draws it anew.")
    return DONE


def _rows(library: Library, placed: PhotoMap) -> list[tuple[str, float, float]]:
    """Path, x and y, by path."""
    points = dict(zip(placed.photo_ids.tolist(), placed.points.tolist(), strict=True))
    photos = library.photos.get(list(points))
    found = [(str(photo.path), *points[photo.photo_id]) for photo in photos]
    return sorted((path, round(x, 5), round(y, 5)) for path, x, y in found)
