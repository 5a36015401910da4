"""Store: what a program that keeps the embeddings of one model must do for `StoreIndex`.

A store is a table: a row for each photo, with its embedding, the facts by which a search can be
narrowed there, and a revision. It decides nothing: what belongs into it is found out by
`StoreIndex`, which asks the catalog.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from desktop.errors import EngineUnavailable
from desktop.index.facts import Facts, Where
from desktop.index.part import FloatArray, IdArray
from desktop.jobs import Job


class StoreAway(EngineUnavailable):
    """The store's program gives no answer; it may later."""


class StoreFull(EngineUnavailable):
    """The disk on which the store keeps its files is full."""


NO_ROOM = ("No space left", "NOT_ENOUGH_SPACE")
"""What programs say then."""


@dataclass(frozen=True, slots=True)
class StoreCount:
    """What a store says of itself.

    Attributes:
        count: rows.
        revision: the highest of its rows.
        sum_of_ids: of all rows; None where the store cannot add up.
    """

    count: int
    revision: int
    sum_of_ids: int | None = None


LATER = "Start it, or check the address. An engine that is in use is asked again by itself."
"""What is to be done about one that gives no answer."""

_MOST_LETTERS = 200

Within = Where | IdArray | None
"""Which rows may answer: those of which facts hold, those of some sorted photo_ids, or all."""


class VectorStore(Protocol):
    """The rows of one model. Any thread, but one call at a time of those that change something.

    Every method may raise StoreAway, and EngineUnavailable for what waiting does not mend: a wrong
    password, rights that are lacking, an answer that makes no sense. None takes longer than some
    seconds, but for `open`, `settle` and `list_rows`.
    """

    @property
    def most_hits(self) -> int:
        """So many photos one `search` can give."""

    @property
    def most_ids(self) -> int:
        """So many ids one `search` may be narrowed to."""

    @property
    def has_first(self) -> bool:
        """Whether `search` can be quicker where it need not compare every row."""

    def open(self, dim: int) -> None:
        """Connect, and see to it that there is a table for embeddings (dim,). One for others is
        dropped."""

    def greet(self) -> None:
        """Connect, and see whether the program answers and lets us in. `open` need not come
        first."""

    def forget(self, prefix: str) -> None:
        """Leave nothing of all tables whose names begin so. `open` need not come first."""

    def count(self) -> StoreCount: ...

    def list_rows(self, after: int) -> Facts:
        """The facts of the rows that come next after this photo_id, by rising photo_id, as many as
        take little memory; none where none follow."""

    def get(self, photo_ids: Sequence[int]) -> tuple[IdArray, FloatArray]:
        """The embeddings of those of some photos that have a row, by rising photo_id."""

    def put(self, facts: Facts, vectors: FloatArray, revision: int) -> None:
        """Write rows, each in the place of the one that the photo had. All of them are there
        afterwards, also for `search`; where something is raised, some may be."""

    def remove(self, photo_ids: IdArray) -> None:
        """Those that have no row are passed over."""

    def search(
        self, vector: FloatArray, n: int, within: Within, exact: bool, least: float = -1.0
    ) -> tuple[IdArray, FloatArray]:
        """The n rows nearest to `vector` (d,), best first, with their cosines; all that may answer
        where there are fewer. exact: every row is compared. least: rows with a lower cosine are not
        wanted, and may be left out."""

    def settle(self, job: Job | None = None) -> None:
        """Arrange the rows for quick searches, and let go of what was removed. May take minutes;
        raises Cancelled soon after the job is."""

    def drop(self) -> None:
        """Leave nothing of this table."""

    def close(self) -> None: ...


def as_arrays(
    rows: Sequence[tuple[int, float]],
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """(photo_id, cosine) pairs as ids (k,) and scores (k,)."""
    ids = np.fromiter((row[0] for row in rows), np.int64, len(rows))
    return ids, np.fromiter((row[1] for row in rows), np.float32, len(rows))


def first_words(said: str) -> str:
    """What a program says of a fault, for the middle of a sentence."""
    lines = said.strip().splitlines() or ["no reason is given"]
    return lines[0][:_MOST_LETTERS].rstrip(" .:")
