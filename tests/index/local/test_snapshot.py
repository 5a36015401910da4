"""Both ways to search a snapshot, against a plain scan and against each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from desktop.errors import ModelMismatch
from desktop.index import Index, Snapshot, rate_first_answers
from desktop.index.speed import Speed
from desktop.jobs import Job
from tests.index.shelf import MODEL, clustered, remove, unit

N, DIM = 6_000, 48
CAPTIONED = Path(__file__).parents[3] / "../shared/data/captioned"

FloatArray = NDArray[np.float32]


@pytest.fixture(scope="module")
def vectors() -> FloatArray:
    return clustered(N, DIM)


@pytest.fixture(scope="module")
def snapshot(vectors: FloatArray, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """5,500 photos in a forest and 500 in the tail; photo_id = 10 * row."""
    index = Index(tmp_path_factory.mktemp("index"), MODEL, DIM)
    index.add(np.arange(5_500) * 10, vectors[:5_500])
    index.rebuild(Job(), 1)
    index.add(np.arange(5_500, N) * 10, vectors[5_500:])
    return index.snapshot


def plain(
    photo_ids: NDArray[np.int64], vectors: FloatArray, query: FloatArray, n: int
) -> list[int]:
    scores = np.round(vectors.astype(np.float64) @ query, 6)
    ranked = sorted(zip((-scores).tolist(), photo_ids.tolist(), strict=True))
    return [photo_id for _, photo_id in ranked[:n]]


def test_exact_search_is_a_plain_scan(snapshot: Snapshot, vectors: FloatArray) -> None:
    query = vectors[5_700]
    found = snapshot.search(query, 50)
    assert found.is_exact
    assert found.photo_ids.tolist() == plain(np.arange(N) * 10, vectors, query, 50)
    np.testing.assert_allclose(found.scores, vectors[found.photo_ids // 10] @ query, atol=2e-6)
    assert found.n_searched == N
    scores = vectors @ query
    assert found.mean_score == pytest.approx(scores.mean(), abs=0.02)
    assert found.std_score == pytest.approx(scores.std(), rel=0.1)


@settings(max_examples=60, deadline=None)
@given(
    n_built=st.integers(0, 30),
    n_tail=st.integers(0, 30),
    n=st.integers(0, 70),
    allowed=st.none() | st.sets(st.integers(0, 80)),
    removed=st.sets(st.integers(0, 60)),
    seed=st.integers(0, 5),
)
def test_exact_search_with_any_mask(
    tmp_path_factory: pytest.TempPathFactory,
    n_built: int,
    n_tail: int,
    n: int,
    allowed: set[int] | None,
    removed: set[int],
    seed: int,
) -> None:
    rows = unit(np.random.default_rng(seed).standard_normal((n_built + n_tail + 1, 4)))
    index = Index(tmp_path_factory.mktemp("index"), MODEL, 4)
    index.add(np.arange(n_built), rows[:n_built])
    index.rebuild(Job(), 0)
    index.add(np.arange(n_built, n_built + n_tail), rows[n_built:-1])
    remove(index, sorted(removed))
    mask = None if allowed is None else np.array(sorted(allowed), np.int64)
    found = index.snapshot.search(rows[-1], n, mask)
    alive = set(range(n_built + n_tail)) - removed
    wanted = np.array(sorted(alive if allowed is None else alive & allowed), np.int64)
    assert found.photo_ids.tolist() == plain(wanted, rows[wanted], rows[-1], n)
    assert found.n_searched == len(wanted)


def test_annoy_finds_what_the_exact_scan_finds(snapshot: Snapshot, vectors: FloatArray) -> None:
    """Recall@50 of at least 0.9, and the same scores for what both find."""
    shares = []
    for query in vectors[::120]:
        exact, annoy = snapshot.search(query, 50), snapshot.search(query, 50, exact_limit=0)
        assert not annoy.is_exact
        assert len(annoy.photo_ids) == 50
        assert annoy.n_searched == N
        scores = dict(zip(exact.photo_ids.tolist(), exact.scores.tolist(), strict=True))
        both = [
            (scores[i], score)
            for i, score in zip(annoy.photo_ids.tolist(), annoy.scores.tolist(), strict=True)
            if i in scores
        ]
        assert all(a == pytest.approx(b, abs=2e-6) for a, b in both)
        assert list(annoy.scores) == sorted(annoy.scores, reverse=True)
        assert annoy.mean_score == pytest.approx(exact.mean_score, abs=1e-7)
        assert annoy.std_score == pytest.approx(exact.std_score, abs=1e-7)
        shares.append(len(both) / 50)
    assert np.mean(shares) >= 0.9


def test_annoy_answers_within_what_is_allowed(snapshot: Snapshot, vectors: FloatArray) -> None:
    """A filter drops part of what Annoy has looked at."""
    allowed = np.arange(0, N, 3) * 10
    found = snapshot.search(vectors[1], 20, allowed, exact_limit=100)
    assert not found.is_exact
    assert len(found.photo_ids) == 20
    assert np.isin(found.photo_ids, allowed).all()
    assert found.n_searched == len(allowed)
    exact = snapshot.search(vectors[1], 20, allowed)
    assert len(np.intersect1d(found.photo_ids, exact.photo_ids)) >= 18
    assert found.mean_score == pytest.approx(exact.mean_score, abs=1e-7)
    assert found.std_score == pytest.approx(exact.std_score, abs=1e-7)


def test_where_annoy_finds_too_few_the_exact_scan_answers(
    snapshot: Snapshot, vectors: FloatArray
) -> None:
    """Photos of a folder may be anything but near to what was asked."""
    far = np.argsort(vectors[:5_500] @ vectors[1])[:300]
    allowed = np.sort(far) * 10
    found = snapshot.search(vectors[1], 200, allowed, exact_limit=100)
    assert found.is_exact
    assert found.photo_ids.tolist() == plain(allowed, vectors[allowed // 10], vectors[1], 200)


def test_the_budget_of_annoy_grows_with_what_an_exact_scan_takes() -> None:
    speed = Speed(row_ns=100.0, candidate_ns=400.0)
    assert speed.border == 400_000
    assert speed.n_candidates(1_000_000) == 7_500
    assert speed.n_candidates(100_000) == 2_000, "less would hardly be quicker, and find little"


def test_a_deep_list_is_searched_exactly(snapshot: Snapshot, vectors: FloatArray) -> None:
    found = snapshot.search(vectors[1], 4_000, exact_limit=0)
    assert found.is_exact
    assert len(found.photo_ids) == 4_000


def test_photos_of_the_tail_are_found_beside_annoy(snapshot: Snapshot, vectors: FloatArray) -> None:
    for row in range(5_500, N, 50):
        assert snapshot.search(vectors[row], 1, exact_limit=0).photo_ids.tolist() == [row * 10]


@pytest.mark.skipif(not CAPTIONED.is_dir(), reason="needs the photos of ../shared/data/captioned")
def test_both_ways_agree_on_real_photos(tmp_path: Path) -> None:
    """2,000 photos as 16 x 16 pixels: real neighbourhoods, without the time a model takes."""
    rows = []
    for path in sorted((CAPTIONED / "images").glob("*.jpg"))[:2_000]:
        with Image.open(path) as image:
            image.draft("RGB", (28, 28))
            rows.append(np.asarray(image.convert("RGB").resize((16, 16)), np.float32).ravel())
    pixels = np.array(rows)
    index = Index(tmp_path, MODEL, pixels.shape[1])
    index.add(np.arange(len(pixels)), unit(pixels - pixels.mean(axis=0)))
    index.rebuild(Job(), 1)
    rating = rate_first_answers(index.snapshot)
    assert rating is not None
    assert rating.recall >= 0.9


def test_equal_scores_are_ordered_by_photo_id(tmp_path: Path) -> None:
    """Copies tie, wherever they lie and at the end of the list too."""
    copies = np.tile(unit(np.arange(1, 8)), (41, 1))
    index = Index(tmp_path, MODEL, 7)
    ids = np.random.default_rng(0).permutation(41)
    index.add(ids[:20], copies[:20])
    index.rebuild(Job(), 1)
    index.add(ids[20:], copies[20:])
    found = index.snapshot.search(copies[0], 9)
    assert found.photo_ids.tolist() == list(range(9))
    assert found.scores.tolist() == [1.0] * 9


def test_an_empty_snapshot_finds_nothing(tmp_path: Path) -> None:
    found = Index(tmp_path, MODEL, 3).snapshot.search(unit(np.ones(3)), 5)
    assert (len(found.photo_ids), len(found.scores), found.n_searched) == (0, 0, 0)
    assert (found.mean_score, found.std_score, found.is_exact) == (0.0, 0.0, True)


def test_an_embedding_of_another_model_is_refused(snapshot: Snapshot) -> None:
    with pytest.raises(ModelMismatch, match="48 dimensions"):
        snapshot.search(unit(np.ones(DIM + 1)), 5)


@pytest.mark.parametrize("exact_limit", [0, N])
def test_a_query_that_is_no_number_finds_nothing(snapshot: Snapshot, exact_limit: int) -> None:
    found = snapshot.search(np.full(DIM, np.nan, np.float32), 5, exact_limit=exact_limit)
    assert len(found.photo_ids) == 0
    assert found.mean_score == 0.0


def test_a_snapshot_stays_as_it_is(tmp_path: Path, vectors: FloatArray) -> None:
    index = Index(tmp_path, MODEL, DIM)
    index.add(np.arange(100), vectors[:100])
    index.rebuild(Job(), 1)
    index.add(np.arange(100, 150), vectors[100:150])
    taken = index.snapshot
    before = taken.search(vectors[120], 150)
    remove(index, range(60, 130))
    index.add(np.arange(140, 400), vectors[-260:])
    index.rebuild(Job(), 2)
    after = taken.search(vectors[120], 150)
    np.testing.assert_array_equal(before.photo_ids, after.photo_ids)
    np.testing.assert_array_equal(before.scores, after.scores)
    assert taken.n_items == 150


def test_the_next_snapshot_takes_over_what_the_last_one_knew(
    tmp_path: Path, vectors: FloatArray
) -> None:
    """To find the rows of a folder again for each photo that comes in would take longer than the
    search; another folder, or another generation, is looked up anew."""
    index = Index(tmp_path, MODEL, DIM)
    index.add(np.arange(2_000), vectors[:2_000])
    index.rebuild(Job(), 1)
    allowed, others = np.arange(0, 3_000, 2), np.arange(1, 3_000, 2)

    def rows_of(allowed: NDArray[np.int64]) -> object:
        index.snapshot.search(vectors[0], 5, allowed)
        return index.snapshot._scope(allowed).built

    rows = rows_of(allowed)
    index.add(np.arange(2_000, 2_010), vectors[2_000:2_010])
    index.add(np.arange(2_010, 2_020), vectors[2_010:2_020])
    assert rows_of(allowed) is rows
    assert index.snapshot.search(vectors[2_018], 1, allowed).photo_ids.tolist() == [2_018]
    assert index.snapshot.search(vectors[2_018], 1, others).photo_ids.tolist() != [2_018]
    rows = rows_of(allowed)
    remove(index, [4])
    assert rows_of(allowed) is not rows
    assert 4 not in index.snapshot.search(vectors[4], 5, allowed).photo_ids
    rows = rows_of(allowed)
    index.rebuild(Job(), 2)
    assert rows_of(allowed) is not rows


def test_a_folder_and_all_photos_asked_in_turns_are_picked_once(
    tmp_path: Path, vectors: FloatArray
) -> None:
    index = Index(tmp_path, MODEL, DIM)
    index.add(np.arange(100), vectors[:100])
    allowed, everything, none = np.arange(0, 50, 2), np.arange(100), np.arange(0)

    def scope_of(allowed: NDArray[np.int64]) -> object:
        return index.snapshot._scope(allowed)

    folder, all_ = scope_of(allowed), scope_of(everything)
    assert scope_of(allowed) is folder and scope_of(everything) is all_
    assert scope_of(allowed) is folder
    nothing = scope_of(none)
    assert scope_of(none) is nothing and len(index.snapshot.search(vectors[0], 5, none).scores) == 0
    assert scope_of(allowed) is folder, "the last two are kept"
    assert scope_of(everything) is not all_


@pytest.mark.parametrize("n_allowed", [3, 700, 5_000])
def test_rows_that_lie_together_and_rows_that_do_not(
    snapshot: Snapshot, vectors: FloatArray, n_allowed: int
) -> None:
    """Stretches without a photo, with few and with many; the same answer as a plain scan."""
    rng = np.random.default_rng(n_allowed)
    rows = np.union1d(rng.choice(N, n_allowed, replace=False), np.arange(2_000, 2_000 + n_allowed))
    rows = rows[rows < N]
    found = snapshot.search(vectors[9], 60, rows * 10)
    assert found.photo_ids.tolist() == plain(rows * 10, vectors[rows], vectors[9], 60)
    assert found.n_searched == len(rows)
