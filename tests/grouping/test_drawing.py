"""A map has those that look alike near each other, is drawn apart, and lets others in."""

from collections.abc import Callable

import numpy as np
import psutil
import pytest
from sklearn.manifold import trustworthiness

from desktop.errors import Cancelled
from desktop.grouping import Drawing, Ground, draw_apart, drawing
from desktop.jobs import Job, Progress

N_KINDS, DIM = 6, 32


def kinds(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """n embeddings of six kinds (n, d), and the kind of each; another seed gives others of the same
    kinds."""
    centres = np.random.default_rng(99).normal(size=(N_KINDS, DIM))
    random = np.random.default_rng(seed)
    of = random.integers(N_KINDS, size=n)
    rows = centres[of] + 0.3 * random.normal(size=(n, DIM))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), of


def draw(embeddings: np.ndarray, before: Ground | None = None) -> Drawing:
    halves = np.array_split(embeddings, 2)
    return draw_apart(halves, len(embeddings), Job(), before)


def share_of_kind_nearby(points: np.ndarray, of: np.ndarray, asked: np.ndarray) -> float:
    """Of the five nearest `points` to each of those asked, how many are of its kind. asked: rows
    of (x, y, kind)."""
    shares = []
    for x, y, kind in asked:
        far = ((points - (x, y)) ** 2).sum(axis=1)
        shares.append(np.mean(of[np.argsort(far)[:5]] == kind))
    return float(np.mean(shares))


@pytest.fixture(scope="module")
def six_kinds() -> tuple[np.ndarray, np.ndarray, Drawing]:
    embeddings, of = kinds(240)
    return embeddings, of, draw(embeddings)


def test_neighbours_stay_neighbours(six_kinds: tuple[np.ndarray, np.ndarray, Drawing]) -> None:
    embeddings, of, drawn = six_kinds
    assert drawn.points.shape == (240, 2) and drawn.points.dtype == np.float32
    assert trustworthiness(embeddings, drawn.points, n_neighbors=10) > 0.9
    assert np.abs(drawn.points).max() == pytest.approx(1)
    assert share_of_kind_nearby(drawn.points, of, np.column_stack([drawn.points, of])) > 0.95


def test_new_photos_find_their_place_among_their_kind(
    six_kinds: tuple[np.ndarray, np.ndarray, Drawing],
) -> None:
    _, of, drawn = six_kinds
    new, new_of = kinds(60, seed=1)
    placed = drawn.ground.place(new)
    asked = np.column_stack([placed, new_of])
    assert share_of_kind_nearby(drawn.points, of, asked) > 0.95


def test_equal_embeddings_give_equal_maps(
    six_kinds: tuple[np.ndarray, np.ndarray, Drawing],
) -> None:
    embeddings, _, drawn = six_kinds
    assert np.array_equal(draw(embeddings).points, drawn.points)


def test_a_new_map_begins_from_the_one_before(
    six_kinds: tuple[np.ndarray, np.ndarray, Drawing],
) -> None:
    """Turned by a quarter, the old one is no map that these photos alone would give."""
    embeddings, _, drawn = six_kinds
    turned = np.ascontiguousarray(drawn.ground.points[:, ::-1] * (-1, 1), np.float32)
    before = Ground(drawn.ground.mean, drawn.ground.axes, drawn.ground.features, turned)
    again = draw(embeddings, before).points

    def likeness(points: np.ndarray) -> float:
        return float(np.mean([np.corrcoef(again[:, at], points[:, at])[0, 1] for at in (0, 1)]))

    assert likeness(turned) > 0.8
    assert likeness(drawn.points) < 0.4


def test_of_a_large_library_some_are_laid_out_and_the_others_placed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drawing, "MOST_LAID_OUT", 100)
    embeddings, of = kinds(300)
    ground, points = drawing.draw(embeddings, None, lambda *_: None)
    assert (len(ground.points), len(points)) == (100, 300)
    assert share_of_kind_nearby(points, of, np.column_stack([points, of])) > 0.95


@pytest.mark.parametrize("n", [3, 4, 19, 20, 40])
def test_a_few_photos_have_a_map_too(n: int) -> None:
    embeddings, _ = kinds(n)
    _, points = drawing.draw(embeddings, None, lambda *_: None)
    assert points.shape == (n, 2)
    assert np.isfinite(points).all()


def test_photos_that_are_all_the_same_do_too() -> None:
    same = np.repeat(kinds(1)[0], 30, axis=0)
    ground, points = drawing.draw(same, None, lambda *_: None)
    assert np.isfinite(points).all()
    assert np.isfinite(ground.place(same[:3])).all()


def drawers() -> list[psutil.Process]:
    def draws(child: psutil.Process) -> bool:
        try:
            return "map" in child.cmdline()
        except psutil.NoSuchProcess:  # one of an earlier test that has ended
            return False

    return [child for child in psutil.Process().children() if draws(child)]


def when_drawing(work: Callable[[], None]) -> Job:
    """A job that does `work` once, when steps have been told of."""
    waiting = [work]

    def on_progress(progress: Progress) -> None:
        if waiting and progress.label == "Drawing the map" and progress.done:
            waiting.pop()()

    return Job(on_progress)


def test_it_can_be_cancelled_at_any_moment() -> None:
    embeddings, _ = kinds(2_000)
    job = when_drawing(lambda: job.cancel())
    with pytest.raises(Cancelled):
        draw_apart([embeddings], len(embeddings), job)
    assert not drawers()


def test_where_its_process_is_killed_it_says_so() -> None:
    embeddings, _ = kinds(2_000)
    job = when_drawing(lambda: drawers()[0].kill())
    with pytest.raises(OSError, match="the process that draws it"):
        draw_apart([embeddings], len(embeddings), job)
