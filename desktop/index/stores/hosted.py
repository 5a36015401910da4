"""Hosted: a store whose library lives in a helper process.

Such libraries bring threads, allocators, log handlers and hundreds of megabytes along, which stay
out of the window's process that way; what hangs or dies takes only the helper along, and the next
question starts another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from desktop.background import Helper, HelperEnded, HelperSilent
from desktop.errors import EngineUnavailable
from desktop.index.facts import Facts
from desktop.index.part import FloatArray, IdArray
from desktop.index.stores.store import StoreAway, StoreCount, VectorStore, Within
from desktop.jobs import Job

_READS, _WRITES = 0, 1

READ_WITHIN_S = 15.0
LIST_WITHIN_S = 120.0
WRITE_WITHIN_S = 60.0
SETTLE_WITHIN_S = 3_600.0


class Hosted:
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
        self.most_hits = most_hits
        self.most_ids = most_ids
        self.has_first = False
        self._name = name
        self._make = make
        self._arguments = arguments
        self._read_within_s = read_within_s
        self._starting = threading.Lock()
        self._helper: Helper | None = None
        self._dim = 0
        self._is_closed = False

    @property
    def pid(self) -> int | None:
        """Of the helper, where one runs."""
        helper = self._helper
        return helper.pid if helper is not None and not helper.has_ended else None

    def open(self, dim: int) -> None:
        with self._starting:
            self._dim = dim
            self._start()
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
        self._ask("put", facts, vectors, revision, within_s=WRITE_WITHIN_S, line=_WRITES)

    def remove(self, photo_ids: IdArray) -> None:
        self._ask("remove", photo_ids, within_s=WRITE_WITHIN_S, line=_WRITES)

    def search(
        self, vector: FloatArray, n: int, within: Within, exact: bool, least: float = -1.0
    ) -> tuple[IdArray, FloatArray]:
        found: tuple[IdArray, FloatArray]
        question = ("search", vector, n, within, exact, least)
        found = self._ask(*question, within_s=self._read_within_s)
        return found

    def settle(self, job: Job | None = None) -> None:
        self._ask("settle", within_s=SETTLE_WITHIN_S, line=_WRITES, job=job)
        self.has_first = self._ask("has_first", within_s=self._read_within_s)

    def drop(self) -> None:
        self._ask("drop", within_s=WRITE_WITHIN_S, line=_WRITES)

    def close(self) -> None:
        """What the store has taken is on disk already."""
        with self._starting:
            self._is_closed = True
            if self._helper is not None:
                self._helper.close()
                self._helper = None

    def _ask(
        self,
        method: str,
        *arguments: object,
        within_s: float,
        line: int = _READS,
        job: Job | None = None,
    ) -> Any:
        with self._starting:
            helper = self._start()
        try:
            return helper.ask((method, *arguments), within_s, job, line=line)
        except HelperSilent as error:
            raise StoreAway(
                f"The engine {self._name} gave no answer within {within_s:.0f} seconds.",
                "It is tried again after a while.",
            ) from error
        except HelperEnded as error:
            raise StoreAway(
                f"The engine {self._name} has ended unexpectedly.", "It is started again."
            ) from error

    def _start(self) -> Helper:
        """Under the lock."""
        if self._helper is None or self._helper.has_ended:
            if self._is_closed:
                raise StoreAway(f"The engine {self._name} is not open.")
            try:
                self._helper = Helper.start(
                    self._name, _prepare, self._make, self._arguments, self._dim, n_lines=2
                )
            except (HelperEnded, HelperSilent, OSError) as error:
                raise StoreAway(
                    f"The engine {self._name} could not be started.", "It is tried again."
                ) from error
        return self._helper


def _prepare(
    make: Callable[..., VectorStore], arguments: tuple[object, ...], dim: int
) -> Sequence[Callable[..., object]]:
    """In the helper: what answers on its two lines."""
    store = make(*arguments)
    if dim:
        store.open(dim)

    def answer(_: object, method: str, *given: object) -> object:
        try:
            asked = getattr(store, method)
            return asked(*given) if callable(asked) else asked
        except MemoryError as error:
            raise EngineUnavailable("There is not enough memory for the engine.") from error

    return answer, answer
