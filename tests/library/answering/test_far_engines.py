"""A library whose engine is another program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.errors import EngineUnavailable
from desktop.index import EngineChoice
from desktop.index.stores import milvus_link, remote
from desktop.index.stores.milvus import MilvusStore
from desktop.jobs import Job
from desktop.library import Library, Places, Query, forget_everything
from tests.colour_registry import ColourRegistry
from tests.index.conftest import milvus_server  # noqa: F401
from tests.index.stores.programs import PASSWORD, Program
from tests.index.test_engines import in_this_process
from tests.pictures import draw
from tests.shared_decoders import DECODERS


@pytest.fixture
def library(
    tmp_path: Path,
    milvus_server: Program,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Library]:
    """With three red photos and three blue ones, held by a Milvus."""
    monkeypatch.setenv("LIKENESS_ENGINE_TOKEN", f"likeness:{PASSWORD}")
    monkeypatch.setattr(remote, "Hosted", in_this_process)
    monkeypatch.setattr(milvus_link, "CONNECT_WITHIN_S", 1.0)
    monkeypatch.setattr(milvus_link, "ANSWER_WITHIN_S", 2.0)
    for colour in ("red", "blue"):
        for seed in range(3):
            draw(tmp_path / "photos" / f"{colour}-{seed}.jpg", colour, seed)
    library = Library.open(Places.under(tmp_path / "data"), None, ColourRegistry, DECODERS)
    library.folders.add(tmp_path / "photos")
    library.engines.use("milvus", milvus_server.uri)
    library.index(Job())
    yield library
    library.close()


def test_forgetting_everything_leaves_nothing_with_it(
    library: Library,
    milvus_server: Program,  # noqa: F811
) -> None:
    choice = EngineChoice.parse("milvus", milvus_server.uri)
    assert tables_of(choice)
    library.close()
    forgotten = forget_everything(library.places)
    assert forgotten.elsewhere == ""
    assert forgotten.left == ()
    assert tables_of(choice) == []


def test_what_it_keeps_where_it_is_away_is_said_when_everything_is_forgotten(
    library: Library,
    milvus_server: Program,  # noqa: F811
) -> None:
    library.close()
    milvus_server.kill()
    try:
        assert "still there" in forget_everything(library.places).elsewhere
    finally:
        milvus_server.start()


def test_one_that_is_away_cannot_be_chosen(
    library: Library,
    milvus_server: Program,  # noqa: F811
) -> None:
    library.engines.use("exact")
    library.index(Job())
    milvus_server.kill()
    try:
        with pytest.raises(EngineUnavailable, match="no answer"):
            library.engines.use("milvus", milvus_server.uri)
    finally:
        milvus_server.start()
    assert (library.engines.answering, library.engines.coming) == ("exact", None)


def tables_of(choice: EngineChoice) -> list[str]:
    store = MilvusStore(choice.uri, f"likeness:{PASSWORD}", "likeness", False)
    store.greet()
    found: list[str] = store._link.client().list_collections()
    store.close()
    return found


def names(library: Library, text: str, n: int) -> list[str]:
    found = library.search(Query(text, n=n))
    photos = library.photos.get([hit.photo_id for hit in found.hits])
    return sorted(photo.path.name for photo in photos)


def test_it_answers_like_any_other(library: Library) -> None:
    assert library.engines.answering == "milvus"
    assert names(library, "red", 3) == ["red-0.jpg", "red-1.jpg", "red-2.jpg"]
    assert names(library, "red type:png", 3) == []
    (check,) = library.engines.check()
    assert (check.held, check.is_complete, check.troubles) == (6, True, ())
    assert check.first_ms is None and check.exact_ms is not None and check.exact_ms > 0


def test_at_the_next_start_nothing_is_wrong_with_it_and_nothing_is_listed(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[int] = []
    list_rows = MilvusStore.list_rows
    monkeypatch.setattr(
        MilvusStore, "list_rows", lambda self, after: listed.append(after) or list_rows(self, after)
    )
    library.close()
    again = Library.open(library.places, None, ColourRegistry, DECODERS)
    (check,) = again.engines.check()
    assert (check.held, check.is_complete, check.troubles) == (6, True, ())
    again.index(Job())
    assert listed == []
    assert names(again, "red type:jpeg", 3) == ["red-0.jpg", "red-1.jpg", "red-2.jpg"]
    again.close()


def test_while_it_is_away_photos_are_read_and_found_and_it_gets_them_later(
    library: Library,
    milvus_server: Program,  # noqa: F811
    tmp_path: Path,
) -> None:
    milvus_server.kill()
    try:
        draw(tmp_path / "photos" / "red-7.jpg", "red", 7)
        with pytest.raises(EngineUnavailable, match="no answer"):
            library.index(Job())
        assert names(library, "red", 4)[-1] == "red-7.jpg"
        assert "compared here meanwhile" in library.search(Query("red", n=4)).note
        assert library.engines.check()[0].troubles
    finally:
        milvus_server.kill()
        milvus_server.start()
    assert library.index(Job()).embedded == 0
    assert library.search(Query("red", n=4)).note == ""
    (check,) = library.engines.check()
    assert check.is_complete
    assert check.troubles == ()
