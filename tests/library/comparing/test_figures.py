"""What is said of likeness beside labels, on vectors small enough to count by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.errors import Cancelled
from desktop.jobs import Job
from desktop.library.comparing.figures import agreement_with_labels, nearest, overlap


def on_a_circle(*degrees: float) -> np.ndarray:
    at = np.radians(degrees)
    return np.stack([np.cos(at), np.sin(at)], axis=1).astype(np.float32)


def test_two_heaps_that_lie_apart_agree_with_their_labels() -> None:
    figures = agreement_with_labels(
        on_a_circle(0, 1, 3, 90, 91, 93), np.array(list("aaabbb")), 2, Job()
    )
    assert figures.precision == {1: 1.0, 5: pytest.approx(2 / 5)}, "10 and 20 are not there"
    assert figures.agreeing == 1.0
    assert figures.by_label == {"a": 1.0, "b": 1.0}
    assert figures.knn_accuracy == 1.0
    assert figures.mean_average_precision == 1.0
    assert figures.chance == pytest.approx(2 / 5)


def test_figures_counted_by_hand() -> None:
    # The order of the others: of 0: 10 (b), 30 (a); of 10: 0 (a), 30 (a); of 30: 10 (b), 0 (a).
    figures = agreement_with_labels(on_a_circle(0, 10, 30), np.array(list("aba")), 2, Job())
    assert figures.precision == {1: 0.0}
    assert figures.agreeing == pytest.approx((0.5 + 0 + 0.5) / 3)
    assert figures.by_label == {"a": 0.5, "b": 0.0}
    assert figures.knn_accuracy == 0.0, "of labels equally frequent, the nearest one's"
    assert figures.mean_average_precision == pytest.approx(0.5), "b is alone and left out"


def test_more_neighbours_than_photos_are_all_of_them() -> None:
    figures = agreement_with_labels(on_a_circle(0, 1, 90), np.array(list("aab")), 50, Job())
    assert figures.agreeing == pytest.approx((0.5 + 0.5 + 0) / 3)


def test_the_nearest_come_first_and_nobody_is_their_own() -> None:
    assert nearest(on_a_circle(0, 10, 30, 90), 2, Job()).tolist() == [
        [1, 2],
        [0, 2],
        [1, 0],
        [2, 1],
    ]


def test_copies_of_a_photo_are_its_neighbours() -> None:
    found = nearest(on_a_circle(0, 0, 0, 90), 2, Job())
    assert all(row not in found[row] for row in range(4))
    assert set(found[1].tolist()) == {0, 2}


@given(st.lists(st.permutations(range(6)), min_size=1, max_size=5), st.integers(1, 6))
def test_neighbours_in_common_are_counted_once(rows: list[list[int]], k: int) -> None:
    one = np.array(rows)[:, :k]
    other = np.array([row[::-1] for row in rows])[:, :k]
    counted = [len(set(a) & set(b)) / k for a, b in zip(one.tolist(), other.tolist(), strict=True)]
    assert overlap(one, other) == pytest.approx(np.mean(counted))


def test_comparing_can_be_cancelled() -> None:
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        agreement_with_labels(on_a_circle(0, 1), np.array(["a", "a"]), 1, job)
