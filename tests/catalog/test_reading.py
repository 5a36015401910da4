from datetime import datetime, timedelta
from pathlib import Path

import pytest

from desktop.catalog import LISTED, SEARCHED, Counts, FileStat
from tests.catalog.conftest import MODEL, Shelf, metadata


def test_a_folder_is_added_once(shelf: Shelf) -> None:
    again = shelf.catalog.folders.add(shelf.folder_path)

    assert shelf.catalog.folders.list_all() == [again]
    assert again.folder_id == shelf.folder_id and not again.is_missing


def test_a_removed_folder_takes_photos_and_embeddings_along(shelf: Shelf) -> None:
    other = shelf.catalog.folders.add(Path("/other"))
    shelf.catalog.files.apply_scan(other.folder_id, [FileStat("b.jpg", 1, 1)])
    (photo_id,) = shelf.add("a.jpg")
    shelf.read(photo_id)

    shelf.catalog.folders.remove(shelf.folder_id)

    assert shelf.catalog.folders.list_all() == [other]
    assert shelf.catalog.made.count_vectors() == {}
    assert shelf.catalog.count(MODEL).photos == 1
    assert shelf.catalog.check() == []


def test_an_unplugged_folder_keeps_everything_and_comes_back(shelf: Shelf) -> None:
    read, waiting, broken, gone = shelf.add("read.jpg", "waiting.jpg", "broken.jpg", "gone.jpg")
    shelf.read(read)
    shelf.fail(broken)
    shelf.catalog.files.apply_scan(shelf.folder_id, gone=[gone])
    here = shelf.catalog.count(MODEL)
    assert here == Counts(photos=3, searchable=1, waiting=1, problems=1, missing=1)

    shelf.catalog.folders.set_missing(shelf.folder_id, 123.5)

    assert shelf.catalog.folders.list_all()[0].missing_since == 123.5
    assert shelf.catalog.count(MODEL) == Counts(0, 0, 0, 0, missing=4)
    assert shelf.waiting() == []
    assert shelf.catalog.photos.list_problems() == []
    assert shelf.catalog.photos.list_ids(SEARCHED).tolist() == []
    assert shelf.catalog.photos.list_ids().tolist() == [read, waiting]
    assert shelf.photo(read).is_missing and shelf.photo(read).missing_since is None
    assert shelf.catalog.folders.count_photos() == {shelf.folder_id: 3}
    assert shelf.catalog.made.find_vector(read, MODEL) is not None

    shelf.catalog.folders.set_missing(shelf.folder_id, None)
    assert shelf.catalog.count(MODEL) == here


def test_a_glance_counts_what_is_in_a_folder_that_is_away_as_missing(shelf: Shelf) -> None:
    (photo_id,) = shelf.add("a.jpg")
    shelf.read(photo_id)
    other = shelf.catalog.folders.add(Path("/other"))
    shelf.catalog.files.apply_scan(
        other.folder_id, [FileStat("a.jpg", 1, 1), FileStat("b.jpg", 1, 1)]
    )
    shelf.catalog.folders.set_missing(other.folder_id, 1.0)

    glance = shelf.catalog.glance(MODEL, ["coming@1"])
    assert glance.counts == Counts(1, 1, 0, 0, missing=2)
    assert glance.by_pass["coming@1"] == Counts(1, 0, waiting=1, problems=0, missing=2)
    assert glance.photos_by_folder == {shelf.folder_id: 1, other.folder_id: 2}
    assert [folder.is_missing for folder in glance.folders] == [False, True]


def test_a_glance_counts_by_folder_what_is_listed(shelf: Shelf) -> None:
    read, broken, _ = shelf.add("a.jpg", "b.jpg", "c.jpg")
    shelf.read(read)
    shelf.fail(broken)
    assert shelf.catalog.glance(MODEL).photos_by_folder == {shelf.folder_id: 2}
    assert len(shelf.catalog.photos.list_ids(LISTED)) == 2


def test_photos_are_listed_newest_first(shelf: Shelf) -> None:
    noon = datetime(2020, 6, 1, 12)
    old, twin, new = shelf.add("old.jpg", "twin.jpg", "new.jpg")
    shelf.read(new, facts=metadata(noon + timedelta(milliseconds=1)))
    shelf.read(twin, facts=metadata(noon))
    shelf.read(old, facts=metadata(noon))
    between_ns = int((noon + timedelta(seconds=-1)).timestamp()) * 10**9
    (unread,) = shelf.add("unread.jpg", mtime_ns=between_ns)
    (ancient,) = shelf.add("ancient.jpg")
    shelf.read(ancient, facts=metadata(datetime(1931, 1, 1)))

    assert shelf.catalog.photos.list_ids().tolist() == [new, old, twin, unread, ancient]


def test_photos_come_in_the_order_asked(shelf: Shelf) -> None:
    first, second, third = shelf.add("a.jpg", "b.jpg", "c.jpg")

    photos = shelf.catalog.photos.get([third, 999, first, second, first])

    assert [photo.photo_id for photo in photos] == [third, first, second, first]
    assert shelf.catalog.photos.get([]) == []
    assert shelf.catalog.photos.get(shelf.catalog.photos.list_ids().tolist()) != []


def test_waiting_photos_come_in_pages(shelf: Shelf) -> None:
    ids = shelf.add(*(f"{number}.jpg" for number in range(10)))
    shelf.read(ids[1])

    first = shelf.catalog.ingests.list_waiting(MODEL, 4)
    rest = shelf.catalog.ingests.list_waiting(MODEL, 100, first[-1].photo_id)

    assert [photo.photo_id for photo in first] == [ids[0], *ids[2:5]]
    assert [photo.photo_id for photo in rest] == ids[5:]
    assert shelf.waiting("other@1") == ids


def test_the_sizes_of_all_waiting_photos_are_told_at_once(shelf: Shelf) -> None:
    read, broken, small, changed = shelf.add("read.jpg", "broken.jpg", "small.jpg", "changed.jpg")
    shelf.read(read)
    shelf.fail(broken)
    shelf.change(changed)

    photo_ids, sizes_bytes = shelf.catalog.ingests.list_waiting_sizes(MODEL)

    assert photo_ids.tolist() == shelf.waiting() == [small, changed]
    assert sizes_bytes.tolist() == [100, 101]
    assert shelf.catalog.ingests.list_waiting_sizes("other@1")[0].tolist() == shelf.waiting(
        "other@1"
    )
    shelf.catalog.folders.set_missing(shelf.folder_id, 1.0)
    assert shelf.catalog.ingests.list_waiting_sizes(MODEL)[0].tolist() == []


@pytest.mark.parametrize("first", ["outer", "inner"])
def test_a_photo_is_found_by_its_path(shelf: Shelf, first: str) -> None:
    shelf.add("sub/a.jpg", "b.jpg")
    if first == "outer":
        shelf.catalog.folders.add(Path(shelf.folder_path.anchor))
    inner = shelf.catalog.folders.add(shelf.folder_path / "sub")

    def found() -> tuple[int, str] | None:
        photo = shelf.catalog.photos.find(shelf.folder_path / "sub" / "a.jpg")
        return None if photo is None else (photo.folder_id, photo.relative_path)

    assert found() == (shelf.folder_id, "sub/a.jpg")
    shelf.catalog.files.apply_scan(inner.folder_id, [FileStat("a.jpg", 1, 1)])
    assert found() == (inner.folder_id, "a.jpg")
    assert shelf.catalog.photos.find(shelf.folder_path / "sub") is None
    assert shelf.catalog.photos.find(Path("/elsewhere/b.jpg")) is None


def test_problems_are_listed_by_path(shelf: Shelf) -> None:
    ids = shelf.add("b.jpg", "a.jpg", "gone.jpg", "fine.jpg")
    for photo_id in ids[:3]:
        shelf.fail(photo_id)
    shelf.catalog.files.apply_scan(shelf.folder_id, gone=[ids[2]])

    assert [each.photo.relative_path for each in shelf.catalog.photos.list_problems()] == [
        "a.jpg",
        "b.jpg",
    ]
    assert shelf.catalog.count(MODEL).problems == 2


def test_the_model_before_can_be_returned_to(shelf: Shelf) -> None:
    catalog = shelf.catalog
    assert (catalog.answering_model(), catalog.previous_model()) == (None, None)
    catalog.set_answering_model("starter@1")
    assert (catalog.answering_model(), catalog.previous_model()) == ("starter@1", None)
    catalog.set_answering_model("clip@1")
    assert (catalog.answering_model(), catalog.previous_model()) == ("clip@1", "starter@1")
    catalog.set_answering_model("clip@1")
    assert catalog.previous_model() == "starter@1"
    catalog.set_answering_model("starter@1")
    assert (catalog.answering_model(), catalog.previous_model()) == ("starter@1", "clip@1")
