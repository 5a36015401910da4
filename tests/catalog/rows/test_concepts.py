"""Concepts in the catalog: they are what people write, and follow their photos."""

from __future__ import annotations

import pytest

from desktop.catalog import Concept, FileStat
from desktop.errors import NameUnusable
from tests.catalog.conftest import Shelf


@pytest.fixture
def ids(shelf: Shelf) -> list[int]:
    files = [FileStat(f"{at}.jpg", 9, 9) for at in range(8)]
    shelf.catalog.files.apply_scan(shelf.folder_id, files)
    known = shelf.catalog.files.list_all(shelf.folder_id)
    return [known[f"{at}.jpg"].photo_id for at in range(8)]


def test_what_was_taught_comes_back(shelf: Shelf, ids: list[int]) -> None:
    concepts = shelf.catalog.concepts
    cat = concepts.teach("My cat", ids[:5], ids[5:6])
    assert cat == Concept(cat.concept_id, "My cat", tuple(ids[:5]), (ids[5],), 6)
    other = concepts.teach("Boats", ids[:2], [])
    assert concepts.list_all() == [other, cat], "by name"
    assert cat.n_lost == 0
    assert shelf.catalog.photos.names_in_use().concepts == ("Boats", "My cat")


def test_taught_again_it_means_something_else(shelf: Shelf, ids: list[int]) -> None:
    concepts = shelf.catalog.concepts
    before = concepts.teach("My cat", ids[:5], [])
    now = concepts.teach("my Cat", ids[3:], ids[:1])
    assert concepts.list_all() == [now]
    assert (now.concept_id, now.more, now.less) == (before.concept_id, tuple(ids[3:]), (ids[0],))


def test_names_are_told_apart(shelf: Shelf, ids: list[int]) -> None:
    concepts = shelf.catalog.concepts
    cat, dog = concepts.teach("Cat", ids, []), concepts.teach("Dog", ids, [])
    with pytest.raises(NameUnusable):
        concepts.rename(dog.concept_id, "CAT")
    concepts.rename(cat.concept_id, "cat")
    concepts.rename(dog.concept_id, "Wolf")
    assert [each.name for each in concepts.list_all()] == ["cat", "Wolf"]
    concepts.forget(cat.concept_id)
    assert [each.name for each in concepts.list_all()] == ["Wolf"]
    assert shelf.catalog.check() == []


def test_examples_stay_with_a_photo_that_is_renamed(shelf: Shelf, ids: list[int]) -> None:
    concepts = shelf.catalog.concepts
    taught = concepts.teach("Cat", ids[:5], [])
    shelf.catalog.files.apply_scan(shelf.folder_id, [FileStat("new.jpg", 9, 9)], gone=ids[:1])
    moved = shelf.catalog.files.list_all(shelf.folder_id)["new.jpg"].photo_id
    shelf.catalog.ingests.merge_rename(ids[0], moved)
    assert concepts.list_all() == [taught]


def test_examples_go_with_their_photos_and_that_is_known(shelf: Shelf, ids: list[int]) -> None:
    concepts = shelf.catalog.concepts
    concepts.teach("Cat", ids, [])
    shelf.catalog.folders.remove(shelf.folder_id)
    (cat,) = concepts.list_all()
    assert (cat.more, cat.n_lost) == ((), 8)
    assert shelf.catalog.check() == []
    assert concepts.teach("Cat", [*ids, 999], []).n_taught == 0, "they are gone"


def test_what_people_teach_brings_on_a_backup_and_no_new_list(shelf: Shelf, ids: list[int]) -> None:
    before = shelf.catalog.revisions()
    shelf.catalog.concepts.teach("Cat", ids[:5], [])
    now = shelf.catalog.revisions()
    assert (now.photos, now.embeddings) == (before.photos, before.embeddings)
    assert now.people == now.revision > before.revision
