"""Searches within some photos are narrowed by the engine, and their answers are the true ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from desktop.index import CatalogVectors, EngineChoice, Facts, Where, make_index
from desktop.index.facts import KIND
from desktop.index.part import IdArray
from desktop.index.stores import remote
from desktop.index.stores import snapshot as snapshots
from desktop.index.stores.index import StoreIndex
from desktop.index.stores.store import Within
from desktop.jobs import Job
from tests.index.shelf import MODEL, Shelf, clustered
from tests.index.stores.programs import PASSWORD
from tests.index.test_engines import DIM, a_query, in_this_process, truth

N = 4_000


class Narrowed:
    """An engine that holds a shelf of photos with facts, and what its store was asked within.

    Photo 1 was taken in the second 1, and so on; every tenth lies in folder 7, every other is a
    PNG.
    """

    def __init__(self, choice: EngineChoice, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shelf = Shelf()
        self.shelf.put(range(1, N + 1), clustered(N, DIM))
        ids = np.arange(1, N + 1)
        self.folder_ids = np.where(ids % 10 == 0, 7, 8)
        self.facts_revision = 1
        index = make_index(choice, folder, MODEL, DIM)
        assert isinstance(index, StoreIndex)
        self.index = index
        shelf = self.shelf.source()
        self.index.load(
            CatalogVectors(shelf.changed_since, shelf.read, self.facts, lambda: self.facts_revision)
        )
        self.index.rebuild(Job(), self.shelf.revision)
        self.asked: list[Within] = []
        store, search = self.index._store, self.index._store.search

        def noted(*arguments: object) -> object:
            self.asked.append(arguments[2])  # type: ignore[arg-type]
            return search(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(store, "search", noted)

    def facts(self) -> Facts:
        ids = np.arange(1, N + 1)
        kinds = np.where(ids % 2 == 0, "PNG", "JPEG").astype(KIND)
        return Facts(ids, self.folder_ids, ids.astype(np.float64), kinds)

    def is_true(self, allowed: IdArray, where: Where | None = None) -> bool:
        found = self.index.snapshot.search(a_query(), 25, allowed, where=where)
        assert found.n_searched == len(allowed)
        return found.photo_ids.tolist() == truth(self.shelf, a_query(), 25, allowed)


@pytest.fixture(
    params=["milvus", "milvus:ivf", "clickhouse", "clickhouse:l2", "pgvector"], scope="module"
)
def narrowed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Narrowed]:
    name = request.param.partition(":")[0]
    server = request.getfixturevalue(f"{name}_server")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIKENESS_ENGINE_TOKEN", PASSWORD if name == "clickhouse" else _OF_MILVUS)
        patch.setattr(remote, "Hosted", in_this_process)
        patch.setattr(snapshots, "HERE", 0)  # so that even few photos are the engine's business
        choice = EngineChoice.parse(request.param, server.uri)
        made = Narrowed(choice, tmp_path_factory.mktemp("library"), patch)
        yield made
        made.index.drop()
        made.index.close()


_OF_MILVUS = f"likeness:{PASSWORD}"


@pytest.mark.parametrize("share", [0.001, 0.01, 0.5])
def test_a_date_is_left_to_the_engine(narrowed: Narrowed, share: float) -> None:
    narrowed.asked.clear()
    where = Where(since_s=200.0, before_s=200.0 + N * share)
    allowed = np.arange(200, 200 + int(N * share))
    assert narrowed.is_true(allowed, where)
    assert narrowed.asked == [where]


def test_folders_and_kinds_are_left_to_the_engine(narrowed: Narrowed) -> None:
    narrowed.asked.clear()
    where = Where(folder_ids=(7, 9), kinds=("PNG",), since_s=1_000.0)
    allowed = np.arange(1_000, N + 1, 10)
    assert narrowed.is_true(allowed, where)
    assert narrowed.asked == [where]


def test_what_else_may_answer_of_those_that_the_engine_gives_is_found_out_here(
    narrowed: Narrowed,
) -> None:
    """The conditions hold for ten times as many photos as may answer."""
    where = Where(since_s=1.0, before_s=2_001.0)
    assert narrowed.is_true(np.arange(3, 2_000, 10), where)


@pytest.mark.parametrize("share", [0.001, 0.01, 0.5])
@pytest.mark.parametrize("most_ids", [150, 10_000])
def test_any_photos_may_be_meant(
    narrowed: Narrowed, share: float, most_ids: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their ids are sent, at once or in parts, or more is asked for than is wanted."""
    monkeypatch.setattr(narrowed.index._store, "most_ids", most_ids)
    some = np.random.default_rng(3).permutation(N)[: int(N * share)] + 1
    assert narrowed.is_true(np.sort(some))


def test_facts_that_have_changed_are_not_trusted_until_the_engine_has_them(
    narrowed: Narrowed,
) -> None:
    narrowed.folder_ids = np.where(narrowed.facts().photo_ids % 9 == 0, 7, 8)
    narrowed.facts_revision += 1
    allowed, where = np.arange(9, N + 1, 9), Where(folder_ids=(7,))
    narrowed.asked.clear()
    assert narrowed.is_true(allowed, where)
    assert where not in [each for each in narrowed.asked if isinstance(each, Where)]
    assert narrowed.index.needs_rebuild
    narrowed.index.rebuild(Job(), narrowed.shelf.revision)
    assert not narrowed.index.needs_rebuild
    narrowed.asked.clear()
    assert narrowed.is_true(allowed, where)
    assert narrowed.asked == [where]


def test_several_questions_are_asked_of_the_best_for_each(
    narrowed: Narrowed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "EACH_HERE", 100)
    monkeypatch.setattr(snapshots, "EACH_CANDIDATES", 200)
    queries = np.stack([a_query(1), a_query(2)])
    allowed = np.arange(1, N + 1, 2)
    scores = narrowed.index.snapshot.compare(queries, 20, allowed)
    assert len(scores.photo_ids) < 500
    for number, query in enumerate(queries):
        best = scores.neighbours(number, 20)
        assert best.photo_ids.tolist() == truth(narrowed.shelf, query, 20, allowed)
        assert best.n_searched == len(allowed)
