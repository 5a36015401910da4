"""Kinds of approximate parts: what each must do, and which there are.

Each library that can do this is a module beside this one and a row of `KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from desktop.errors import EngineUnavailable
from desktop.index.approximate import faiss_part, forest
from desktop.index.approximate.openable import can_open
from desktop.index.part import FloatArray


class Approximate(Protocol):
    """One part, open. Any thread."""

    @property
    def oversampling(self) -> int:
        """How many times as many rows as are wanted are asked for, and put in order by their exact
        scores: 1 where `nearest` knows these."""

    def nearest(self, embedding: FloatArray, n: int, n_candidates: int) -> NDArray[np.int64]:
        """The rows that look nearest to `embedding` (d,), at most n, best first, from about
        n_candidates that are looked at: the more, the better and the slower."""


Build = Callable[[FloatArray, Path, Callable[[int], None]], None]


@dataclass(frozen=True, slots=True)
class ApproximateKind:
    """A way to make approximate parts.

    Attributes:
        build: over the rows of `vectors` (n, d), into a file; told now and then is how many rows
            are in. Called in a process of its own, so it can be pickled. Equal vectors give equal
            files. Raises OSError when the disk is full.
        open: that file, beside the vectors it was built over. Raises IndexUnusable if it is
            damaged or was built over others.
        can_open: whether it can work with a file of this path at all.
    """

    build: Build
    open: Callable[[Path, FloatArray], Approximate]
    can_open: Callable[[Path], bool]


ANNOY: Final = "annoy"

KINDS: Final = {ANNOY: ApproximateKind(forest.grow_forest, forest.open_forest, can_open)}
"""By the name that stands in a manifest."""

FAISS: Final = "faiss"


def find_kind(name: str) -> ApproximateKind | None:
    """The kind of this name, such as "annoy" or "faiss:ivf,int8"; None where there is none."""
    engine, _, options = name.partition(":")
    if engine != FAISS:
        return KINDS.get(name)
    try:
        recipe = faiss_part.Recipe.of([option for option in options.split(",") if option])
    except EngineUnavailable:
        return None
    return ApproximateKind(
        partial(faiss_part.build, recipe), partial(faiss_part.open_part, recipe), can_open
    )
