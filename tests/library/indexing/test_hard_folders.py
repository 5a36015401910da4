"""Folders and files as they are out there: locked, oddly named, full, and changing under our
hands."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from desktop.errors import FolderUnusable, PhotoUnreadable
from desktop.jobs import Job
from desktop.library import Library, Places, Purpose, Query
from tests.colour_embedder import ColourEmbedder
from tests.colour_registry import ColourRegistry
from tests.library.test_library import names
from tests.ordinary_rights import ordinary_rights
from tests.pictures import draw
from tests.shared_decoders import DECODERS
from tests.small_disk import small_disk


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library.open(Places.under(tmp_path / "data"), None, ColourRegistry, DECODERS)
    yield library
    library.close()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for colour in ("red", "green", "blue"):
        draw(tmp_path / "photos" / colour / "a.jpg", colour)
    return tmp_path / "photos"


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX")
def test_what_may_not_be_read_is_neither_lost_nor_a_question(
    library: Library, photos: Path
) -> None:
    draw(photos / "secret.jpg", "white").chmod(0)
    library.folders.add(photos)
    with ordinary_rights():
        library.index(Job())
        (problem,) = library.photos.list_problems()
        assert problem.photo.path.name == "secret.jpg"
        assert "not allowed to read" in problem.sentence

        (photos / "red").chmod(0)
        library.index(Job())
        assert library.status().counts.missing == 0
        assert library.status().counts.searchable == 3

        photos.chmod(0)
        library.index(Job())
        assert library.folders.list_all()[0].is_missing
        assert library.status().doubts == ()
        photos.chmod(0o755)
        (photos / "red").chmod(0o755)
        library.index(Job())
        assert not library.folders.list_all()[0].is_missing
        assert library.photos.list_problems() == [problem], "it is still not allowed"

        (photos / "secret.jpg").chmod(0o644)
        library.index(Job())
    assert library.status().counts.searchable == 4
    assert library.photos.list_problems() == []


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX")
def test_what_lies_in_a_folder_that_may_not_be_entered_is_not_said_to_be_absent(
    library: Library, photos: Path
) -> None:
    (photos / "red").chmod(0)
    with ordinary_rights():
        with pytest.raises(PhotoUnreadable, match="not allowed to look into"):
            library.open_image(photos / "red" / "a.jpg")
        with pytest.raises(FolderUnusable, match="not allowed to look into"):
            library.folders.add(photos / "red" / "inner")
        with pytest.raises(FolderUnusable, match="There is no folder"):
            library.folders.add(photos / "green" / "inner")
    (photos / "red").chmod(0o755)


def test_a_folder_that_cannot_be_written_is_read(library: Library, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        draw(disk.path / "a.jpg", "red")
        with disk.read_only():
            library.folders.add(disk.path)
            assert library.index(Job()).embedded == 1
            assert names(library, Query(text="red")) == ["a.jpg"]


@pytest.mark.skipif(os.name == "nt", reason="names of bytes are POSIX")
@pytest.mark.parametrize(
    "name",
    [
        b"caf\xe9.jpg",
        b"\xff\xfe.jpg",
        b"x" * 251 + b".jpg",
        "é".encode() * 125 + b".jpg",
        b"two\nlines.jpg",
        b" .jpg",
        b"-rf.jpg",
        "🦆 ‮gpj.jpg".encode(),
    ],
    ids=repr,
)
def test_a_photo_of_any_name_goes_the_whole_way(
    library: Library, photos: Path, tmp_path: Path, name: bytes
) -> None:
    folder = os.fsencode(photos) + b"/" + name.removesuffix(b".jpg")[:200]
    os.mkdir(folder)
    path = Path(os.fsdecode(folder + b"/" + name))
    shutil.copy(draw(tmp_path / "one.jpg", "yellow"), path)
    library.folders.add(photos)

    library.index(Job())

    assert library.search(Query(text="yellow", n=1)).hits
    photo = library.folders.find_photo(path)
    assert photo is not None and os.fsencode(photo.path) == os.fsencode(path)
    assert library.open_image(path).like_photo_id == photo.photo_id
    assert library.pictures.load(photo.path).image.size == (160, 120)
    moved = path.with_name("plain.jpg")
    path.rename(moved)
    assert library.index(Job()).renamed == 1
    assert library.folders.find_photo(moved) is not None


def test_thousands_of_files_in_one_folder(library: Library, photos: Path) -> None:
    one = (photos / "red" / "a.jpg").read_bytes()
    n = 3000
    for number in range(n):
        content = one + f"{number:3000}".encode() if number < 300 else b"text " * 600
        (photos / "blue" / f"{number:05}.{'jpg' if number < 300 else 'txt'}").write_bytes(content)
    library.folders.add(photos)

    assert library.index(Job()).embedded == 303
    assert library.index(Job()).embedded == 0


def test_a_file_replaced_while_it_is_read_is_never_taken_for_the_other(
    library: Library, photos: Path, tmp_path: Path
) -> None:
    """The embedding of the old content must not stand beside the new one's date and size."""
    replaced = photos / "red" / "a.jpg"
    draw(tmp_path / "new.jpg", "white")
    embedder = ReplacingEmbedder(tmp_path / "new.jpg", replaced)
    library._spaces._answering = dict.fromkeys(Purpose, embedder)
    library.folders.add(photos)

    library.index(Job())
    assert not (tmp_path / "new.jpg").exists(), "nothing was replaced"
    for hit in library.search(Query(text="white", n=1)).hits:  # whoever is found looks as it is
        assert (library.photos.get([hit.photo_id])[0].path == replaced) is (hit.score > 0.9)

    library.index(Job())

    (hit,) = library.search(Query(text="white", n=1)).hits
    assert library.photos.get([hit.photo_id])[0].path == replaced
    assert hit.score > 0.9
    assert library.status().counts.searchable == 3


class ReplacingEmbedder(ColourEmbedder):
    """While it fits the first image, in the decoding process, a file gets other content."""

    def __init__(self, source: Path, target: Path) -> None:
        super().__init__()
        self._source, self._target = source, target

    @property
    def fit(self) -> Callable[[Image.Image], Image.Image]:
        return functools.partial(_replace_and_fit, self._source, self._target)


def _replace_and_fit(source: Path, target: Path, image: Image.Image) -> Image.Image:
    with contextlib.suppress(FileNotFoundError):  # another process has been faster
        source.replace(target)
    return ColourEmbedder().fit(image)


def test_photos_that_go_while_they_are_indexed_are_told(library: Library, photos: Path) -> None:
    for number in range(40):
        draw(photos / "many" / f"{number}.jpg", "red", number)
    library._spaces._answering = dict.fromkeys(Purpose, RemovingEmbedder(photos))
    library.folders.add(photos)

    summary = library.index(Job())

    assert (summary.photos, summary.problems) == (43, 0)
    assert summary.waiting > 20 and summary.embedded < 20


class RemovingEmbedder(ColourEmbedder):
    """While it fits the first image, in the decoding process, all photos go."""

    def __init__(self, photos: Path) -> None:
        super().__init__()
        self._photos = photos

    @property
    def fit(self) -> Callable[[Image.Image], Image.Image]:
        return functools.partial(_remove_and_fit, self._photos)


def _remove_and_fit(photos: Path, image: Image.Image) -> Image.Image:
    shutil.rmtree(photos, ignore_errors=True)
    return ColourEmbedder().fit(image)


@pytest.mark.parametrize("mtime_s", [-5e9, -1, 0, 2**31, 32_503_680_000, 9e9])
def test_a_clock_that_was_wrong_does_no_harm(
    library: Library, photos: Path, mtime_s: float
) -> None:
    path = photos / "red" / "a.jpg"
    os.utime(path, (mtime_s, mtime_s))
    library.folders.add(photos)
    assert library.index(Job()).embedded == 3
    assert library.index(Job()).embedded == 0
    assert len(library.photos.list_ids()) == 3


def test_a_clock_that_jumps_back_does_no_harm(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Years ahead when photos went missing, then right again when they come back."""
    library.folders.add(photos)
    library.index(Job())
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 1e8)
    (photos / "red" / "a.jpg").rename(photos / "a.txt")
    library.index(Job())
    monkeypatch.setattr(time, "time", lambda: real() - 1e8)
    (photos / "a.txt").rename(photos / "red" / "a.jpg")
    draw(photos / "new.jpg", "white")

    assert library.index(Job()).embedded == 1

    counts = library.status().counts
    assert (counts.searchable, counts.missing) == (4, 0)


def test_two_libraries_on_one_data_folder(library: Library, photos: Path, tmp_path: Path) -> None:
    """One indexes; the other adds a folder, asks and answers all the while."""
    library.folders.add(photos)
    other = Library.open(Places.under(tmp_path / "data"), None, ColourRegistry, DECODERS)
    stopped = threading.Event()
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            while not stopped.is_set():
                other.search(Query(text="red"))
                other.status()
        except BaseException as error:
            errors.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for number in range(8):
            draw(photos / f"{number}.jpg", "white", number)
            library.index(Job())
    finally:
        stopped.set()
        asking.join()
    assert errors == []
    assert other.status().counts.searchable == 11
    other.close()
