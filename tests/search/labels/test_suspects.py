"""Labels that seem wrong beside their neighbours', and groups of what resembles each other."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from desktop.errors import Cancelled
from desktop.jobs import Job
from desktop.search import N_NEAREST, doubts, group_by_likeness
from desktop.search.labels.suspects import greatest


def heaps(sizes: tuple[int, ...], seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Heaps of unit vectors that lie around directions of their own, and which heap each is of."""
    drawn = np.random.default_rng(seed)
    centres = drawn.standard_normal((len(sizes), 32))
    said = np.repeat(np.arange(len(sizes)), sizes)
    vectors = centres[said] + 0.8 * drawn.standard_normal((len(said), 32))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), said


@pytest.mark.parametrize("sizes", [(80, 80, 80), (200, 40, 12)])
@pytest.mark.parametrize("seed", range(3))
def test_planted_labels_are_the_most_doubtful(sizes: tuple[int, ...], seed: int) -> None:
    vectors, truth = heaps(sizes, seed)
    drawn = np.random.default_rng(seed)
    planted = drawn.choice(len(truth), 12, replace=False)
    said = truth.copy()
    said[planted] = (said[planted] + drawn.integers(1, 3, 12)) % 3
    found = doubts(vectors, said, Job())
    first = np.argsort(-found.doubt)[:12]
    assert len(set(first) & set(planted)) >= 10
    right = [row for row in first if row in planted]
    assert np.mean(found.likelier[right] == truth[right]) >= 0.9
    assert (found.likelier != said).all()


def test_neighbours_are_asked_but_for_the_photo_itself() -> None:
    vectors, said = heaps((30, 30))
    found = doubts(vectors, said, Job())
    assert found.n_nearest == N_NEAREST
    few = doubts(vectors[:5], said[:5], Job())
    assert (few.n_nearest, few.doubt.tolist(), few.agree.tolist()) == (4, [0] * 5, [4] * 5)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_photos_are_no_trouble(n: int) -> None:
    vectors, _ = heaps((1,) * max(n, 1))
    found = doubts(vectors[:n], np.arange(n), Job())
    assert len(found.doubt) == len(found.agree) == len(found.likelier) == n
    assert np.isfinite(found.doubt).all()


def test_photos_are_compared_in_blocks_with_the_same_result() -> None:
    vectors, said = heaps((400, 300))
    reported: list[int] = []
    found = doubts(vectors, said, Job(lambda progress: reported.append(progress.done)))
    assert reported == [0, 512, 700]
    again = doubts(vectors[::-1].copy(), said[::-1].copy(), Job())
    np.testing.assert_allclose(again.doubt[::-1], found.doubt, atol=1e-4)


def test_comparing_can_be_cancelled() -> None:
    vectors, said = heaps((300, 300))
    job = Job(lambda _: job.cancel())
    with pytest.raises(Cancelled):
        doubts(vectors, said, job)
    with pytest.raises(Cancelled):
        group_by_likeness(vectors, job)


def test_what_resembles_each_other_is_one_group() -> None:
    vectors, said = heaps((12, 8, 4, 8))
    groups = group_by_likeness(vectors, Job())
    assert len(groups) == 4
    assert sorted(np.concatenate(groups).tolist()) == list(range(32))
    assert [len(rows) for rows in groups] == [12, 8, 8, 4]
    assert all(len(set(said[rows])) == 1 for rows in groups)
    for rows in groups:
        middle = vectors[rows].sum(axis=0)
        assert rows[0] == rows[(vectors[rows] @ middle).argmax()], "the most typical first"


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_few_rows_are_grouped_too(n: int) -> None:
    vectors, _ = heaps((1,) * max(n, 1))
    groups = group_by_likeness(vectors[:n], Job())
    assert sorted(row for rows in groups for row in rows.tolist()) == list(range(n))


def test_copies_are_one_group() -> None:
    vectors = np.repeat(np.eye(4, dtype=np.float32)[:1], 20, axis=0)
    (rows,) = group_by_likeness(vectors, Job())
    assert len(rows) == 20


@pytest.mark.parametrize("n_columns", [5, 64, 1_000, 5_003])
def test_the_greatest_of_each_row_are_found_however_many_there_are(n_columns: int) -> None:
    values = np.random.default_rng(n_columns).normal(size=(9, n_columns)).astype(np.float32)

    found = greatest(values, 5)

    assert np.array_equal(np.sort(found), np.sort(np.argsort(-values)[:, :5]))
