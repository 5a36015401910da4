"""Variety: hits in an order in which what was just shown is not shown again at once.

Maximal marginal relevance (Carbonell and Goldstein, 1998): the next photo is the one with the best
sum of how well it answers and how little it resembles those before it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def spread_out(
    vectors: NDArray[np.float32], worth: NDArray[np.floating], variety: float
) -> NDArray[np.int64]:
    """The rows in their new order; the first stays the first.

    vectors: (n, d), unit length. worth: (n,) how well each answers, best first. variety: 0 leaves
    the order as it is, 1 heeds nothing but the difference.
    """
    n = len(vectors)
    if not variety or n < 3:
        return np.arange(n)
    # Both are made shares of what there is, so that the slider does the same with every model.
    worths = _shares(np.asarray(worth, np.float64))
    alike = vectors @ vectors.T
    alike = _shares(alike)
    order = [0]
    nearest = alike[0].copy()
    left = np.ones(n, bool)
    left[0] = False
    for _ in range(n - 1):
        gain = (1 - variety) * worths - variety * nearest
        row = int(np.where(left, gain, -np.inf).argmax())
        order.append(row)
        left[row] = False
        np.maximum(nearest, alike[row], out=nearest)
    return np.array(order)


def _shares(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """From 0, the least, to 1, the greatest."""
    least, greatest = values.min(), values.max()
    return np.asarray((values - least) / max(greatest - least, 1e-9))
