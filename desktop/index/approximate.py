"""The approximate part of a generation: finds most of the nearest rows without comparing them all.

Each library that can do this is a module beside this one and a row of `KINDS`; nothing else in the
application names one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from desktop.index import forest
from desktop.index.part import FloatArray


class Approximate(Protocol):
    """One part, open. Any thread."""

    def nearest(self, embedding: FloatArray, n: int, n_candidates: int) -> NDArray[np.int64]:
        """The rows that look nearest to `embedding` (d,), at most n, best first, from about
        n_candidates that are looked at: the more, the better and the slower."""


Build = Callable[[FloatArray, Path, Callable[[int], None]], None]


@dataclass(frozen=True, slots=True)
class ApproximateKind:
    """A way to make approximate parts.

    Attributes:
        build: over the rows of `vectors` (n, d), into a file; told now and then is how many rows
            are in. Called in a process of its own, so a function of a module. Equal vectors give
            equal files. Raises OSError when the disk is full.
        open: that file, beside the vectors it was built over. Raises IndexUnusable if it is
            damaged or was built over others.
        can_open: whether it can work with a file of this path at all.
    """

    build: Build
    open: Callable[[Path, FloatArray], Approximate]
    can_open: Callable[[Path], bool]


KINDS: Final = {"annoy": ApproximateKind(forest.grow_forest, forest.open_forest, forest.can_open)}
"""By the name that stands in a manifest."""

CHOSEN: Final = "annoy"
"""The kind that new generations get."""
