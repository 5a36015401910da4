import numpy as np
import pytest

from desktop.catalog import FileStat, Ingested
from tests.catalog.conftest import DIM, MODEL, Shelf, vector


@pytest.fixture
def ids(shelf: Shelf) -> list[int]:
    """Ten photos, the even ones read, in an order that is not theirs."""
    ids = shelf.add(*(f"{number}.jpg" for number in range(10)))
    for photo_id in ids[::-2]:
        shelf.read(photo_id)
    return ids


@pytest.mark.parametrize("batch", [1, 2, 5, 100])
def test_all_embeddings_come_in_batches_by_photo_id(
    shelf: Shelf, ids: list[int], batch: int
) -> None:
    batches = list(shelf.catalog.iter_embeddings(MODEL, batch))

    assert all(len(photo_ids) <= batch for photo_ids, _ in batches)
    assert [part.dtype for part in batches[0]] == [np.int64, np.float32]
    assert np.concatenate([photo_ids for photo_ids, _ in batches]).tolist() == ids[1::2]
    stacked = np.concatenate([vectors for _, vectors in batches])
    assert np.array_equal(stacked, np.stack([vector(photo_id) for photo_id in ids[1::2]]))


def test_asked_embeddings_come_by_photo_id(shelf: Shelf, ids: list[int]) -> None:
    asked = [ids[9], ids[0], ids[1], 999]

    photo_ids, vectors = shelf.catalog.get_embeddings(asked, MODEL)

    assert photo_ids.tolist() == [ids[1], ids[9]]
    assert np.array_equal(vectors, np.stack([vector(ids[1]), vector(ids[9])]))
    vectors[0] = 0  # theirs to change


def test_none_is_an_empty_array_of_the_right_shape(shelf: Shelf, ids: list[int]) -> None:
    assert shelf.catalog.find_embedding(ids[0], MODEL) is None
    assert shelf.catalog.find_embedding(ids[1], "other@1") is None
    assert shelf.catalog.get_embeddings([ids[0]], MODEL)[1].shape == (0, DIM)
    assert shelf.catalog.get_embeddings([ids[1]], "other@1")[1].shape == (0, 0)
    assert list(shelf.catalog.iter_embeddings("other@1")) == []
    assert shelf.catalog.list_embedded_ids("other@1").dtype == np.int64


def test_ids_written_since_a_revision(shelf: Shelf, ids: list[int]) -> None:
    assert shelf.catalog.list_embedded_ids(MODEL).tolist() == ids[1::2]
    before = shelf.catalog.revision()
    shelf.read(ids[4])
    shelf.read(ids[1], "another content")
    shelf.read(ids[0], model_id="other@1")

    changed = shelf.catalog.list_embedded_ids(MODEL, before).tolist()

    # The same vector of other content counts as written anew; that costs an index nothing but time.
    assert changed == [ids[1], ids[4]]
    assert shelf.catalog.list_embedded_ids(MODEL, shelf.catalog.revision()).tolist() == []


def test_models_stand_side_by_side_until_one_is_dropped(shelf: Shelf, ids: list[int]) -> None:
    shelf.read(ids[1], model_id="other@1")
    shelf.catalog.set_answering_model("other@1")
    shelf.catalog.set_answering_model(MODEL)
    assert shelf.catalog.count_embeddings() == {MODEL: 5, "other@1": 1}

    shelf.catalog.drop_embeddings("other@1")

    assert shelf.catalog.count_embeddings() == {MODEL: 5}
    assert (shelf.catalog.answering_model(), shelf.catalog.previous_model()) == (MODEL, None)
    assert shelf.waiting("other@1") == ids
    shelf.catalog.drop_embeddings("never seen")


def test_a_dropped_model_may_come_back_with_another_length(shelf: Shelf, ids: list[int]) -> None:
    shelf.catalog.drop_embeddings(MODEL)
    longer = Ingested(ids[3], FileStat("3.jpg", 1, 1), "h", None, vector(3, dim=7))

    shelf.catalog.save_batch(MODEL, [longer])

    assert shelf.catalog.get_embeddings(ids, MODEL)[1].shape == (1, 7)
