"""A disk that fills up: a sentence, a pause, and on when there is room."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from pathlib import Path
from typing import Any

import pytest

from desktop.background import Worker
from desktop.errors import DiskFull, UserError
from desktop.index.local import index as indexes
from desktop.jobs import Job
from desktop.library import Failed, Library, Places, Query
from desktop.library.indexing import check_up
from desktop.media import Thumbnails
from tests.colour_registry import ColourRegistry
from tests.library.test_library import Listener, names
from tests.pictures import draw
from tests.shared_decoders import DECODERS
from tests.small_disk import SmallDisk, small_disk

N_PHOTOS = 60


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for number in range(N_PHOTOS):
        colour = ("red", "green", "blue")[number % 3]
        draw(folder / f"{colour}{number}.jpg", colour, number, size=(480, 360))
    return folder


def on_disk(places: Places, disk: SmallDisk, *names: str) -> Places:
    """The same places, but these are on the small disk."""
    paths = {name: disk.path / getattr(places, name).name for name in names}
    return dataclasses.replace(places, **paths)


ALL = ("catalog_path", "thumbnails_path", "index_path")


def open_library(places: Places) -> Library:
    return Library.open(places, None, ColourRegistry, DECODERS)


def check_whole(library: Library) -> None:
    assert library._catalog.check() == []
    assert library.status().counts.searchable == N_PHOTOS
    assert {name[:3] for name in names(library, Query(text="red", n=20))} == {"red"}
    thumbnails = Thumbnails(library.places.thumbnails_path)
    for photo in library.photos.get(library.photos.list_ids().tolist()):
        assert photo.content_hash is not None and thumbnails.exists(photo.content_hash)


@pytest.mark.parametrize("kind", ["catalog_path", "thumbnails_path"])
def test_indexing_pauses_while_the_disk_is_full_and_goes_on_by_itself(
    disk: SmallDisk, photos: Path, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_up, "HEED_EVERY_S", 0.2)
    places = on_disk(Places.under(tmp_path / "data"), disk, kind)
    library = open_library(places)
    listener = Listener()
    library.listen(listener)
    library.folders.add(photos)
    disk.fill(leave_bytes=96 << 10)
    library.start()
    try:
        listener.wait_until(lambda: "disk is full" in listener.waits_because)
        assert library.status().counts.waiting > 0
        told = [event.error for event in listener.events if isinstance(event, Failed)]
        assert [type(error) for error in told] == [DiskFull], "one sentence, not one an attempt"
        assert "full" in told[0].message and told[0].hint

        disk.make_room()

        listener.wait_until(lambda: library.status().counts.searchable == N_PHOTOS)
        listener.wait_until(lambda: listener.waits_because == "")
        check_whole(library)
    finally:
        library.close()


def let_it_end(library: Library) -> None:
    """Wait for the work on the photos, and for the building that it asked for."""
    for worker in (library.indexing._worker, library.indexing._rebuilder):
        worker.submit(lambda: None).result(30)


@pytest.fixture(params=["as it comes", "the index first"])
def which_ends_first(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work on the photos and the building of the index may end in either order."""
    if request.param == "as it comes":
        return
    submit_latest = Worker.submit_latest

    def ended_before(worker: Worker, key: str, work: Callable[[], Any]) -> Future[Any]:
        future = submit_latest(worker, key, work)
        if key == "rebuild":
            wait([future], timeout=30)
        return future

    monkeypatch.setattr(Worker, "submit_latest", ended_before)


@pytest.mark.usefixtures("which_ends_first")
def test_an_index_that_finds_no_room_is_built_when_there_is_some(
    disk: SmallDisk, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_up, "HEED_EVERY_S", 0.2)
    monkeypatch.setattr(indexes, "REBUILD_ROWS", 10)
    places = on_disk(Places.under(tmp_path / "data"), disk, "index_path")
    library = open_library(places)
    listener = Listener()
    library.listen(listener)
    library.folders.add(photos)
    disk.fill(leave_bytes=16 << 10)
    library.start()
    try:
        listener.wait_until(lambda: listener.heard(Failed))
        (told,) = [event.error for event in listener.events if isinstance(event, Failed)]
        assert isinstance(told, DiskFull) and "index could not be saved" in told.message
        check_whole(library)
        let_it_end(library)
        library.indexing.rescan()
        let_it_end(library)
        library.indexing.tidy_soon()
        library.indexing._tend()  # as the check-up does while nothing is in hand
        let_it_end(library)
        assert library._spaces.take().index.needs_rebuild
        assert listener.waits_because == "The disk is full; the index is built when there is room"

        disk.make_room()

        listener.wait_until(lambda: not library._spaces.take().index.needs_rebuild)
        listener.wait_until(lambda: listener.waits_because == "")
        assert sum(isinstance(event, Failed) for event in listener.events) == 1
        assert library._spaces.take().index.snapshot.n_tail == 0
        check_whole(library)
    finally:
        library.close()


@pytest.mark.parametrize("leave_kib", [0, 40, 150, 400, 900])
def test_wherever_the_disk_fills_up_nothing_is_lost(
    disk: SmallDisk, photos: Path, tmp_path: Path, leave_kib: int
) -> None:
    """Catalog, thumbnails and index on one disk, and the command line's way."""
    places = on_disk(Places.under(tmp_path / "data"), disk, *ALL)
    library = open_library(places)
    library.folders.add(photos)
    disk.fill(leave_bytes=leave_kib << 10)

    with pytest.raises(DiskFull) as refused:
        library.index(Job())

    assert refused.value.message.endswith(".") and refused.value.hint.endswith(".")
    n_finished = library.status().counts.searchable
    assert n_finished < N_PHOTOS
    disk.make_room()
    assert library.index(Job()).embedded == N_PHOTOS - n_finished
    check_whole(library)
    library.close()


@pytest.mark.usefixtures("migrations_run")
def test_a_full_disk_at_the_start_is_a_sentence(disk: SmallDisk, tmp_path: Path) -> None:
    places = on_disk(Places.under(tmp_path / "data"), disk, *ALL)
    disk.fill()
    with pytest.raises(UserError) as refused:
        open_library(places)
    assert refused.value.message.endswith(".") and refused.value.hint.endswith(".")

    disk.make_room()
    open_library(places).close()


def test_a_library_on_a_full_disk_opens_and_answers(
    disk: SmallDisk, photos: Path, tmp_path: Path
) -> None:
    places = on_disk(Places.under(tmp_path / "data"), disk, *ALL)
    library = open_library(places)
    library.folders.add(photos)
    library.index(Job())
    library.close()
    disk.fill(leave_bytes=48 << 10)  # what SQLite needs to open a catalog at all

    library = open_library(places)

    assert len(library.search(Query(text="red")).hits) > 0
    library.close()


def test_a_data_folder_on_a_read_only_disk_is_a_sentence(disk: SmallDisk, tmp_path: Path) -> None:
    places = on_disk(Places.under(tmp_path / "data"), disk, *ALL)
    open_library(places).close()
    with disk.read_only():
        with pytest.raises(UserError) as refused:
            open_library(places)
        assert refused.value.message.endswith(".") and refused.value.hint.endswith(".")
    open_library(places).close()
