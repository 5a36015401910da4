"""Folders and photos that are reached by more than one name."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.errors import FolderUnusable, PhotoUnreadable
from desktop.jobs import Job
from desktop.library import Library, Places, Query
from tests.colour_registry import ColourRegistry
from tests.ingest.test_identity import mounted
from tests.pictures import draw
from tests.shared_decoders import DECODERS


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Its data folder lies in the person's home, among the photos."""
    places = Places.under(tmp_path / "home" / "likeness")
    library = Library.open(places, None, ColourRegistry, DECODERS)
    for colour in ("red", "green", "blue"):
        draw(tmp_path / "home" / "trip" / f"{colour}.jpg", colour)
    yield library
    library.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def linked(path: Path) -> Path:
    link = path.with_name(path.name + "-link")
    if not link.is_symlink():
        link.symlink_to(path)
    return link


def by_other_case(path: Path) -> Path:
    other = path.with_name(path.name.upper())
    if not other.exists():
        pytest.skip("upper and lower case are two on this disk")
    return other


NAMES: list[Callable[[Path], Path]] = [
    lambda path: path,
    linked,
    lambda path: linked(linked(path)),
    lambda path: linked(path.parent) / path.name,
    lambda path: path / ".." / path.name,
    lambda path: Path(f"{path}/"),
    by_other_case,
]


@pytest.mark.parametrize("name", NAMES)
def test_the_thumbnails_are_never_indexed_whatever_the_folder_is_called(
    library: Library, home: Path, name: Callable[[Path], Path]
) -> None:
    library.folders.add(name(home))
    for _ in range(3):
        library.index(Job())
        assert library.status().counts.photos == 3


def test_a_data_folder_that_is_moved_or_linked_later_is_not_indexed(
    library: Library, home: Path
) -> None:
    library.folders.add(home)
    library.index(Job())
    (home / "thumbs").symlink_to(home / "likeness" / "thumbnails")
    shutil.copytree(home / "likeness", home / "backup" / "likeness")
    (home / "likeness").rename(home / "moved")
    (home / "likeness").symlink_to(home / "moved")

    library.index(Job())

    assert library.status().counts.photos == 3


def test_a_data_folder_that_is_mounted_among_the_photos_is_not_indexed(
    library: Library, home: Path
) -> None:
    library.folders.add(home / "trip")
    library.index(Job())
    with mounted(home / "likeness" / "thumbnails", home / "trip" / "pictures", "--bind"):
        library.index(Job())
        assert library.status().counts.photos == 3


def test_thumbnails_that_change_while_the_window_is_open_are_not_indexed(
    library: Library, home: Path
) -> None:
    """The watcher tells of them under the name by which the folder is watched."""
    folder = library.folders.add(linked(home))
    library.index(Job())
    (thumbnail, *_) = (home / "likeness" / "thumbnails").rglob("*.jpg")
    name = thumbnail.relative_to(home).as_posix()

    indexing = library.indexing
    indexing._ingest.look_at({folder.folder_id: {name, "likeness"}}, indexing._rules(), Job())

    assert library.status().counts.photos == 3


def test_another_librarys_data_folder_is_not_indexed(library: Library, home: Path) -> None:
    other = Library.open(Places.under(home / "other"), None, ColourRegistry, DECODERS)
    other.folders.add(home / "trip")
    other.index(Job())
    other.close()
    library.folders.add(home)

    library.index(Job())

    assert library.status().counts.photos == 3
    for own in (home / "other", linked(home / "other" / "thumbnails")):
        with pytest.raises(FolderUnusable):
            library.folders.add(own)


@pytest.mark.parametrize("name", NAMES)
def test_our_own_folders_are_refused_by_any_name(
    library: Library, name: Callable[[Path], Path]
) -> None:
    for own in library.places.own_folders:
        own.mkdir(exist_ok=True)  # one is made when it is first needed
        with pytest.raises(FolderUnusable, match="own files"):
            library.folders.add(name(own))


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_is_watched_once_whatever_it_is_called(
    library: Library, home: Path, name: Callable[[Path], Path]
) -> None:
    folder = library.folders.add(home / "trip")

    assert library.folders.add(name(home / "trip")) == folder
    assert [each.path for each in library.folders.list_all()] == [home / "trip"]
    with pytest.raises(FolderUnusable, match="contains"):
        library.folders.add(name(home))


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_watched_by_a_link_is_shown_as_it_was_named(
    library: Library, home: Path, name: Callable[[Path], Path]
) -> None:
    link = home.parent / "my photos"
    link.symlink_to(home)
    folder = library.folders.add(link)
    library.index(Job())

    assert folder.path == link
    assert library.folders.add(name(home)) == folder
    with pytest.raises(FolderUnusable, match="part of"):
        library.folders.add(name(home / "trip"))
    with pytest.raises(FolderUnusable, match="contains"):
        library.folders.add(home.parent)
    photo = library.folders.find_photo(link / "trip" / "red.jpg")
    assert photo is not None and photo.path == link / "trip" / "red.jpg"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("watched_by_link", [False, True])
def test_a_folder_is_asked_for_by_any_of_its_names(
    library: Library, home: Path, name: Callable[[Path], Path], watched_by_link: bool
) -> None:
    link = home.parent / "my photos"
    link.symlink_to(home)
    draw(home / "other" / "red2.jpg", "red")
    library.folders.add(link if watched_by_link else home)
    library.index(Job())

    asked = f'folder:"{name(home / "trip")}/"'
    for text, n in (
        (asked, 3),
        (f"red {asked}", 3),
        (f"-{asked}", 1),
        (f"{asked} folder:other", 4),
    ):
        found = library.search(Query(text))
        assert len(found.hits) == n, text
        # Conditions alone are told of all photos: "3 of 4".
        assert library.coverage(found).total == (n if text.startswith("red") else 4), text
    assert library.saved.count(Query(asked)).n == 3


def test_a_folder_mounted_twice_is_watched_once(library: Library, home: Path) -> None:
    folder = library.folders.add(home)
    with mounted(home / "trip", home.parent / "card", "--bind"):
        with pytest.raises(FolderUnusable, match="part of"):
            library.folders.add(home.parent / "card")
        with mounted(home, home.parent / "second home", "--bind"):
            assert library.folders.add(home.parent / "second home") == folder
    library.index(Job())
    with mounted(home, home / "trip" / "again", "--bind"):
        library.index(Job())
        assert library.status().counts.photos == 3


@pytest.mark.parametrize("name", NAMES)
def test_one_photo_answers_by_any_of_its_names(
    library: Library, home: Path, name: Callable[[Path], Path]
) -> None:
    (home / "link to home").symlink_to(home)
    library.folders.add(home / "link to home")
    library.index(Job())
    path = home / "trip" / "red.jpg"
    photo = library.folders.find_photo(home / "link to home" / "trip" / "red.jpg")
    assert photo is not None

    for each in (path, linked(path), name(path.parent) / path.name):
        assert library.folders.find_photo(each) == photo
        assert library.open_image(each).like_photo_id == photo.photo_id


def test_another_file_of_the_same_look_is_not_taken_for_the_photo(
    library: Library, home: Path
) -> None:
    library.folders.add(home)
    library.index(Job())
    outside = Path(shutil.copy(home / "trip" / "red.jpg", home.parent / "copy.jpg"))

    assert library.folders.find_photo(outside) is None
    assert library.open_image(outside).like_image is not None


@pytest.mark.parametrize("make", [os.symlink, os.link])
def test_a_photo_answers_by_the_file_that_it_leads_to(
    library: Library, home: Path, make: Callable[[Path, Path], None]
) -> None:
    outside = draw(home.parent / "outside" / "white.jpg", "white")
    make(outside, home / "trip" / "snow.jpg")
    library.change_settings(dataclasses.replace(library.settings, follow_links=True))
    library.folders.add(home)
    library.index(Job())

    photo = library.folders.find_photo(outside)

    assert photo is not None and photo.path == home / "trip" / "snow.jpg"
    assert library.open_image(outside).like_photo_id == photo.photo_id
    assert library.search(Query(text="white", n=1)).hits[0].photo_id == photo.photo_id
    assert library.pictures.load(photo.path).image.size == (160, 120)


def test_a_name_that_is_too_long_is_a_sentence(library: Library, home: Path) -> None:
    with pytest.raises(FolderUnusable, match="There is no folder"):
        library.folders.add(home / ("x" * 300))
    with pytest.raises(PhotoUnreadable, match="no such file"):
        library.open_image(home / ("x" * 300))


def test_the_doctor_names_folders_that_became_one(library: Library, home: Path) -> None:
    """They were two when they were added."""
    draw(home.parent / "old" / "white.jpg", "white")
    library.folders.add(home)
    library.folders.add(home.parent / "old")
    assert library.doctor().healthy

    shutil.rmtree(home.parent / "old")
    (home.parent / "old").symlink_to(home / "trip")

    (trouble,) = library.doctor().troubles
    assert "lead to the same photos" in trouble
