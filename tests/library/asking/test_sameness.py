"""Find similar tells copies of the photo asked with, and what was taken with it, from the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from desktop.jobs import Job
from desktop.library import Band, Library, Query, Sameness
from desktop.settings import Places
from tests.colour_registry import ColourRegistry
from tests.pictures import draw
from tests.shared_decoders import DECODERS

TAKEN = {"red0": "12:00:00", "red1": "12:10:00", "red2": "18:00:00"}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    for number, (name, at) in enumerate(TAKEN.items()):
        made = draw(tmp_path / "photos" / f"{name}.jpg", "red", number)
        with Image.open(made) as image:
            exif = Image.Exif()
            exif[0x0132] = f"2019:05:12 {at}"
            image.copy().save(made, exif=exif, quality=95)
    draw(tmp_path / "photos" / "blue0.jpg", "blue", 1)
    library = Library.open(Places.under(tmp_path / "data"), None, ColourRegistry, DECODERS)
    library.folders.add(tmp_path / "photos")
    library.index(Job())
    yield library
    library.close()


def told(library: Library, query: Query) -> dict[str, Sameness | None]:
    hits = library.search(query).hits
    photos = library.photos.get([hit.photo_id for hit in hits])
    names = {photo.photo_id: photo.path.stem for photo in photos}
    return {names[hit.photo_id]: hit.sameness for hit in hits}


def test_what_was_taken_with_it_is_of_the_same_moment(library: Library, tmp_path: Path) -> None:
    photo = library.folders.find_photo(tmp_path / "photos" / "red0.jpg")
    assert photo is not None
    found = told(library, Query(like_photo_id=photo.photo_id))
    assert found["red1"] is not None
    assert found["blue0"] is None


def test_a_file_from_elsewhere_is_found_where_it_is_in_the_library(
    library: Library, tmp_path: Path
) -> None:
    with Image.open(tmp_path / "photos" / "red2.jpg") as image:
        smaller = image.resize((image.width * 3 // 4, image.height * 3 // 4))
        smaller.save(tmp_path / "smaller.png")
    found = told(library, library.open_image(tmp_path / "smaller.png"))
    assert found["red2"] is Sameness.PHOTO
    assert found["blue0"] is None


def test_copies_are_put_together_whatever_band_each_is_in(library: Library) -> None:
    results = library.search(Query("red"))
    alike = library.arranging.find_alike(results)
    assert [len(group) for group in alike] == [3]
    first, *others = results.hits
    lower = tuple(replace(hit, band=Band.MAYBE) for hit in others)
    assert library.arranging.find_alike(replace(results, hits=(first, *lower))) == alike


def test_of_copies_the_largest_stands_for_all(library: Library, tmp_path: Path) -> None:
    """Before, it was the one that scored a thousandth more."""
    with Image.open(tmp_path / "photos" / "red1.jpg") as image:
        image.resize((image.width * 2, image.height * 2)).save(tmp_path / "photos" / "large.png")
    library.index(Job())
    results = library.search(Query("red"))
    large = library.folders.find_photo(tmp_path / "photos" / "large.png")
    assert large is not None and results.hits[0].photo_id != large.photo_id
    ((stands, *_),) = library.arranging.find_alike(results)
    assert stands == large.photo_id


def test_words_are_no_photo_to_be_the_same_as(library: Library) -> None:
    assert set(told(library, Query("red")).values()) == {None}
