"""Photos as tables: one row each, for spreadsheets and programs."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from desktop.catalog import Photo
from desktop.jobs import Job
from desktop.library.exporting.facts import facts_of
from desktop.library.exporting.place import written

_WRITING = "Writing rows"
_ROWS = 500
_FACTS = ("taken", "width", "height", "format", "camera", "lens", "latitude", "longitude", "bytes")


class ToldOfPhotos:
    """What is written of photos.

    Attributes:
        scores: by photo_id, of what was found; {} for what was listed.
        attributes: by photo_id, name and text.
        names: of attributes, in order.
    """

    def __init__(
        self,
        scores: Mapping[int, float],
        attributes: Mapping[int, Mapping[str, str]],
        names: Sequence[str],
    ) -> None:
        self.scores = scores
        self.attributes = attributes
        self.names = names

    def row(self, photo: Photo) -> dict[str, Any]:
        """None where nothing is known."""
        row = facts_of(photo)
        row["taken"] = row["taken"].isoformat() if row["taken"] else None
        if self.scores:
            row["score"] = self.scores.get(photo.photo_id)
        return row


def write_csv(path: Path, photos: Sequence[Photo], said: ToldOfPhotos, job: Job) -> None:
    """UTF-8 with a mark, so that spreadsheets know it, and commas. Raises FileExistsError, OSError
    or Cancelled."""
    headings = ["path", "name", *_FACTS, *(["score"] if said.scores else []), *said.names]
    with written(path) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        # Bytes of a name that are no text are written as escapes, since the file is text.
        writer = csv.writer(file)
        writer.writerow(headings)
        for photo in _reported(photos, job):
            attributes = said.attributes.get(photo.photo_id, {})
            cells = [*said.row(photo).values(), *(attributes.get(name) for name in said.names)]
            writer.writerow([_cell(cell) for cell in cells])


def write_json(path: Path, photos: Sequence[Photo], said: ToldOfPhotos, job: Job) -> None:
    """A list of objects, ASCII as all JSON of ours. Raises FileExistsError, OSError, Cancelled."""
    with written(path) as part, part.open("w", encoding="ascii") as file:
        file.write("[")
        for number, photo in enumerate(_reported(photos, job)):
            row = {**said.row(photo), "attributes": dict(said.attributes.get(photo.photo_id, {}))}
            file.write(("," if number else "") + "\n" + json.dumps(row))
        file.write("\n]\n")


def _reported(photos: Sequence[Photo], job: Job) -> Iterator[Photo]:
    for number, photo in enumerate(photos):
        if number % _ROWS == 0:
            job.report(number, len(photos), _WRITING)
        yield photo
    job.report(len(photos), len(photos), _WRITING)


def _cell(value: Any) -> str:
    return "" if value is None else str(value).encode("utf-8", "backslashreplace").decode()
