"""VectorTable: what a program must do that keeps exported vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from desktop.index.part import FloatArray, IdArray

KEY = "photo_id"
"""The column by which rows are read one after the other."""

REQUIRED = (KEY, "content_hash", "vector")


@dataclass(frozen=True, slots=True)
class TableRows:
    """Some rows, by rising photo_id.

    Attributes:
        photo_ids: (n,) int64.
        content_hashes: None where a row has none.
        sizes: (n,) int64, bytes of the photos' files; -1 where that is not known.
        vectors: a row of numbers for each.
    """

    photo_ids: IdArray
    content_hashes: Sequence[str | None]
    sizes: NDArray[np.int64]
    vectors: Sequence[Sequence[float]] | FloatArray


class VectorTable(Protocol):
    """Any number of tables at one place. One call at a time. Every method may raise StoreAway, and
    EngineUnavailable for what waiting does not mend."""

    def list_names(self) -> list[str]:
        """Of all tables there."""

    def create(self, name: str, columns: Mapping[str, type], dim: int) -> None:
        """A table with these columns and `vector`; a cell of a column may be None, but for the
        key. `finish` makes it one of vectors."""

    def append(self, name: str, columns: Mapping[str, Sequence[Any]], vectors: FloatArray) -> None:
        """Rows; vectors (n, dim)."""

    def finish(self, name: str, header: str) -> None:
        """All rows are there: note the header, and that it is whole."""

    def header(self, name: str) -> str | None:
        """What `finish` has noted; None where that never happened, or it has not the columns."""

    def count(self, name: str) -> int:
        """Rows."""

    def page(self, name: str, after: int, n: int) -> TableRows:
        """The n rows whose photo_id comes next after this one; fewer are the last."""

    def drop(self, name: str) -> None:
        """Leave nothing of it; also where it is not there."""

    def close(self) -> None: ...


def sizes_of(values: Sequence[Any]) -> NDArray[np.int64]:
    """A column of whole numbers, -1 for those that are not known."""
    known = (-1 if value is None else int(value) for value in values)
    return np.fromiter(known, np.int64, len(values))
