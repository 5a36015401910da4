"""Searching with a part of a photo."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.errors import QueryUnanswerable
from desktop.library import Job, Library, PhotoPart, Places, Query
from tests.colour_registry import ColourRegistry
from tests.pictures import draw_halves, draw_nine
from tests.shared_decoders import DECODERS


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library.open(Places.under(tmp_path / "data"), None, ColourRegistry, DECODERS)
    yield library
    library.close()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return draw_nine(tmp_path / "photos")


def names(library: Library, query: Query) -> list[str]:
    hits = library.search(query).hits
    return [photo.path.name for photo in library.photos.get([hit.photo_id for hit in hits])]


def test_a_part_of_a_photo_is_asked_with_at_its_own_resolution(
    library: Library, photos: Path
) -> None:
    both = draw_halves(photos / "both.jpg", "red", "blue", (4000, 3000))
    library.add_folder(photos)
    library.index(Job())
    part = PhotoPart(0.9, 0.9, 0.02, 0.02)

    query = library.open_image(both, part)

    assert query.like_image is not None and query.like_image.size == (80, 60)
    assert (query.like_part, query.like_path, query.like_photo_id) == (part, both, None)
    found = names(library, query)
    assert {name[:4] for name in found[:3]} == {"blue"}
    assert "both.jpg" in found, "the photo itself may be found, too"
    whole = library.open_image(both, PhotoPart(0, 0, 1, 1))
    assert whole.like_image is not None
    assert max(whole.like_image.size) < 200, "no more pixels than the model can use"


def test_a_part_of_a_copied_image_is_asked_with(library: Library, photos: Path) -> None:
    both = draw_halves(photos / "both.png", "red", "blue")
    image = library.open_image(both).like_image
    query = Query(like_image=image).of_part(PhotoPart(0.6, 0, 0.4, 1))
    assert query.like_image is not None
    assert query.like_image.getcolors() == [(64 * 120, (30, 60, 220))]


def test_a_part_of_hardly_any_pixels_is_refused(library: Library, photos: Path) -> None:
    both = draw_halves(photos / "both.jpg", "red", "blue")
    with pytest.raises(QueryUnanswerable, match="only 2 × 2 pixels"):  # noqa: RUF001
        library.open_image(both, PhotoPart(0, 0, 0.01, 0.01))
