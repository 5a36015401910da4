"""A damaged catalog: set aside, a backup in its place, and the rest read from the folders."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.catalog import Catalog
from desktop.errors import CatalogDamaged, CatalogLost, LibraryBusy
from desktop.library import (
    Failed,
    Job,
    Library,
    Places,
    Query,
    find_backup,
    is_sound,
    restore,
)
from desktop.library.care.process_lock import holding, process_lock
from tests.colour_embedder import ColourEmbedder
from tests.colour_registry import ColourRegistry
from tests.library.test_library import names, open_library
from tests.pictures import draw, draw_nine
from tests.shared_decoders import DECODERS


def spoil(path: Path, keep_bytes: int = 0) -> bytes:
    """Overwrite all but the first bytes; what there is now."""
    with path.open("rb+") as file:
        file.seek(keep_bytes)
        file.write(b"\xff" * (path.stat().st_size - keep_bytes))
    return path.read_bytes()


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.under(tmp_path / "data")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return draw_nine(tmp_path / "photos")


@pytest.fixture
def indexed(places: Places, photos: Path) -> Iterator[Places]:
    """Nine photos, and the backup that the first index has made."""
    with_library(places, photos)
    yield places


def with_library(places: Places, *folders: Path, builds: bool = False) -> int:
    """Open, index, close; how many images were embedded. builds: write an index file, though the
    library is small."""
    library = Library.open(places, None, ColourRegistry, DECODERS)
    try:
        for folder in folders:
            library.folders.add(folder)
        library.index(Job())
        if builds:
            library._spaces.take().index.rebuild(Job(), library._catalog.revision())
        embedder = library._spaces.answering()
        assert isinstance(embedder, ColourEmbedder)
        return embedder.n_images
    finally:
        library.close()


def test_indexing_makes_a_backup_by_itself(indexed: Places) -> None:
    backup = find_backup(indexed)

    assert backup is not None
    catalog = Catalog.open(backup.path)
    assert catalog.count("colours@1").searchable == 9
    catalog.close()


def test_a_restored_library_embeds_only_what_the_backup_does_not_know(
    indexed: Places, photos: Path
) -> None:
    """And finds the right photos: ids that were given after the backup are given again, to
    others, so an index of the damaged catalog would answer with the wrong ones."""
    draw(photos / "yellow.jpg", "yellow")
    with_library(indexed, builds=True)
    (photos / "yellow.jpg").unlink()
    draw(photos / "black.jpg", "black")
    damaged = spoil(indexed.catalog_path)
    with pytest.raises(CatalogDamaged, match="damaged"):
        Library.open(indexed, None, ColourRegistry, DECODERS)
    assert not is_sound(indexed)

    backup = find_backup(indexed)
    aside = restore(indexed, backup)

    assert backup is not None and backup.path.exists()
    assert aside.read_bytes() == damaged
    assert with_library(indexed) == 1
    library = open_library(indexed.catalog_path.parent)
    assert names(library, Query(text="black", n=1)) == ["black.jpg"]
    assert library.status().counts.searchable == 10
    assert library.doctor().healthy
    library.close()


@pytest.mark.parametrize("keep_bytes", [0, 8192, 8192 * 20])
def test_without_a_backup_the_folders_are_read_anew(
    indexed: Places, photos: Path, keep_bytes: int
) -> None:
    """However little of the catalog can be read: they are noted beside it."""
    for backup in (indexed.catalog_path.parent / "backups").iterdir():
        spoil(backup)
    spoil(indexed.catalog_path, keep_bytes)
    assert find_backup(indexed) is None

    restore(indexed, None)

    assert with_library(indexed) == 9
    library = open_library(indexed.catalog_path.parent)
    assert [folder.path for folder in library.folders.list_all()] == [photos]
    library.close()


def test_nothing_can_be_salvaged_and_a_new_catalog_begins(indexed: Places) -> None:
    spoil(indexed.catalog_path)
    indexed.catalog_path.with_name("catalog.sqlite.folders").unlink()

    restore(indexed, None)

    library = open_library(indexed.catalog_path.parent)
    assert library.folders.list_all() == []
    library.close()


def test_the_folders_are_noted_as_they_are_now(indexed: Places, photos: Path) -> None:
    """Not one that was removed, and by its new name one that was moved."""
    library = open_library(indexed.catalog_path.parent)
    other = draw(indexed.catalog_path.parent.parent / "other" / "red.jpg", "red").parent
    library.folders.remove(library.folders.add(other).folder_id)
    moved = photos.rename(photos.with_name("moved"))
    library.folders.add(moved)
    library.close()
    spoil(indexed.catalog_path)

    restore(indexed, None)

    library = open_library(indexed.catalog_path.parent)
    assert [folder.path for folder in library.folders.list_all()] == [moved]
    library.close()


def test_a_write_ahead_log_goes_aside_with_its_catalog(indexed: Places) -> None:
    wal = Path(f"{indexed.catalog_path}-wal")
    catalog = Catalog.open(indexed.catalog_path)
    catalog.folders.add(indexed.catalog_path.parent / "elsewhere")
    kept = wal.read_bytes()
    spoil(indexed.catalog_path)

    aside = restore(indexed, find_backup(indexed))

    assert Path(f"{aside}-wal").read_bytes() == kept
    assert not wal.exists()
    catalog.close()


@pytest.mark.parametrize("lose", [Path.unlink, lambda path: path.write_bytes(b"")])
def test_a_catalog_that_is_gone_does_not_begin_anew_unasked(
    indexed: Places, lose: Callable[[Path], object]
) -> None:
    lose(indexed.catalog_path)
    assert not is_sound(indexed)
    with pytest.raises(CatalogLost, match="not there any more, but its backups are"):
        open_library(indexed.catalog_path.parent)

    restore(indexed, find_backup(indexed))

    assert is_sound(indexed)
    assert with_library(indexed) == 0, "the backup knew everything"


def test_a_person_who_removed_the_catalog_may_begin_anew(indexed: Places) -> None:
    indexed.catalog_path.unlink()

    assert restore(indexed, None) is None, "there was nothing to keep"

    library = open_library(indexed.catalog_path.parent)
    assert library.folders.list_all() == []
    library.close()


def test_damaged_catalogs_are_all_kept(indexed: Places) -> None:
    asides = set()
    for _ in range(3):
        spoil(indexed.catalog_path)
        asides.add(restore(indexed, find_backup(indexed)))
    assert len(asides) == 3 and all(aside.exists() for aside in asides)


def test_nothing_is_restored_while_another_process_indexes(indexed: Places) -> None:
    before = spoil(indexed.catalog_path)

    with holding(process_lock(indexed)), pytest.raises(LibraryBusy):
        restore(indexed, None)

    assert indexed.catalog_path.read_bytes() == before


def test_the_window_backs_up_while_it_has_nothing_to_do(places: Places, photos: Path) -> None:
    from tests.library.test_library import Listener

    library = Library.open(places, None, ColourRegistry, DECODERS)
    listener = Listener()
    library.listen(listener)
    library.folders.add(photos)
    library.start()

    listener.wait_until(lambda: find_backup(places) is not None)

    library.close()
    assert not listener.heard(Failed)


def test_a_backup_that_cannot_be_made_is_told_and_stops_nothing(
    places: Places, photos: Path
) -> None:
    from tests.library.test_library import Listener

    library = Library.open(places, None, ColourRegistry, DECODERS)
    (places.catalog_path.parent / "backups").write_text("in the way")
    listener = Listener()
    library.listen(listener)
    library.folders.add(photos)

    assert library.index(Job()).embedded == 9
    time.sleep(1.1)  # a backup is named after its second
    library.index(Job())

    (told,) = [event.error for event in listener.events if isinstance(event, Failed)]
    assert "backups" in told.message and told.hint
    library.close()


def test_backups_are_for_their_owner_only(indexed: Places) -> None:
    if os.name == "posix":
        assert (indexed.catalog_path.parent / "backups").stat().st_mode & 0o077 == 0
