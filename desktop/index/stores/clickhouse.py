"""ClickHouseStore: the rows of one model in a table of ClickHouse, or of chdb.

A row that is put again becomes a second row until ClickHouse merges the two; FINAL shows the newer
one alone.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from desktop.index.facts import Facts, Where, facts_of_rows
from desktop.index.part import FloatArray, IdArray
from desktop.index.stores.clickhouse_link import ClickHouseLink
from desktop.index.stores.store import StoreCount, Within, as_arrays
from desktop.jobs import Job

MOST_HITS = 100_000
MOST_IDS = 10_000

_LISTED_AT_ONCE = 100_000

INDEXED_FROM = 10_000
"""From so many rows on a first answer is quicker by a vector index than by comparing all."""

_COLUMNS = ["photo_id", "revision", "written", "folder_id", "taken_s", "kind", "vector"]

_CREATE = (
    "CREATE TABLE {table} (photo_id Int64, revision Int64, written UInt64, folder_id Int64,"
    " taken_s Float64, kind LowCardinality(String), vector Array(Float32),"
    " CONSTRAINT of_one_length CHECK length(vector) = {dim})"
    " ENGINE = ReplacingMergeTree(written) ORDER BY photo_id"
)
_DISTANCE = {
    "cosine": "cosineDistance(vector, {{query:Array(Float32)}})",
    "l2": "L2Distance(vector, {{query:Array(Float32)}})",
}
_FAR = 2.0
"""No two embeddings of length 1 are further apart, by either distance."""


class ClickHouseStore:
    """A table of ClickHouse; see VectorStore."""

    most_hits = MOST_HITS
    most_ids = MOST_IDS

    def __init__(
        self, uri: str, user: str, password: str, table: str, metric: str = "cosine"
    ) -> None:
        """uri, user, password: see `ClickHouseLink`. metric: "cosine", or "l2"; embeddings have
        length 1, so the order is the same."""
        self.has_first = False
        self._link = ClickHouseLink(uri, user, password)
        self._table = table
        self._metric = metric
        self._dim = 0
        self._has_dead = False

    def greet(self) -> None:
        self._link.do("SELECT 1")

    def forget(self, prefix: str) -> None:
        known = self._link.ask(
            "SELECT name FROM system.tables"
            " WHERE database = currentDatabase() AND startsWith(name, {prefix:String})",
            prefix=prefix,
        )
        for (name,) in known:
            self._link.do(f"DROP TABLE {name} SYNC")

    def open(self, dim: int) -> None:
        known = self._link.ask(
            "SELECT create_table_query FROM system.tables"
            " WHERE database = currentDatabase() AND name = {name:String}",
            name=self._table,
        )
        is_right = bool(known) and f"length(vector) = {dim}" in known[0][0]
        if known and not is_right:
            self._do("DROP TABLE {table} SYNC")
        if not is_right:
            self._do(_CREATE, dim=dim)
        self._dim = dim
        self._find_index()

    def count(self) -> StoreCount:
        rows = self._ask("SELECT count(), max(revision), sum(photo_id) FROM {table} FINAL")
        return StoreCount(*(int(value) for value in rows[0]))

    def list_rows(self, after: int) -> Facts:
        ((n, last),) = self._ask(  # FINAL would look at all that follow
            "SELECT count(), max(photo_id) FROM (SELECT photo_id FROM {table}"
            " WHERE photo_id > {{after:Int64}} ORDER BY photo_id LIMIT {{n:UInt32}})",
            after=after,
            n=_LISTED_AT_ONCE,
        )
        rows = self._ask(
            "SELECT photo_id, folder_id, taken_s, kind FROM {table} FINAL"
            " WHERE photo_id > {{after:Int64}} AND photo_id <= {{last:Int64}} ORDER BY photo_id",
            after=after,
            last=last if n else after,
        )
        return facts_of_rows(rows)

    def get(self, photo_ids: Sequence[int]) -> tuple[IdArray, FloatArray]:
        rows = self._ask(
            "SELECT photo_id, vector FROM {table} FINAL"
            " WHERE photo_id IN {{ids:Array(Int64)}} ORDER BY photo_id",
            ids=list(photo_ids),
        )
        ids = np.array([row[0] for row in rows], np.int64)
        return ids, np.array([row[1] for row in rows], np.float32).reshape(len(rows), self._dim)

    def put(self, facts: Facts, vectors: FloatArray, revision: int) -> None:
        n = len(facts)
        if not n:
            return
        columns = [
            facts.photo_ids.tolist(),
            [revision] * n,
            [time.time_ns()] * n,
            facts.folder_ids.tolist(),
            facts.taken_s.tolist(),
            facts.kinds.tolist(),
            list(vectors),
        ]
        with self._link.explained():
            self._link.client().insert(
                self._table, columns, column_names=_COLUMNS, column_oriented=True
            )

    def remove(self, photo_ids: IdArray) -> None:
        for start in range(0, len(photo_ids), MOST_IDS):
            some = ", ".join(map(str, photo_ids[start : start + MOST_IDS].tolist()))
            self._do(f"DELETE FROM {{table}} WHERE photo_id IN ({some})")
            self._has_dead = True

    def search(
        self, vector: FloatArray, n: int, within: Within, exact: bool, least: float = -1.0
    ) -> tuple[IdArray, FloatArray]:
        conditions, values = said(within)
        if exact and least > -1.0:
            conditions.append("distance <= {{most:Float64}}")
            values["most"] = self._distance(least)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        order = "distance, photo_id" if exact else "distance"
        rows = self._ask(
            f"SELECT photo_id, {_DISTANCE[self._metric]} AS distance"
            f" FROM {{table}}{' FINAL' if exact else ''}{where}"
            f" ORDER BY {order} LIMIT {{{{n:UInt32}}}}"
            f"{' SETTINGS use_skip_indexes_if_final = 0' if exact else ''}",
            query=vector.tolist(),
            n=n,
            **values,
        )
        nearest: dict[int, float] = {}
        for photo_id, distance in rows:  # without FINAL a photo may be there twice
            nearest.setdefault(photo_id, self._cosine(distance))
        return as_arrays(list(nearest.items()))

    def settle(self, job: Job | None = None) -> None:  # noqa: ARG002
        """Photos that were removed or replaced leave the disk, and a vector index is made."""
        if self._has_dead:
            self._do("ALTER TABLE {table} APPLY DELETED MASK SETTINGS mutations_sync = 2")
            self._has_dead = False
        ((n_rows, n_photos),) = self._ask("SELECT count(), uniqExact(photo_id) FROM {table}")
        if n_rows > n_photos:
            self._do("OPTIMIZE TABLE {table} FINAL")
        if n_rows >= INDEXED_FROM and not self.has_first:
            self._make_index()

    def drop(self) -> None:
        self._do("DROP TABLE IF EXISTS {table} SYNC")

    def close(self) -> None:
        self._link.close()

    def _make_index(self) -> None:
        """Older versions have none, or call it by another name; they compare all."""
        from clickhouse_connect.driver.exceptions import ClickHouseError

        distance = "cosineDistance" if self._metric == "cosine" else "L2Distance"
        kind = f"vector_similarity('hnsw', '{distance}', {{dim}})"
        index = f"ADD INDEX IF NOT EXISTS nearest vector TYPE {kind} GRANULARITY 100000000"
        with contextlib.suppress(ClickHouseError):
            self._link.client().command(f"ALTER TABLE {self._table} {index}".format(dim=self._dim))
            self._link.client().command(
                f"ALTER TABLE {self._table} MATERIALIZE INDEX nearest SETTINGS mutations_sync = 2"
            )
        self._find_index()

    def _find_index(self) -> None:
        rows = self._link.ask(
            "SELECT count() FROM system.data_skipping_indices WHERE database = currentDatabase()"
            " AND table = {name:String} AND name = 'nearest'",
            name=self._table,
        )
        self.has_first = bool(rows[0][0])

    def _cosine(self, distance: float) -> float:
        return 1.0 - distance if self._metric == "cosine" else 1.0 - distance * distance / 2

    def _distance(self, cosine: float) -> float:
        away = min(max(1.0 - cosine, 0.0), _FAR)
        return away if self._metric == "cosine" else (2 * away) ** 0.5

    def _do(self, statement: str, dim: int = 0) -> None:
        self._link.do(statement.format(table=self._table, dim=dim))

    def _ask(self, statement: str, **values: object) -> Any:
        return self._link.ask(statement.format(table=self._table), **values)


def said(within: Within) -> tuple[list[str], dict[str, object]]:
    """Conditions, and the values of the names in them."""
    if within is None:
        return [], {}
    if not isinstance(within, Where):
        return ["photo_id IN {{ids:Array(Int64)}}"], {"ids": within.tolist()}
    known = (
        ("folder_id IN {{folders:Array(Int64)}}", "folders", within.folder_ids),
        ("taken_s >= {{since:Float64}}", "since", within.since_s),
        ("taken_s < {{before:Float64}}", "before", within.before_s),
        ("kind IN {{kinds:Array(String)}}", "kinds", within.kinds),
    )
    given = [each for each in known if each[2] is not None]
    values: dict[str, object] = {
        name: list(value) if isinstance(value, tuple) else value for _, name, value in given
    }
    return [condition for condition, _, _ in given], values
