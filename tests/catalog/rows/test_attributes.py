"""Values that attributes say of photos: kept with them, filtered by, and gone with them."""

from __future__ import annotations

from desktop.catalog import LISTED, AttributeBetween, AttributeIs, AttributesDiffer, Filter
from tests.catalog.conftest import Shelf


def found(shelf: Shelf, which: Filter) -> set[int]:
    return set(shelf.catalog.photos.list_ids(LISTED & which).tolist())


def test_values_are_filtered_by(shelf: Shelf) -> None:
    a, b, c, d = shelf.add("a.jpg", "b.jpg", "c.jpg", "d.jpg")
    shelf.catalog.attributes.put(
        {
            "Label": {a: ("Cat", None), b: ("dog", None), c: ("cát", None)},
            "score": {a: ("0.1", 0.1), b: ("0.9", 0.9), d: ("high", None)},
        }
    )
    assert found(shelf, AttributeIs("label", "CAT")) == {a, c}, "whatever case and accents"
    assert found(shelf, ~AttributeIs("label", "cat")) == {b, d}, "also what has no label"
    assert found(shelf, AttributeIs("score")) == {a, b, d}
    assert found(shelf, AttributeBetween("score", most=0.1)) == {a}
    assert found(shelf, AttributeBetween("score", most=0.1, has_most=False)) == set()
    assert found(shelf, ~AttributeBetween("score", least=0.5)) == {a, c, d}
    assert found(shelf, AttributeIs("unknown")) == set()


def test_where_two_attributes_disagree(shelf: Shelf) -> None:
    a, b, c, d = shelf.add("a.jpg", "b.jpg", "c.jpg", "d.jpg")
    shelf.catalog.attributes.put(
        {
            "label": {a: ("cat", None), b: ("cat", None), c: ("cat", None)},
            "prediction": {a: ("dog", None), b: ("CAT", None), d: ("dog", None)},
        }
    )
    assert found(shelf, AttributesDiffer("label", "prediction")) == {a}
    assert found(shelf, ~AttributesDiffer("label", "prediction")) == {b, c, d}
    assert found(shelf, AttributesDiffer("label", "unknown")) == set()


def test_values_go_with_their_photos_and_attributes_with_their_values(shelf: Shelf) -> None:
    a, b = shelf.add("a.jpg", "b.jpg")
    attributes = shelf.catalog.attributes
    attributes.put({"label": {a: ("cat", None), b: ("dog", None), 999: ("gone", None)}})
    assert attributes.of_photos([a, b, 999]) == {a: {"label": "cat"}, b: {"label": "dog"}}
    attributes.put({"label": {a: None, b: None}})
    assert attributes.list_all() == []
    attributes.put({"label": {a: ("cat", None)}})
    shelf.catalog.folders.remove(shelf.folder_id)
    assert [each.n_photos for each in attributes.list_all()] == [0]
    assert shelf.catalog.check() == []


def test_a_write_is_about_photos_and_people(shelf: Shelf) -> None:
    (a,) = shelf.add("a.jpg")
    before = shelf.catalog.revisions()
    shelf.catalog.attributes.put({"label": {a: ("cat", None)}})
    after = shelf.catalog.revisions()
    assert after.photos > before.photos, "lists by a label are made anew"
    assert after.people > before.people, "it is backed up"
    assert after.embeddings == before.embeddings


def test_a_moved_photo_keeps_what_is_said_of_it(shelf: Shelf) -> None:
    a, moved = shelf.add("a.jpg", "b.jpg")
    shelf.catalog.attributes.put({"label": {a: ("cat", None)}})
    shelf.catalog.ingests.merge_rename(a, moved)
    assert shelf.catalog.attributes.of_photos([a]) == {a: {"label": "cat"}}
    assert shelf.photo(a).path.name == "b.jpg"


def test_names_in_use_have_the_most_frequent_values_first(shelf: Shelf) -> None:
    a, b, c = shelf.add("a.jpg", "b.jpg", "c.jpg")
    shelf.catalog.attributes.put({"label": {a: ("x", None), b: ("y", None), c: ("y", None)}})
    assert shelf.catalog.photos.names_in_use().attributes == (("label", ("y", "x")),)
