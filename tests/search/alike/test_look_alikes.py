"""Look-alikes are told by how near photos are to each other, beside what is usual."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from desktop.search import distances, look_alikes, spread_out

NOON = datetime(2020, 5, 17, 12)


def photos(*groups: tuple[int, float], dim: int = 2048) -> NDArray[np.float32]:
    """For each group so many photos, whose cosine with each other is about that; those of different
    groups have nothing in common."""
    rng = np.random.default_rng(5)
    rows = []
    for number, (n, cosine) in enumerate(groups):
        for _ in range(n):
            noise = rng.standard_normal(dim)
            noise[: len(groups)] = 0
            row = noise / np.linalg.norm(noise) * np.sqrt(1 - cosine)
            row[number] = np.sqrt(cosine)
            rows.append(row)
    return np.array(rows, np.float32)


def never(n: int) -> list[None]:
    return [None] * n


def test_copies_belong_together_and_others_do_not() -> None:
    rows = photos((3, 0.97), (1, 0.5), (2, 0.98))
    assert look_alikes(distances(rows, 0.0), never(6)) == [[0, 1, 2], [4, 5]]


def test_photos_of_one_kind_are_no_look_alikes() -> None:
    assert look_alikes(distances(photos((6, 0.6), (6, 0.75)), 0.0), never(12)) == []


def test_what_is_usual_for_a_model_is_not_near() -> None:
    """A model for which any two photos score 0.8."""
    assert look_alikes(distances(photos((6, 0.9)), 0.8), never(6)) == []
    assert look_alikes(distances(photos((3, 0.99)), 0.8), never(3)) == [[0, 1, 2]]


def test_two_that_are_far_nearer_to_each_other_than_to_others_belong_together() -> None:
    rows = photos((2, 0.82), (6, 0.3))
    assert look_alikes(distances(rows, 0.0), never(8)) == [[0, 1]]
    assert look_alikes(distances(photos((2, 0.7), (2, 0.3)), 0.0), never(4)) == [], (
        "the others may be few"
    )


def test_a_burst_may_differ_more() -> None:
    rows = photos((6, 0.84))
    apart = [NOON + timedelta(hours=each) for each in range(6)]
    assert look_alikes(distances(rows, 0.0), apart) == []
    burst = [NOON + timedelta(seconds=each) for each in range(6)]
    (together,) = look_alikes(distances(rows, 0.0), burst)
    assert together == [0, 1, 2, 3, 4, 5]
    assert look_alikes(distances(rows, 0.0), [*burst[:3], None, None, None]) == [[0, 1, 2]]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_photos(n: int) -> None:
    assert look_alikes(distances(photos((n, 0.1)).reshape(n, 2048), 0.0), never(n)) == []


def test_variety_shows_something_else_sooner() -> None:
    rows = photos((4, 0.95), (4, 0.95))
    worth = -np.arange(8.0)
    assert spread_out(rows, worth, 0.0).tolist() == list(range(8))
    varied = spread_out(rows, worth, 0.6).tolist()
    assert varied[0] == 0 and varied[1] >= 4 and sorted(varied) == list(range(8))
