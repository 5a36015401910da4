"""The library grouped by look: found, named, kept, and asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from desktop.errors import Cancelled, NameUnusable, TooFewPhotos
from desktop.library import (
    LISTED,
    Event,
    InTheme,
    Job,
    Library,
    Places,
    Progress,
    Query,
    ThemesChanged,
    Way,
)
from desktop.library.themes.naming import names_for, typical, vocabulary
from tests.colour_registry import ColourRegistry
from tests.pictures import draw
from tests.shared_decoders import DECODERS

COLOURS = ("red", "blue", "green", "yellow")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for colour in COLOURS:
        for seed in range(6):
            draw(tmp_path / "photos" / f"{colour}{seed}.jpg", colour, seed)
    return tmp_path / "photos"


def opened(tmp_path: Path) -> Library:
    return Library.open(Places.under(tmp_path / "data"), None, ColourRegistry, DECODERS)


@pytest.fixture
def library(tmp_path: Path, photos: Path) -> Iterator[Library]:
    library = opened(tmp_path)
    library.folders.add(photos)
    library.index(Job())
    yield library
    library.close()


def held(library: Library) -> dict[str, set[str]]:
    """The names of the themes, and what photos are in each by the first letters of their names."""
    return {
        each.name: names_of(library, library.themes.list_photos(each.theme_id))
        for each in library.themes.see().themes
    }


def names_of(library: Library, photo_ids: np.ndarray) -> set[str]:
    photos = library.photos.get(photo_ids.tolist())
    return {photo.path.stem.rstrip("0123456789") for photo in photos}


def test_each_look_is_a_theme_with_a_name_and_covers(library: Library) -> None:
    before = library.themes.see()
    assert (before.themes, before.rest, before.n_new, before.way) == ((), None, 24, None)
    events: list[Event] = []
    library.listen(events.append)
    library.themes.make(Job())
    assert ThemesChanged() in events
    assert held(library) == {colour: {colour} for colour in COLOURS}
    seen = library.themes.see()
    assert (seen.n_new, seen.n_ready, seen.way) == (0, 24, Way.EVEN)
    for theme in seen.themes:
        assert len(theme.covers) == min(4, theme.n_photos)
        assert names_of(library, np.array(theme.covers)) == {theme.name}


def test_a_theme_is_a_condition_and_a_scope_of_searches(library: Library) -> None:
    library.themes.make(Job())
    blue = library.themes.find("Blue")
    in_blue = LISTED & InTheme(blue.theme_id)
    assert library.photos.count(in_blue) == blue.n_photos
    results = library.search(Query(text="red", filter=in_blue))
    assert names_of(library, np.array([hit.photo_id for hit in results.hits])) == {"blue"}
    listed = library.photos.list_ids(Query(text="theme:BLUE").narrowed)
    assert names_of(library, listed) == {"blue"}
    assert library.photos.names_in_use().themes == ("blue", "green", "red", "yellow")


def test_new_photos_find_their_theme_and_the_others_stay(library: Library, photos: Path) -> None:
    library.themes.make(Job())
    before = {each.theme_id: each.name for each in library.themes.see().themes}
    draw(photos / "red99.jpg", "red", 99)
    library.index(Job())
    assert library.themes.see().n_new == 1
    library.themes.make(Job())
    assert {each.theme_id: each.name for each in library.themes.see().themes} == before
    assert library.themes.see().n_new == 0
    red = library.themes.find("red")
    assert "red99.jpg" in {
        photo.path.name
        for photo in library.photos.get(library.themes.list_photos(red.theme_id).tolist())
    }


def test_found_anew_they_are_the_same_and_what_people_made_stays(library: Library) -> None:
    library.themes.make(Job())
    ids = {each.name: each.theme_id for each in library.themes.see().themes}
    library.themes.merge(ids["red"], [ids["yellow"]])
    library.themes.rename(ids["red"], "Warm")
    library.themes.hide([ids["green"]])
    for way in (Way.CLOSE, Way.EVEN):
        library.themes.make(Job(), way, anew=True)
        assert library.themes.find("warm").theme_id == ids["red"]
        assert held(library)["Warm"] == {"red", "yellow"}, way
        assert library.themes.find("green").is_hidden
        assert library.themes.see().themes[-1].name == "green", "hidden ones last"


def test_what_was_merged_falls_into_what_it_was_merged_of(library: Library) -> None:
    library.themes.make(Job())
    ids = {each.name: each.theme_id for each in library.themes.see().themes}
    library.themes.merge(ids["red"], [ids["blue"]])
    assert held(library)["red"] == {"red", "blue"}
    library.themes.split(Job(), ids["red"])
    halves = sorted(tuple(kinds) for kinds in held(library).values())
    assert halves == [("blue",), ("green",), ("red",), ("yellow",)]
    assert ids["red"] in {each.theme_id for each in library.themes.see().themes}


def test_a_theme_that_holds_two_looks_is_parted_between_them(library: Library) -> None:
    library.themes.make(Job(), k=2)
    double = max(library.themes.see().themes, key=lambda theme: len(held(library)[theme.name]))
    assert len(held(library)[double.name]) > 1
    library.themes.split(Job(), double.theme_id)
    assert len(library.themes.see().themes) == 3
    assert library.themes.find(double.name).is_kept


def test_as_many_as_are_asked_for(library: Library) -> None:
    for k in (2, 3):
        library.themes.make(Job(), k=k)
        assert len(library.themes.see().themes) == k
    assert {name.rstrip("0123456789 ") for name in held(library)} == set(held(library))


def test_they_are_there_after_a_restart(library: Library, tmp_path: Path) -> None:
    library.themes.make(Job())
    before = held(library)
    library.close()
    again = opened(tmp_path)
    try:
        assert held(again) == before
        assert again.themes.see().n_new == 0
    finally:
        again.close()


def test_another_model_takes_the_same_themes_on(library: Library) -> None:
    library.themes.make(Job())
    library.themes.rename(library.themes.find("red").theme_id, "Roses")
    library.models.use("colours-2")
    library.index(Job())
    library.themes.make(Job(), anew=True)
    assert held(library)["Roses"] == {"red"}


def test_a_run_that_is_cancelled_changes_nothing(library: Library) -> None:
    job: Job

    def stop(progress: Progress) -> None:
        if progress.label == "Grouping photos":
            job.cancel()

    job = Job(stop)
    with pytest.raises(Cancelled):
        library.themes.make(job)
    assert library.themes.see().themes == ()


def test_what_is_too_little_is_said(tmp_path: Path) -> None:
    library = opened(tmp_path)
    try:
        with pytest.raises(TooFewPhotos, match="there are 0"):
            library.themes.make(Job())
        with pytest.raises(NameUnusable, match="No theme is called “beach”"):
            library.themes.find("beach")
    finally:
        library.close()


def test_the_words_are_read_once_and_a_damaged_file_is_read_anew(library: Library) -> None:
    library.themes.make(Job())
    (kept,) = library.places.index_path.glob("words-*.npy")
    labels: list[str] = []
    library.themes.make(Job(lambda progress: labels.append(progress.label)), k=2)
    assert "Finding names" not in labels
    kept.write_bytes(kept.read_bytes()[:5000])
    library.themes.make(Job(lambda progress: labels.append(progress.label)), k=4)
    assert "Finding names" in labels


def test_the_vocabulary_has_thousands_of_different_names() -> None:
    words = vocabulary()
    assert len(words) == len(set(words)) > 2000
    assert all(word == " ".join(word.split()) and len(word) < 40 for word in words)
    assert {"beach", "dog", "birthday party"} <= set(words)


def test_names_are_all_different_and_say_what_a_theme_alone_shows() -> None:
    words = np.eye(len(vocabulary()), dtype=np.float32)
    dog, dogs, beach = (vocabulary().index(name) for name in ("dog", "dogs", "beach"))
    centres = np.zeros((2, len(words)), np.float32)
    centres[0, [dog, dogs, beach]] = 0.9, 0.8, 0.5
    centres[1, [dog, dogs, beach]] = 0.8, 0.7, 0.6
    whole = centres.mean(axis=0)
    assert names_for(centres, whole, words) == ["dog", "beach"], "“dogs” is “dog” to people"
    assert names_for(centres, whole, words, taken=["Dogs"])[0] == "beach"


def test_a_name_is_what_the_other_good_words_agree_with() -> None:
    words = np.eye(len(vocabulary()), dtype=np.float32)
    blanket, sweater, jacket, coat = (
        vocabulary().index(name) for name in ("blanket", "sweater", "jacket", "coat")
    )
    words[[sweater, jacket, coat], sweater] = words[[sweater, jacket, coat], jacket] = 0.7
    centres = np.zeros((1, len(words)), np.float32)
    centres[0, blanket], centres[0, [sweater, jacket]] = 0.31, 0.21
    assert (centres @ words.T).argmax() == blanket, "alone, it fits best"
    (name,) = names_for(centres, np.zeros(len(words), np.float32), words)
    assert name != "blanket"


def test_a_name_comes_from_the_photos_of_a_theme_that_are_most_alike() -> None:
    labels = np.repeat(np.array([3, 5, -1], np.int32), 10)
    closeness = np.tile(np.linspace(0.1, 1, 10, dtype=np.float32), 3)
    kept = typical(labels, closeness)
    assert kept.tolist() == [*[-1] * 3, *[3] * 7, *[-1] * 3, *[5] * 7, *[-1] * 10]
