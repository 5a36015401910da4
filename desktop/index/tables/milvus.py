"""Milvus, or Milvus Lite in a folder, as a place for collections of vectors.

The header stands in a row of its own, of photo 0, which is written last: Milvus Lite keeps no
description of a collection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from desktop.index.part import FloatArray
from desktop.index.stores.milvus_link import MilvusLink, import_pymilvus
from desktop.index.tables.table import KEY, REQUIRED, TableRows, sizes_of

_HEADER = "likeness"
_HEADER_ID = 0
_MOST_BYTES_OF_TEXT = 65_535


class MilvusTables:
    """See `VectorTable`. A moment is a text, as Milvus knows none."""

    def __init__(self, uri: str, token: str) -> None:
        self._link = MilvusLink(uri, token)
        self._ready: set[str] = set()

    def list_names(self) -> list[str]:
        with self._link.explained():
            return sorted(self._link.client().list_collections(timeout=self._link.within_s))

    def create(self, name: str, columns: Mapping[str, type], dim: int) -> None:
        with self._link.explained():
            client, kinds = self._link.client(), import_pymilvus().DataType
            schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
            schema.add_field(KEY, kinds.INT64, is_primary=True)
            numbers = {int: kinds.INT64, float: kinds.DOUBLE}
            for each, kind in {**columns, _HEADER: str}.items():
                if each == KEY:
                    continue
                if kind in numbers:
                    schema.add_field(each, numbers[kind], nullable=True)
                else:
                    most = _MOST_BYTES_OF_TEXT
                    schema.add_field(each, kinds.VARCHAR, max_length=most, nullable=True)
            schema.add_field("vector", kinds.FLOAT_VECTOR, dim=dim)
            client.create_collection(
                name, schema=schema, index_params=self._index(), consistency_level="Strong"
            )

    def append(self, name: str, columns: Mapping[str, Sequence[Any]], vectors: FloatArray) -> None:
        rows = [
            {**dict(zip(columns, map(_cell, cells), strict=True)), "vector": vector, _HEADER: None}
            for cells, vector in zip(zip(*columns.values(), strict=True), vectors, strict=True)
        ]
        with self._link.explained():
            self._link.client().insert(name, rows, timeout=self._link.within_s)

    def finish(self, name: str, header: str) -> None:
        with self._link.explained():
            fields = self._fields(name)
            mark = np.zeros(fields["vector"]["params"]["dim"], np.float32)
            mark[0] = 1.0
            row = dict.fromkeys(fields) | {KEY: _HEADER_ID, "vector": mark, _HEADER: header}
            self._link.client().insert(name, [row], timeout=self._link.within_s)
            self._link.client().flush(name)

    def header(self, name: str) -> str | None:
        with self._link.explained():
            if name not in self.list_names() or not {*REQUIRED, _HEADER} <= set(self._fields(name)):
                return None
            self._get_ready(name)
            rows = self._link.client().get(
                name, ids=[_HEADER_ID], output_fields=[_HEADER], timeout=self._link.within_s
            )
            return rows[0][_HEADER] if rows else None

    def count(self, name: str) -> int:
        with self._link.explained():
            self._get_ready(name)
            (counted,) = self._link.client().query(
                name,
                filter=f"{KEY} > {_HEADER_ID}",
                output_fields=["count(*)"],
                timeout=self._link.within_s,
            )
            return int(counted["count(*)"])

    def page(self, name: str, after: int, n: int) -> TableRows:
        has_sizes = "bytes" in self._fields(name)
        with self._link.explained():
            self._get_ready(name)
        rows = self._link.page(
            name, max(after, _HEADER_ID), n, [*REQUIRED, *(["bytes"] if has_sizes else [])]
        )
        return TableRows(
            np.array([row[KEY] for row in rows], np.int64),
            [row["content_hash"] for row in rows],
            sizes_of([row.get("bytes") for row in rows]),
            [row["vector"] for row in rows],
        )

    def drop(self, name: str) -> None:
        with self._link.explained():
            self._link.client().drop_collection(name)

    def close(self) -> None:
        self._ready.clear()
        self._link.close()

    def _get_ready(self, name: str) -> None:
        """Under `explained`."""
        if name not in self._ready:
            self._link.load(name, self._index())
            self._ready.add(name)

    def _index(self) -> Any:
        index = self._link.client().prepare_index_params()
        index.add_index("vector", index_type="FLAT", metric_type="COSINE")
        return index

    def _fields(self, name: str) -> dict[str, Any]:
        """By name."""
        with self._link.explained():
            described = self._link.client().describe_collection(name)
        return {field["name"]: field for field in described["fields"]}


def _cell(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
