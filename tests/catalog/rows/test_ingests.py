from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from desktop.catalog import Counts, FileStat, Ingested
from desktop.errors import ModelMismatch
from tests.catalog.conftest import MODEL, Shelf, metadata, vector

STAT = FileStat("a.jpg", 100, 1_000_000_000)


def test_a_read_photo_has_all_that_was_read(shelf: Shelf) -> None:
    (photo_id,) = shelf.add("a.jpg")
    stat = FileStat("a.jpg", 4321, 1_234_567_890_123_456_789)

    shelf.catalog.ingests.save(
        [Ingested(photo_id, stat, "ab" * 16, metadata(), {MODEL: vector(1)})]
    )

    photo = shelf.photo(photo_id)
    assert photo.metadata == metadata()
    assert photo.content_hash == "ab" * 16
    assert (photo.size_bytes, photo.mtime_ns) == (4321, 1_234_567_890_123_456_789)
    embedding = shelf.catalog.made.find_vector(photo_id, MODEL)
    assert embedding is not None and np.array_equal(embedding, vector(1))
    assert embedding.dtype == np.float32
    assert shelf.waiting() == []


def test_metadata_that_the_file_lacks_is_none(shelf: Shelf) -> None:
    (photo_id,) = shelf.add("a.jpg")
    bare = replace(metadata(), camera=None, lens=None, latitude=None, longitude=None)

    shelf.read(photo_id, facts=bare)

    assert shelf.photo(photo_id).metadata == bare


def test_a_problem_leaves_no_embedding_of_any_model(shelf: Shelf) -> None:
    (photo_id,) = shelf.add("a.jpg")
    shelf.read(photo_id)
    shelf.read(photo_id, model_id="other@1")
    shelf.change(photo_id)

    shelf.fail(photo_id, "The file is cut short.")

    assert shelf.photo(photo_id).problem == "The file is cut short."
    assert shelf.catalog.made.count_vectors() == {}
    assert shelf.waiting() == []
    assert shelf.catalog.count(MODEL) == Counts(1, 0, 0, problems=1, missing=0)


@pytest.mark.parametrize("outcome", ["problem", "skipped_because"])
def test_the_same_content_that_fails_now_leaves_no_embedding(shelf: Shelf, outcome: str) -> None:
    (photo_id,) = shelf.add("a.jpg")
    shelf.read(photo_id, "same", model_id="other@1")
    shelf.read(photo_id, "same")

    reason: dict[str, Any] = {outcome: "It is not what it was."}
    shelf.catalog.ingests.save([Ingested(photo_id, STAT, "same", None, **reason)])

    assert shelf.catalog.made.count_vectors() == {}
    assert shelf.catalog.count(MODEL).searchable == 0


def test_a_skipped_file_is_no_photo(shelf: Shelf) -> None:
    (photo_id,) = shelf.add("tiny.png")
    shelf.skip(photo_id)

    assert shelf.catalog.count(MODEL) == Counts(0, 0, 0, 0, 0)
    assert shelf.waiting() == []
    assert shelf.catalog.photos.list_ids().tolist() == []
    assert shelf.catalog.ingests.list_by_hashes(["tiny"]) == {}
    assert shelf.catalog.photos.get([photo_id]) == []
    assert shelf.catalog.photos.find(shelf.folder_path / "tiny.png") is None
    assert shelf.catalog.folders.count_photos() == {shelf.folder_id: 0}
    shelf.catalog.files.apply_scan(shelf.folder_id, gone=[photo_id])
    assert shelf.catalog.count(MODEL).missing == 0


def test_new_content_drops_the_embeddings_of_other_models(shelf: Shelf) -> None:
    (photo_id,) = shelf.add("a.jpg")
    shelf.read(photo_id, "old", model_id="other@1")
    shelf.read(photo_id, "old")

    shelf.read(photo_id, "new")

    assert shelf.catalog.made.count_vectors() == {MODEL: 1}
    assert shelf.waiting("other@1") == [photo_id]


def test_a_touched_photo_keeps_metadata_and_all_embeddings(shelf: Shelf) -> None:
    (photo_id,) = shelf.add("a.jpg")
    shelf.read(photo_id, "same", facts=metadata())
    shelf.read(photo_id, "same", model_id="other@1")
    shelf.change(photo_id)
    before = shelf.catalog.revision()

    shelf.read(photo_id, "same")

    photo = shelf.photo(photo_id)
    assert photo.metadata == metadata() and photo.mtime_ns == 1_000_000_001
    assert photo.content_hash == "same"
    assert shelf.catalog.made.count_vectors() == {MODEL: 1, "other@1": 1}
    assert shelf.waiting() == []
    assert shelf.catalog.made.list_ids(MODEL, before).tolist() == []


def test_metadata_of_other_content_does_not_stay(shelf: Shelf) -> None:
    (photo_id,) = shelf.add("a.jpg")
    shelf.read(photo_id, "old", facts=metadata())

    shelf.fail(photo_id)

    assert shelf.photo(photo_id).metadata is None


def test_a_file_whose_content_is_unknown_forgets_the_old_hash(shelf: Shelf) -> None:
    (photo_id,) = shelf.add("a.jpg")
    shelf.read(photo_id, "old")

    shelf.catalog.ingests.save(
        [Ingested(photo_id, STAT, None, None, problem="The file cannot be read.")]
    )

    assert shelf.catalog.ingests.list_by_hashes(["old"]) == {}
    assert shelf.photo(photo_id).content_hash is None


def test_a_photo_removed_meanwhile_is_passed_over(shelf: Shelf) -> None:
    kept, removed = shelf.add("a.jpg")[0], 999
    batch = [Ingested(each, STAT, "h", None, {MODEL: vector(each)}) for each in (removed, kept)]

    shelf.catalog.ingests.save(batch)

    assert shelf.catalog.made.list_ids(MODEL).tolist() == [kept]
    assert shelf.catalog.check() == []


def test_a_batch_is_all_or_nothing(shelf: Shelf) -> None:
    first, second = shelf.add("a.jpg", "b.jpg")
    shelf.read(first)
    batch = [
        Ingested(second, STAT, "h", None, {MODEL: vector(2)}),
        Ingested(first, STAT, "h", None, {MODEL: vector(1, dim=7)}),
    ]
    before = shelf.catalog.revision()

    with pytest.raises(ModelMismatch):
        shelf.catalog.ingests.save(batch)

    assert shelf.catalog.made.list_ids(MODEL).tolist() == [first]
    assert shelf.photo(second).content_hash is None
    assert shelf.catalog.revision() == before


@pytest.mark.parametrize(
    "outcome",
    [{"problem": "p", "made": {MODEL: vector(1)}}, {"problem": "p", "skipped_because": "s"}],
)
def test_an_ingested_says_one_thing_at_most(shelf: Shelf, outcome: dict[str, Any]) -> None:
    (photo_id,) = shelf.add("a.jpg")

    with pytest.raises(ValueError, match=f"photo {photo_id}"):
        shelf.catalog.ingests.save([Ingested(photo_id, STAT, "h", None, **outcome)])


def test_a_renamed_photo_keeps_everything_but_its_place(shelf: Shelf) -> None:
    (old,) = shelf.add("old.jpg")
    shelf.read(old, "same", facts=metadata())
    before = shelf.photo(old)
    shelf.catalog.files.apply_scan(shelf.folder_id, gone=[old])
    (new,) = shelf.add("sub/new.jpg", mtime_ns=77)

    shelf.catalog.ingests.merge_rename(old, new)

    after = shelf.photo(old)
    assert after == replace(
        before, path=shelf.folder_path / "sub/new.jpg", relative_path="sub/new.jpg", mtime_ns=77
    )
    assert shelf.catalog.photos.get([new]) == []
    assert shelf.catalog.count(MODEL) == Counts(1, searchable=1, waiting=0, problems=0, missing=0)


def test_a_photo_can_move_to_another_folder(shelf: Shelf) -> None:
    (old,) = shelf.add("a.jpg")
    shelf.read(old)
    other = shelf.catalog.folders.add(shelf.folder_path.parent / "other")
    shelf.catalog.files.apply_scan(other.folder_id, [STAT])
    new = shelf.catalog.files.list_all(other.folder_id)["a.jpg"].photo_id

    shelf.catalog.ingests.merge_rename(old, new)

    assert shelf.photo(old).path == other.path / "a.jpg"
    assert shelf.catalog.folders.count_photos() == {shelf.folder_id: 0, other.folder_id: 1}


@pytest.mark.parametrize("removed", ["old", "new"])
def test_a_rename_of_what_was_removed_changes_nothing(shelf: Shelf, removed: str) -> None:
    (kept,) = shelf.add("a.jpg")
    pair = (999, kept) if removed == "old" else (kept, 999)

    shelf.catalog.ingests.merge_rename(*pair)
    shelf.catalog.ingests.copy(*pair)

    assert shelf.catalog.photos.list_ids().tolist() == [kept]
    assert shelf.photo(kept).relative_path == "a.jpg"


def test_a_copy_gets_all_its_twin_has(shelf: Shelf) -> None:
    twin, copy = shelf.add("a.jpg", "copy.jpg")
    shelf.read(copy, "before", model_id="third@1")
    shelf.read(twin, "same", facts=metadata())
    shelf.read(twin, "same", model_id="other@1")
    before = shelf.catalog.revision()

    shelf.catalog.ingests.copy(twin, copy)

    assert shelf.photo(copy).metadata == metadata()
    assert shelf.photo(copy).content_hash == "same"
    assert shelf.photo(copy).relative_path == "copy.jpg"
    assert shelf.catalog.made.count_vectors() == {MODEL: 2, "other@1": 2}
    assert shelf.catalog.made.list_ids(MODEL, before).tolist() == [copy]
    embedding = shelf.catalog.made.find_vector(copy, MODEL)
    assert embedding is not None and np.array_equal(embedding, vector(twin))
    twins = shelf.catalog.ingests.list_by_hashes(["same"])["same"]
    assert [photo.photo_id for photo in twins] == [
        twin,
        copy,
    ]


def test_several_contents_are_looked_up_at_once(shelf: Shelf) -> None:
    ids = shelf.add("a.jpg", "b.jpg", "c.jpg", "tiny.png")
    for photo_id, content_hash in zip(ids, ("one", "two", "one"), strict=False):
        shelf.read(photo_id, content_hash)
    shelf.skip(ids[3])

    found = shelf.catalog.ingests.list_by_hashes(["two", "one", "three", "tiny", "one"])

    assert {content: [photo.photo_id for photo in photos] for content, photos in found.items()} == {
        "one": [ids[0], ids[2]],
        "two": [ids[1]],
    }
    shelf.change(ids[1])
    assert [photo.photo_id for photo in shelf.catalog.ingests.list_by_hashes(["two"])["two"]] == [
        ids[1]
    ]


def test_retry_makes_only_photos_with_a_problem_wait(shelf: Shelf) -> None:
    broken, fine, tiny = shelf.add("broken.jpg", "fine.jpg", "tiny.png")
    shelf.fail(broken)
    shelf.read(fine)
    shelf.skip(tiny)

    shelf.catalog.ingests.forget_problem([broken, fine, tiny, 999])

    assert shelf.waiting() == [broken]
    assert shelf.photo(broken).content_hash is None
    assert shelf.photo(fine).content_hash is not None


def test_a_stale_twin_is_found_by_the_content_its_embedding_is_of(shelf: Shelf) -> None:
    (photo_id,) = shelf.add("a.jpg")
    shelf.read(photo_id, "same")
    shelf.change(photo_id)

    twins = shelf.catalog.ingests.list_by_hashes(["same"])["same"]
    assert [photo.photo_id for photo in twins] == [photo_id]
