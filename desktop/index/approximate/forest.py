"""Forest: Annoy's trees, a kind of approximate part."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from annoy import AnnoyIndex
from numpy.typing import NDArray

from desktop.errors import IndexUnusable
from desktop.index.approximate.openable import openable

METRIC: Final = "angular"

N_TREES = 10
"""More trees gain nothing where equally many photos are looked at."""

_SEED = 20
_ROWS_A_STEP = 1_000
_CHECKED_ROWS = 16


class Forest:
    """A built and saved AnnoyIndex. Any thread (Annoy's queries hold the GIL).

    Attributes:
        oversampling: see `Approximate`.
    """

    oversampling = 1

    def __init__(self, annoy: AnnoyIndex) -> None:
        self._annoy = annoy

    def nearest(
        self, embedding: NDArray[np.float32], n: int, n_candidates: int
    ) -> NDArray[np.int64]:
        """See `Approximate.nearest`; n_candidates is what Annoy calls search_k."""
        rows = self._annoy.get_nns_by_vector(embedding.tolist(), n, n_candidates)
        return np.array(rows, np.int64)


def grow_forest(
    vectors: NDArray[np.float32], path: Path, report: Callable[[int], None] = lambda _: None
) -> None:
    """Grow a forest over the rows of `vectors` (n, d) and save it as `path`, in this process.

    report: told how many rows are in, now and then. One thread, so that equal vectors give equal
    files (several threads do not), and a core is left to the person. Raises OSError when the disk
    is full.
    """
    annoy = AnnoyIndex(vectors.shape[1], METRIC)
    annoy.set_seed(_SEED)
    for start in range(0, len(vectors), _ROWS_A_STEP):
        report(start)
        for row, vector in enumerate(vectors[start : start + _ROWS_A_STEP].tolist(), start):
            annoy.add_item(row, vector)
    report(len(vectors))
    annoy.build(N_TREES, n_jobs=1)
    annoy.save(openable(path))
    annoy.unload()  # saving maps the new file, and Windows cannot rename a mapped one


def open_forest(path: Path, vectors: NDArray[np.float32]) -> Forest:
    """Map a saved forest. Raises IndexUnusable if Annoy refuses the file, or it is over other rows.

    Annoy loads a file that was cut between two nodes without a word, hence the comparison.
    """
    annoy = AnnoyIndex(vectors.shape[1], METRIC)
    try:
        annoy.load(openable(path))
    except OSError as error:
        raise IndexUnusable(f"{path.name}: {error}") from error
    if annoy.get_n_items() != len(vectors):
        raise IndexUnusable(f"the forest has {annoy.get_n_items()} rows and not {len(vectors)}")
    for row in np.linspace(0, len(vectors) - 1, _CHECKED_ROWS).astype(int).tolist():
        if not np.array_equal(np.array(annoy.get_item_vector(row), np.float32), vectors[row]):
            raise IndexUnusable(f"row {row} of the forest is another embedding")
    return Forest(annoy)
