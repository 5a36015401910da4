"""What may go wrong with an engine that is another program, each with a real one: it is killed, it
stalls, it has lost something, it refuses. Whatever happens every photo is found, once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop.errors import EngineUnavailable
from desktop.index import ENGINES, EngineChoice, VectorIndex, make_index
from desktop.index.facts import Facts
from desktop.index.stores import clickhouse_link, milvus_link, pgvector, remote, scope
from desktop.index.stores.index import StoreIndex
from desktop.jobs import Job, Progress
from tests.index.shelf import MODEL, Shelf, clustered
from tests.index.stores.programs import PASSWORD
from tests.index.stores.proxy import proxy
from tests.index.test_engines import DIM, finds_all, in_this_process

N, BLOCK = 3_000, 500
PATIENCE_S = 1.0


@dataclass(frozen=True, slots=True)
class Refusing:
    """An engine that asks for a password. Attributes: password: the variable that has it; value:
    what it must be."""

    name: str
    server: str
    password: str = "LIKENESS_ENGINE_TOKEN"
    value: str = PASSWORD


REFUSING = [
    Refusing("milvus", "milvus_server", value=f"likeness:{PASSWORD}"),
    Refusing("clickhouse", "clickhouse_server"),
    Refusing("pgvector", "pgvector_server", password="PGPASSWORD"),
]


class Remote:
    """A server, and a shelf of photos that it is to hold."""

    def __init__(self, engine: Refusing, server: Any, folder: Path) -> None:
        self.engine = engine
        self.server = server
        self.folder = folder
        self.shelf = Shelf()
        self.shelf.put(range(1, N + 1), clustered(N, DIM))
        self._open: list[VectorIndex] = []

    def open(self, port: int = 0) -> StoreIndex:
        """As the next run does. port: of a proxy that leads there."""
        self.close()
        uri = self.server.uri_at(port or self.server.port)
        index = make_index(EngineChoice.parse(self.engine.name, uri), self.folder, MODEL, DIM)
        assert isinstance(index, StoreIndex)
        self._open.append(index)
        index.load(self.shelf.source())
        return index

    def is_whole(self, index: StoreIndex) -> bool:
        """The engine holds every photo, each once, and answers."""
        held = index.held()
        return (held.count, held.trouble) == (N, "") and index.trouble == "" and self.finds(index)

    def finds(self, index: StoreIndex) -> bool:
        return finds_all(index, self.shelf)

    def close(self) -> None:
        while self._open:
            with contextlib.suppress(EngineUnavailable):
                self._open[-1].drop()  # type: ignore[attr-defined]
            self._open.pop().close()

    def close_and_keep(self) -> None:
        self._open.pop().close()


@pytest.fixture(params=REFUSING, ids=lambda engine: engine.name)
def far(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Remote]:
    engine = request.param
    server = request.getfixturevalue(engine.server)
    monkeypatch.setenv(engine.password, engine.value)
    monkeypatch.setattr(remote, "Hosted", in_this_process)
    monkeypatch.setattr(scope, "READ_AT_ONCE", BLOCK)
    for module in (clickhouse_link, milvus_link, pgvector):
        monkeypatch.setattr(module, "ANSWER_WITHIN_S", PATIENCE_S)
        monkeypatch.setattr(module, "CONNECT_WITHIN_S", PATIENCE_S)
    place = Remote(engine, server, tmp_path)
    yield place
    place.close()


def test_one_that_dies_in_the_middle_of_a_batch_gets_the_rest_when_it_is_back(far: Remote) -> None:
    index = far.open()

    def kill_half_way(progress: Progress) -> None:
        if progress.done >= N / 2:
            far.server.kill()

    try:
        with pytest.raises(EngineUnavailable) as raised:
            index.rebuild(Job(kill_half_way), far.shelf.revision)
        assert raised.value.message.endswith(".")
        assert index.needs_rebuild
        assert far.finds(index), "compared here"
        assert "compared here" in index.trouble
        with pytest.raises(EngineUnavailable):
            index.rebuild(Job(), far.shelf.revision)
    finally:
        far.server.kill()
        far.server.start()
    index.rebuild(Job(), far.shelf.revision)
    assert not index.needs_rebuild
    assert far.is_whole(index)


def test_one_that_stalls_is_not_waited_for_and_is_asked_again_later(
    far: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.index.stores.index.KNOCK_EVERY_S", 0.0)
    with proxy(far.server.port) as wire:
        index = far.open(wire.port)
        index.rebuild(Job(), far.shelf.revision)
        assert far.is_whole(index)
        wire.stall()
        assert far.finds(index)
        assert "no answer" in index.trouble
        index.measure()
        assert "no answer" in index.trouble
        wire.go_on()
        index.measure()
        assert far.is_whole(index)
        far.close()


def test_one_that_comes_back_with_less_gets_what_it_lost(far: Remote) -> None:
    index = far.open()
    index.rebuild(Job(), far.shelf.revision)
    store = index._store
    lost = np.arange(N - 1_200, N + 1)
    store.remove(lost)
    replaced = np.arange(1, 401)
    store.put(Facts.unknown(replaced), -clustered(400, DIM, seed=8), 0)
    far.close_and_keep()
    index = far.open()
    assert far.finds(index)
    assert index.needs_rebuild
    index.rebuild(Job(), far.shelf.revision)
    assert far.is_whole(index)


def test_one_that_refuses_the_password_says_so_and_photos_are_found_all_the_same(
    far: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(far.engine.password, "likeness:a blue umbrella")
    index = far.open()
    assert far.finds(index)
    assert "password" in index.trouble
    assert "umbrella" not in index.trouble
    with pytest.raises(EngineUnavailable, match="password"):
        index.rebuild(Job(), far.shelf.revision)
    choice = EngineChoice.parse(far.engine.name, far.server.uri_at(far.server.port))
    with pytest.raises(EngineUnavailable, match="password"):
        choice.row.expect(choice)
    monkeypatch.setenv(far.engine.password, far.engine.value)
    choice.row.expect(choice)
    index = far.open()
    index.rebuild(Job(), far.shelf.revision)
    assert far.is_whole(index)


def test_embeddings_of_another_length_are_refused_with_a_sentence(far: Remote) -> None:
    index = far.open()
    with pytest.raises(EngineUnavailable) as raised:
        index._store.put(Facts.unknown(np.array([7])), np.ones((1, DIM + 1), np.float32), 1)
    assert raised.value.message.endswith(".")
    index.rebuild(Job(), far.shelf.revision)
    assert far.is_whole(index)


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("milvus", "http://me:secret@127.0.0.1:19530"),
        ("clickhouse", "clickhouse://me:secret@127.0.0.1/photos"),
        ("pgvector", "postgresql://me:secret@127.0.0.1/photos"),
    ],
)
def test_an_address_may_hold_no_password(name: str, uri: str, tmp_path: Path) -> None:
    if not ENGINES[name].is_at_hand:
        pytest.skip(f"likeness[{ENGINES[name].extra}] is not installed")
    with pytest.raises(EngineUnavailable, match="no password") as raised:
        make_index(EngineChoice.parse(name, uri), tmp_path, MODEL, DIM)
    assert "secret" not in raised.value.message + raised.value.hint
