"""Engines in a helper process, as they are used where no server is named."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.index import ENGINES, EngineChoice, make_index
from desktop.index.stores import index as stored
from desktop.index.stores.hosted import Hosted
from desktop.index.stores.index import StoreIndex
from desktop.jobs import Job
from tests.index.shelf import MODEL, Shelf, clustered
from tests.index.test_engines import DIM, N, finds_all


@pytest.fixture
def shelf() -> Shelf:
    shelf = Shelf()
    shelf.put(range(1, N + 1), clustered(N, DIM))
    return shelf


@pytest.fixture(params=["milvus", "clickhouse"])
def index(request: pytest.FixtureRequest, tmp_path: Path, shelf: Shelf) -> Iterator[StoreIndex]:
    row = ENGINES[request.param]
    if not row.is_at_hand:
        pytest.skip(f"likeness[{row.extra}] is not installed")
    made = make_index(EngineChoice.parse(request.param), tmp_path, MODEL, DIM)
    assert isinstance(made, StoreIndex)
    made.load(shelf.source())
    made.rebuild(Job(), shelf.revision)
    yield made
    made.close()


def test_a_helper_that_dies_is_started_again_with_all_that_it_held(
    index: StoreIndex, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "KNOCK_EVERY_S", 0.0)
    store = index._store
    assert isinstance(store, Hosted)
    assert store.pid is not None
    assert finds_all(index, shelf)
    os.kill(store.pid, signal.SIGKILL)
    assert finds_all(index, shelf), "compared here"
    assert "ended unexpectedly" in index.trouble
    index.measure()
    assert index.trouble == ""
    assert (index.held().count, index.needs_rebuild) == (N, False)
    assert finds_all(index, shelf)
    old = index.snapshot
    index.close()
    assert store.pid is None
    assert len(old.search(shelf.all()[1][0], 5).photo_ids) == 5, "without the helper"
    assert store.pid is None


def test_an_index_of_milvus_lite_that_was_cut_off_is_made_again(
    tmp_path: Path, shelf: Shelf
) -> None:
    """It is written some time after the rows, so that its program may be killed before."""
    choice = EngineChoice.parse("milvus")
    made = make_index(choice, tmp_path, MODEL, DIM)
    made.load(shelf.source())
    made.rebuild(Job(), shelf.revision)
    made.close()
    (cut_off,) = tmp_path.rglob("*.idx")
    cut_off.write_bytes(b"")
    again = make_index(choice, tmp_path, MODEL, DIM)
    again.load(shelf.source())
    assert (again.held().count, again.trouble, again.needs_rebuild) == (N, "", False)
    assert finds_all(again, shelf)
    again.close()
