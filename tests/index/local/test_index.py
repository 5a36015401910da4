"""An Index while photos come and go, while it is rebuilt, and from one start to the next."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from desktop.errors import Cancelled, UserError
from desktop.index import Index, Snapshot, rate_first_answers
from desktop.index.local import generation
from desktop.index.local.index import folder_name
from desktop.jobs import Job, Progress
from tests.index.shelf import MODEL, Shelf, clustered, remove, unit

DIM = 16

FloatArray = NDArray[np.float32]


@pytest.fixture
def vectors() -> FloatArray:
    return clustered(4_000, DIM)


def ids_in(snapshot: Snapshot) -> list[int]:
    found = snapshot.search(unit(np.ones(snapshot.dim)), snapshot.n_items + 1)
    return sorted(found.photo_ids.tolist())


def first(index: Index, vector: FloatArray) -> tuple[int, float]:
    found = index.snapshot.search(vector, 1)
    return int(found.photo_ids[0]), float(found.scores[0])


def files_of(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def job_doing(work: Callable[[], None]) -> Job:
    """A job whose first report does `work` first: something that happens during a rebuild."""
    waiting = [work]

    def on_progress(_: Progress) -> None:
        if waiting:
            waiting.pop()()

    return Job(on_progress)


def test_what_is_added_is_found_at_once(tmp_path: Path, vectors: FloatArray) -> None:
    index = Index(tmp_path, MODEL, DIM)
    index.add(np.array([7, 3]), vectors[:2])
    assert first(index, vectors[0]) == (7, 1.0)
    assert index.snapshot.n_items == index.snapshot.n_tail == 2
    assert not files_of(tmp_path)


def test_a_photo_added_again_replaces_itself(tmp_path: Path, vectors: FloatArray) -> None:
    """In the built part, in the tail, and twice in one batch: the last embedding counts."""
    index = Index(tmp_path, MODEL, DIM)
    index.add(np.arange(3), vectors[:3])
    index.rebuild(Job(), 1)
    for row in (10, 11):
        index.add(np.array([1]), vectors[row : row + 1])
        assert first(index, vectors[row]) == (1, 1.0)
        assert ids_in(index.snapshot) == [0, 1, 2]
    index.add(np.array([2, 5, 2]), vectors[20:23])
    assert first(index, vectors[22]) == (2, 1.0)
    assert first(index, vectors[20])[1] < 1.0
    assert index.snapshot.n_items == 4


def test_removed_photos_are_gone_from_both_parts(tmp_path: Path, vectors: FloatArray) -> None:
    index = Index(tmp_path, MODEL, DIM)
    index.add(np.arange(5), vectors[:5])
    index.rebuild(Job(), 1)
    index.add(np.arange(5, 10), vectors[5:10])
    remove(index, [0, 9, 77])
    assert ids_in(index.snapshot) == list(range(1, 9))
    remove(index, [])
    assert index.snapshot.n_items == 8


def test_what_was_removed_asks_for_a_rebuild_and_leaves_with_it(
    tmp_path: Path, vectors: FloatArray
) -> None:
    """However few: the vectors are in memory and in no file afterwards. A photo that was embedded
    again was not removed."""
    index = Index(tmp_path, MODEL, DIM)
    index.add(np.arange(1_200), vectors[:1_200])
    index.rebuild(Job(), 1)
    index.add(np.array([5, 2_000, 2_001]), vectors[2_000:2_003])
    assert not index.holds_removed
    remove(index, [7])
    assert index.holds_removed and not index.needs_rebuild
    index.rebuild(Job(), 1)
    assert not index.holds_removed
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("gen-*"))
    assert vectors[7].tobytes() not in files
    assert vectors[8].tobytes() in files
    index.add(np.array([2_002]), vectors[3_000:3_001])
    remove(index, [2_002])
    assert index.holds_removed, "in memory"
    index.rebuild(Job(), 1)
    assert not index.holds_removed


@pytest.mark.parametrize("rebuilds", [False, True])
def test_a_photo_that_is_added_while_the_catalog_is_asked_stays(
    tmp_path: Path, vectors: FloatArray, rebuilds: bool
) -> None:
    """Whether it is new, or takes the place of one that the catalog did not have for a moment; and
    also where a rebuild comes in between."""
    index = Index(tmp_path, MODEL, DIM)
    index.add(np.arange(10), vectors[:10])
    index.rebuild(Job(), 1)
    index.add(np.arange(10, 20), vectors[10:20])
    asked: list[int] = []

    def list_known() -> NDArray[np.int64]:
        asked.append(0)
        if len(asked) == 1:
            index.add(np.array([3, 13, 40]), vectors[100:103])
            if rebuilds:
                index.rebuild(Job(), 1)
            return np.setdiff1d(np.arange(20), [2, 3, 12, 13])
        return np.setdiff1d(np.append(np.arange(20), 40), [2, 12])

    index.keep_only(list_known)
    assert ids_in(index.snapshot) == sorted({*range(20), 40} - {2, 12})
    assert first(index, vectors[100]) == (3, 1.0)


def test_an_embedding_without_numbers_is_left_out(
    tmp_path: Path, vectors: FloatArray, caplog: pytest.LogCaptureFixture
) -> None:
    broken = vectors[:3].copy()
    broken[1, 4] = np.nan
    index = Index(tmp_path, MODEL, DIM)
    index.add(np.arange(3), broken)
    assert ids_in(index.snapshot) == [0, 2]
    assert "photos [1]" in caplog.text


def test_embeddings_of_another_shape_are_a_bug(tmp_path: Path, vectors: FloatArray) -> None:
    with pytest.raises(ValueError, match="shape"):
        Index(tmp_path, MODEL, DIM).add(np.arange(2), vectors[:3])


def test_adding_copies_only_what_is_new(tmp_path: Path) -> None:
    """100,000 photos in batches of 32 would otherwise copy 150 GB. The arrays move when they
    double, and at no other batch."""
    rows = clustered(3_200, DIM)
    index = Index(tmp_path, MODEL, DIM)
    n_moves, before = 0, index.snapshot._tail.vectors
    for start in range(0, len(rows), 32):
        index.add(np.arange(start, start + 32), rows[start : start + 32])
        after = index.snapshot._tail.vectors
        n_moves += not np.shares_memory(before, after)
        before = after
    assert n_moves <= 6
    assert index.snapshot.n_items == 3_200


def test_a_tail_that_has_grown_asks_for_a_rebuild(tmp_path: Path) -> None:
    """Past 1,000, and past a tenth of what is built; the removed count too."""
    rows = clustered(16_000, 4)
    index = Index(tmp_path, MODEL, 4)
    index.add(np.arange(1_000), rows[:1_000])
    assert not index.needs_rebuild
    index.add(np.array([1_000]), rows[1_000:1_001])
    assert index.needs_rebuild
    index.add(np.arange(1_001, 12_000), rows[1_001:12_000])
    index.rebuild(Job(), 1)
    assert not index.needs_rebuild
    index.add(np.arange(12_000, 13_000), rows[12_000:13_000])
    remove(index, range(200))
    assert not index.needs_rebuild
    remove(index, [500])
    assert index.needs_rebuild


def test_the_next_start_takes_up_the_generation(tmp_path: Path, vectors: FloatArray) -> None:
    """The same answers, with hardly anything read from the catalog; also from a folder with
    accents."""
    shelf = Shelf()
    shelf.put(range(4_000), vectors)
    folder = tmp_path / "Index für Zoë 図"
    index = shelf.load(folder, DIM)
    assert shelf.n_read == 4_000
    index.rebuild(Job(), shelf.revision)
    shelf.n_read = 0
    again = shelf.load(folder, DIM)
    assert shelf.n_read <= 32
    assert not again.needs_rebuild
    assert again.snapshot.n_tail == 0
    for exact_limit in (0, None):
        old = index.snapshot.search(vectors[5], 40, exact_limit=exact_limit)
        new = again.snapshot.search(vectors[5], 40, exact_limit=exact_limit)
        assert new.photo_ids.tolist() == old.photo_ids.tolist()
        assert new.is_exact == (exact_limit is None)


def test_the_next_start_reads_what_changed(tmp_path: Path, vectors: FloatArray) -> None:
    """New, gone and newly embedded photos; nothing else."""
    shelf = Shelf()
    shelf.put(range(2_000), vectors[:2_000])
    shelf.load(tmp_path, DIM).rebuild(Job(), shelf.revision)
    shelf.put([3], vectors[3_000:3_001])
    shelf.put([2_000, 2_001], vectors[2_000:2_002])
    shelf.drop([4, 5])
    shelf.n_read = 0
    index = shelf.load(tmp_path, DIM)
    assert shelf.n_read <= 3 + 32
    assert first(index, vectors[3_000]) == (3, 1.0)
    assert ids_in(index.snapshot) == shelf.known_ids().tolist()


def test_what_happens_during_a_rebuild_survives_it(tmp_path: Path, vectors: FloatArray) -> None:
    index = Index(tmp_path, MODEL, DIM)
    index.add(np.arange(1_500), vectors[:1_500])
    index.rebuild(Job(), 1)
    index.add(np.arange(1_500, 2_000), vectors[1_500:2_000])

    def meanwhile() -> None:
        index.add(np.array([2_500]), vectors[2_500:2_501])  # new
        index.add(np.array([10, 1_600]), vectors[3_000:3_002])  # embedded again, in either part
        remove(index, [11, 1_601])  # removed, in either part
        index.add(np.array([2_600]), vectors[2_600:2_601])  # came and went
        remove(index, [2_600])

    index.rebuild(job_doing(meanwhile), 2)
    assert set(range(2_501)) - set(ids_in(index.snapshot)) == {11, 1_601, *range(2_000, 2_500)}
    assert index.snapshot.n_tail == 3
    assert first(index, vectors[2_500]) == (2_500, 1.0)
    assert first(index, vectors[3_000]) == (10, 1.0)
    assert first(index, vectors[3_001]) == (1_600, 1.0)
    assert first(index, vectors[10])[1] < 1.0
    index.rebuild(Job(), 3)
    assert index.snapshot.n_tail == 0
    assert first(index, vectors[3_001]) == (1_600, 1.0)


def test_a_cancelled_rebuild_leaves_the_old_generation(tmp_path: Path, vectors: FloatArray) -> None:
    shelf = Shelf()
    shelf.put(range(1_500), vectors[:1_500])
    index = shelf.load(tmp_path, DIM)
    index.rebuild(Job(), shelf.revision)
    before = files_of(tmp_path)
    index.add(np.array([9_000]), vectors[2_000:2_001])
    job = Job(lambda progress: job.cancel() if progress.done else None)
    with pytest.raises(Cancelled):
        index.rebuild(job, shelf.revision)
    assert files_of(tmp_path) == before
    assert first(index, vectors[2_000]) == (9_000, 1.0)
    assert shelf.load(tmp_path, DIM).snapshot.n_tail == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file sizes")
@pytest.mark.parametrize("limit_bytes", [5_000, 40_000, 150_000])
def test_a_full_disk_leaves_the_old_generation(
    tmp_path: Path, vectors: FloatArray, limit_bytes: int
) -> None:
    """The limit falls into the ids, the vectors, and Annoy's file."""
    import resource

    index = Index(tmp_path, MODEL, DIM)
    index.add(np.arange(500), vectors[:500])
    index.rebuild(Job(), 1)
    before = files_of(tmp_path)
    index.add(np.arange(500, 2_000), vectors[500:2_000])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        with pytest.raises(UserError, match=r"index could not be saved .*File too large"):
            index.rebuild(Job(), 2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files_of(tmp_path) == before
    assert ids_in(index.snapshot) == list(range(2_000))
    index.rebuild(Job(), 2)
    assert index.snapshot.n_tail == 0


def test_old_generations_go_with_the_next_one(tmp_path: Path, vectors: FloatArray) -> None:
    """Who has one mapped goes on searching it. A later one may be in the making."""
    shelf = Shelf()
    shelf.put(range(1_000), vectors[:1_000])
    index = shelf.load(tmp_path, DIM)
    index.rebuild(Job(), shelf.revision)
    other = shelf.load(tmp_path, DIM)
    index.rebuild(Job(), shelf.revision)
    assert ids_in(other.snapshot) == list(range(1_000))
    folder = tmp_path / folder_name(MODEL)
    making = folder / "gen-3.vectors.tmp"
    making.write_bytes(b"being written")
    shelf.load(tmp_path, DIM)
    kinds = ("json", "ids", "vectors", "ann")
    wanted = {"current.json", making.name, *(f"gen-2.{kind}" for kind in kinds)}
    assert files_of(tmp_path) == wanted
    index.rebuild(Job(), shelf.revision)
    assert files_of(tmp_path) == {"current.json", *(f"gen-4.{kind}" for kind in kinds)}


def test_a_generation_that_is_replaced_while_it_is_opened(
    tmp_path: Path, vectors: FloatArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another process, which also removes its files: the newer one is opened."""
    shelf = Shelf()
    shelf.put(range(1_000), vectors[:1_000])
    index = shelf.load(tmp_path, DIM)
    index.rebuild(Job(), shelf.revision)
    numbers: list[int] = []

    def current_number(folder: Path) -> int | None:
        number = look(folder)
        numbers.append(number or 0)
        if len(numbers) == 1:
            index.rebuild(Job(), shelf.revision)
        return number

    look = generation.current_number
    monkeypatch.setattr(generation, "current_number", current_number)
    again = shelf.load(tmp_path, DIM)
    assert numbers == [1, 2]
    assert not again.needs_rebuild
    assert again.snapshot.n_tail == 0


def test_an_index_that_was_emptied(tmp_path: Path, vectors: FloatArray) -> None:
    shelf = Shelf()
    shelf.put(range(100), vectors[:100])
    index = shelf.load(tmp_path, DIM)
    index.rebuild(Job(), shelf.revision)
    remove(index, range(100))
    index.rebuild(Job(), shelf.revision)
    assert index.snapshot.n_items == 0
    assert not files_of(tmp_path)
    index.add(np.array([4]), vectors[:1])
    assert first(index, vectors[0]) == (4, 1.0)


def test_equal_photos_build_equal_files(tmp_path: Path, vectors: FloatArray) -> None:
    """Whatever the order they came in."""
    built = []
    for name, step in (("a", 1), ("b", -1)):
        index = Index(tmp_path / name, MODEL, DIM)
        index.add(np.arange(1_200)[::step], vectors[:1_200][::step])
        index.rebuild(Job(), 1)
        folder = tmp_path / name / folder_name(MODEL)
        built.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert built[0] == built[1]
    assert "gen-1.ann" in built[0]


def test_first_answers_are_rated_only_where_annoy_gives_them(
    tmp_path: Path, vectors: FloatArray
) -> None:
    index = Index(tmp_path, MODEL, DIM)
    index.add(np.arange(999), vectors[:999])
    index.rebuild(Job(), 1)
    assert rate_first_answers(index.snapshot) is None
    index.add(np.arange(999, 4_000), vectors[999:])
    index.rebuild(Job(), 1)
    rating = rate_first_answers(index.snapshot, n_queries=50, n=20)
    assert rating is not None
    assert 0.9 <= rating.recall <= 1.0
    assert rating.exact_ms > 0 < rating.first_ms


def test_the_speed_is_measured_once_for_each_build(tmp_path: Path, vectors: FloatArray) -> None:
    index = Index(tmp_path, MODEL, DIM)
    index.add(np.arange(500), vectors[:500])
    index.rebuild(Job(), 1)
    index.measure()
    assert not index.snapshot.speed.is_measured, "there is nothing to choose yet"
    index.add(np.arange(500, 4_000), vectors[500:])
    index.rebuild(Job(), 1)
    index.measure()
    first = index.snapshot.speed
    assert first.is_measured
    assert first.border > 4_000
    index.measure()
    index.add(np.array([9_000]), vectors[:1])
    assert index.snapshot.speed is first
    index.rebuild(Job(), 2)
    assert index.snapshot.speed is first, "until it is measured again, what was seen is the best"
    index.measure()
    assert index.snapshot.speed is not first


def test_each_model_has_its_own_folder() -> None:
    names = {folder_name(name) for name in ("a/b@1", "a_b@1", "a b@1", "../..", "Ä", "x" * 300)}
    assert len(names) == 6
    assert all(len(name) <= 60 and name.isascii() and not name.startswith(".") for name in names)
    assert not any(set("/\\:@") & set(name) for name in names)


OPERATION = st.one_of(
    st.tuples(st.just("add"), st.lists(st.integers(0, 40), max_size=12)),
    st.tuples(st.just("remove"), st.lists(st.integers(0, 40), max_size=12)),
    st.tuples(st.sampled_from(["rebuild", "restart", "add in rebuild"]), st.just([3, 4, 41])),
)


@settings(max_examples=60, deadline=None)
@given(operations=st.lists(OPERATION, max_size=14))
def test_any_history_leaves_what_the_catalog_has(
    tmp_path_factory: pytest.TempPathFactory, operations: list[tuple[str, list[int]]]
) -> None:
    """Adding, removing, rebuilding and restarting in any order; with Annoy from the first photo."""
    folder = tmp_path_factory.mktemp("index")
    rng = np.random.default_rng(0)
    shelf = Shelf()
    index = shelf.load(folder, 4)

    def put(photo_ids: list[int]) -> None:
        rows = unit(rng.standard_normal((len(photo_ids), 4)))
        shelf.put(photo_ids, rows)
        index.add(np.array(photo_ids, np.int64), rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation, "APPROXIMATE_FROM", 1)
        for name, photo_ids in operations:
            if name == "add":
                put(photo_ids)
            elif name == "remove":
                shelf.drop(photo_ids)
                remove(index, photo_ids)
            elif name == "rebuild":
                index.rebuild(Job(), shelf.revision)
            elif name == "restart":
                index = shelf.load(folder, 4)
            else:
                index.rebuild(job_doing(lambda: put([3, 4, 41])), shelf.revision)
    photo_ids, vectors = shelf.all()
    found = index.snapshot.search(unit(np.ones(4)), 100)
    assert sorted(found.photo_ids.tolist()) == photo_ids.tolist()
    scores = (
        dict(zip(photo_ids.tolist(), vectors @ unit(np.ones(4)), strict=True))
        if len(photo_ids)
        else {}
    )
    for photo_id, score in zip(found.photo_ids.tolist(), found.scores.tolist(), strict=True):
        assert score == pytest.approx(float(scores[photo_id]), abs=2e-6)


def test_searching_goes_on_while_others_write(tmp_path: Path, vectors: FloatArray) -> None:
    """One thread adds, one rebuilds, one searches: every answer holds all that was there when the
    search began, and the end holds everything."""
    index = Index(tmp_path, MODEL, DIM)
    index.add(np.arange(1_000), vectors[:1_000])
    done = threading.Event()
    failures: list[str] = []

    def add() -> None:
        for start in range(1_000, 4_000, 50):
            index.add(np.arange(start, start + 50), vectors[start : start + 50])

    def rebuild() -> None:
        while not done.is_set():
            index.rebuild(Job(), 1)

    def search() -> None:
        while not done.is_set():
            n_before = index.snapshot.n_items
            found = index.snapshot.search(vectors[500], 4_000)
            ids = found.photo_ids
            if len(ids) < n_before or len(np.unique(ids)) != len(ids) or ids[0] != 500:
                failures.append(f"{len(ids)} of {n_before}")

    adding = threading.Thread(target=add)
    others = [threading.Thread(target=rebuild), threading.Thread(target=search)]
    for thread in (adding, *others):
        thread.start()
    adding.join()
    done.set()
    for thread in others:
        thread.join()
    assert failures == []
    assert ids_in(index.snapshot) == list(range(4_000))


def test_an_index_at_rest_holds_no_vectors_in_memory_and_still_answers(tmp_path: Path) -> None:
    import psutil

    n, dim = 20_000, 256
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(n, dim)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = Index(tmp_path, "rest@1", dim)
    index.add(np.arange(n), vectors)
    index.rebuild(Job(), 1)
    best = index.snapshot.search(vectors[7], 3).photo_ids
    before = psutil.Process().memory_info().rss
    index.rest()
    assert before - psutil.Process().memory_info().rss > 0.8 * vectors.nbytes
    assert index.snapshot.search(vectors[7], 3).photo_ids.tolist() == best.tolist()
    assert best[0] == 7
