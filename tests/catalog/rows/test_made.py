import numpy as np
import pytest

from desktop.catalog import Counts, Failure, FileStat, Ingested, Value
from tests.catalog.conftest import DIM, MODEL, Shelf, vector


@pytest.fixture
def ids(shelf: Shelf) -> list[int]:
    """Ten photos, the even ones read, in an order that is not theirs."""
    ids = shelf.add(*(f"{number}.jpg" for number in range(10)))
    for photo_id in ids[::-2]:
        shelf.read(photo_id)
    return ids


def test_asked_embeddings_come_by_photo_id(shelf: Shelf, ids: list[int]) -> None:
    asked = [ids[9], ids[0], ids[1], 999]

    photo_ids, vectors = shelf.catalog.made.get_vectors(asked, MODEL)

    assert photo_ids.tolist() == [ids[1], ids[9]]
    assert np.array_equal(vectors, np.stack([vector(ids[1]), vector(ids[9])]))
    vectors[0] = 0  # theirs to change


def test_none_is_an_empty_array_of_the_right_shape(shelf: Shelf, ids: list[int]) -> None:
    assert shelf.catalog.made.find_vector(ids[0], MODEL) is None
    assert shelf.catalog.made.find_vector(ids[1], "other@1") is None
    assert shelf.catalog.made.get_vectors([ids[0]], MODEL)[1].shape == (0, DIM)
    assert shelf.catalog.made.get_vectors([ids[1]], "other@1")[1].shape == (0, 0)
    assert shelf.catalog.made.list_ids("other@1").dtype == np.int64


def test_ids_written_since_a_revision(shelf: Shelf, ids: list[int]) -> None:
    assert shelf.catalog.made.list_ids(MODEL).tolist() == ids[1::2]
    before = shelf.catalog.revision()
    shelf.read(ids[4])
    shelf.read(ids[1], "another content")
    shelf.read(ids[0], model_id="other@1")

    changed = shelf.catalog.made.list_ids(MODEL, before).tolist()

    # The same vector of other content counts as written anew; that costs an index nothing but time.
    assert changed == [ids[1], ids[4]]
    assert shelf.catalog.made.list_ids(MODEL, shelf.catalog.revision()).tolist() == []


def test_passes_stand_side_by_side_until_other_versions_are_forgotten(
    shelf: Shelf, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.catalog.groups.FORGOTTEN_AT_ONCE", 2)  # of five photos
    newer = MODEL.replace("1", "2")
    shelf.read(ids[1], model_id="other@1")
    shelf.read(ids[3], model_id=newer)
    shelf.catalog.set_answering_model(MODEL)
    shelf.catalog.set_answering_model(newer)
    assert shelf.catalog.made.count_vectors() == {MODEL: 5, "other@1": 1, newer: 1}

    shelf.catalog.made.forget_other_versions(newer)

    assert shelf.catalog.made.count_vectors() == {"other@1": 1, newer: 1}
    assert (shelf.catalog.answering_model(), shelf.catalog.previous_model()) == (newer, None)
    assert shelf.waiting() == ids
    shelf.catalog.made.forget_other_versions("never seen@1")


def test_a_forgotten_model_may_come_back_with_another_length(shelf: Shelf, ids: list[int]) -> None:
    shelf.catalog.made.forget_other_versions(MODEL.replace("1", "2"))
    save(shelf, ids[3], {MODEL: vector(3, dim=7)})

    assert shelf.catalog.made.get_vectors(ids, MODEL)[1].shape == (1, 7)


def test_a_pass_may_make_any_bytes(shelf: Shelf, ids: list[int]) -> None:
    save(shelf, ids[1], {"colour@1": b"\xff\0\0"})
    save(shelf, ids[0], {"colour@1": b""})

    assert shelf.catalog.made.get_values(ids, "colour@1") == {ids[1]: b"\xff\0\0", ids[0]: b""}
    assert shelf.waiting("colour@1") == ids[2:]
    assert shelf.catalog.made.count_vectors() == {MODEL: 5}, "bytes are no vectors"
    vectors = shelf.catalog.made.get_values(ids, MODEL)
    assert np.array_equal(vectors[ids[1]], vector(ids[1]))


def test_a_pass_that_fails_on_a_photo_is_a_problem_of_its_own(shelf: Shelf, ids: list[int]) -> None:
    broken = shelf.add("broken.jpg")[0]
    shelf.fail(broken)

    save(shelf, ids[1], {"colour@1": Failure("It is too dark.")})

    problems = shelf.catalog.photos.list_problems()
    assert [(each.photo.photo_id, each.sentence, each.pass_id) for each in problems] == [
        (ids[1], "It is too dark.", "colour@1"),
        (broken, "The file is cut short.", None),
    ]
    assert shelf.catalog.count("colour@1") == Counts(
        11, 0, waiting=9, problems=2, missing=0, failed=1
    )
    assert shelf.catalog.count(MODEL) == Counts(11, 5, waiting=5, problems=1, missing=0)
    assert ids[1] in shelf.catalog.photos.list_ids(), "it is shown"
    shelf.catalog.folders.set_missing(shelf.folder_id, 1.0)
    assert shelf.catalog.photos.list_problems() == []
    assert shelf.catalog.count("colour@1") == Counts(0, 0, 0, 0, missing=11)


def test_what_failed_first_may_be_a_vector_later(shelf: Shelf, ids: list[int]) -> None:
    save(shelf, ids[0], {"late@1": Failure("It is too dark.")})

    save(shelf, ids[2], {"late@1": vector(2)})
    save(shelf, ids[0], {"late@1": vector(1)})

    assert shelf.catalog.made.count_vectors()["late@1"] == 2
    assert shelf.catalog.photos.list_problems() == []


@pytest.mark.parametrize("way", ["retry", "another file"])
def test_a_pass_that_failed_tries_again(shelf: Shelf, ids: list[int], way: str) -> None:
    save(shelf, ids[1], {"colour@1": Failure("It is too dark.")})
    if way == "retry":
        shelf.catalog.ingests.forget_problem([ids[1]])
    else:
        shelf.change(ids[1])

    assert shelf.waiting("colour@1") == ids
    assert (ids[1] in shelf.waiting()) == (way == "another file")


def test_what_was_done_is_told_for_the_content_it_was_done_with(
    shelf: Shelf, ids: list[int]
) -> None:
    content = shelf.photo(ids[1]).content_hash or ""
    save(shelf, ids[1], {"colour@1": Failure("It is too dark.")}, content)

    done = shelf.catalog.made.list_done(
        {ids[1]: content, ids[3]: "other content", ids[0]: "unread"}
    )

    assert done == {ids[1]: {MODEL, "colour@1"}, ids[3]: set(), ids[0]: set()}


def save(
    shelf: Shelf, photo_id: int, made: dict[str, Value | Failure], content_hash: str = "h"
) -> None:
    content_hash = shelf.photo(photo_id).content_hash or content_hash
    stat = FileStat("", 100, 1_000_000_000)
    shelf.catalog.ingests.save([Ingested(photo_id, stat, content_hash, None, made)])
