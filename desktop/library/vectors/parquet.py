"""Vectors as Parquet: a table with a column of lists, for data frames, Spark and DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from desktop.errors import ExtraMissing
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

_KEY = b"likeness"


def write_parquet(path: Path, header: VectorsHeader, blocks: Iterable[RowsOut]) -> None:
    """Raises FileExistsError, OSError, Cancelled, ExtraMissing."""
    pa, pq = _pyarrow()
    schema = _schema(pa, header)
    with (
        written(path) as part,
        part.open("wb") as file,
        pq.ParquetWriter(
            file,
            schema,
            use_dictionary=_TEXTS,
            compression=_COMPRESSION,
            write_page_checksum=True,
        ) as out,
    ):
        for block in blocks:
            columns = block.columns()
            arrays = [pa.array(columns[name], schema.field(name).type) for name in COLUMNS]
            numbers = pa.array(block.vectors.ravel())
            arrays.append(pa.FixedSizeListArray.from_arrays(numbers, header.dim))
            out.write_batch(pa.record_batch(arrays, schema=schema))


class ParquetVectors:
    """See `VectorsFile`. Columns that are not asked for may be absent, and others may be there."""

    def __init__(self, path: Path) -> None:
        """Raises VectorsUnusable or ExtraMissing."""
        self.path = path
        self._pa, pq = _pyarrow()
        with explained(path, self._pa.ArrowException):
            self._file = pq.ParquetFile(path, pre_buffer=False, page_checksum_verification=True)
        try:
            self.n_rows: int = self._file.metadata.num_rows
            self.header = self._read_header()
        except BaseException:
            self.close()
            raise

    def rows(self) -> Iterator[RowsIn]:
        has_sizes = "bytes" in self._file.schema_arrow.names
        wanted = ["content_hash", "vector", *(["bytes"] if has_sizes else [])]
        with explained(self.path, self._pa.ArrowException):
            batches = self._file.iter_batches(AT_ONCE, columns=wanted, use_threads=False)
            for batch in batches:
                yield self._rows_of(batch, has_sizes)

    def stamp(self) -> object:
        return stamp_of(self.path)

    def close(self) -> None:
        self._file.close()

    def _read_header(self) -> VectorsHeader:
        schema = self._file.schema_arrow
        said = (schema.metadata or {}).get(_KEY)
        if said is None or not {"content_hash", "vector"} <= set(schema.names):
            raise not_ours(self.path)
        types = self._pa.types
        kind, lists = schema.field("vector").type, (types.is_list, types.is_large_list)
        is_list = types.is_fixed_size_list(kind) or any(each(kind) for each in lists)
        if not is_list or not types.is_floating(kind.value_type):
            raise unusable(self.path, "its column “vector” does not hold lists of numbers")
        if not _is_text(types, schema.field("content_hash").type):
            raise unusable(self.path, "its column “content_hash” does not hold text")
        return VectorsHeader.read(said.decode("utf-8", "replace"), self.path)

    def _rows_of(self, batch: Any, has_sizes: bool) -> RowsIn:
        lists, dim = batch.column("vector"), self.header.dim
        numbers = lists.flatten()
        if lists.null_count or numbers.null_count:
            raise unusable(self.path, "a vector in it is empty")
        if len(numbers) != dim * len(lists) or not _are_all(lists.value_lengths(), dim):
            raise unusable(self.path, f"a vector in it has not {dim} numbers, as it says itself")
        vectors = numbers.to_numpy(zero_copy_only=False).astype(np.float32, copy=False)
        sizes = None
        if has_sizes:
            sizes = batch.column("bytes").fill_null(-1).to_numpy(zero_copy_only=False)
            sizes = sizes.astype(np.int64, copy=False)
        return RowsIn(batch.column("content_hash").to_pylist(), sizes, vectors.reshape(-1, dim))


_TEXTS = ["format", "camera", "lens"]
_COMPRESSION = dict.fromkeys(COLUMNS, "zstd") | {"vector.list.element": "none"}


def _are_all(lengths: Any, dim: int) -> bool:
    return bool((lengths.to_numpy(zero_copy_only=False) == dim).all())


def _is_text(types: Any, kind: Any) -> bool:
    if types.is_dictionary(kind):
        kind = kind.value_type
    return bool(types.is_string(kind) or types.is_large_string(kind))


def _schema(pa: Any, header: VectorsHeader) -> Any:
    kinds = {int: pa.int64(), str: pa.string(), float: pa.float64()}
    fields = [pa.field(name, kinds.get(kind, pa.timestamp("us"))) for name, kind in COLUMNS.items()]
    fields.append(pa.field("vector", pa.list_(pa.float32(), header.dim)))
    return pa.schema(fields, metadata={_KEY: header.written().encode()})


def _pyarrow() -> tuple[Any, Any]:
    """pyarrow and its part for Parquet. Raises ExtraMissing."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ExtraMissing("Parquet files", "parquet") from error
    return pyarrow, pyarrow.parquet
