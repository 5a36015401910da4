"""Hosted: a store in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from desktop.index.facts import Facts
from desktop.index.part import FloatArray, IdArray
from desktop.index.stores.in_helper import WRITES, InHelper
from desktop.index.stores.store import StoreCount, VectorStore, Within
from desktop.jobs import Job

READ_WITHIN_S = 15.0
LIST_WITHIN_S = 120.0
WRITE_WITHIN_S = 60.0
SETTLE_WITHIN_S = 3_600.0


class Hosted(InHelper):
    """A VectorStore in a process of its own. Searches do not wait for what is being written."""

    def __init__(
        self,
        name: str,
        make: Callable[..., VectorStore],
        *arguments: object,
        most_hits: int,
        most_ids: int,
        read_within_s: float = READ_WITHIN_S,
    ) -> None:
        """make, arguments: picklable; called in the helper. most_hits, most_ids: of what is made.
        read_within_s: so long a search may take before the helper is given up."""
        super().__init__(name, make, *arguments)
        self.most_hits = most_hits
        self.most_ids = most_ids
        self.has_first = False
        self._read_within_s = read_within_s

    def open(self, dim: int) -> None:
        self._open(dim)
        self.has_first = self._ask("has_first", within_s=self._read_within_s)

    def greet(self) -> None:
        self._ask("greet", within_s=self._read_within_s)

    def forget(self, prefix: str) -> None:
        self._ask("forget", prefix, within_s=WRITE_WITHIN_S)

    def count(self) -> StoreCount:
        return self._ask("count", within_s=self._read_within_s)  # type: ignore[no-any-return]

    def list_rows(self, after: int) -> Facts:
        return self._ask("list_rows", after, within_s=LIST_WITHIN_S)  # type: ignore[no-any-return]

    def get(self, photo_ids: Sequence[int]) -> tuple[IdArray, FloatArray]:
        found: tuple[IdArray, FloatArray]
        found = self._ask("get", list(photo_ids), within_s=self._read_within_s)
        return found

    def put(self, facts: Facts, vectors: FloatArray, revision: int) -> None:
        self._ask("put", facts, vectors, revision, within_s=WRITE_WITHIN_S, line=WRITES)

    def remove(self, photo_ids: IdArray) -> None:
        self._ask("remove", photo_ids, within_s=WRITE_WITHIN_S, line=WRITES)

    def search(
        self, vector: FloatArray, n: int, within: Within, exact: bool, least: float = -1.0
    ) -> tuple[IdArray, FloatArray]:
        found: tuple[IdArray, FloatArray]
        question = ("search", vector, n, within, exact, least)
        found = self._ask(*question, within_s=self._read_within_s)
        return found

    def settle(self, job: Job | None = None) -> None:
        self._ask("settle", within_s=SETTLE_WITHIN_S, line=WRITES, job=job)
        self.has_first = self._ask("has_first", within_s=self._read_within_s)

    def drop(self) -> None:
        self._ask("drop", within_s=WRITE_WITHIN_S, line=WRITES)
