"""A listing promises that nothing was written about the files of its sub-folder since."""

from __future__ import annotations

import pytest

from desktop.catalog import FileStat, Ingested
from tests.catalog.conftest import MODEL, Shelf, metadata, vector

DIGESTS: dict[str, bytes | None] = {"": b"root", "a": b"first", "a/b": b"within", "c": b"other"}


@pytest.fixture
def listed(shelf: Shelf) -> Shelf:
    """With a photo in each sub-folder, all listed."""
    shelf.add("x.jpg", "a/1.jpg", "a/b/2.jpg", "c/3.jpg")
    shelf.catalog.files.apply_scan(shelf.folder_id, listed=DIGESTS)
    return shelf


def questioned(shelf: Shelf) -> set[str]:
    listings = shelf.catalog.files.list_listings(shelf.folder_id)
    return {sub_folder for sub_folder, digest in listings.items() if digest != DIGESTS[sub_folder]}


def id_of(shelf: Shelf, relative_path: str) -> int:
    return shelf.catalog.files.list_all(shelf.folder_id)[relative_path].photo_id


def test_a_listing_is_kept_until_it_is_written_anew_or_its_sub_folder_is_gone(
    listed: Shelf,
) -> None:
    assert questioned(listed) == set()

    listed.catalog.files.apply_scan(listed.folder_id, listed={"a": b"second", "c": None})

    assert listed.catalog.files.list_listings(listed.folder_id) == {
        "": b"root",
        "a": b"second",
        "a/b": b"within",
    }


def test_a_scan_that_writes_rows_puts_their_sub_folders_in_question(listed: Shelf) -> None:
    catalog, folder_id = listed.catalog, listed.folder_id

    catalog.files.apply_scan(folder_id, gone=[id_of(listed, "a/b/2.jpg")])
    assert questioned(listed) == {"a/b"}
    catalog.files.apply_scan(folder_id, [FileStat("a/new.jpg", 9, 9)])
    assert questioned(listed) == {"a", "a/b"}
    changed = {id_of(listed, "x.jpg"): FileStat("x.jpg", 8, 8)}
    catalog.files.apply_scan(folder_id, changed=changed)
    assert questioned(listed) == {"", "a", "a/b"}

    catalog.files.apply_scan(folder_id, listed=DIGESTS)
    catalog.files.apply_scan(folder_id, back=[id_of(listed, "a/b/2.jpg")])
    assert questioned(listed) == {"a/b"}


def test_what_the_same_scan_has_listed_stands(listed: Shelf) -> None:
    listed.catalog.files.apply_scan(
        listed.folder_id, [FileStat("a/new.jpg", 9, 9)], listed={"a": b"with the new one"}
    )

    assert listed.catalog.files.list_listings(listed.folder_id)["a"] == b"with the new one"


@pytest.mark.parametrize(("size_bytes", "expected"), [(0, {"c"}), (None, set())])
def test_a_photo_that_was_another_when_it_was_read_puts_it_in_question(
    listed: Shelf, size_bytes: int | None, expected: set[str]
) -> None:
    known = listed.catalog.files.list_all(listed.folder_id)["c/3.jpg"]
    size_bytes = known.size_bytes if size_bytes is None else size_bytes
    stat = FileStat("c/3.jpg", size_bytes, known.mtime_ns)

    read = Ingested(known.photo_id, stat, "hash", metadata(), made={MODEL: vector(1)})
    listed.catalog.ingests.save([read])

    assert questioned(listed) == expected


def test_a_photo_that_moved_puts_both_places_in_question(listed: Shelf) -> None:
    listed.catalog.ingests.merge_rename(id_of(listed, "a/1.jpg"), id_of(listed, "c/3.jpg"))

    assert questioned(listed) == {"a", "c"}


def test_the_listings_of_a_removed_folder_go_with_it(listed: Shelf) -> None:
    listed.catalog.folders.remove(listed.folder_id)

    assert listed.catalog.files.list_listings(listed.folder_id) == {}
    assert listed.catalog.check() == []


def test_the_files_right_in_sub_folders_are_listed(shelf: Shelf) -> None:
    shelf.add("x.jpg", "a/1.jpg", "a/b/2.jpg", "a/é\udcff/3.jpg", "ab/4.jpg")

    def right_in(*sub_folders: str) -> set[str]:
        return set(shelf.catalog.files.list_of(shelf.folder_id, sub_folders))

    assert right_in("") == {"x.jpg"}
    assert right_in("a") == {"a/1.jpg"}
    assert right_in("a/b", "a/é\udcff", "ab") == {"a/b/2.jpg", "a/é\udcff/3.jpg", "ab/4.jpg"}
    assert right_in("b") == set()
    assert shelf.catalog.files.are_there(shelf.folder_id)
    assert not shelf.catalog.files.are_there(shelf.folder_id + 1)
