"""Which photos of a library a question is about."""

import numpy as np
import pytest
from numpy.typing import NDArray

from desktop.search.calibration.parts import LEAST_PHOTOS, part_asked

DIM = 24
USUAL = np.zeros(DIM, np.float32)
ASKED = np.eye(DIM, dtype=np.float32)[0]


def photos(n: int, in_common: float = 0.0, seed: int = 1) -> NDArray[np.float32]:
    """In all directions, with so much of the last in common."""
    drawn = np.random.default_rng(seed).standard_normal((n, DIM)) / np.sqrt(DIM)
    drawn[:, -1] += in_common
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def showing(some: NDArray[np.float32], n: int) -> NDArray[np.float32]:
    """The first n of them show what is asked for."""
    moved = some.copy()
    moved[:n] += 0.8 * ASKED
    return moved / np.linalg.norm(moved, axis=1, keepdims=True)


@pytest.mark.parametrize("in_common", [0.0, 0.3, 1.0, 3.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_photos_of_one_make_are_asked_together(in_common: float, seed: int) -> None:
    library = showing(photos(400, in_common, seed), 40)
    assert part_asked(library, library @ ASKED, USUAL) is None


@pytest.mark.parametrize("n_others", [120, 300, 900])
def test_everyday_things_are_looked_for_among_everyday_photos(n_others: int) -> None:
    library = np.concatenate([showing(photos(300), 40), photos(n_others, 1.5)])
    asked = part_asked(library, library @ ASKED, USUAL)
    assert asked is not None
    assert asked[:300].mean() > 0.85
    assert asked[300:].mean() < 0.05


def test_what_photos_of_another_make_show_is_looked_for_among_all() -> None:
    library = np.concatenate([photos(300), showing(photos(300, 1.5), 40)])
    assert part_asked(library, library @ ASKED, USUAL) is None


def test_others_of_two_makes_are_both_left_out() -> None:
    scanned = photos(200, 1.5)
    scanned[:, [1, -1]] = scanned[:, [-1, 1]]
    library = np.concatenate([showing(photos(300), 40), photos(300, 1.5), scanned])
    asked = part_asked(library, library @ ASKED, USUAL)
    assert asked is not None
    assert asked[:300].mean() > 0.85
    assert asked[300:].mean() < 0.1


@pytest.mark.parametrize("n", [0, 1, 5, LEAST_PHOTOS])
def test_few_photos_are_asked_together(n: int) -> None:
    library = np.concatenate([photos(n), photos(n, 1.5)])
    few = library[: 2 * LEAST_PHOTOS - 1]
    assert part_asked(few, few @ ASKED, USUAL) is None


def test_photos_that_are_all_the_same_are_asked_together() -> None:
    library = np.tile(ASKED, (300, 1))
    assert part_asked(library, library @ ASKED, USUAL) is None
    assert part_asked(np.zeros_like(library), library @ ASKED, USUAL) is None
