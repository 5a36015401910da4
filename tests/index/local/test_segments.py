"""Several embeddings of each photo in one row: all of them are compared, whatever the filter."""

from pathlib import Path

import numpy as np
import pytest

from desktop.index import Index
from desktop.jobs import Job

DIM, N_EACH, N_PHOTOS = 8, 5, 3_000


def rows(n: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(n, N_EACH, DIM)).astype(np.float32)
    return (vectors / np.linalg.norm(vectors, axis=2, keepdims=True)).reshape(n, -1)


@pytest.mark.parametrize("is_built", [False, True])
@pytest.mark.parametrize("share", [1.0, 0.5, 0.01])
def test_all_embeddings_of_a_photo_are_compared(
    tmp_path: Path, is_built: bool, share: float
) -> None:
    index = Index(tmp_path, "parts@1", DIM * N_EACH, kind="")
    vectors, ids = rows(N_PHOTOS), np.arange(1, N_PHOTOS + 1)
    index.add(ids, vectors)
    if is_built:
        index.rebuild(Job(), 0)
        assert not index.snapshot.has_approximate
        index.add(ids[:10], vectors[:10])
    allowed = ids[np.random.default_rng(1).random(N_PHOTOS) < share]
    queries = rows(2, seed=5).reshape(-1, DIM)[:2]

    scores = index.snapshot.compare_segments(queries, allowed)
    found, every = scores.photo_ids, np.arange(len(scores.photo_ids))

    assert sorted(found.tolist()) == allowed.tolist()
    expected = vectors.reshape(N_PHOTOS, N_EACH, DIM)[found - 1] @ queries.T
    for number, of_query in enumerate(expected.transpose(2, 0, 1)):
        assert np.allclose(scores.exact(number, every), of_query, atol=1e-6)
        best = of_query.max(axis=1)
        assert (scores.low[number] <= best).all() and (best <= scores.high[number]).all()
