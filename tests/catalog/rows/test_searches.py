"""Saved searches in the catalog: they are what people write, and stay."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from desktop.catalog import SavedPhotos, SavedSearch
from desktop.errors import NameUnusable
from tests.catalog.conftest import Shelf


def names(shelf: Shelf) -> list[str]:
    return [saved.name for saved in shelf.catalog.searches.list_all()]


def test_a_search_comes_back_as_it_was_saved(shelf: Shelf) -> None:
    norway, since, until = shelf.folder_path / "Norway", datetime(2019, 5, 1), datetime(2019, 6, 1)
    saved = shelf.catalog.searches.save("Fjords", "fjord -people", norway, since, until)
    assert saved == SavedSearch(saved.search_id, "Fjords", "fjord -people", norway, since, until)
    assert shelf.catalog.searches.list_all() == [saved]


def test_the_photos_that_are_asked_with_come_back_and_marks_go_with_theirs(shelf: Shelf) -> None:
    first, second = shelf.add("a.jpg", "b.jpg")
    photos = SavedPhotos(Path("/x/\udcff.jpg"), 7, (0.1, 1 / 3, 0.5, 0.25), (first, 99), (second,))
    saved = shelf.catalog.searches.save("Like it", "", photos=photos)
    assert saved.photos == replace(photos, more=(first,)), "a photo that is gone is passed over"
    assert shelf.catalog.searches.list_all() == [saved]
    shelf.catalog.folders.remove(shelf.folder_id)
    (left,) = shelf.catalog.searches.list_all()
    assert left.photos == replace(photos, more=(), less=())
    shelf.catalog.searches.forget(saved.search_id)


def test_names_are_told_apart(shelf: Shelf) -> None:
    dogs = shelf.catalog.searches.save("Dogs", "dog")
    shelf.catalog.searches.save("Cats", "cat")
    with pytest.raises(NameUnusable):
        shelf.catalog.searches.save("Dogs", "wolf")
    with pytest.raises(NameUnusable):
        shelf.catalog.searches.rename(dogs.search_id, "Cats")
    shelf.catalog.searches.rename(dogs.search_id, "Dogs")
    shelf.catalog.searches.rename(dogs.search_id, "Hounds")
    assert names(shelf) == ["Hounds", "Cats"]


def test_they_stand_in_the_order_that_people_give_them(shelf: Shelf) -> None:
    a, b, c = (shelf.catalog.searches.save(name, name).search_id for name in "abc")
    shelf.catalog.searches.move(c, -1)
    assert names(shelf) == ["a", "c", "b"]
    shelf.catalog.searches.move(a, +5)
    assert names(shelf) == ["c", "b", "a"]
    shelf.catalog.searches.forget(b)
    shelf.catalog.searches.move(b, -1)
    shelf.catalog.searches.save("d", "d")
    assert names(shelf) == ["c", "a", "d"]


def test_they_outlive_their_folder_and_follow_it(shelf: Shelf, tmp_path: Path) -> None:
    shelf.catalog.searches.save("Fjords", "fjord", shelf.folder_path / "Norway")
    shelf.catalog.searches.save("Dogs", "dog")
    shelf.catalog.folders.move(shelf.folder_id, tmp_path / "moved")
    assert shelf.catalog.searches.list_all()[0].folder == tmp_path / "moved" / "Norway"
    shelf.catalog.folders.remove(shelf.folder_id)
    assert names(shelf) == ["Fjords", "Dogs"]


def test_a_saved_search_is_what_people_write(shelf: Shelf) -> None:
    before = shelf.catalog.revisions()
    shelf.catalog.searches.save("Dogs", "dog")
    after = shelf.catalog.revisions()
    assert after.people > before.people
    assert (after.photos, after.embeddings) == (before.photos, before.embeddings)
