"""Themes in the catalog: where photos were put, and what people make of it."""

from __future__ import annotations

import numpy as np
import pytest

from desktop.catalog import LISTED, InTheme, ThemePhotos, ThemeRun
from desktop.errors import NameUnusable
from tests.catalog.conftest import Shelf

RUN = ThemeRun("even", 1.0, 9)


@pytest.fixture
def ids(shelf: Shelf) -> list[int]:
    return shelf.add(*(f"{at}.jpg" for at in range(9)))


def placed(ids: list[int], theme_ids: list[int], parts: list[int] | None = None) -> ThemePhotos:
    closeness = np.linspace(0.9, 0.1, len(ids), dtype=np.float32)
    put = np.array(parts or [0] * len(ids), np.int64)
    return ThemePhotos(np.array(ids), np.array(theme_ids), put, closeness)


def put(shelf: Shelf, ids: list[int], theme_ids: list[int], names: dict[int, str]) -> None:
    themes = shelf.catalog.themes
    themes.save(RUN, placed(ids, theme_ids), names, themes.list_photos())


def names_of(shelf: Shelf) -> dict[str, int]:
    return {each.name: each.n_photos for each in shelf.catalog.themes.list_all()}


def ids_of(shelf: Shelf, which: InTheme) -> list[int]:
    return sorted(shelf.catalog.photos.list_ids(LISTED & which).tolist())


def test_photos_are_in_the_themes_where_a_run_puts_them(shelf: Shelf, ids: list[int]) -> None:
    assert shelf.catalog.themes.last_run() is None
    put(shelf, ids, [-1] * 5 + [-2] * 2 + [0] * 2, {-1: "beach", -2: "Beach huts"})
    beach, huts = shelf.catalog.themes.list_all()
    assert (beach.name, beach.n_photos, beach.covers) == ("beach", 5, tuple(ids[:4]))
    assert shelf.catalog.themes.last_run() == RUN
    assert ids_of(shelf, InTheme(huts.theme_id)) == ids[5:7]
    assert ids_of(shelf, InTheme()) == ids[7:], "none of them"
    assert ids_of(shelf, InTheme(letters="BEACH")) == ids[:5], "called just so"
    assert ids_of(shelf, InTheme(letters="hut")) == ids[5:7]
    assert ids_of(shelf, InTheme(letters="c")) == ids[:7], "letters of the name"
    assert shelf.catalog.photos.count(LISTED & ~InTheme(letters="hut")) == 7
    assert shelf.catalog.photos.names_in_use().themes == ("beach", "Beach huts")
    assert shelf.catalog.check() == []


def test_a_photo_that_came_later_is_in_no_group_at_all(shelf: Shelf, ids: list[int]) -> None:
    put(shelf, ids, [0] * 9, {})
    shelf.add("late.jpg")
    assert ids_of(shelf, InTheme()) == ids


def test_the_next_run_takes_the_place_of_the_last(shelf: Shelf, ids: list[int]) -> None:
    put(shelf, ids, [-1] * 5 + [-2] * 4, {-1: "beach", -2: "dog"})
    beach = shelf.catalog.themes.list_all()[0]
    put(shelf, ids, [beach.theme_id] * 4 + [-1] * 5, {-1: "dog"})
    assert names_of(shelf) == {"dog": 5, "beach": 4}, "the name of what went is free again"


def test_what_people_have_touched_outlasts_a_run_even_empty(shelf: Shelf, ids: list[int]) -> None:
    put(shelf, ids, [-1] * 5 + [-2] * 4, {-1: "beach", -2: "dog"})
    beach, dog = shelf.catalog.themes.list_all()
    shelf.catalog.themes.rename(beach.theme_id, "Holidays")
    shelf.catalog.themes.hide([dog.theme_id])
    put(shelf, ids, [-1] * 9, {-1: "holidays"})
    kept = {each.name: (each.is_kept, each.is_hidden) for each in shelf.catalog.themes.list_all()}
    assert kept == {
        "holidays 2": (False, False),
        "Holidays": (True, False),
        "dog": (True, True),
    }
    assert shelf.catalog.photos.names_in_use().themes == ("Holidays", "holidays 2")


def test_names_are_told_apart_whatever_case(shelf: Shelf, ids: list[int]) -> None:
    put(shelf, ids, [-1] * 5 + [-2] * 4, {-1: "beach", -2: "dog"})
    beach, dog = shelf.catalog.themes.list_all()
    with pytest.raises(NameUnusable):
        shelf.catalog.themes.rename(dog.theme_id, "BEACH")
    shelf.catalog.themes.rename(beach.theme_id, "Beach")
    assert names_of(shelf) == {"Beach": 5, "dog": 4}


def test_merged_and_split_again(shelf: Shelf, ids: list[int]) -> None:
    put(shelf, ids, [-1] * 5 + [-2] * 4, {-1: "beach", -2: "sea"})
    beach, sea = shelf.catalog.themes.list_all()
    shelf.catalog.themes.merge(beach.theme_id, [sea.theme_id, beach.theme_id])
    assert names_of(shelf) == {"beach": 9}
    assert shelf.catalog.themes.list_photos().parts.tolist() == [0] * 5 + [1] * 4
    made = shelf.catalog.themes.split(beach.theme_id, [("waves", ids[5:])])
    assert names_of(shelf) == {"beach": 5, "waves": 4}
    assert ids_of(shelf, InTheme(made[0])) == ids[5:]
    assert all(each.is_kept for each in shelf.catalog.themes.list_all())


def test_a_run_leaves_what_was_changed_while_it_computed(shelf: Shelf, ids: list[int]) -> None:
    put(shelf, ids, [-1] * 5 + [-2] * 4, {-1: "beach", -2: "sea"})
    themes = shelf.catalog.themes
    beach, sea = themes.list_all()
    seen = themes.list_photos()
    themes.merge(beach.theme_id, [sea.theme_id])
    themes.save(RUN, placed(ids, [-1] * 3 + [sea.theme_id] * 6), {-1: "sun"}, seen)
    assert names_of(shelf) == {"beach": 4, "sun": 3}
    assert ids_of(shelf, InTheme()) == [ids[3], ids[4]], "their theme was merged meanwhile"


def test_photos_that_are_gone_leave_their_theme(shelf: Shelf, ids: list[int]) -> None:
    put(shelf, ids, [-1] * 9, {-1: "beach"})
    shelf.catalog.files.apply_scan(shelf.folder_id, gone=ids[:3])
    (beach,) = shelf.catalog.themes.list_all()
    assert (beach.n_photos, beach.covers) == (6, tuple(ids[3:7]))
    shelf.catalog.folders.remove(shelf.folder_id)
    assert shelf.catalog.themes.list_all()[0].n_photos == 0
    assert shelf.catalog.check() == []


def test_a_photo_keeps_its_theme_when_it_is_renamed(shelf: Shelf, ids: list[int]) -> None:
    put(shelf, ids, [-1] * 9, {-1: "beach"})
    (moved,) = shelf.add("moved.jpg")
    shelf.catalog.files.apply_scan(shelf.folder_id, gone=ids[:1])
    shelf.catalog.ingests.merge_rename(ids[0], moved)
    assert ids_of(shelf, InTheme(letters="beach")) == ids
