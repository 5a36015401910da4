"""ClickHouse, or chdb in a folder, as a place for tables of vectors. The header is the comment of
the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from desktop.index.part import FloatArray
from desktop.index.stores.clickhouse_link import ClickHouseLink
from desktop.index.tables.table import KEY, REQUIRED, TableRows, sizes_of

_TYPES = {
    int: "Nullable(Int64)",
    float: "Nullable(Float64)",
    str: "Nullable(String)",
    np.datetime64: "Nullable(DateTime64(6, 'UTC'))",
}
_YEARS = range(1900, 2299)
"""That a DateTime64 can tell; other dates are left out."""


class ClickHouseTables:
    """See `VectorTable`."""

    def __init__(self, uri: str, user: str, password: str) -> None:
        self._link = ClickHouseLink(uri, user, password)

    def list_names(self) -> list[str]:
        rows = self._link.ask("SELECT name FROM system.tables WHERE database = currentDatabase()")
        return sorted(name for (name,) in rows)

    def create(self, name: str, columns: Mapping[str, type], dim: int) -> None:
        kinds = {each: _TYPES[kind] for each, kind in columns.items()} | {KEY: "Int64"}
        said = ", ".join(f"`{each}` {kind}" for each, kind in kinds.items())
        self._link.do(
            f"CREATE TABLE {name} ({said}, vector Array(Float32),"
            f" CONSTRAINT of_one_length CHECK length(vector) = {dim})"
            f" ENGINE = MergeTree ORDER BY {KEY}"
        )

    def append(self, name: str, columns: Mapping[str, Sequence[Any]], vectors: FloatArray) -> None:
        values = [[_cell(value) for value in column] for column in columns.values()]
        with self._link.explained():
            self._link.client().insert(
                name,
                [*values, list(vectors)],
                column_names=[*columns, "vector"],
                column_oriented=True,
            )

    def finish(self, name: str, header: str) -> None:
        quoted = header.replace("\\", "\\\\").replace("'", "\\'")
        self._link.do(f"ALTER TABLE {name} MODIFY COMMENT '{quoted}'")

    def header(self, name: str) -> str | None:
        rows = self._link.ask(
            "SELECT comment FROM system.tables"
            " WHERE database = currentDatabase() AND name = {name:String}",
            name=name,
        )
        known = self._link.ask(
            "SELECT name FROM system.columns"
            " WHERE database = currentDatabase() AND table = {name:String}",
            name=name,
        )
        has_columns = set(REQUIRED) <= {column for (column,) in known}
        return str(rows[0][0]) or None if rows and has_columns else None

    def count(self, name: str) -> int:
        return int(self._link.ask(f"SELECT count() FROM {name}")[0][0])

    def page(self, name: str, after: int, n: int) -> TableRows:
        sizes = self._link.ask(
            "SELECT count() FROM system.columns WHERE database = currentDatabase()"
            " AND table = {name:String} AND name = 'bytes'",
            name=name,
        )
        size = "bytes" if sizes[0][0] else "NULL"
        rows = self._link.ask(
            f"SELECT {KEY}, content_hash, {size}, vector FROM {name}"
            f" WHERE {KEY} > {{after:Int64}} ORDER BY {KEY} LIMIT {{n:UInt32}}",
            after=after,
            n=n,
        )
        return TableRows(
            np.array([row[0] for row in rows], np.int64),
            [row[1] for row in rows],
            sizes_of([row[2] for row in rows]),
            [row[3] for row in rows],
        )

    def drop(self, name: str) -> None:
        self._link.do(f"DROP TABLE IF EXISTS {name} SYNC")

    def close(self) -> None:
        self._link.close()


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.year in _YEARS else None
    return value
