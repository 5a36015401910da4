"""Speed: how fast this machine compares embeddings, and from how many photos on a first answer is
worth having."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from desktop.index.approximate import Approximate
from desktop.index.part import FloatArray, Part

T = TypeVar("T")

EXACT_WITHIN_MS = 40.0
"""So long an exact answer may take before a quicker first one is worth having: less than anybody
notices between the last key and the photos."""

FIRST_SHARE = 0.03
"""The approximate part's share of the exact scan's time. The first answer is to take a tenth in
all; the rest is for comparing its photos, the sample and the newest photos."""

LEAST_CANDIDATES = 2_000

_MEASURED_ROWS = 64_000
"""About 130 MB: more than a processor keeps near itself, so that memory is measured, too."""
_N_BLOCKS = 16
_N_QUERIES = 12
_CANDIDATES = 4_000
_N_PASSES = 4


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast this machine compares embeddings of one library.

    Attributes:
        row_ns: what a photo costs in the exact scan.
        candidate_ns: what a photo costs that the approximate part looks at; such photos lie apart
            in memory.
        is_measured: whether that was seen on this machine; else it is what is usual.
    """

    row_ns: float = 40 * 1e6 / 300_000
    candidate_ns: float = 500.0
    is_measured: bool = False

    @property
    def border(self) -> int:
        """Up to so many photos the exact scan answers within EXACT_WITHIN_MS."""
        return int(EXACT_WITHIN_MS * 1e6 / self.row_ns)

    def n_candidates(self, n_rows: int) -> int:
        """How many photos the approximate part may look at in FIRST_SHARE of the exact scan's
        time."""
        affordable = int(n_rows * self.row_ns * FIRST_SHARE / self.candidate_ns)
        return max(affordable, LEAST_CANDIDATES)


def measure_speed(built: Part, approximate: Approximate) -> Speed:
    """Compare some of the library's own photos both ways, in a fifth of a second when they are in
    memory.

    Each step takes a millisecond or two, and the best of some passes counts: on a busy machine
    longer ones would be interrupted, and the scan would seem slower than it is.
    """
    n_rows = min(len(built), _MEASURED_ROWS)
    spread = np.linspace(0, len(built) - 1, _N_QUERIES).astype(int)
    queries = np.array(built.vectors[spread])

    asked = built.coarse.ask(queries[:1]) if built.coarse is not None else None

    def scan(block: slice) -> None:
        if built.coarse is None or asked is None:
            scores = built.vectors[block] @ queries[0]
        else:
            scores = next(built.coarse.bounds(asked, block, 1))[1][0]
        np.partition(scores, len(scores) - 1)

    def look_at_candidates(query: FloatArray) -> None:
        approximate.nearest(query, 1, _CANDIDATES)

    edges = np.linspace(0, n_rows, _N_BLOCKS + 1).astype(int).tolist()
    scan_ns = _best_ns(scan, [slice(*each) for each in itertools.pairwise(edges)])
    look_ns = _best_ns(look_at_candidates, list(queries))
    n_looked = min(_CANDIDATES, len(built))
    return Speed(sum(scan_ns) / n_rows, float(np.median(look_ns)) / n_looked, is_measured=True)


def _best_ns(work: Callable[[T], None], items: Sequence[T]) -> list[float]:
    """What each item takes. All are done before any comes again, so that none is still near the
    processor."""
    passes = [[_took_ns(work, item) for item in items] for _ in range(_N_PASSES)]
    return [min(times) for times in zip(*passes, strict=True)]


def _took_ns(work: Callable[[T], None], item: T) -> float:
    started_ns = time.perf_counter_ns()
    work(item)
    return max(float(time.perf_counter_ns() - started_ns), 1.0)
