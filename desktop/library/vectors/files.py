"""Which kind of file vectors go into, and which kind a file is, or whether it is a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from desktop.index import find_place
from desktop.library.vectors.faiss_flat import FaissVectors, table_beside, write_faiss
from desktop.library.vectors.npz import NpzVectors, write_npz
from desktop.library.vectors.parquet import ParquetVectors, write_parquet
from desktop.library.vectors.rows import (
    RowsOut,
    VectorsFile,
    VectorsHeader,
    explained,
    not_ours,
)
from desktop.library.vectors.tables import TableVectors

Write = Callable[[Path, VectorsHeader, Iterable[RowsOut]], None]

WRITERS: dict[str, Write] = {"parquet": write_parquet, "npz": write_npz, "faiss": write_faiss}
"""By what follows the dot of their names; those are the names of the forms, too."""

_READERS: dict[bytes, Callable[[Path], VectorsFile]] = {
    b"PAR1": ParquetVectors,
    b"PK\x03\x04": NpzVectors,
    b"IxM2": FaissVectors,
    b"IxMp": FaissVectors,
    b"IxFI": FaissVectors,
    b"IxF2": FaissVectors,
}
"""By the first bytes of a file, whatever it is called."""


def open_vectors(place: Path | str) -> VectorsFile:
    """place: a file; or where a table is, as a person types it. Raises VectorsUnusable,
    ExtraMissing, or EngineUnavailable."""
    table = find_place(str(place))
    if table is not None:
        return TableVectors(table)
    path = Path(place)
    if path.name.endswith(table_beside(Path(".faiss")).suffix):
        path = path.with_suffix("")  # the table that stands beside an index of faiss
    with explained(path), path.open("rb") as file:
        begins_with = file.read(4)
    reader = _READERS.get(begins_with)
    if reader is None:
        raise not_ours(path)
    return reader(path)
