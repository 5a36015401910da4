"""Vectors as a file of faiss: a flat index with the photos' ids, and a table beside it.

faiss itself holds a whole index in memory to write it, and reads one without looking whether it
makes sense. So the bytes are written and read here, in faiss' own format (write_index in
faiss/impl/index_write.cpp, which has been the same since 2018); the tests compare them with what
faiss writes, and let it read them.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from desktop.library.exporting.place import written
from desktop.library.vectors.rows import (
    AT_ONCE,
    RowsIn,
    RowsOut,
    VectorsHeader,
    explained,
    not_ours,
    stamp_of,
    unusable,
)

_INDEX = struct.Struct("<4siqqq?i")
"""What it is, numbers in a vector, vectors, two numbers without a meaning, whether it is trained,
how vectors are compared."""

_LENGTH = struct.Struct("<Q")
_UNUSED = 1 << 20
_WITH_IDS = (b"IxM2", b"IxMp")
_FLAT = (b"IxFI", b"IxF2")
_INNER_PRODUCT = 0
_MOST_LETTERS_OF_LINE = 1 << 20


def table_beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.jsonl")


def write_faiss(path: Path, header: VectorsHeader, blocks: Iterable[RowsOut]) -> None:
    """The index, and beside it `table_beside(path)`. Raises FileExistsError where one of the two is
    there, OSError, Cancelled."""
    beside = table_beside(path)
    with (
        written(beside) as table_part,
        written(path) as part,
        table_part.open("w", encoding="ascii", newline="\n") as table,
        part.open("wb") as index,
    ):
        table.write(header.written() + "\n")
        index.write(_head(header.dim, 0))
        ids = [np.zeros(0, "<i8")]
        for block in blocks:
            index.write(np.ascontiguousarray(block.vectors, "<f4").data)
            columns = block.columns()
            ids.append(np.array(columns["photo_id"], "<i8"))
            for row in zip(*columns.values(), strict=True):
                table.write(
                    json.dumps(dict(zip(columns, row, strict=True)), default=_moment) + "\n"
                )
        photo_ids = np.concatenate(ids)
        index.write(_LENGTH.pack(len(photo_ids)))
        index.write(photo_ids.tobytes())
        index.seek(0)
        index.write(_head(header.dim, len(photo_ids)))


def _moment(value: datetime) -> str:
    return value.isoformat()


def _head(dim: int, n_rows: int) -> bytes:
    about = (dim, n_rows, _UNUSED, _UNUSED, True, _INNER_PRODUCT)
    both = _INDEX.pack(_WITH_IDS[0], *about) + _INDEX.pack(_FLAT[0], *about)
    return both + _LENGTH.pack(n_rows * dim)


class FaissVectors:
    """See `VectorsFile`. Needs no faiss."""

    def __init__(self, path: Path) -> None:
        """Raises VectorsUnusable."""
        self.path = path
        self._table_path = table_beside(path)
        with explained(path), path.open("rb") as file:
            dim, self.n_rows = self._read_head(file)
        with explained(self._table_path), _lines(self._table_path) as table:
            self.header = VectorsHeader.read(_line(table, self._table_path), self._table_path)
        if self.header.dim != dim:
            raise unusable(
                path,
                f"its vectors have {dim} numbers, and {self._table_path.name} says "
                f"{self.header.dim}",
            )

    def rows(self) -> Iterator[RowsIn]:
        dim, path = self.header.dim, self.path
        with (
            explained(path),
            path.open("rb") as file,
            path.open("rb") as ids_file,
            _lines(self._table_path) as table,
        ):
            file.seek(2 * _INDEX.size + _LENGTH.size)
            ids_file.seek(file.tell() + 4 * dim * self.n_rows + _LENGTH.size)
            _line(table, self._table_path)
            for start in range(0, self.n_rows, AT_ONCE):
                n = min(AT_ONCE, self.n_rows - start)
                vectors = _array(file, "<f4", n * dim).reshape(n, dim)
                ids = _array(ids_file, "<i8", n)
                rows = [self._row(table) for _ in range(n)]
                if [row.get("photo_id") for row in rows] != ids.tolist():
                    raise unusable(path, f"{self._table_path.name} belongs to another file")
                yield RowsIn(
                    [_text(row.get("content_hash")) for row in rows],
                    np.array([_size(row.get("bytes")) for row in rows], np.int64),
                    vectors,
                )
            if table.read(1):
                raise unusable(path, f"{self._table_path.name} has more rows than it")

    def stamp(self) -> object:
        return stamp_of(self.path)

    def close(self) -> None:
        """Nothing is kept open."""

    def _read_head(self, file: IO[bytes]) -> tuple[int, int]:
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(2 * _INDEX.size + _LENGTH.size)
        if head[:4] not in _WITH_IDS:
            raise unusable(self.path, "it is an index of faiss without ids of photos")
        if len(head) < 2 * _INDEX.size + _LENGTH.size:
            raise unusable(self.path, "it is damaged or cut off")
        _, dim, n_rows, *_ = _INDEX.unpack_from(head)
        kind, flat_dim, n_flat, *_ = _INDEX.unpack_from(head, _INDEX.size)
        if kind not in _FLAT:
            raise unusable(self.path, "it is an index of faiss that does not hold whole vectors")
        (n_numbers,) = _LENGTH.unpack_from(head, 2 * _INDEX.size)
        holds = dim > 0 and n_rows >= 0 and (dim, n_rows) == (flat_dim, n_flat)
        right_size = len(head) + n_rows * (4 * dim + 8) + _LENGTH.size
        if not holds or n_numbers != n_rows * dim or size != right_size:
            raise unusable(self.path, "it is damaged or cut off")
        file.seek(len(head) + 4 * n_numbers)
        if _LENGTH.unpack(file.read(_LENGTH.size)) != (n_rows,):
            raise unusable(self.path, "it is damaged or cut off")
        return dim, n_rows

    def _row(self, table: IO[str]) -> dict[str, Any]:
        row = json.loads(_line(table, self._table_path))
        if not isinstance(row, dict):
            raise not_ours(self._table_path)
        return row


def _lines(path: Path) -> IO[str]:
    return path.open(encoding="utf-8")


def _line(table: IO[str], path: Path) -> str:
    line = table.readline(_MOST_LETTERS_OF_LINE)
    if not line.endswith("\n"):
        raise unusable(path, "it is damaged or cut off")
    return line


def _array(file: IO[bytes], dtype: str, n: int) -> NDArray[Any]:
    array = np.fromfile(file, dtype, n)
    if len(array) != n:
        raise EOFError
    return array


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _size(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 1 << 62 else -1
