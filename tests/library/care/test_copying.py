"""A library goes to a server and comes back: what is done around the copy of its catalog."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from desktop.errors import DiskFull, LibraryBusy, UserError
from desktop.library import Job, Library, Places, Query, copy_library, load_settings
from desktop.library.care.process_lock import holding, process_lock
from tests.colour_registry import ColourRegistry
from tests.pictures import draw, draw_nine
from tests.postgres_server import PostgresServer
from tests.shared_decoders import DECODERS
from tests.small_disk import small_disk


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    draw_nine(tmp_path / "photos")
    return tmp_path / "photos"


@pytest.fixture
def places(tmp_path: Path, photos: Path) -> Places:
    """Of a library with nine photos, in a file."""
    places = Places.under(tmp_path / "data")
    with opened(places) as library:
        library.folders.add(photos)
        library.index(Job())
    return places


def opened(places: Places) -> closing[Library]:
    return closing(Library.open(places, None, ColourRegistry, DECODERS))


def on(url: str, places: Places) -> Places:
    return dataclasses.replace(places, catalog_url=url)


def found(library: Library) -> list[Path]:
    hits = library.search(Query(text="red")).hits
    return [photo.path for photo in library.photos.get([hit.photo_id for hit in hits])]


def test_a_library_goes_on_where_it_was_copied_to(
    places: Places, photos: Path, url: str, tmp_path: Path
) -> None:
    with opened(places) as library:
        before = found(library)

    copied = copy_library(places, url, Job())

    assert (copied.place, copied.data_folder, copied.n_photos) == (url, None, 9)
    assert copied.unknown_folders == () and not copied.has_changed
    assert load_settings(places.settings_path).mounts == {str(photos): str(photos)}
    with opened(on(url, places)) as library:
        assert found(library) == before
        draw(photos / "another.jpg", "red", seed=10)
        summary = library.index(Job())
        assert (summary.embedded, summary.photos) == (1, 10), "only what is new is read"
    with opened(places) as library:
        assert found(library) == before, "the one before has stayed as it was"

    back = copy_library(on(url, places), tmp_path / "other", Job())

    assert back.data_folder == tmp_path / "other" and back.n_photos == 10
    with opened(Places.under(tmp_path / "other")) as library:
        assert len(found(library)) == 10
        assert library.index(Job()).embedded == 0
        assert library.doctor().troubles == ()


def test_an_index_of_other_photos_is_not_used_for_the_copy(places: Places, url: str) -> None:
    copy_library(places, url, Job())
    places.catalog_path.rename(places.catalog_path.with_name("before.sqlite"))
    with opened(on(url, places)) as library:
        library.folders.remove(library.folders.list_all()[0].folder_id)
    index = places.index_path / "left"
    index.parent.mkdir(exist_ok=True)
    index.write_text("of other photos")

    copy_library(on(url, places), places.catalog_path.parent, Job())

    assert not index.exists()
    with opened(places) as library:
        assert found(library) == []


def test_nobody_indexes_where_a_copy_arrives(places: Places, tmp_path: Path) -> None:
    other = Places.under(tmp_path / "other")
    other.create()
    with holding(process_lock(other)), pytest.raises(LibraryBusy):
        copy_library(places, tmp_path / "other", Job())
    assert not other.catalog_path.exists()


def test_folders_that_are_not_here_are_told_of(
    places: Places, photos: Path, url: str, tmp_path: Path
) -> None:
    copy_library(places, url, Job())
    stranger = on(url, Places.under(tmp_path / "stranger"))
    stranger.create()
    copied = copy_library(stranger, tmp_path / "own.sqlite", Job())
    assert copied.unknown_folders == (photos,)
    assert copied.data_folder is None and copied.place == tmp_path / "own.sqlite"
    with pytest.raises(UserError, match="already"):
        copy_library(stranger, url, Job())
    assert load_settings(stranger.settings_path).mounts == {}


def test_a_folder_that_cannot_be_made_is_a_sentence(places: Places, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be made"):
        copy_library(places, tmp_path / "file" / "within", Job())


def test_where_the_disk_has_no_room_nothing_is_left(places: Places, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        disk.fill(leave_bytes=200_000)
        with pytest.raises(DiskFull):
            copy_library(places, disk.path / "copy.sqlite", Job())
        left = [each.name for each in disk.path.iterdir() if each.suffix != ".lock"]
        assert left == ["ballast"]
        disk.make_room()
        assert copy_library(places, disk.path / "copy.sqlite", Job()).n_photos == 9
