"""Machines that share a catalog, and whose engine is another program."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from desktop.index.stores import remote
from desktop.library import Job, Library, Places, Query, forget_everything
from tests.colour_registry import ColourRegistry
from tests.index.conftest import pgvector_server  # noqa: F401
from tests.index.stores.pgvector_server import PgvectorServer
from tests.index.test_engines import in_this_process
from tests.pictures import draw, draw_nine
from tests.postgres_server import PostgresServer
from tests.shared_decoders import DECODERS


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.catalog() as url:
        yield url


def tables(server: PgvectorServer) -> list[str]:
    with psycopg.connect(server.uri) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE tablename ~ '^likeness_'")
        return [name for (name,) in found]


@pytest.mark.usefixtures("log_kept")
def test_each_machine_fills_the_engine_for_itself_and_finds_all(
    tmp_path: Path,
    url: str,
    pgvector_server: PgvectorServer,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remote, "Hosted", in_this_process)
    photos = draw_nine(tmp_path / "photos")

    def opened(name: str) -> Library:
        places = dataclasses.replace(Places.under(tmp_path / name), catalog_url=url)
        return Library.open(places, None, ColourRegistry, DECODERS)

    def n_found(library: Library) -> int:
        return len(library.search(Query(text="red")).hits)

    for name in ("one", "other"):
        with closing(opened(name)) as library:
            library.folders.add(photos)
            library.engines.use("pgvector", pgvector_server.uri)
            library.index(Job())
            assert n_found(library) == 9
    assert len(tables(pgvector_server)) == 2
    draw(photos / "another.jpg", "red", 40)
    with closing(opened("one")) as one:
        one.index(Job())
        assert n_found(one) == 10
    with closing(opened("other")) as other:
        assert n_found(other) == 10, "what it lacks is compared by this machine"
        (check,) = other.engines.check()
        assert check.engine.startswith("pgvector") and check.found == check.in_catalog == 10

    forgotten = forget_everything(Places.under(tmp_path / "one"))

    assert forgotten.elsewhere == "" and len(tables(pgvector_server)) == 1, "its own, and no more"
    with closing(opened("other")) as other:
        assert n_found(other) == 10
