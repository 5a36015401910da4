import os
import sys
import time
from pathlib import Path

import pytest

from desktop.catalog import Counts, FileStat, KnownFile, Missing, PassedOver, Reason
from tests.catalog.conftest import MODEL, Shelf, metadata


def test_new_files_wait_to_be_read(shelf: Shelf) -> None:
    before = time.time()
    (photo_id,) = shelf.add("2020/a.jpg", mtime_ns=1_589_700_000_123_456_789)

    photo = shelf.photo(photo_id)

    assert photo.path == shelf.folder_path / "2020" / "a.jpg"
    assert (photo.size_bytes, photo.mtime_ns) == (100, 1_589_700_000_123_456_789)
    assert (photo.content_hash, photo.metadata, photo.problem) == (None, None, None)
    assert before <= photo.first_seen_at <= time.time()
    assert not photo.is_missing
    assert shelf.waiting() == [photo_id]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps names as text")
def test_a_name_that_is_no_text_survives(shelf: Shelf) -> None:
    name = os.fsdecode(b"caf\xe9/\xff\xfe.jpg")
    (photo_id,) = shelf.add(name)

    assert list(shelf.catalog.files.list_all(shelf.folder_id)) == [name]
    assert os.fsencode(shelf.photo(photo_id).path).endswith(b"caf\xe9/\xff\xfe.jpg")
    found = shelf.catalog.photos.find(shelf.folder_path / name)
    assert found is not None and found.photo_id == photo_id
    assert list(shelf.catalog.files.list_all(shelf.folder_id, [os.fsdecode(b"caf\xe9")])) == [name]


def test_known_files_are_listed_with_missing_and_skipped_ones(shelf: Shelf) -> None:
    here, gone, tiny = shelf.add("here.jpg", "gone.jpg", "tiny.png")
    shelf.skip(tiny)
    shelf.catalog.files.apply_scan(shelf.folder_id, gone=[gone])

    assert shelf.catalog.files.list_all(shelf.folder_id) == {
        "here.jpg": KnownFile(here, 100, 1_000_000_000, is_missing=False),
        "gone.jpg": KnownFile(gone, 100, 1_000_000_000, is_missing=True),
        "tiny.png": KnownFile(tiny, 100, 1_000_000_000, is_missing=False),
    }


def test_files_beneath_are_those_of_the_sub_folder_alone(shelf: Shelf) -> None:
    shelf.add("a", "a/1.jpg", "a/b/2.jpg", "a b/3.jpg", "a.jpg", "a0", "ab/4.jpg", "A/5.jpg")

    assert set(shelf.catalog.files.list_all(shelf.folder_id, ["a"])) == {
        "a",
        "a/1.jpg",
        "a/b/2.jpg",
    }
    assert set(shelf.catalog.files.list_all(shelf.folder_id, ["a/b"])) == {"a/b/2.jpg"}
    assert set(shelf.catalog.files.list_all(shelf.folder_id, ["a.jpg"])) == {"a.jpg"}
    assert shelf.catalog.files.list_all(shelf.folder_id, ["c"]) == {}
    assert set(shelf.catalog.files.list_all(shelf.folder_id, ["a.jpg", "ab"])) == {
        "a.jpg",
        "ab/4.jpg",
    }
    assert len(shelf.catalog.files.list_all(shelf.folder_id)) == 8


def test_a_sample_of_files_is_spread_over_those_that_are_there(shelf: Shelf) -> None:
    names = [f"{number:02}.jpg" for number in range(50)]
    ids = shelf.add(*names)
    shelf.catalog.files.apply_scan(shelf.folder_id, gone=ids[40:])
    sample = shelf.catalog.files.sample
    assert sorted(sample(shelf.folder_id, 4)) == names[9:40:10]
    assert set(sample(shelf.folder_id, 40)) == set(names[:40]) == set(sample(shelf.folder_id, 99))
    assert 20 <= len(sample(shelf.folder_id, 21)) <= 41
    assert sample(shelf.folder_id + 1, 4) == {}


def test_a_changed_photo_waits_but_its_old_embedding_goes_on_answering(shelf: Shelf) -> None:
    (photo_id,) = shelf.add("a.jpg")
    read = shelf.read(photo_id, facts=metadata())
    shelf.change(photo_id)

    photo = shelf.photo(photo_id)
    assert (photo.size_bytes, photo.mtime_ns) == (101, 1_000_000_001)
    assert photo.content_hash is None
    assert photo.metadata == read.metadata
    assert shelf.waiting() == [photo_id]
    assert shelf.catalog.count(MODEL) == Counts(1, searchable=1, waiting=0, problems=0, missing=0)
    assert shelf.catalog.count("other@1").waiting == 1


def test_a_change_gives_problems_and_skipped_files_another_chance(shelf: Shelf) -> None:
    broken, tiny, gone = shelf.add("broken.jpg", "tiny.png", "gone.jpg")
    shelf.fail(broken)
    shelf.skip(tiny)
    shelf.catalog.files.apply_scan(shelf.folder_id, gone=[gone])
    stats = {photo_id: FileStat("", 200, 7) for photo_id in (broken, tiny, gone)}

    shelf.catalog.files.apply_scan(shelf.folder_id, changed=stats)

    assert shelf.waiting() == [broken, tiny, gone]
    assert shelf.catalog.count(MODEL) == Counts(3, 0, waiting=3, problems=0, missing=0)


def test_gone_and_back(shelf: Shelf) -> None:
    kept, lost = shelf.add("kept.jpg", "lost.jpg")
    shelf.read(lost)
    before = time.time()

    shelf.catalog.files.apply_scan(shelf.folder_id, gone=[lost])
    missing_since = shelf.photo(lost).missing_since

    assert missing_since is not None and before <= missing_since <= time.time()
    assert shelf.catalog.photos.list_ids().tolist() == [kept]
    assert shelf.catalog.photos.list_ids(Missing()).tolist() == [lost]
    assert shelf.catalog.count(MODEL) == Counts(1, 0, waiting=1, problems=0, missing=1)

    shelf.catalog.files.apply_scan(shelf.folder_id, back=[lost])
    assert not shelf.photo(lost).is_missing
    assert shelf.catalog.count(MODEL).searchable == 1


def test_one_scan_is_one_step(shelf: Shelf) -> None:
    changed, gone, back = shelf.add("changed.jpg", "gone.jpg", "back.jpg")
    shelf.catalog.files.apply_scan(shelf.folder_id, gone=[back])
    before = shelf.catalog.revision()

    shelf.catalog.files.apply_scan(
        shelf.folder_id,
        new=[FileStat("new.jpg", 1, 1)],
        changed={changed: FileStat("changed.jpg", 2, 2)},
        gone=[gone],
        back=[back],
    )

    assert shelf.catalog.revision() == before + 1
    known = shelf.catalog.files.list_all(shelf.folder_id)
    assert {name for name, file in known.items() if file.is_missing} == {"gone.jpg"}
    assert known["changed.jpg"].size_bytes == 2 and "new.jpg" in known


def test_nothing_found_writes_nothing(shelf: Shelf) -> None:
    before = shelf.catalog.revision()

    shelf.catalog.files.apply_scan(shelf.folder_id)

    assert shelf.catalog.revision() == before


def test_a_scan_of_a_folder_removed_meanwhile_is_passed_over(shelf: Shelf) -> None:
    shelf.catalog.folders.remove(shelf.folder_id)

    shelf.catalog.files.apply_scan(shelf.folder_id, [FileStat("a.jpg", 1, 1)])

    assert shelf.catalog.photos.list_ids().tolist() == []


def test_a_file_found_twice_keeps_its_row(shelf: Shelf) -> None:
    (photo_id,) = shelf.add("a.jpg")
    shelf.read(photo_id)

    shelf.add("a.jpg", mtime_ns=5)

    assert shelf.photo(photo_id).mtime_ns == 1_000_000_000
    assert shelf.catalog.count(MODEL).searchable == 1


def test_ids_are_never_given_again(shelf: Shelf) -> None:
    assert shelf.catalog.files.last_id() == 0
    ids = shelf.add("a.jpg", "b.jpg")
    assert shelf.catalog.files.last_id() == ids[-1]

    shelf.catalog.folders.remove(shelf.folder_id)
    assert shelf.catalog.files.last_id() == ids[-1]

    other = shelf.catalog.folders.add(Path("/other"))
    shelf.catalog.files.apply_scan(other.folder_id, [FileStat("a.jpg", 1, 1)])
    assert other.folder_id != shelf.folder_id
    assert shelf.catalog.photos.list_ids().tolist() == [ids[-1] + 1]


def test_a_date_no_calendar_holds_does_no_harm(shelf: Shelf) -> None:
    old, far = shelf.add("old.jpg", mtime_ns=-(10**18)) + shelf.add("far.jpg", mtime_ns=2**62)

    assert shelf.catalog.photos.list_ids().tolist() == [far, old]
    assert shelf.photo(far).mtime_ns == 2**62


def test_a_scan_of_many_files_uses_any_number_of_ids(shelf: Shelf) -> None:
    ids = shelf.add(*(f"{number}.jpg" for number in range(40_000)))

    shelf.catalog.files.apply_scan(shelf.folder_id, gone=ids)

    assert shelf.catalog.count(MODEL) == Counts(0, 0, 0, 0, missing=40_000)
    assert len(shelf.catalog.photos.get(ids)) == 40_000


def test_what_was_passed_over_is_kept_by_folder_and_goes_with_it(shelf: Shelf) -> None:
    passed = [
        PassedOver(Reason.EMPTY, 2, ("a/\udcff.jpg", "two\nlines.jpg")),
        PassedOver(Reason.VIDEO, 300, ()),
    ]
    (icon,) = shelf.add("icons/a.png")
    shelf.skip(icon)

    shelf.catalog.files.save_passed_over(shelf.folder_id, passed[::-1])

    assert shelf.catalog.files.list_passed_over(shelf.folder_id) == passed
    icons = PassedOver(Reason.NO_PHOTO, 1, ("icons/a.png",))
    assert shelf.catalog.glance(MODEL).passed_over == {shelf.folder_id: (*passed, icons)}

    shelf.catalog.files.save_passed_over(shelf.folder_id, passed[:1])
    assert shelf.catalog.files.list_passed_over(shelf.folder_id) == passed[:1]

    shelf.catalog.folders.remove(shelf.folder_id)
    shelf.catalog.files.save_passed_over(shelf.folder_id, passed)  # a scan that ends only now
    assert shelf.catalog.glance(MODEL).passed_over == {}
    assert shelf.catalog.check() == []
