"""In a large library: a first answer from Annoy, and the exact one that confirms it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from desktop.catalog import SEARCHED, FileStat, InFolder, Ingested
from desktop.index.speed import Speed
from desktop.jobs import Job
from desktop.search import Engine, Query
from tests.index.shelf import clustered
from tests.search.album import METADATA, Album

N, DIM = 6_000, 64
FEW = 500


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Album]:
    """6,000 photos in a forest; every third lies in a second folder."""
    album = Album(tmp_path_factory.mktemp("large"))
    folder_ids = [album.folder_id, album.catalog.folders.add(Path("/elsewhere")).folder_id]
    vectors = clustered(N, DIM)
    for number, folder_id in enumerate(folder_ids):
        album.catalog.files.apply_scan(
            folder_id, [FileStat(f"{at}.png", 9, 9) for at in range(N) if (at % 3 == 2) == number]
        )
    photo_ids = np.sort(album.catalog.photos.list_ids())
    made = [{album.embedder.model_id: vector} for vector in vectors]
    album.catalog.ingests.save(
        [
            Ingested(int(pid), FileStat("", 9, 9), f"{pid:032x}", METADATA, each)
            for pid, each in zip(photo_ids, made, strict=True)
        ],
    )
    album.index.add(photo_ids, vectors)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("desktop.index.local.generation.APPROXIMATE_FROM", 1_000)
        album.index.rebuild(Job(), album.catalog.revision())
    yield album
    album.catalog.close()


@pytest.fixture
def engine(large: Album) -> Engine:
    """Where more than FEW photos are too many."""
    return Engine(large.catalog, large.index, large.embedder, lambda: FEW)


def ids(results: object) -> list[int]:
    return [hit.photo_id for hit in results.hits]


def test_unless_asked_otherwise_the_answer_is_exact(engine: Engine) -> None:
    assert engine.search(Query(like_photo_id=7)).is_exact


def test_the_first_answer_is_nearly_the_exact_one(engine: Engine) -> None:
    shared = []
    for photo_id in range(1, N, 100):
        query = Query(like_photo_id=photo_id, n=50)
        first = engine.search(query, exact=False)
        exact = engine.search(query)
        assert (first.is_exact, exact.is_exact) == (False, True)
        assert (first.searched, first.total) == (exact.searched, exact.total) == (N, N)
        assert photo_id not in ids(first)
        shared.append(len(set(ids(first)) & set(ids(exact))) / 50)
    assert np.mean(shared) > 0.7


def test_no_photo_changes_its_band_between_the_two(engine: Engine) -> None:
    for photo_id in range(1, N, 100):
        query = Query(like_photo_id=photo_id, n=200)
        exact = {hit.photo_id: hit for hit in engine.search(query).hits}
        for hit in engine.search(query, exact=False).hits:
            if hit.photo_id in exact:
                assert hit.band is exact[hit.photo_id].band


def test_in_a_folder_too(large: Album, engine: Engine) -> None:
    inside = SEARCHED & InFolder(large.folder_id)
    ids_inside = set(large.catalog.photos.list_ids(inside).tolist())
    query = Query(like_photo_id=8, n=50, filter=inside)
    first, exact = engine.search(query, exact=False), engine.search(query)
    assert not first.is_exact
    assert set(ids(first)) <= ids_inside
    assert len(ids(first)) == len(ids(exact)) == 50


def test_few_photos_are_compared_exactly_at_once(large: Album) -> None:
    engine = Engine(large.catalog, large.index, large.embedder, lambda: N)
    assert engine.search(Query(like_photo_id=7), exact=False).is_exact


def test_the_border_is_what_was_measured_or_what_was_set(large: Album) -> None:
    measured = Engine(large.catalog, large.index, large.embedder, lambda: 0)
    assert measured.border == Speed().border == 300_000
    large.index.measure()
    assert measured.border == large.index.snapshot.speed.border
    assert Engine(large.catalog, large.index, large.embedder, lambda: 77).border == 77


def test_what_was_asked_is_embedded_once_for_both_answers(large: Album, engine: Engine) -> None:
    """The same Query object; another one that asks the same is embedded anew."""
    taken: list[int] = []
    find = large.catalog.made.find_vector

    def counted(photo_id: int, model_id: str) -> object:
        taken.append(photo_id)
        return find(photo_id, model_id)

    large.catalog.made.find_vector = counted
    try:
        query = Query(like_photo_id=11)
        engine.search(query, exact=False)
        engine.search(query)
        assert taken == [11]
        engine.search(query)
        engine.search(dataclasses.replace(query))
        assert taken == [11, 11, 11]
    finally:
        large.catalog.made.find_vector = find


def test_a_first_answer_does_not_wait_for_the_list_of_photos(large: Album, engine: Engine) -> None:
    """While photos are being read the catalog changes all the time; the exact answer knows all."""
    query = Query(like_photo_id=7, n=5)
    n_before = engine.search(query).total
    large.catalog.files.apply_scan(large.folder_id, [FileStat("new.png", 9, 9)])
    assert engine.search(query, exact=False).total == n_before
    assert engine.search(query).total == n_before + 1
    assert engine.search(query, exact=False).total == n_before + 1


def test_who_is_ready_has_listed_the_photos(
    large: Album, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.get_ready()
    n_photos = len(large.catalog.photos.list_ids())
    listed: list[object] = []
    monkeypatch.setattr(large.catalog.photos, "list_ids", lambda *asked: listed.append(asked))
    assert engine.search(Query(like_photo_id=7)).total == n_photos
    assert listed == []
