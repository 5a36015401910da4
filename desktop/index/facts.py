"""Facts of photos that an engine can narrow a search by, and conditions on them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

KIND: Final = np.dtype("<U16")
"""Of the name of a kind of file."""

Row = Sequence[Any]
"""What a store lists of a photo: photo_id, folder_id, taken_s and kind."""

_AT_ONCE = 100_000

_MIXER = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / the golden ratio, as in Fibonacci hashing
_SHIFT = np.uint64(29)


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Of some photos, by rising photo_id.

    Attributes:
        photo_ids: (n,) int64.
        folder_ids: (n,) int64, the watched folders.
        taken_s: (n,) float64, seconds since 1970 by the clock on the wall.
        kinds: (n,) of text, the kinds of files: "JPEG", ...; "" where it is not known.
    """

    photo_ids: NDArray[np.int64]
    folder_ids: NDArray[np.int64]
    taken_s: NDArray[np.float64]
    kinds: NDArray[np.str_]

    @classmethod
    def unknown(cls, photo_ids: NDArray[np.int64]) -> Facts:
        n = len(photo_ids)
        return cls(photo_ids, np.zeros(n, np.int64), np.zeros(n), np.full(n, "", KIND))

    def __len__(self) -> int:
        return len(self.photo_ids)

    def take(self, rows: NDArray[np.int64] | slice) -> Facts:
        return Facts(
            self.photo_ids[rows], self.folder_ids[rows], self.taken_s[rows], self.kinds[rows]
        )

    def of(self, photo_ids: NDArray[np.int64]) -> Facts:
        """Of these photos, which are sorted; as unknown where they are not among ours."""
        if not len(self):
            return Facts.unknown(photo_ids)
        rows = np.minimum(np.searchsorted(self.photo_ids, photo_ids), len(self) - 1)
        is_known = self.photo_ids[rows] == photo_ids
        return Facts(
            photo_ids,
            np.where(is_known, self.folder_ids[rows], 0),
            np.where(is_known, self.taken_s[rows], 0.0),
            np.where(is_known, self.kinds[rows], ""),
        )

    def digests_of(self, photo_ids: NDArray[np.int64]) -> NDArray[np.uint64]:
        """As `of(photo_ids).digests()`, without a copy of all facts."""
        digests = np.zeros(len(photo_ids), np.uint64)
        for start in range(0, len(photo_ids), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            digests[some] = self.of(photo_ids[some]).digests()
        return digests

    def digests(self) -> NDArray[np.uint64]:
        """(n,) numbers that are the same where the facts are, and as good as never elsewhere."""
        kinds, places = np.unique(self.kinds, return_inverse=True)
        said = [hashlib.blake2b(kind.encode(), digest_size=8).digest() for kind in kinds.tolist()]
        of_kinds = np.frombuffer(b"".join(said), np.uint64)[places]
        mixed = self.folder_ids.astype(np.uint64)
        for part in (self.taken_s.astype(np.float64).view(np.uint64), of_kinds):
            mixed = mixed * _MIXER
            mixed = (mixed ^ (mixed >> _SHIFT)) + part
        return mixed


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions that hold for all photos that may answer; others may fulfil them, too.

    Attributes:
        folder_ids: in one of these watched folders; None for any.
        since_s, before_s: taken from then on, and before then, as `Facts.taken_s`.
        kinds: of one of these kinds of file; None for any.
    """

    folder_ids: tuple[int, ...] | None = None
    since_s: float | None = None
    before_s: float | None = None
    kinds: tuple[str, ...] | None = None

    def __bool__(self) -> bool:
        """Whether it says anything."""
        said = (self.folder_ids, self.since_s, self.before_s, self.kinds)
        return any(part is not None for part in said)


def facts_of_rows(rows: Sequence[Row]) -> Facts:
    """The rows of a store as arrays, in their order; see `VectorStore.list_rows`."""
    n = len(rows)
    return Facts(
        np.fromiter((row[0] for row in rows), np.int64, n),
        np.fromiter((row[1] for row in rows), np.int64, n),
        np.fromiter((row[2] for row in rows), np.float64, n),
        np.array([row[3] for row in rows], KIND),
    )
