"""Attributes: what people say of photos under names of their own, such as a label or a score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import Attribute, Catalog, folded
from desktop.errors import NameUnusable
from desktop.jobs import Job
from desktop.library.attributes.importing import Imported, read_attributes
from desktop.library.maps.groups import FloatArray, GroupBy, by_attribute
from desktop.library.reports import Change, Event, PhotosChanged, SavedChanged
from desktop.search import Names


@dataclass(frozen=True, slots=True)
class Column:
    """What one attribute says of certain photos, in their order.

    Attributes:
        texts: (n,) None where it says nothing.
        numbers: (n,) float64, NaN where it says no number.
    """

    texts: tuple[str | None, ...]
    numbers: NDArray[np.float64]


class Attributes:
    """Reads tables of attributes, and tells what they say. Not on Qt's main thread, but for
    `names`."""

    def __init__(self, catalog: Catalog, publish: Callable[[Event], None]) -> None:
        self._catalog = catalog
        self._publish = publish
        self._names: Names = frozenset()
        self._names_at = -1

    @property
    def names(self) -> Names:
        """The names that searches may ask for, folded, as they were at the last `refresh`.
        Instant."""
        return self._names

    def refresh(self) -> Names:
        """Look whether there are others by now: another process may have brought some."""
        revision = self._catalog.revisions().people
        if revision != self._names_at:
            self._names = frozenset(map(folded, self._catalog.attributes.list_names()))
            self._names_at = revision
        return self._names

    def list(self) -> Sequence[Attribute]:
        """By name."""
        return self._catalog.attributes.list_all()

    def find(self, name: str) -> Attribute:
        """By its name, whatever case and accents. Raises NameUnusable."""
        known = self.list()
        found = next((each for each in known if folded(each.name) == folded(name.strip())), None)
        if found is None:
            names = ", ".join(each.name for each in known[:9])
            hint = f"Known are: {names}." if names else "`likeness attributes import` brings some."
            raise NameUnusable(f"No attribute is called “{name}”.", hint)
        return found

    def of(self, photo_ids: Sequence[int]) -> Mapping[int, Mapping[str, str]]:
        """photo_id -> name -> what it says; no entry for a photo of which nothing is said."""
        return self._catalog.attributes.of_photos(photo_ids) if self.refresh() else {}

    def values(self, name: str, photo_ids: Sequence[int] | NDArray[np.int64]) -> Column:
        """What an attribute says of these photos. 100,000 in about 0.2 s. Raises NameUnusable."""
        said = self._catalog.attributes.values_of(self.find(name).name)
        row_of = {photo_id: row for row, photo_id in enumerate(said.photo_ids.tolist())}
        rows = [row_of.get(int(photo_id), -1) for photo_id in photo_ids]
        numbers = np.append(said.numbers, np.nan)[rows] if rows else np.zeros(0)
        return Column(tuple(said.texts[row] if row >= 0 else None for row in rows), numbers)

    def groupings(self) -> Mapping[str, GroupBy]:
        """By what each attribute says of photos, for the map. Instant."""

        def values(
            name: str, photo_ids: NDArray[np.int64]
        ) -> tuple[Sequence[str | None], FloatArray]:
            said = self.values(name, photo_ids)
            return said.texts, said.numbers

        return {name: partial(by_attribute, values, name) for name in sorted(self.names)}

    def import_file(self, path: Path, job: Job) -> Imported:
        """Take what a table says of photos, all of it or nothing: a photo's values are replaced by
        those of its row, an empty cell takes one away, and what other photos are said to be stays.

        Raises TableUnusable or Cancelled, and then nothing has changed.
        """
        imported, values = read_attributes(path, self._catalog.attributes.list_paths, job)
        job.report(imported.n_rows, imported.n_rows, f"Saving {path.name}")
        self._catalog.attributes.put(values)
        self._tell()
        return imported

    def remove(self, name: str) -> Attribute:
        """Forget an attribute with all it says; the photos stay. Raises NameUnusable."""
        attribute = self.find(name)
        self._catalog.attributes.remove(attribute.attribute_id)
        self._tell()
        return attribute

    def _tell(self) -> None:
        self.refresh()
        self._publish(SavedChanged())
        self._publish(PhotosChanged(None, Change.THERE | Change.FOUND))
