"""Every answer says how much it has searched, and what was left out."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from desktop.catalog import Catalog, FileStat, InFolder
from desktop.library import LISTED, Away, Coverage, Job, Library, Places, Query, Verdict
from tests.colour_registry import ColourRegistry
from tests.pictures import draw, draw_nine
from tests.shared_decoders import DECODERS


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library.open(Places.under(tmp_path / "data"), None, ColourRegistry, DECODERS)
    yield library
    library.close()


def covered(library: Library, words: str = "red") -> Coverage:
    return library.coverage(library.search(Query(text=words)))


def test_all_photos_were_searched(library: Library, tmp_path: Path) -> None:
    library.folders.add(draw_nine(tmp_path / "photos"))
    library.index(Job())
    assert covered(library) == Coverage(9, 9, 0, 0, ())


def test_what_cannot_be_read_is_counted(library: Library, tmp_path: Path) -> None:
    photos = draw_nine(tmp_path / "photos")
    (photos / "broken.jpg").write_bytes(b"no picture " * 500)
    library.folders.add(photos)
    library.index(Job())
    assert covered(library) == Coverage(9, 10, 0, 1, ())


def test_a_folder_that_is_away_is_named(library: Library, tmp_path: Path) -> None:
    library.folders.add(draw_nine(tmp_path / "photos"))
    drive = tmp_path / "drive"
    draw(drive / "one.jpg")
    library.folders.add(drive)
    library.index(Job())
    drive.rename(tmp_path / ".unplugged")
    library.index(Job())
    assert covered(library) == Coverage(9, 9, 0, 0, (drive,))


def test_a_folder_that_is_away_is_named_where_it_is_meant(library: Library, tmp_path: Path) -> None:
    photos, drive = draw_nine(tmp_path / "photos"), tmp_path / "drive"
    draw(drive / "one.jpg")
    library.folders.add(photos)
    library.folders.add(drive)
    library.index(Job())
    drive.rename(tmp_path / ".unplugged")
    library.index(Job())
    here, there = (LISTED & library.folders.filter_for(path) for path in (photos, drive))
    both = LISTED & (library.folders.filter_for(photos) | library.folders.filter_for(drive))
    for which, away in ((here, ()), (there, (drive,)), (both, (drive,)), (LISTED, (drive,))):
        assert library.coverage_of(which).missing == away
        results = library.search(Query(text="red", filter=which & ~Away()))
        assert library.coverage(results).missing == away


def test_conditions_can_be_told_of_what_has_been_read(library: Library, tmp_path: Path) -> None:
    photos = draw_nine(tmp_path / "photos")
    (photos / "broken.jpg").write_bytes(b"no picture " * 500)
    library.folders.add(photos)
    library.index(Job())
    assert library.coverage_of(LISTED) == Coverage(9, 10, 0, 1, ())
    with closing(Catalog.open(library.places.catalog_path)) as catalog:  # found, and not read yet
        (folder,) = catalog.folders.list_all()
        catalog.files.apply_scan(folder.folder_id, [FileStat("new.jpg", 5000, 1)])
    assert library.coverage_of(LISTED) == Coverage(9, 11, 1, 1, ())


def test_a_folder_that_has_just_gone_is_told(library: Library, tmp_path: Path) -> None:
    photos, others = tmp_path / "photos", tmp_path / "others"
    library.folders.add(draw_nine(photos))
    library.folders.add(draw_nine(others))
    library.index(Job())
    assert library.folders.find_gone() == frozenset()
    photos.rename(tmp_path / ".elsewhere")
    (gone,) = library.folders.find_gone()
    results = library.search(Query(text="red"))
    assert library.coverage(results).missing == ()
    assert library.coverage(results, frozenset({gone})).missing == (photos,)


def test_what_nobody_has_looked_at_yet_is_not_said_to_be_absent(
    library: Library, tmp_path: Path
) -> None:
    """Before, programs were told "nothing" while all photos waited."""
    assert library.search(Query("red")).verdict is Verdict.NOTHING, "there are no photos at all"
    library.folders.add(draw_nine(tmp_path / "photos"))
    library.index(Job())
    assert library.search(Query("red name:nosuch")).verdict is Verdict.NOTHING
    with closing(Catalog.open(library.places.catalog_path)) as catalog:  # found, and not read yet
        catalog.folders.add(tmp_path / "new")
        (*_, new) = catalog.folders.list_all()
        catalog.files.apply_scan(new.folder_id, [FileStat("new.jpg", 5000, 1)])
    asked = library.search(Query("red", filter=LISTED & InFolder(new.folder_id)))
    assert (asked.hits, asked.searched, asked.total) == ((), 0, 1)
    assert asked.verdict is Verdict.WEAK


def test_no_photo_has_been_compared_yet(library: Library, tmp_path: Path) -> None:
    library.folders.add(draw_nine(tmp_path / "photos"))
    with closing(Catalog.open(library.places.catalog_path)) as catalog:
        (folder,) = catalog.folders.list_all()
        catalog.files.apply_scan(folder.folder_id, [FileStat("red0.jpg", 5000, 1)])
    asked = library.search(Query("red"))
    assert (asked.searched, asked.total, asked.verdict) == (0, 1, Verdict.WEAK)
    assert covered(library) == Coverage(0, 1, 1, 0, ())
