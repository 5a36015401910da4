"""What belongs to photos that are gone for good goes too; what may come back stays."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.catalog import InFolder
from desktop.errors import LibraryBusy
from desktop.jobs import Job
from desktop.library import FoldersChanged, Library, PhotosChanged, Places, Query
from desktop.library.care import safekeeping
from desktop.library.indexing import check_up
from desktop.media.thumbnails import FRESH_S, Thumbnails
from desktop.settings import CACHE_TAG
from tests.colour_embedder import ColourEmbedder
from tests.colour_registry import ColourRegistry
from tests.library.test_library import Listener
from tests.pictures import draw
from tests.shared_decoders import DECODERS

LATER_S = 1.0
DIM = ColourEmbedder.dim


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.under(tmp_path / "data")


@pytest.fixture
def library(tmp_path: Path, places: Places) -> Iterator[Library]:
    """Two folders of ten photos each, indexed a while ago."""
    library = Library.open(places, None, ColourRegistry, DECODERS)
    for name, colour in (("first", "red"), ("second", "blue")):
        for seed in range(10):
            draw(tmp_path / name / f"{seed}.jpg", colour, seed)
        library.folders.add(tmp_path / name)
    library.index(Job())
    let_age(places)
    yield library
    library.close()


def thumbnails(places: Places) -> list[Path]:
    return sorted(places.thumbnails_path.glob("??/*.jpg"))


def let_age(places: Places) -> None:
    before_s = time.time() - 2 * FRESH_S
    for path in thumbnails(places):
        os.utime(path, (before_s, before_s))


@pytest.fixture
def after_a_month(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safekeeping, "KEEP_GONE_S", -LATER_S)


def test_thumbnails_of_a_removed_folder_are_removed(library: Library, places: Places) -> None:
    kept_before = thumbnails(places)
    assert len(kept_before) == 20
    library.folders.remove(library.folders.list_all()[0].folder_id)

    library.index(Job())

    assert len(thumbnails(places)) == 10
    assert library.status().counts.searchable == 10


def test_the_window_removes_them_by_itself(
    library: Library, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_up, "HEED_EVERY_S", 0.05)
    library.start()
    listener = Listener()
    listener.wait_until(lambda: library.indexing._job is None)

    library.folders.remove(library.folders.list_all()[0].folder_id)

    listener.wait_until(lambda: len(thumbnails(places)) == 10)


def test_what_is_removed_while_it_tidies_goes_soon_after(
    library: Library, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_only = Thumbnails.keep_only

    def keep_and_remove(*arguments: Any) -> int:
        n_removed = keep_only(*arguments)
        for folder in library.folders.list_all()[1:]:
            library.folders.remove(folder.folder_id)
        return n_removed

    monkeypatch.setattr(Thumbnails, "keep_only", keep_and_remove)
    monkeypatch.setattr(check_up, "HEED_EVERY_S", 0.05)
    library.start()

    Listener().wait_until(lambda: len(thumbnails(places)) == 10)


def test_a_deleted_photo_may_come_back_for_a_month(
    library: Library, places: Places, tmp_path: Path
) -> None:
    away = (tmp_path / "first" / "0.jpg").rename(tmp_path / "0.jpg")
    for _ in range(2):
        library.index(Job())
    assert len(thumbnails(places)) == 20

    away.rename(tmp_path / "first" / "0.jpg")

    assert library.index(Job()).embedded == 0


@pytest.mark.usefixtures("after_a_month")
def test_after_a_month_it_is_forgotten_with_its_thumbnail(
    library: Library, places: Places, tmp_path: Path
) -> None:
    (tmp_path / "first" / "0.jpg").unlink()

    library.index(Job())

    assert len(thumbnails(places)) == 19
    assert library.status().counts.missing == 0
    assert library.doctor().healthy


@pytest.mark.usefixtures("after_a_month")
def test_what_is_asked_about_or_unplugged_is_never_forgotten_by_itself(
    library: Library, places: Places, tmp_path: Path
) -> None:
    for seed in range(8):
        (tmp_path / "first" / f"{seed}.jpg").unlink()
    (tmp_path / "second" / "0.jpg").unlink()
    library.index(Job())
    assert len(library.status().doubts) == 1
    (tmp_path / "second").rename(tmp_path / "away")
    (tmp_path / "away").rename(tmp_path.parent / f"{tmp_path.name}-unplugged")

    library.index(Job())

    assert len(thumbnails(places)) == 19, "the one photo of the second folder was forgotten before"
    library._catalog.folders.answer_doubt(library.folders.list_all()[0].folder_id, forgets=True)
    library.index(Job())
    assert len(thumbnails(places)) == 11


def test_a_thumbnail_that_was_just_made_is_left(library: Library, places: Places) -> None:
    """Its photo may be about to be saved by another process."""
    fresh = places.thumbnails_path / "ab" / "abcdef.jpg"
    fresh.parent.mkdir(exist_ok=True)
    fresh.write_bytes(b"new")
    old = fresh.with_name("ab123.jpg.tmp")
    old.write_bytes(b"left by a process that was killed")
    os.utime(old, (1, 1))

    library.index(Job())

    assert fresh.exists() and not old.exists()


@pytest.fixture
def built(library: Library, places: Places, monkeypatch: pytest.MonkeyPatch) -> Library:
    """With an index on disk."""
    monkeypatch.setattr("desktop.index.local.index.REBUILD_ROWS", 5)
    library.index(Job())
    assert len(stored(places)) == 20
    return library


def stored(places: Places) -> list[bytes]:
    """The embeddings in all files of the index, as bytes."""
    content = b""
    for path in places.index_path.rglob("gen-*.vectors"):
        with contextlib.suppress(FileNotFoundError):  # a newer one has just taken its place
            content += path.read_bytes()
    return sorted(content[n : n + 4 * DIM] for n in range(0, len(content), 4 * DIM))


def test_embeddings_of_a_removed_folder_leave_the_index_on_disk(
    built: Library, places: Places
) -> None:
    first, second = (folder.folder_id for folder in built.folders.list_all())
    red = embeddings_of(built, first)
    built.folders.remove(first)

    built.index(Job())

    assert stored(places) == embeddings_of(built, second)
    assert not set(stored(places)) & set(red)
    assert built._spaces.take().index.snapshot.n_items == 10


def test_the_window_lets_them_go_by_itself_however_few(
    built: Library, places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(tmp_path / "third" / "only.jpg", "green", 0)
    third = built.folders.add(tmp_path / "third")
    with monkeypatch.context() as patch:
        patch.setattr("desktop.index.local.index.REBUILD_ROWS", 0)
        patch.setattr("desktop.index.local.index.REBUILD_SHARE", 0)
        built.index(Job())
    assert len(stored(places)) == 21
    monkeypatch.setattr(check_up, "HEED_EVERY_S", 0.05)
    built.start()
    listener = Listener()
    listener.wait_until(lambda: built.indexing._job is None)

    built.folders.remove(third.folder_id)

    listener.wait_until(lambda: len(stored(places)) == 20)
    assert not built._spaces.take().index.holds_removed


def test_the_window_lets_go_of_what_another_process_has_removed(
    built: Library, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_up, "HEED_EVERY_S", 0.05)
    built.start()
    listener = Listener()
    built.listen(listener)
    listener.wait_until(lambda: built.indexing._job is None)
    other = Library.open(places, None, ColourRegistry, DECODERS)
    listener.events.clear()

    with contextlib.closing(other):
        other.folders.remove(other.folders.list_all()[0].folder_id)
        with pytest.raises(LibraryBusy):
            other.indexing.tidy(Job())

    listener.wait_until(lambda: len(stored(places)) == 10)
    assert {FoldersChanged(), PhotosChanged()} <= set(listener.events)


def test_the_last_photos_leave_no_index(built: Library, places: Places) -> None:
    for folder in built.folders.list_all():
        built.folders.remove(folder.folder_id)

    built.index(Job())

    left = {path.name for path in places.index_path.rglob("*") if path.is_file()}
    assert left == {CACHE_TAG, "engine.json"}, "which engine answers, and nothing of photos"


@pytest.mark.usefixtures("after_a_month")
def test_so_do_those_of_photos_that_are_forgotten_after_a_month(
    built: Library, places: Places, tmp_path: Path
) -> None:
    (tmp_path / "first" / "0.jpg").unlink()

    built.index(Job())

    assert len(stored(places)) == 19


def test_the_index_of_a_model_that_answers_no_more_is_removed(
    built: Library, places: Places
) -> None:
    """It would keep what is removed from now on; it can be made again from the catalog."""
    built.models.use("colours-2")
    built.index(Job())
    folders = [path.name for path in places.index_path.iterdir() if path.is_dir()]
    assert len(folders) == 1 and folders[0].startswith("colours-2")

    built.models.undo_change()

    assert built.search(Query("red")).searched == 20


def embeddings_of(library: Library, folder_id: int) -> list[bytes]:
    photo_ids = library._catalog.photos.list_ids(InFolder(folder_id)).tolist()
    _, vectors = library._catalog.made.get_vectors(photo_ids, "colours@1")
    return sorted(vector.tobytes() for vector in vectors)
