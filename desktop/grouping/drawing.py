"""Drawing: embeddings to points in two dimensions, by t-SNE.

Why openTSNE (BSD): it needs nothing but NumPy, SciPy and scikit-learn, which are here anyway, and
what it leaves is an array. umap-learn (0.5.12) brings numba and llvmlite, 210 MB, and keeps what
places new points as a pickle.

t-SNE: van der Maaten & Hinton 2008; by interpolation: Linderman et al. 2019; openTSNE: Policar,
Strazar & Zupan 2024.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from desktop.grouping.ground import FloatArray, Ground, place

MOST_LAID_OUT = 15_000
"""Of a larger library so many photos are laid out, and the others placed among them."""

N_FEATURES = 50
"""Numbers of an embedding that are compared: more take longer and change little."""

_PERPLEXITY = 30.0
_EARLY, _LATE = 250, 500
_EXAGGERATION = 12.0
_REPORT_EVERY = 10
_SEED = 16
_FEW = 20
"""Too few for neighbourhoods: they are shown in the two directions in which they differ most."""

Tell = Callable[[int, int], None]


def draw(embeddings: FloatArray, before: Ground | None, tell: Tell) -> tuple[Ground, FloatArray]:
    """embeddings: (n, d), at least three. Returns the ground and (n, 2) points of all of them.

    before: where the new map begins. tell: how many steps are done, and of how many.
    """
    tell(0, 0)
    mean, axes = _main_directions(embeddings)
    features = np.asarray((embeddings - mean) @ axes, np.float32)
    n = len(features)
    rows = np.arange(n)
    if n > MOST_LAID_OUT:
        chosen = np.random.default_rng(_SEED).choice(n, MOST_LAID_OUT, replace=False)
        rows = np.sort(chosen)
    begin = None
    if before is not None and len(before.mean) == embeddings.shape[1]:
        begin = before.place(embeddings[rows])
    points = _scaled(_lay_out(features[rows], begin, tell))
    ground = Ground(mean, axes, features[rows], points)
    if len(rows) == n:
        return ground, points
    placed = place(ground.features, points, features)
    placed[rows] = points
    return ground, placed


def _main_directions(embeddings: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Their mean (d,), and the axes (d, k) along which they differ most."""
    mean = embeddings.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov(embeddings, rowvar=False))
    return mean, np.ascontiguousarray(axes[:, ::-1][:, :N_FEATURES], np.float32)


def _lay_out(features: FloatArray, begin: FloatArray | None, tell: Tell) -> FloatArray:
    n = len(features)
    if n < _FEW:
        return np.asarray(np.pad(features, ((0, 0), (0, 2)))[:, :2], np.float32)
    from openTSNE import TSNEEmbedding, affinity  # with scikit-learn it takes seconds to come

    near = affinity.PerplexityBasedNN(
        features, perplexity=min(_PERPLEXITY, (n - 1) / 3), method="auto", random_state=_SEED
    )
    drawn = TSNEEmbedding(_shrunk(features if begin is None else begin), near, random_state=_SEED)
    total = _EARLY + _LATE

    def follow(offset: int) -> dict[str, object]:
        def on_step(step: int, _error: float, _drawn: object) -> None:
            tell(offset + step, total)

        return {"callbacks": on_step, "callbacks_every_iters": _REPORT_EVERY}

    drawn = drawn.optimize(_EARLY, exaggeration=_EXAGGERATION, momentum=0.5, **follow(0))
    drawn = drawn.optimize(_LATE, momentum=0.8, **follow(_EARLY))
    return np.asarray(drawn, np.float32)


def _shrunk(points: FloatArray) -> FloatArray:
    """The first two numbers of each, with a deviation of 0.0001, from which t-SNE unfolds best; a
    little apart where all are the same."""
    spread = points[:, :2].astype(np.float64)
    spread -= spread.mean(axis=0)
    deviation = float(spread[:, 0].std())
    if deviation < 1e-6:
        spread, deviation = np.random.default_rng(_SEED).normal(size=spread.shape), 1.0
    return np.asarray(spread * (1e-4 / deviation))


def _scaled(points: FloatArray) -> FloatArray:
    """Around the middle, the farthest at a distance of 1 to each side."""
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    reach = float(np.abs(points - middle).max())
    return np.asarray((points - middle) / (reach or 1.0), np.float32)
