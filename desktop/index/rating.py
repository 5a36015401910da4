"""Rating: what first answers are worth beside the exact scan."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from desktop.index.neighbours import SCORE_DECIMALS, Neighbours
from desktop.index.part import FloatArray
from desktop.index.seam import VectorSnapshot

_WITHIN_S = 10.0
"""After so long, what has been asked is enough."""


@dataclass(frozen=True, slots=True)
class Rating:
    """First answers beside exact ones.

    Attributes:
        recall: the share of the exact answer's photos that the first one has; an equally good photo
            (a copy, say) counts as found.
        exact_ms, first_ms: what each takes, the median.
    """

    recall: float
    exact_ms: float
    first_ms: float


def rate_first_answers(snapshot: VectorSnapshot, n_queries: int = 50, n: int = 50) -> Rating | None:
    """Ask for the neighbours of photos chosen at random, both ways; None where the approximate
    part is lacking. Seconds for a million photos."""
    queries = snapshot.pick(n_queries) if snapshot.has_approximate else ()
    if not len(queries):
        return None
    shares, exact_ms, first_ms = [], [], []
    started_s = time.monotonic()
    for query in queries:
        best, took_ms = _timed(snapshot, query, n, None)
        exact_ms.append(took_ms)
        found, took_ms = _timed(snapshot, query, n, 0)
        first_ms.append(took_ms)
        worst = best.scores[-1] - 2 * 10.0**-SCORE_DECIMALS
        shares.append(np.count_nonzero(found.scores >= worst) / len(best.scores))
        if time.monotonic() - started_s > _WITHIN_S:
            break
    medians = (float(np.median(times)) for times in (exact_ms, first_ms))
    return Rating(float(np.mean(shares)), *medians)


def time_exact_answers(snapshot: VectorSnapshot, n_queries: int = 20, n: int = 50) -> float | None:
    """How long the exact answer to a photo takes, in ms, the median; None where there are no
    photos. Seconds."""
    took_ms: list[float] = []
    started_s = time.monotonic()
    for query in snapshot.pick(n_queries):
        took_ms.append(_timed(snapshot, query, n, None)[1])
        if time.monotonic() - started_s > _WITHIN_S:
            break
    return float(np.median(took_ms)) if took_ms else None


def _timed(
    snapshot: VectorSnapshot, query: FloatArray, n: int, exact_limit: int | None
) -> tuple[Neighbours, float]:
    started_s = time.perf_counter()
    found = snapshot.search(query, n, exact_limit=exact_limit)
    return found, 1000 * (time.perf_counter() - started_s)
