"""What every engine must do. To add one, add a row to `TRIED`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from desktop.errors import Cancelled, ModelMismatch
from desktop.index import ENGINES, EngineChoice, VectorIndex, best_of, make_index
from desktop.index.local.index import folder_name
from desktop.index.stores import remote
from desktop.index.stores.store import VectorStore
from desktop.jobs import Job
from tests.index.shelf import MODEL, FloatArray, IdArray, Shelf, clustered, unit
from tests.index.stores.programs import PASSWORD

DIM, N, FEW = 24, 2_000, 10


def damage_files(folder: Path) -> None:
    """As when a disk gives back other bytes than were written."""
    for path in (folder / folder_name(MODEL)).glob("gen-*.vectors"):
        whole = bytearray(path.read_bytes())
        whole[:64] = bytes(64)
        path.write_bytes(whole)


def in_this_process(
    _name: str, make: Callable[..., VectorStore], *arguments: object, **_known: object
) -> VectorStore:
    return make(*arguments)


@dataclass(frozen=True, slots=True)
class Tried:
    """An engine as it is tried.

    Attributes:
        choice: as in the settings.
        least_recall: of first answers among 10.
        in_process: whether it runs in the tests' own process, since starting helpers takes long;
            tests/index/stores has them as they are.
        server: the fixture of the server at which it is.
    """

    choice: str
    least_recall: float = 0.6
    in_process: bool = False
    server: str = ""


TRIED = [
    Tried("annoy"),
    Tried("exact", least_recall=1.0),
    Tried("faiss"),
    Tried("faiss:flat", least_recall=1.0),
    Tried("faiss:ivf"),
    Tried("faiss:lsh"),
    Tried("faiss:flat,int8"),
    Tried("milvus", in_process=True),
    Tried("clickhouse", server="clickhouse_server", in_process=True),
    Tried("pgvector", server="pgvector_server"),
]


class Opened:
    """One engine over one folder and one shelf; `open` begins anew, as the next run does."""

    def __init__(self, tried: Tried, folder: Path, uri: str) -> None:
        self.tried = tried
        self.folder = folder
        self.uri = uri
        self.shelf = Shelf()
        self._indexes: list[VectorIndex] = []

    def open(self, dim: int = DIM) -> VectorIndex:
        """Raises EngineUnavailable."""
        self.close()
        choice = EngineChoice.parse(self.tried.choice, self.uri)
        index = make_index(choice, self.folder, MODEL, dim)
        self._indexes.append(index)
        index.load(self.shelf.source())
        return index

    def lose(self) -> None:
        """As when what it holds is removed by somebody else."""
        self.close()
        shutil.rmtree(self.folder / folder_name(MODEL), ignore_errors=True)
        if self.tried.server:
            (self.folder / "library-id").unlink()

    def damage(self) -> None:
        self.close()
        if ENGINES[self.tried.choice.partition(":")[0]].takes_uri:
            self._fill_from_another_catalog()
        else:
            damage_files(self.folder)

    def _fill_from_another_catalog(self) -> None:
        """As when a catalog is made anew: other embeddings of the same photos, at the same
        revision."""
        ours, self.shelf = self.shelf, Shelf()
        self.shelf.put(range(1, N + 1), clustered(N, DIM, seed=77))
        self.open_built()
        self.close()
        self.shelf = ours

    def open_built(self) -> VectorIndex:
        """With all of the shelf built."""
        index = self.open()
        index.rebuild(Job(), self.shelf.revision)
        return index

    def close(self) -> None:
        while self._indexes:
            self._indexes.pop().close()


@pytest.fixture(params=TRIED, ids=lambda tried: tried.choice)
def engine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Opened]:
    row = ENGINES[request.param.choice.partition(":")[0]]
    if not row.is_at_hand:
        pytest.skip(f"likeness[{row.extra}] is not installed")
    monkeypatch.setenv("LIKENESS_ENGINE_TOKEN", PASSWORD)
    if request.param.in_process:
        monkeypatch.setattr(remote, "Hosted", in_this_process)
    uri = request.getfixturevalue(request.param.server).uri if request.param.server else ""
    opened = Opened(request.param, tmp_path, uri)
    opened.shelf.put(range(1, N + 1), clustered(N, DIM))
    yield opened
    opened.close()


def truth(shelf: Shelf, query: FloatArray, n: int, allowed: IdArray | None = None) -> list[int]:
    ids, vectors = shelf.all()
    if allowed is not None:
        wanted = np.isin(ids, allowed)
        ids, vectors = ids[wanted], vectors[wanted]
    return best_of(ids, vectors @ query, n)[0].tolist()


def a_query(seed: int = 5) -> FloatArray:
    return clustered(1, DIM, seed)[0]


def found_by(index: VectorIndex) -> list[int]:
    """All photos that it finds, as often as it finds them."""
    found = index.snapshot.search(a_query(), 10 * N)
    return sorted(found.photo_ids.tolist())


def finds_all(index: VectorIndex, shelf: Shelf) -> bool:
    """Each photo of the shelf once and nothing else, with the embedding that it has there."""
    ids, vectors = shelf.all()
    some = range(0, len(ids), 197)
    best = [int(index.snapshot.search(vectors[row], 1).photo_ids[0]) for row in some]
    return found_by(index) == ids.tolist() and best == ids[list(some)].tolist()


def test_what_is_put_is_found_at_once_and_when_it_is_built(engine: Opened) -> None:
    index = engine.open()
    assert finds_all(index, engine.shelf)
    index.rebuild(Job(), engine.shelf.revision)
    assert finds_all(index, engine.shelf)
    new = clustered(FEW, DIM, seed=9)
    engine.shelf.put(range(N + 1, N + FEW + 1), new)
    index.add(np.arange(N + 1, N + FEW + 1), new)
    assert finds_all(index, engine.shelf)


def test_answers_are_the_true_ones_with_their_cosines(engine: Opened) -> None:
    index = engine.open_built()
    ids, vectors = engine.shelf.all()
    for seed in range(5):
        found = index.snapshot.search(a_query(seed), 20)
        assert found.is_exact
        assert found.photo_ids.tolist() == truth(engine.shelf, a_query(seed), 20)
        rows = np.searchsorted(ids, found.photo_ids)
        assert found.scores == pytest.approx(vectors[rows] @ a_query(seed), abs=1e-5)
        assert found.n_searched == N


def test_first_answers_have_most_of_the_true_ones(engine: Opened) -> None:
    index = engine.open_built()
    _, vectors = engine.shelf.all()
    shares = []
    for row in range(0, N, 97):
        found = index.snapshot.search(vectors[row], 10, exact_limit=0)
        assert found.photo_ids[0] == row + 1
        shares.append(np.isin(truth(engine.shelf, vectors[row], 10), found.photo_ids).mean())
    assert np.mean(shares) >= engine.tried.least_recall


@pytest.mark.parametrize("share", [0.001, 0.01, 0.5])
def test_answers_within_some_photos_are_the_true_ones(engine: Opened, share: float) -> None:
    """Both before and after others came and went."""
    index = engine.open_built()
    allowed = np.sort(np.random.default_rng(1).permutation(N)[: max(int(N * share), 1)] + 1)
    for _ in range(2):
        found = index.snapshot.search(a_query(), 10, allowed)
        assert found.photo_ids.tolist() == truth(engine.shelf, a_query(), 10, allowed)
        first = index.snapshot.search(a_query(), 10, allowed, exact_limit=0)
        assert len(first.photo_ids) == len(found.photo_ids)
        assert set(first.photo_ids.tolist()) <= set(allowed.tolist())
        assert first.n_searched == len(allowed)
        moved = allowed[:2].tolist()
        engine.shelf.put(moved, clustered(len(moved), DIM, seed=31))
        index.add(*engine.shelf.read(moved))


def test_a_photo_that_is_put_again_is_found_by_what_it_is_now(engine: Opened) -> None:
    index = engine.open_built()
    _, (before,) = engine.shelf.read([700])
    engine.shelf.put([700, 701], -clustered(2, DIM, seed=3))
    for _ in range(2):
        index.add(*engine.shelf.read([700, 701]))
        assert index.snapshot.search(before, 1).photo_ids[0] != 700
        assert finds_all(index, engine.shelf)
    index.rebuild(Job(), engine.shelf.revision)
    assert finds_all(index, engine.shelf)
    assert index.held().count == N


def test_photos_that_are_removed_are_found_no_more_and_leave_with_the_next_build(
    engine: Opened,
) -> None:
    index = engine.open_built()
    engine.shelf.drop(range(1, 301))
    index.keep_only(engine.shelf.known_ids)
    assert finds_all(index, engine.shelf)
    assert index.snapshot.n_items == N - 300
    assert index.holds_removed
    index.rebuild(Job(), engine.shelf.revision)
    assert finds_all(index, engine.shelf)
    assert not index.holds_removed
    assert index.held().count == N - 300


def test_several_questions_at_once_get_the_answers_that_each_gets_alone(engine: Opened) -> None:
    snapshot = engine.open_built().snapshot
    allowed = np.arange(1, N + 1, 3)
    queries = np.stack([a_query(1), a_query(2)])
    scores = snapshot.compare(queries, 10, allowed)
    photo_ids, every = scores.photo_ids, np.arange(len(scores.photo_ids))
    assert sorted(photo_ids.tolist()) == allowed.tolist()
    ids, vectors = engine.shelf.all()
    for number, query in enumerate(queries):
        best, each = scores.neighbours(number, 10), scores.exact(number, every)
        assert each == pytest.approx(vectors[np.searchsorted(ids, photo_ids)] @ query, abs=1e-5)
        alone = snapshot.search(query, 10, allowed)
        assert best.photo_ids.tolist() == alone.photo_ids.tolist()


def test_the_spread_of_scores_is_that_of_the_photos_that_may_answer(engine: Opened) -> None:
    snapshot = engine.open_built().snapshot
    _, vectors = engine.shelf.all()
    assert snapshot.spread(a_query()).mean == pytest.approx(float((vectors @ a_query()).mean()))
    allowed = np.arange(1, 101)
    scores = vectors[:100] @ a_query()
    found = snapshot.spread(a_query(), allowed)
    assert (found.mean, found.std) == pytest.approx((float(scores.mean()), float(scores.std())))
    assert len(snapshot.sample(allowed)) == 100
    assert len(snapshot.pick(50)) == 50


def test_it_holds_after_a_restart_what_was_built(engine: Opened) -> None:
    before = engine.open_built().held()
    assert (before.count, before.revision, before.trouble) == (N, engine.shelf.revision, "")
    n_read = engine.shelf.n_read
    index = engine.open()
    assert index.held() == before
    assert index.snapshot.n_tail == 0
    assert not index.needs_rebuild
    assert engine.shelf.n_read - n_read < 100, "little is read from the catalog again"
    assert finds_all(index, engine.shelf)


def test_what_changed_while_it_was_away_is_noticed_at_the_next_start(engine: Opened) -> None:
    engine.open_built()
    engine.shelf.put([5, N + 1], clustered(2, DIM, seed=4))
    engine.shelf.drop([6, 7])
    index = engine.open()
    assert finds_all(index, engine.shelf)
    index.rebuild(Job(), engine.shelf.revision)
    assert index.held().revision == engine.shelf.revision
    assert index.held().count == N - 1
    assert finds_all(engine.open(), engine.shelf)


@pytest.mark.parametrize("what", ["lose", "damage"])
def test_what_it_lost_is_made_whole_again_from_the_catalog(engine: Opened, what: str) -> None:
    engine.open_built()
    happen: Callable[[], None] = getattr(engine, what)
    happen()
    index = engine.open()
    assert finds_all(index, engine.shelf)
    assert index.needs_rebuild
    index.rebuild(Job(), engine.shelf.revision)
    assert not index.needs_rebuild
    assert index.held().count == N
    index = engine.open()
    assert index.snapshot.n_tail == 0
    assert finds_all(index, engine.shelf)


def test_another_dimension_is_refused(engine: Opened) -> None:
    index = engine.open_built()
    with pytest.raises(ModelMismatch, match="23"):
        index.snapshot.search(unit(np.ones(DIM - 1)), 5)
    with pytest.raises(ModelMismatch, match="23"):
        index.snapshot.spread(unit(np.ones(DIM - 1)))
    with pytest.raises(ValueError, match="23"):
        index.add(np.array([1]), np.ones((1, DIM - 1), np.float32))
    assert finds_all(index, engine.shelf)


def test_a_model_whose_embeddings_have_become_longer_is_built_anew(engine: Opened) -> None:
    engine.open_built()
    engine.shelf.put(range(1, N + 1), clustered(N, DIM + 8))
    index = engine.open(DIM + 8)
    query = clustered(1, DIM + 8, seed=5)[0]
    assert index.snapshot.search(query, 5).photo_ids.tolist() == truth(engine.shelf, query, 5)
    index.rebuild(Job(), engine.shelf.revision)
    assert engine.open(DIM + 8).snapshot.search(query, N).n_searched == N


def test_a_build_that_is_cancelled_leaves_every_photo_found(engine: Opened) -> None:
    index = engine.open()
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        index.rebuild(job, engine.shelf.revision)
    assert finds_all(index, engine.shelf)
    index.rebuild(Job(), engine.shelf.revision)
    assert finds_all(engine.open(), engine.shelf)


def test_what_is_no_number_is_left_out(engine: Opened, caplog: pytest.LogCaptureFixture) -> None:
    index = engine.open_built()
    index.add(np.array([N + 1]), np.full((1, DIM), np.nan, np.float32))
    assert "no numbers" in caplog.text
    assert finds_all(index, engine.shelf)


def test_an_empty_library_answers_nothing(engine: Opened) -> None:
    engine.shelf.drop(range(1, N + 1))
    index = engine.open_built()
    assert index.snapshot.search(a_query(), 5).photo_ids.tolist() == []
    assert index.held().count == 0
    assert len(index.snapshot.sample()) == 0
