"""HostedTables: tables of vectors that are reached from a process of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from desktop.index.part import FloatArray
from desktop.index.stores.in_helper import InHelper
from desktop.index.tables.table import TableRows

_READ_WITHIN_S = 30.0
_WRITE_WITHIN_S = 120.0


class HostedTables(InHelper):
    """A `VectorTable`."""

    def list_names(self) -> list[str]:
        return self._ask("list_names", within_s=_READ_WITHIN_S)  # type: ignore[no-any-return]

    def create(self, name: str, columns: Mapping[str, type], dim: int) -> None:
        self._ask("create", name, dict(columns), dim, within_s=_WRITE_WITHIN_S)

    def append(self, name: str, columns: Mapping[str, Sequence[Any]], vectors: FloatArray) -> None:
        self._ask("append", name, dict(columns), vectors, within_s=_WRITE_WITHIN_S)

    def finish(self, name: str, header: str) -> None:
        self._ask("finish", name, header, within_s=_WRITE_WITHIN_S)

    def header(self, name: str) -> str | None:
        return self._ask("header", name, within_s=_WRITE_WITHIN_S)  # type: ignore[no-any-return]

    def count(self, name: str) -> int:
        return int(self._ask("count", name, within_s=_READ_WITHIN_S))

    def page(self, name: str, after: int, n: int) -> TableRows:
        rows: TableRows = self._ask("page", name, after, n, within_s=_READ_WITHIN_S)
        return rows

    def drop(self, name: str) -> None:
        self._ask("drop", name, within_s=_WRITE_WITHIN_S)
