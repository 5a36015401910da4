"""Much of a folder gone at once, renamed or moved: nothing is forgotten unasked, nothing is read
twice, and photos stay the photos they were.

LIKENESS_FILES says how many files the large folder has (500 by default; 10,000 for a release).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.jobs import Job
from desktop.library import IndexSummary, Library, Places, Query, Settings
from tests.colour_embedder import ColourEmbedder
from tests.colour_registry import ColourRegistry
from tests.library.test_library import Listener
from tests.pictures import draw
from tests.shared_decoders import DECODERS

N_FILES = int(os.environ.get("LIKENESS_FILES", "500"))

N_IN_ONE = N_FILES // 2
pytestmark = pytest.mark.timeout(120 + N_FILES // 10)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library.open(Places.under(tmp_path / "data"), None, ColourRegistry, DECODERS)
    yield library
    library.close()


def make_photos(folder: Path, n: int) -> Path:
    """Each is of other bytes: what follows the end of a JPEG is no part of its picture."""
    one = draw(folder.parent / "one.jpg", size=(72, 72)).read_bytes()
    for number in range(n):
        path = folder / f"{number // N_IN_ONE}" / f"{number:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(one + f"{number:4096}".encode())
    return folder


def n_embedded(library: Library) -> int:
    embedder = library._spaces.answering()
    assert isinstance(embedder, ColourEmbedder)
    return embedder.n_images


def ids_by_name(library: Library) -> dict[str, int]:
    photos = library.photos.get(library.photos.list_ids().tolist())
    return {photo.path.name: photo.photo_id for photo in photos}


class TestManyFilesElsewhere:
    """What is attached to a photo is attached to its photo_id, so that has to stay."""

    def moved(self, library: Library, n: int) -> IndexSummary:
        """Index after a move, and see that every photo is the one it was."""
        before = ids_by_name(library)
        assert len(before) == n == n_embedded(library)

        summary = library.index(Job())

        assert n_embedded(library) == n, "a photo was embedded again"
        assert ids_by_name(library) == before
        status = library.status()
        assert (status.counts.searchable, status.counts.missing) == (n, 0)
        assert status.doubts == ()
        photos = library.photos.get(library.photos.list_ids().tolist())
        assert all(photo.path.is_file() for photo in photos)
        return summary

    def test_a_large_folder_renamed_at_its_root(self, library: Library, tmp_path: Path) -> None:
        """It is followed without reading a file."""
        photos = make_photos(tmp_path / "Pictures", N_FILES)
        library.folders.add(photos)
        library.index(Job())
        photos.rename(tmp_path / "Photos")

        assert self.moved(library, N_FILES).renamed == 0
        assert [folder.path for folder in library.folders.list_all()] == [tmp_path / "Photos"]

    def test_a_large_folder_within_the_watched_one_renamed(
        self, library: Library, tmp_path: Path
    ) -> None:
        photos = make_photos(tmp_path / "Pictures", N_FILES)
        library.folders.add(photos)
        library.index(Job())
        (photos / "0").rename(photos / "holidays")

        assert self.moved(library, N_FILES).renamed == N_IN_ONE

    def test_everything_moved_from_one_watched_folder_to_another(
        self, library: Library, tmp_path: Path
    ) -> None:
        photos = make_photos(tmp_path / "Pictures", N_FILES)
        other = tmp_path / "Archive"
        other.mkdir()
        library.folders.add(photos)
        library.folders.add(other)
        library.index(Job())
        for folder in photos.iterdir():
            folder.rename(other / folder.name)

        assert self.moved(library, N_FILES).renamed == N_FILES

    def test_a_watched_folder_moved_into_another(self, library: Library, tmp_path: Path) -> None:
        photos = make_photos(tmp_path / "Pictures", 40)
        other = tmp_path / "Archive"
        other.mkdir()
        library.folders.add(photos)
        library.folders.add(other)
        library.index(Job())
        photos.rename(other / "Pictures")

        assert self.moved(library, 40).renamed == 40

    def test_a_watched_folder_moved_far_away_and_added_there(
        self, library: Library, tmp_path: Path
    ) -> None:
        photos = make_photos(tmp_path / "home" / "Pictures", 40)
        (tmp_path / "home" / "else").mkdir()
        folder = library.folders.add(photos)
        library.index(Job())
        (tmp_path / "disk").mkdir()
        photos.rename(tmp_path / "disk" / "Pictures")

        assert library.folders.add(tmp_path / "disk" / "Pictures").folder_id == folder.folder_id

        assert self.moved(library, 40).renamed == 0

    def test_a_copy_of_an_unplugged_folder_is_a_copy(
        self, library: Library, tmp_path: Path
    ) -> None:
        """Its drive comes back, and both are there."""
        photos = make_photos(tmp_path / "drive" / "Pictures", 20)
        library.folders.add(photos)
        library.index(Job())
        shutil.copytree(photos, tmp_path / "Copy")
        photos.parent.rename(tmp_path / ".unplugged")

        library.folders.add(tmp_path / "Copy")
        assert library.index(Job()).embedded == 0

        assert len(library.folders.list_all()) == 2
        assert library.status().counts.searchable == 20
        (tmp_path / ".unplugged").rename(photos.parent)
        library.index(Job())
        assert library.status().counts.searchable == 40

    def test_two_folders_that_could_be_it_are_not_taken_for_it(
        self, library: Library, tmp_path: Path
    ) -> None:
        photos = make_photos(tmp_path / "Pictures", 20)
        library.folders.add(photos)
        library.index(Job())
        shutil.copytree(photos, tmp_path / "Copy")
        photos.rename(tmp_path / "Renamed")

        library.index(Job())

        (folder,) = library.folders.list_all()
        assert (folder.path, folder.is_missing) == (photos, True)
        assert library.status().counts.missing == 20


class TestAsking:
    @pytest.fixture
    def photos(self, tmp_path: Path, library: Library) -> Path:
        folder = make_photos(tmp_path / "Pictures", 40)
        library.folders.add(folder)
        library.index(Job())
        return folder

    def delete(self, photos: Path, n: int, start: int = 0) -> None:
        for number in range(start, start + n):
            (photos / "0" / f"{number:05}.jpg").unlink()

    def test_a_few_photos_gone_are_no_question(self, library: Library, photos: Path) -> None:
        self.delete(photos, 8)
        library.index(Job())
        assert library.status().doubts == ()
        assert library.status().counts.missing == 8

    def test_a_handful_is_no_question_however_small_the_folder(
        self, library: Library, photos: Path
    ) -> None:
        self.delete(photos, 35)
        library.index(Job())
        (doubt,) = library.status().doubts
        library.folders.answer_doubt(doubt.folder.folder_id, forgets=True)
        self.delete(photos, 4, start=35)
        library.index(Job())
        assert library.status().doubts == ()

    def test_more_than_a_fifth_gone_at_once_is_asked_about(
        self, library: Library, photos: Path
    ) -> None:
        self.delete(photos, 9)

        library.index(Job())

        (doubt,) = library.status().doubts
        assert (doubt.folder.path, doubt.n_gone, doubt.n_photos) == (photos, 9, 40)
        assert library.status().counts.missing == 9
        library.index(Job())
        assert len(library.status().doubts) == 1, "it is asked until it is answered"

    def test_photos_that_are_kept_come_back_without_being_read_again(
        self, library: Library, photos: Path, tmp_path: Path
    ) -> None:
        before = ids_by_name(library)
        (photos / "0").rename(tmp_path / "aside")
        (photos / "1").mkdir()  # the folder is not empty, so it is no drive that is away
        library.index(Job())
        (doubt,) = library.status().doubts

        library.folders.answer_doubt(doubt.folder.folder_id, forgets=False)

        assert library.status().doubts == ()
        library.index(Job())
        assert library.status().doubts == ()
        (tmp_path / "aside").rename(photos / "0")
        library.index(Job())
        assert ids_by_name(library) == before and n_embedded(library) == 40

    def test_a_question_that_has_answered_itself_is_not_asked(
        self, library: Library, photos: Path, tmp_path: Path
    ) -> None:
        """And photos that go one by one later do not bring it back."""
        (photos / "0").rename(tmp_path / "aside")
        (photos / "1").mkdir()
        library.index(Job())
        assert library.status().doubts

        (tmp_path / "aside").rename(photos / "0")
        library.index(Job())

        assert library.status().doubts == ()
        assert library.folders.list_all()[0].doubted_since is None

    def test_photos_that_are_forgotten_are_gone_for_good(
        self, library: Library, photos: Path
    ) -> None:
        self.delete(photos, 30)
        library.index(Job())
        (doubt,) = library.status().doubts

        library.folders.answer_doubt(doubt.folder.folder_id, forgets=True)

        status = library.status()
        assert (status.doubts, status.counts.missing, status.counts.searchable) == ((), 0, 10)
        assert len(library.search(Query(text="red", n=50)).hits) == 10
        assert library._catalog.check() == []

    def test_only_what_was_asked_about_is_forgotten(self, library: Library, photos: Path) -> None:
        self.delete(photos, 2)
        library.index(Job())
        library._catalog.files.apply_scan(1)  # nothing
        library.indexing._ingest._losses.clear()  # as if it had been another day
        self.delete(photos, 20, start=10)
        library.index(Job())
        (doubt,) = library.status().doubts
        assert doubt.n_gone == 20

        library.folders.answer_doubt(doubt.folder.folder_id, forgets=True)

        assert library.status().counts.missing == 2

    def test_photos_that_the_person_excludes_are_no_question(
        self, library: Library, photos: Path
    ) -> None:
        library.change_settings(Settings(exclude=("0/",)))
        library.index(Job())
        assert library.status().counts.missing == 40
        assert library.status().doubts == ()

    def test_what_goes_in_pieces_goes_at_once(self, library: Library, photos: Path) -> None:
        """As the watcher sees it, file by file."""
        listener = Listener()
        library.listen(listener)
        library.start()
        listener.wait_until(lambda: library.indexing._job is None and bool(listener.events))
        for start in (0, 4, 8):
            self.delete(photos, 4, start)
            listener.wait_until(lambda n=start + 4: library.status().counts.missing == n)

        listener.wait_until(lambda: len(library.status().doubts) == 1)

        assert library.status().doubts[0].n_gone == 12

    def test_an_unplugged_drive_is_no_question(self, library: Library, photos: Path) -> None:
        photos.rename(photos.with_name(".unplugged"))
        library.index(Job())
        assert library.status().doubts == ()
        assert library.folders.list_all()[0].is_missing


def test_a_renamed_folder_is_followed_while_the_window_is_open(
    library: Library, tmp_path: Path
) -> None:
    """And watched at its new place."""
    photos = make_photos(tmp_path / "Pictures", 20)
    listener = Listener()
    library.listen(listener)
    library.folders.add(photos)
    library.start()
    listener.wait_until(lambda: library.status().counts.searchable == 20)

    photos.rename(tmp_path / "Photos")

    listener.wait_until(lambda: library.folders.list_all()[0].path == tmp_path / "Photos")
    listener.wait_until(lambda: library.indexing._job is None)
    draw(tmp_path / "Photos" / "new.jpg", "blue")
    listener.wait_until(lambda: library.status().counts.searchable == 21)
    assert library.folders.find_photo(tmp_path / "Photos" / "new.jpg") is not None
    assert library.status().counts.missing == 0
