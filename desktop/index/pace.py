"""Pace: how fast this machine compares embeddings, and where the border between the exact scan and
Annoy follows from it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from desktop.index.forest import Forest
from desktop.index.part import FloatArray, Part

EXACT_WITHIN_MS = 40.0
"""So long an exact answer may take before a quicker first one is worth having: less than anybody
notices between the last key and the photos."""

FIRST_SHARE = 0.05
"""Annoy's share of the exact scan's time. The first answer is to take a tenth in all; the rest is
for comparing its photos, the sample and the newest photos."""

LEAST_CANDIDATES = 2_000

_MEASURED_ROWS = 50_000
"""About 100 MB: more than a processor keeps near itself, so that memory is measured, too."""
_N_SCANS = 8
_N_QUERIES = 8
_CANDIDATES = 4_000


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast this machine compares embeddings of one library.

    Attributes:
        row_ns: what a photo costs in the exact scan.
        candidate_ns: what a photo costs that Annoy looks at; they lie apart in memory.
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
        """How many photos Annoy may look at in FIRST_SHARE of the exact scan's time."""
        affordable = int(n_rows * self.row_ns * FIRST_SHARE / self.candidate_ns)
        return max(affordable, LEAST_CANDIDATES)


def measure_pace(built: Part, forest: Forest) -> Pace:
    """Compare some of the library's own photos both ways, a tenth of a second when they are in
    memory. The best of several runs counts, so that other work of the machine does not."""
    block = built.vectors[:_MEASURED_ROWS]
    spread = np.linspace(0, len(built) - 1, _N_QUERIES).astype(int)
    queries = np.array(built.vectors[spread])

    def scan(query: FloatArray) -> None:
        scores = block @ query
        np.partition(scores, len(scores) - 1)

    def look(query: FloatArray) -> None:
        forest.nearest(query, 1, _CANDIDATES)

    scan_ns = min(_took_ns(scan, query) for query in queries[:_N_SCANS])
    # Each is asked three times: pages that come from the disk are not what is to be known.
    look_ns = np.median([min(_took_ns(look, query) for _ in range(3)) for query in queries])
    n_looked = min(_CANDIDATES, len(built))
    return Pace(scan_ns / len(block), float(look_ns) / n_looked, is_measured=True)


def _took_ns(work: Callable[[FloatArray], None], query: FloatArray) -> float:
    started_ns = time.perf_counter_ns()
    work(query)
    return max(float(time.perf_counter_ns() - started_ns), 1.0)
