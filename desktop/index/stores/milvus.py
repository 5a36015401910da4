"""MilvusStore: the rows of one model in a collection of Milvus, or of Milvus Lite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from desktop.index.facts import Facts, Where, facts_of_rows
from desktop.index.part import FloatArray, IdArray
from desktop.index.stores.milvus_link import MilvusLink, import_pymilvus
from desktop.index.stores.store import StoreCount, Within, as_arrays
from desktop.jobs import Job

MOST_HITS = 16_000
"""Milvus gives 16,384 at most."""
MOST_IDS = 10_000

_N_CLUSTERS = 128
_N_PROBED = 16
_LISTED_AT_ONCE = 10_000
"""Milvus gives 16,384 at most."""
_PUT_AT_ONCE = 1_000
_KIND_LETTERS = 32

_MARK = 0
"""The photo_id of no photo: this row has the newest revision, since Milvus cannot tell which is
the highest of a column. It is written together with the rows that it speaks of."""

_FACTS = ["photo_id", "folder_id", "taken_s", "kind"]


class MilvusStore:
    """A collection of Milvus; see VectorStore."""

    most_hits = MOST_HITS
    most_ids = MOST_IDS

    def __init__(self, uri: str, token: str, table: str, has_clusters: bool) -> None:
        """uri: http(s)://host:port/database, or a folder for Milvus Lite. has_clusters: rows are
        put into clusters, of which a first answer looks at the nearest."""
        self.has_first = has_clusters
        self._link = MilvusLink(uri, token)
        self._table = table

    def greet(self) -> None:
        with self._link.explained():
            self._link.connect()
            self._link.client().list_collections(timeout=self._link.within_s)

    def forget(self, prefix: str) -> None:
        with self._link.explained():
            self._link.connect()
            for name in self._link.client().list_collections(timeout=self._link.within_s):
                if name.startswith(prefix):
                    self._link.client().drop_collection(name)

    def open(self, dim: int) -> None:
        with self._link.explained():
            self._link.connect()
            if self._link.client().has_collection(self._table) and self._known_dim() != dim:
                self._link.client().drop_collection(self._table)
            if not self._link.client().has_collection(self._table):
                self._create(dim)
            self._link.load(self._table, self._index())
        self._dim = dim

    def count(self) -> StoreCount:
        with self._link.explained():
            (counted,) = self._link.client().query(
                self._table,
                filter="",
                output_fields=["count(*)"],
                timeout=self._link.within_s,
            )
            marked = self._link.client().get(
                self._table,
                ids=[_MARK],
                output_fields=["revision"],
                timeout=self._link.within_s,
            )
        revision = marked[0]["revision"] if marked else 0
        return StoreCount(counted["count(*)"] - len(marked), revision)

    def list_rows(self, after: int) -> Facts:
        rows = self._link.page(self._table, max(after, _MARK), _LISTED_AT_ONCE, _FACTS)
        return facts_of_rows([[row[name] for name in _FACTS] for row in rows])

    def get(self, photo_ids: Sequence[int]) -> tuple[IdArray, FloatArray]:
        with self._link.explained():
            found = self._link.client().get(
                self._table,
                ids=list(photo_ids),
                output_fields=["photo_id", "vector"],
                timeout=self._link.within_s,
            )
        rows = sorted((row["photo_id"], row["vector"]) for row in found)
        ids = np.array([row[0] for row in rows], np.int64)
        return ids, np.array([row[1] for row in rows], np.float32).reshape(len(rows), self._dim)

    def put(self, facts: Facts, vectors: FloatArray, revision: int) -> None:
        for start in range(0, len(facts), _PUT_AT_ONCE):
            part = slice(start, start + _PUT_AT_ONCE)
            rows = [
                _row(*each, revision)
                for each in zip(
                    facts.photo_ids[part].tolist(),
                    vectors[part],
                    facts.folder_ids[part].tolist(),
                    facts.taken_s[part].tolist(),
                    facts.kinds[part].tolist(),
                    strict=True,
                )
            ]
            mark = np.zeros(self._dim, np.float32)
            mark[0] = 1.0
            rows.append(_row(_MARK, mark, -1, 0.0, "", revision))
            with self._link.explained():
                self._link.client().upsert(self._table, rows, timeout=self._link.within_s)

    def remove(self, photo_ids: IdArray) -> None:
        for start in range(0, len(photo_ids), MOST_IDS):
            ids = photo_ids[start : start + MOST_IDS].tolist()
            with self._link.explained():
                self._link.client().delete(self._table, ids=ids, timeout=self._link.within_s)

    def search(
        self, vector: FloatArray, n: int, within: Within, exact: bool, least: float = -1.0
    ) -> tuple[IdArray, FloatArray]:
        probed = {"nprobe": _N_CLUSTERS if exact else _N_PROBED} if self.has_first else {}
        with self._link.explained():
            (hits,) = self._link.client().search(
                self._table,
                [vector],
                limit=n + 1,  # the mark may be among them
                filter=said(within),
                search_params={"metric_type": "COSINE", "params": probed},
                timeout=self._link.within_s,
            )
        found = [(hit["photo_id"], hit["distance"]) for hit in hits if hit["photo_id"] != _MARK]
        return as_arrays([each for each in found[:n] if each[1] >= least])

    def settle(self, job: Job | None = None) -> None:  # noqa: ARG002
        with self._link.explained():
            self._link.client().flush(self._table)
            self._link.client().compact(self._table)

    def drop(self) -> None:
        with self._link.explained():
            self._link.client().drop_collection(self._table)

    def close(self) -> None:
        self._link.close()

    def _known_dim(self) -> int:
        fields = self._link.client().describe_collection(self._table)["fields"]
        (vector,) = [field for field in fields if field["name"] == "vector"]
        return int(vector["params"]["dim"])

    def _create(self, dim: int) -> None:
        pymilvus = import_pymilvus()
        kinds = pymilvus.DataType
        schema = self._link.client().create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("photo_id", kinds.INT64, is_primary=True)
        schema.add_field("vector", kinds.FLOAT_VECTOR, dim=dim)
        schema.add_field("revision", kinds.INT64)
        schema.add_field("folder_id", kinds.INT64)
        schema.add_field("taken_s", kinds.DOUBLE)
        schema.add_field("kind", kinds.VARCHAR, max_length=_KIND_LETTERS)
        self._link.client().create_collection(
            self._table, schema=schema, index_params=self._index(), consistency_level="Strong"
        )

    def _index(self) -> Any:
        index = self._link.client().prepare_index_params()
        index.add_index(
            "vector",
            index_type="IVF_FLAT" if self.has_first else "FLAT",
            metric_type="COSINE",
            params={"nlist": _N_CLUSTERS} if self.has_first else {},
        )
        return index


def said(within: Within) -> str:
    """As Milvus says it; "" for all rows."""
    if within is None:
        return ""
    if not isinstance(within, Where):
        return f"photo_id in {within.tolist()}"
    parts = []
    if within.folder_ids is not None:
        parts.append(f"folder_id in {list(within.folder_ids)}")
    if within.since_s is not None:
        parts.append(f"taken_s >= {within.since_s!r}")
    if within.before_s is not None:
        parts.append(f"taken_s < {within.before_s!r}")
    if within.kinds is not None:
        kinds = ", ".join(
            '"' + kind.replace("\\", "\\\\").replace('"', '\\"') + '"' for kind in within.kinds
        )
        parts.append(f"kind in [{kinds}]")
    return " and ".join(parts)


def _row(
    photo_id: int, vector: FloatArray, folder_id: int, taken_s: float, kind: str, revision: int
) -> dict[str, object]:
    return {
        "photo_id": photo_id,
        "vector": vector,
        "revision": revision,
        "folder_id": folder_id,
        "taken_s": taken_s,
        "kind": kind,
    }
