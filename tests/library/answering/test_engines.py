"""Engines: another one can be chosen; the one before answers until it holds every photo."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from desktop.errors import Cancelled, EngineUnavailable
from desktop.index import ENGINES, EngineChoice, Index, VectorIndex
from desktop.index.local import generation
from desktop.jobs import Job
from desktop.library import Library, Places, Query, Settings
from desktop.library.answering.engine_in_use import FILE_NAME
from desktop.settings import load_settings
from tests.colour_registry import ColourRegistry
from tests.pictures import draw
from tests.shared_decoders import DECODERS

needs_faiss = pytest.mark.skipif(
    not ENGINES["faiss"].is_at_hand, reason="likeness[faiss] is not installed"
)


@pytest.fixture(autouse=True)
def small_approximate_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation, "APPROXIMATE_FROM", 5)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.under(tmp_path / "data")


def opened(places: Places, settings: Settings | None = None) -> Library:
    return Library.open(places, settings, ColourRegistry, DECODERS)


@pytest.fixture
def library(tmp_path: Path, places: Places) -> Iterator[Library]:
    """With five red photos and five blue ones."""
    for colour in ("red", "blue"):
        for seed in range(5):
            draw(tmp_path / "photos" / f"{colour}-{seed}.jpg", colour, seed)
    library = opened(places)
    library.folders.add(tmp_path / "photos")
    library.index(Job())
    yield library
    library.close()


def kinds_of_parts(places: Places) -> list[str]:
    """Of the generations on disk."""
    manifests = sorted(places.index_path.rglob("gen-*.json"))
    return [json.loads(path.read_text())["approximate"] for path in manifests]


def n_red(library: Library) -> int:
    """How many of the first five are red."""
    hits = library.search(Query("red", n=5)).hits
    photos = library.photos.get([hit.photo_id for hit in hits])
    return sum(photo.path.name.startswith("red") for photo in photos)


class Absent(Index):
    """An engine whose program is away until `is_back`."""

    is_back = False

    def rebuild(self, job: Job, catalog_revision: int) -> None:
        if not self.is_back:
            raise EngineUnavailable("Absent does not answer.", "Start it.")
        super().rebuild(job, catalog_revision)


def make_absent(_: EngineChoice, folder: Path, model_id: str, dim: int) -> VectorIndex:
    return Absent(folder / "absent", model_id, dim)


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> type[Absent]:
    row = dataclasses.replace(ENGINES["exact"], name="absent", make=make_absent, takes_uri=True)
    monkeypatch.setitem(ENGINES, "absent", row)
    monkeypatch.setattr(Absent, "is_back", False)
    return Absent


def test_annoy_answers_unless_another_is_chosen(library: Library) -> None:
    assert (library.engines.answering, library.engines.coming) == ("annoy", None)
    states = {each.name: (each.answers, each.is_coming) for each in library.engines.list_all()}
    assert states["annoy"] == (True, False)
    assert states["exact"] == states["faiss"] == (False, False)


@needs_faiss
def test_the_one_before_answers_until_the_next_indexing_has_built_the_other(
    library: Library, places: Places
) -> None:
    library.engines.use("faiss:ivf,int8")
    assert (library.engines.answering, library.engines.coming) == ("annoy", "faiss:ivf,int8")
    assert n_red(library) == 5
    library.index(Job())
    assert (library.engines.answering, library.engines.coming) == ("faiss:ivf,int8", None)
    assert kinds_of_parts(places) == ["faiss:ivf,int8"]
    assert n_red(library) == 5


@needs_faiss
def test_the_way_back_to_an_engine_is_short_until_the_library_is_tidied(
    library: Library, places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for engine in ("exact", "annoy", "faiss:flat"):
        library.engines.use(engine)
        library.index(Job())
    assert kinds_of_parts(places) == ["annoy", "faiss:flat"]
    draw(tmp_path / "photos" / "red-5.jpg", "red", 5)
    (tmp_path / "photos" / "red-0.jpg").unlink()
    built: list[str] = []
    build = generation.build_apart
    monkeypatch.setattr(generation, "build_apart", lambda *a: built.append("") or build(*a))

    library.engines.use("annoy")
    library.index(Job())
    assert library.engines.answering == "annoy" and not built
    assert n_red(library) == 5
    assert [each.is_complete for each in library.engines.check()] == [True]
    library.close()
    again = opened(places)
    assert n_red(again) == 5
    again.index(Job())
    assert kinds_of_parts(places) == ["annoy"] and not built
    again.close()


@needs_faiss
def test_it_is_known_at_the_next_start(library: Library, places: Places) -> None:
    library.engines.use("faiss:flat")
    library.index(Job())
    library.close()
    again = opened(places)
    assert (again.engines.answering, again.engines.coming, again.notice) == (
        "faiss:flat",
        None,
        None,
    )
    assert n_red(again) == 5
    again.close()


def test_a_change_that_was_cut_short_goes_on_after_the_next_start(
    library: Library, places: Places
) -> None:
    library.engines.use("exact")
    library.index(Job())
    library.engines.use("annoy")
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        library.indexing.tidy(job)
    assert n_red(library) == 5
    library.close()
    again = opened(places)
    assert (again.engines.answering, again.engines.coming) == ("exact", "annoy")
    assert n_red(again) == 5
    again.index(Job())
    assert (again.engines.answering, again.engines.coming) == ("annoy", None)
    again.close()


def test_the_very_first_change_comes_only_when_it_is_complete_either(
    library: Library, places: Places
) -> None:
    """Also where the program ends before the new engine holds anything."""
    library.engines.use("exact")
    library.close()
    again = opened(places)
    assert (again.engines.answering, again.engines.coming) == ("annoy", "exact")
    again.index(Job())
    assert (again.engines.answering, again.engines.coming) == ("exact", None)
    again.close()


def test_a_change_can_be_taken_back(library: Library, places: Places) -> None:
    library.engines.use("exact")
    library.engines.use("annoy")
    assert library.engines.coming is None
    assert load_settings(places.settings_path).engine == "annoy"
    library.index(Job())
    assert library.engines.answering == "annoy"


def test_photos_that_are_read_while_it_is_filled_are_found_afterwards(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that arrive before it has been brought up to the catalog, and after."""
    spaces = library._spaces
    rebuild = Index.rebuild
    added = []

    def embed(photo_id: int) -> None:
        vector = np.zeros((1, spaces.answering().dim), np.float32)
        vector[0, 0] = 1
        spaces.saved("colours@1", np.array([photo_id]), vector)
        added.append(photo_id)

    def meanwhile(index: Index, job: Job, revision: int) -> None:
        embed(1_000 + len(added))
        rebuild(index, job, revision)
        embed(1_000 + len(added))

    library.search(Query("red"))
    monkeypatch.setattr(Index, "rebuild", meanwhile)
    library.engines.use("exact")
    spaces.rebuild(Job(), library._catalog.revision())
    assert library.engines.answering == "exact"
    assert len(added) >= 2
    vector = np.zeros(spaces.answering().dim, np.float32)
    vector[0] = 1
    found = spaces.take().index.snapshot.search(vector, 20)
    assert set(added) <= set(found.photo_ids.tolist())
    assert spaces.take().index.snapshot.n_items == 10 + len(added)


def test_while_its_program_is_away_the_one_before_answers_and_it_is_tried_again(
    library: Library, absent: type[Absent]
) -> None:
    library.engines.use("absent", "there:1")
    with pytest.raises(EngineUnavailable, match="does not answer"):
        library.index(Job())
    assert (library.engines.answering, library.engines.coming) == ("annoy", "absent")
    assert n_red(library) == 5
    absent.is_back = True
    library.index(Job())
    assert (library.engines.answering, library.engines.coming) == ("absent", None)
    assert n_red(library) == 5


@pytest.mark.parametrize(
    ("text", "uri", "says"),
    [
        ("milk", "", "no engine called milk"),
        ("faiss:flat,hnsw", "", "flat and hnsw exclude each other"),
        ("annoy", "http://there", "takes no address"),
    ],
)
def test_what_cannot_work_is_refused_and_nothing_has_changed(
    library: Library, places: Places, text: str, uri: str, says: str
) -> None:
    before = library.settings
    with pytest.raises(EngineUnavailable, match=says):
        library.engines.use(text, uri)
    wrong = dataclasses.replace(before, engine=text, engine_uri=uri)
    with pytest.raises(EngineUnavailable, match=says):
        library.change_settings(wrong)
    assert library.settings == before
    assert load_settings(places.settings_path).engine == "annoy"


def test_an_extra_that_is_not_installed_is_named(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = dataclasses.replace(ENGINES["faiss"], modules=("no_such_module",))
    monkeypatch.setitem(ENGINES, "faiss", row)
    with pytest.raises(EngineUnavailable, match="needs no_such_module") as raised:
        library.engines.use("faiss")
    assert "likeness[faiss]" in raised.value.hint


@needs_faiss
def test_where_it_has_been_uninstalled_every_photo_is_compared_and_it_is_said(
    library: Library, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.engines.use("faiss")
    library.index(Job())
    library.close()
    row = dataclasses.replace(ENGINES["faiss"], modules=("no_such_module",))
    monkeypatch.setitem(ENGINES, "faiss", row)
    again = opened(places)
    assert again.notice is not None
    assert n_red(again) == 5
    assert again.engines.answering == "exact"
    assert "no_such_module" in again.notice.message
    assert any("no_such_module" in each for each in again.engines.check()[0].troubles)
    again.close()
    monkeypatch.undo()
    monkeypatch.setattr(generation, "APPROXIMATE_FROM", 5)
    back = opened(places)
    assert (back.engines.answering, back.notice) == ("faiss", None)
    back.close()


@pytest.mark.parametrize("content", ["", "{", '{"engine": "milk", "uri": ""}', "[]"])
def test_a_damaged_note_lets_the_engine_of_the_settings_answer(
    library: Library, places: Places, content: str
) -> None:
    library.engines.use("exact")
    library.index(Job())
    library.close()
    (places.index_path / FILE_NAME).write_text(content)
    again = opened(places)
    assert (again.engines.answering, again.engines.coming) == ("exact", None)
    assert n_red(again) == 5
    again.close()


def test_the_window_brings_it_in_the_background(library: Library) -> None:
    library.start()
    library.change_settings(dataclasses.replace(library.settings, engine="exact"))
    for _ in range(600):
        if library.engines.coming is None:
            break
        Job().cancels_within(0.05)
    assert library.engines.answering == "exact"
    assert n_red(library) == 5


def test_a_check_says_what_is_held_and_whether_that_is_all(
    library: Library, tmp_path: Path
) -> None:
    (check,) = library.engines.check()
    assert (check.model, check.engine) == ("colours@1", "annoy")
    assert (check.in_catalog, check.found, check.held, check.behind) == (10, 10, 0, 10)
    assert check.is_complete and not check.troubles
    library.engines.use("exact")
    library.index(Job())
    (check,) = library.engines.check()
    assert (check.found, check.held, check.behind, check.recall) == (10, 10, 0, None)
    assert check.exact_ms is not None and check.exact_ms > 0
    draw(tmp_path / "photos" / "white.jpg", "white")
    library.index(Job())
    (check,) = library.engines.check()
    assert (check.found, check.held, check.behind) == (11, 10, 1)
    assert check.is_complete and not check.troubles


def test_a_check_tells_how_good_first_answers_are(library: Library) -> None:
    library.engines.use("exact")
    library.index(Job())
    library.engines.use("annoy")
    library.index(Job())
    (check,) = library.engines.check()
    assert check.recall is not None and check.recall > 0.9
    assert check.first_ms and check.exact_ms


def test_coarse_rows_that_are_gone_are_told_until_they_are_made_again(
    library: Library, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.index.local.generation.COARSE_FROM", 1)
    library.engines.use("exact")
    library.index(Job())
    library.close()
    (coarse,) = places.index_path.rglob("gen-*.coarse")
    coarse.unlink()
    again = opened(places)
    (check,) = again.engines.check()
    assert check.is_complete and check.held == 10
    assert "what makes answers quick is lacking" in check.troubles[0]
    again.index(Job())
    assert coarse.exists()
    assert again.engines.check()[0].troubles == ()
    again.close()


def test_files_that_were_damaged_are_told_until_they_are_made_again(
    library: Library, places: Places
) -> None:
    library.engines.use("exact")
    library.index(Job())
    library.close()
    (ids,) = places.index_path.rglob("gen-*.ids")
    ids.write_bytes(ids.read_bytes()[:-8])
    again = opened(places)
    (check,) = again.engines.check()
    assert check.is_complete and check.found == 10
    assert "0 of 10 photos as it should" in check.troubles[0]
    again.index(Job())
    (check,) = again.engines.check()
    assert (check.held, check.troubles) == (10, ())
    again.close()
