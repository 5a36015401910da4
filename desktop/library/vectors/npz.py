"""Vectors as .npz: an array for each column, for NumPy; nothing in it is ever unpickled."""

from __future__ import annotations

import json
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from desktop.library.exporting.place import written
from desktop.library.vectors.rows import (
    AT_ONCE,
    COLUMNS,
    RowsIn,
    RowsOut,
    VectorsHeader,
    explained,
    not_ours,
    stamp_of,
    unusable,
)

_HEADER = "likeness"
_FOREIGN_TIME = (1980, 1, 1, 0, 0, 0)
_MOST_BYTES_OF_TEXT = 4_096


def write_npz(path: Path, header: VectorsHeader, blocks: Iterable[RowsOut]) -> None:
    """Each column is first written beside `path`, since an array begins with its length: that much
    room is needed twice for a moment. Raises FileExistsError, OSError, Cancelled."""
    with ExitStack() as last_first:
        part = last_first.enter_context(written(path))
        beside = tempfile.TemporaryDirectory(dir=path.parent, prefix=".likeness-", suffix=".part")
        folder = Path(last_first.enter_context(beside))
        columns = {
            name: last_first.enter_context(closing(_COLUMN_OF[kind](folder / name)))
            for name, kind in COLUMNS.items()
        }
        vectors = last_first.enter_context((folder / "vector").open("w+b"))
        n_rows = 0
        for block in blocks:
            for name, values in block.columns().items():
                columns[name].add(values)
            vectors.write(np.ascontiguousarray(block.vectors, "<f4").data)
            n_rows += len(block.photos)
        with zipfile.ZipFile(part, "w", allowZip64=True) as archive:
            _put_array(archive, _HEADER, np.array(header.written()))
            for name, column in columns.items():
                _put(archive, name, column.dtype, (n_rows,), column.chunks())
            vectors.seek(0)
            chunks = iter(lambda: vectors.read(AT_ONCE * 4 * header.dim), b"")
            _put(archive, "vector", np.dtype("<f4"), (n_rows, header.dim), chunks)


class _NumberColumn:
    """Values of one width, in a file of their own."""

    def __init__(self, path: Path, dtype: str, absent: Any) -> None:
        self.dtype = np.dtype(dtype)
        self._absent = absent
        self._file = path.open("w+b")

    def add(self, values: list[Any]) -> None:
        known = [self._absent if value is None else value for value in values]
        self._file.write(np.array(known, self.dtype).tobytes())

    def chunks(self) -> Iterator[bytes]:
        self._file.seek(0)
        while chunk := self._file.read(AT_ONCE * self.dtype.itemsize):
            yield chunk

    def close(self) -> None:
        self._file.close()


class _TextColumn:
    """Texts, one a line as JSON, until it is known how long the longest is."""

    def __init__(self, path: Path) -> None:
        self._most_letters = 1
        self._file = path.open("w+", encoding="ascii", newline="\n")

    @property
    def dtype(self) -> np.dtype[np.str_]:
        return np.dtype(f"<U{self._most_letters}")

    def add(self, values: list[str | None]) -> None:
        for value in values:
            text = value or ""
            self._most_letters = max(self._most_letters, len(text))
            self._file.write(json.dumps(text) + "\n")

    def chunks(self) -> Iterator[bytes]:
        self._file.seek(0)
        for line in self._file:
            yield np.array(json.loads(line), self.dtype).tobytes()

    def close(self) -> None:
        self._file.close()


_COLUMN_OF: dict[type, Callable[[Path], _NumberColumn | _TextColumn]] = {
    int: lambda path: _NumberColumn(path, "<i8", 0),
    float: lambda path: _NumberColumn(path, "<f8", np.nan),
    np.datetime64: lambda path: _NumberColumn(path, "<M8[us]", np.datetime64("NaT")),
    str: _TextColumn,
}


def _put_array(archive: zipfile.ZipFile, name: str, array: NDArray[Any]) -> None:
    _put(archive, name, array.dtype, array.shape, [array.tobytes()])


def _put(
    archive: zipfile.ZipFile,
    name: str,
    dtype: np.dtype[Any],
    shape: tuple[int, ...],
    chunks: Iterable[bytes],
) -> None:
    """An array as a member. Vectors do not get smaller by being compressed; texts do."""
    member = zipfile.ZipInfo(f"{name}.npy", _FOREIGN_TIME)
    member.compress_type = zipfile.ZIP_STORED if dtype.kind == "f" else zipfile.ZIP_DEFLATED
    about = {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    with archive.open(member, "w", force_zip64=True) as file:
        npy.write_array_header_1_0(file, about)
        for chunk in chunks:
            file.write(chunk)


class NpzVectors:
    """See `VectorsFile`."""

    def __init__(self, path: Path) -> None:
        """Raises VectorsUnusable."""
        self.path = path
        with explained(path, *_DAMAGES):
            self._archive = zipfile.ZipFile(path)
        try:
            with explained(path, *_DAMAGES):
                self.header = self._read_header()
                with _Array(self._archive, "vector", path) as vectors:
                    shape, dtype = vectors.shape, vectors.dtype
                with _Array(self._archive, "content_hash", path) as hashes:
                    hash_shape, hash_dtype = hashes.shape, hashes.dtype
        except BaseException:
            self.close()
            raise
        if len(shape) != 2 or shape[1] != self.header.dim or dtype.kind != "f":
            self.close()
            raise unusable(path, f"its vectors have not {self.header.dim} numbers, as it says")
        if hash_shape != shape[:1] or hash_dtype.kind not in "SU":
            self.close()
            raise unusable(path, "it has not one content hash for each vector")
        self.n_rows = shape[0]

    def rows(self) -> Iterator[RowsIn]:
        with explained(self.path, *_DAMAGES), ExitStack() as last_first:
            vectors, hashes = (
                last_first.enter_context(_Array(self._archive, name, self.path))
                for name in ("vector", "content_hash")
            )
            sizes = None
            if "bytes.npy" in self._archive.namelist():
                sizes = last_first.enter_context(_Array(self._archive, "bytes", self.path))
            for start in range(0, self.n_rows, AT_ONCE):
                n = min(AT_ONCE, self.n_rows - start)
                texts = hashes.read(n)
                if texts.dtype.kind == "S":
                    texts = np.char.decode(texts, "ascii")
                yield RowsIn(
                    [str(text) or None for text in texts],
                    None if sizes is None else sizes.read(n).astype(np.int64),
                    vectors.read(n).astype(np.float32, copy=False),
                )

    def stamp(self) -> object:
        return stamp_of(self.path)

    def close(self) -> None:
        self._archive.close()

    def _read_header(self) -> VectorsHeader:
        if not {f"{name}.npy" for name in (_HEADER, "vector", "content_hash")} <= set(
            self._archive.namelist()
        ):
            raise not_ours(self.path)
        with _Array(self._archive, _HEADER, self.path) as said:
            if said.shape != () or said.dtype.kind not in "SU":
                raise not_ours(self.path)
            text = said.read(1)[0]
        read = text.decode("utf-8") if isinstance(text, bytes) else str(text)
        return VectorsHeader.read(read, self.path)


_DAMAGES = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, TypeError)
"""What zipfile and NumPy raise at damaged members, and at such as are encrypted."""


class _Array:
    """One array of an archive, from its first row on.

    Attributes: shape, dtype: as its own header says.
    """

    def __init__(self, archive: zipfile.ZipFile, name: str, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] = archive.open(f"{name}.npy")
        try:
            self.shape, is_fortran, self.dtype = _about(self._file)
        except BaseException:
            self._file.close()
            raise
        is_long = self.dtype.kind in "SU" and self.dtype.itemsize > _MOST_BYTES_OF_TEXT
        if self.dtype.hasobject or is_long or (is_fortran and len(self.shape) > 1):
            self._file.close()
            raise unusable(path, f"its array “{name}” is of a kind that is not read")

    def __enter__(self) -> _Array:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, n_rows: int) -> NDArray[Any]:
        """The next rows. Raises VectorsUnusable where there are not so many."""
        row_shape = self.shape[1:]
        n_bytes = n_rows * self.dtype.itemsize * int(np.prod(row_shape, dtype=np.int64))
        data = bytearray()
        while len(data) < n_bytes:
            block = self._file.read(n_bytes - len(data))
            if not block:
                raise unusable(self._path, "it is damaged or cut off")
            data += block
        return np.frombuffer(data, self.dtype).reshape(n_rows, *row_shape)


def _about(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    version = npy.read_magic(file)
    if version not in read:
        raise ValueError(f"version {version} of .npy")
    shape, is_fortran, dtype = read[version](file)
    return shape, is_fortran, dtype
