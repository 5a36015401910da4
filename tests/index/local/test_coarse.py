"""Coarse rows: what is found by them is what a plain scan finds, to the last digit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from threadpoolctl import threadpool_info, threadpool_limits

from desktop.index import Index
from desktop.index.coarse import CoarseRows, Questions, open_coarse, write_coarse
from desktop.index.local import generation, row_scores
from desktop.index.part import Part, Selection
from desktop.jobs import Cancelled, Job
from tests.index.shelf import MODEL, Shelf, clustered, remove, unit

N, DIM = 3_000, 48

FloatArray = NDArray[np.float32]


@pytest.fixture(autouse=True)
def coarse_rows_of_few() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation, "COARSE_FROM", 1)
        patch.setattr(generation, "APPROXIMATE_FROM", 10 * N)
        yield


def coarse_of(folder: Path, vectors: FloatArray, n_segments: int = 1) -> CoarseRows:
    path = folder / "rows.coarse"
    write_coarse(path, vectors, n_segments, "these", Job())
    n, dim = len(vectors) * n_segments, vectors.shape[1] // n_segments
    return open_coarse(path, (n, dim), "these")


def hard_rows(seed: int) -> FloatArray:
    """Some that all look one way but for a little, with one number that is far larger than all
    others, as those of CLIP have, some of few numbers, and some twice."""
    draw = np.random.default_rng(seed)
    rows = clustered(400, DIM, seed)
    rows[:100] = unit(rows[:100] + 40 * rows[0])
    rows[100:200, 7] = 5.0
    rows[200:250, 3:] = 0.0
    rows[250:300] = rows[350:]
    rows[300:310] *= 1e-3
    return unit(rows[draw.permutation(400)])


@pytest.mark.parametrize("n_segments", [1, 4])
@pytest.mark.parametrize("seed", [0, 1])
def test_true_scores_lie_within_the_bounds(tmp_path: Path, n_segments: int, seed: int) -> None:
    rows = hard_rows(seed)
    coarse = coarse_of(tmp_path, rows.reshape(-1, n_segments * DIM), n_segments)
    queries = np.concatenate([hard_rows(seed + 5)[:20], rows[:20], 3 * np.eye(DIM)[:3]])
    queries = queries.astype(np.float32)
    true = queries.astype(np.float64) @ rows.T.astype(np.float64)
    best = true.reshape(len(queries), -1, n_segments).max(axis=2)
    lows, highs = np.empty_like(best), np.empty_like(best)
    for block, low, high in coarse.bounds(coarse.ask(queries), slice(0, best.shape[1]), n_segments):
        lows[:, block], highs[:, block] = low, high
    assert (lows <= best).all()
    assert (best <= highs).all()
    assert np.median(highs[:40] - lows[:40]) < 0.05
    some = np.random.default_rng(seed).permutation(best.shape[1])[:50]
    shares = []
    for query, true_of_query, wide in zip(queries[:40], best, highs - lows, strict=False):
        picked = coarse.pick(some, n_segments)
        asked = picked.ask(query[np.newaxis], closely=True)
        ((_, (low,), (high,)),) = picked.bounds(asked, slice(0, len(some)), n_segments)
        assert (low <= true_of_query[some]).all()
        assert (true_of_query[some] <= high).all()
        shares.append(np.median((high - low) / wide[some]))
    assert np.median(shares) < 0.9


def opened(folder: Path, rows: FloatArray, n_built: int, kind: str = "") -> Index:
    """The first rows built and the others in the tail; photo_id = 2 * row."""
    index = Index(folder, MODEL, rows.shape[1], kind)
    index.add(2 * np.arange(n_built), rows[:n_built])
    index.rebuild(Job(), 0)
    index.add(2 * np.arange(n_built, len(rows)), rows[n_built:])
    return index


def is_coarse(index: Index) -> bool:
    return index.snapshot._built.coarse is not None


@settings(max_examples=80, deadline=None)
@given(
    n_built=st.integers(0, 400),
    n=st.integers(0, 420),
    share=st.sampled_from([None, 1.0, 0.5, 0.05, 0.0]),
    removed=st.sets(st.integers(0, 399), max_size=40),
    seed=st.integers(0, 3),
)
@example(n_built=1, n=147, share=None, removed=set(), seed=1)
def test_what_is_found_is_what_a_plain_scan_finds(
    tmp_path_factory: pytest.TempPathFactory,
    n_built: int,
    n: int,
    share: float | None,
    removed: set[int],
    seed: int,
) -> None:
    rows, draw = hard_rows(seed), np.random.default_rng(seed)
    index = opened(tmp_path_factory.mktemp("index"), rows, n_built)
    assert is_coarse(index) == (n_built > 0)
    remove(index, sorted(2 * row for row in removed))
    alive = np.setdiff1d(np.arange(400), sorted(removed))
    allowed = alive if share is None else alive[draw.random(len(alive)) < share]
    mask = None if share is None else 2 * allowed
    for query in (rows[11], unit(draw.standard_normal(DIM))):
        found = index.snapshot.search(query, n, mask)
        scores = np.vecdot(rows[allowed], query)
        ranked = np.lexsort((allowed, -np.round(scores, 6)))[:n]
        assert found.photo_ids.tolist() == (2 * allowed[ranked]).tolist()
        assert found.scores.tolist() == np.clip(np.round(scores[ranked], 6), -1, 1).tolist()
        assert found.n_searched == len(allowed)


def test_numpy_multiplies_on_one_thread_where_there_are_coarse_rows(tmp_path: Path) -> None:
    """Others would go on spinning after each product, and slow down the answer."""
    with threadpool_limits(2, "blas"):
        opened(tmp_path, clustered(50, DIM), 50)
        blas = [each for each in threadpool_info() if each["user_api"] == "blas"]
        assert all(each["num_threads"] == 1 for each in blas)


def test_few_are_compared_by_all_their_numbers(tmp_path: Path) -> None:
    rows = clustered(N, DIM)
    scores = opened(tmp_path, rows, N).snapshot.compare(rows[:8], 10)
    n_compared = [len(scores.range(number).may_be_best(10)) for number in range(8)]
    assert max(n_compared) < N / 20


def test_a_filter_with_many_gaps_is_compared_by_coarse_rows_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one photo in sixteen may answer, the others are passed over afterwards."""
    rows = clustered(N, DIM)
    snapshot = opened(tmp_path, rows, N).snapshot
    asked: list[slice] = []
    bounds = CoarseRows.bounds

    def counted(self: CoarseRows, questions: Questions, some: slice, n: int) -> object:
        asked.append(some)
        return bounds(self, questions, some, n)

    monkeypatch.setattr(CoarseRows, "bounds", counted)
    found = snapshot.search(rows[3], 5, 2 * np.arange(0, N, 16))
    assert asked
    asked.clear()
    assert found.photo_ids.tolist() == plain_five(rows, np.arange(0, N, 16), rows[3])
    snapshot.search(rows[3], 5, 2 * np.arange(0, N, 100))
    assert not asked, "so few are picked out"


def plain_five(rows: FloatArray, allowed: NDArray[np.int64], query: FloatArray) -> list[int]:
    scores = np.round(np.vecdot(rows[allowed], query), 6)
    return (2 * allowed[np.lexsort((allowed, -scores))[:5]]).tolist()


def test_where_all_photos_look_the_same_few_are_copied_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.repeat(clustered(1, DIM), N, axis=0)
    index = opened(tmp_path, rows, N - 10)
    monkeypatch.setattr(row_scores, "AT_ONCE_BYTES", 100 * 4 * DIM)
    copied: list[int] = []
    pick = Selection.pick

    def counted(self: Selection, some: NDArray[np.int64]) -> FloatArray:
        copied.append(len(some))
        return pick(self, some)

    monkeypatch.setattr(Selection, "pick", counted)
    found = index.snapshot.search(rows[0], 50)
    assert found.photo_ids.tolist() == list(range(0, 100, 2))
    assert max(copied) <= 100
    assert sum(copied) >= N
    assert index.snapshot.search(rows[0], N).photo_ids.tolist() == list(range(0, 2 * N, 2))


def test_a_row_that_is_none_of_numbers_is_no_answer_and_hides_none(tmp_path: Path) -> None:
    rows = clustered(300, DIM)
    rows[5, 3] = np.nan
    part = Part(np.arange(300), rows, np.ones(300, np.bool_), coarse_of(tmp_path, rows))
    low, high = part.select(None).bounds(rows[:1])
    assert (low[0, 5], high[0, 5]) == (-np.inf, np.inf)
    assert np.isfinite(np.delete(high[0], 5)).all()


def test_files_of_an_older_version_get_coarse_rows_and_are_not_written_again(
    tmp_path: Path,
) -> None:
    shelf, rows = Shelf(), clustered(N, DIM)
    shelf.put(range(N), rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation, "COARSE_FROM", 10 * N)
        old = shelf.load(tmp_path, DIM)
        old.rebuild(Job(), shelf.revision)
        assert not old.needs_rebuild
    (vectors,) = tmp_path.rglob("*.vectors")
    assert not list(tmp_path.rglob("*.coarse"))

    index = shelf.load(tmp_path, DIM)
    before = index.snapshot.search(rows[7], 20)
    assert index.needs_rebuild
    with pytest.raises(Cancelled):
        index.rebuild(cancelled(), shelf.revision)
    assert not list(tmp_path.rglob("*coarse*")), "nothing is left behind"
    index.rebuild(Job(), shelf.revision)

    assert is_coarse(index)
    assert not index.needs_rebuild
    assert list(tmp_path.rglob("*.vectors")) == [vectors]
    after = index.snapshot.search(rows[7], 20)
    assert after.photo_ids.tolist() == before.photo_ids.tolist()
    assert after.scores.tolist() == before.scores.tolist()
    assert is_coarse(shelf.load(tmp_path, DIM))


def cancelled() -> Job:
    job = Job()
    job.cancel()
    return job


@pytest.mark.parametrize("how", ["cut off", "changed", "of others", "no header", "gone"])
def test_coarse_rows_that_are_damaged_are_made_again(tmp_path: Path, how: str) -> None:
    shelf, rows = Shelf(), clustered(N, DIM)
    shelf.put(range(N), rows)
    shelf.load(tmp_path, DIM).rebuild(Job(), shelf.revision)
    (path,) = tmp_path.rglob("*.coarse")
    whole = path.read_bytes()
    path.unlink()
    if how == "cut off":
        path.write_bytes(whole[:-100])
    elif how == "changed":
        path.write_bytes(whole[:4_200] + b"?" * 50 + whole[4_250:])
    elif how == "of others":
        write_coarse(path, rows, 1, "others", Job())
    elif how == "no header":
        path.write_bytes(b"{" + whole[1:40])

    index = shelf.load(tmp_path, DIM)
    assert index.snapshot.n_tail == 0, "the vectors are whole"
    assert not is_coarse(index)
    found = index.snapshot.search(rows[7], 20)
    assert index.needs_rebuild
    index.rebuild(Job(), shelf.revision)

    assert path.read_bytes() == whole
    assert index.snapshot.search(rows[7], 20).scores.tolist() == found.scores.tolist()


def test_rows_that_were_removed_leave_the_coarse_ones_with_the_next_build(tmp_path: Path) -> None:
    shelf, rows = Shelf(), clustered(N, DIM)
    shelf.put(range(N), rows)
    index = shelf.load(tmp_path, DIM)
    index.rebuild(Job(), shelf.revision)
    (first,) = tmp_path.rglob("*.coarse")
    shelf.drop(range(10))
    index.keep_only(shelf.known_ids)
    assert index.holds_removed
    index.rebuild(Job(), shelf.revision)
    assert not first.exists()
    (second,) = tmp_path.rglob("*.coarse")
    assert len(first.name) == len(second.name)
    assert not index.holds_removed
