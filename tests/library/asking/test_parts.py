"""Searching with a part of a photo."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from desktop.errors import QueryUnanswerable
from desktop.library import PARTS, Hit, Job, Library, PhotoPart, Places, Query, Settings
from tests.colour_embedder import COLOURS
from tests.colour_registry import ColourRegistry
from tests.pictures import draw, draw_halves, draw_nine
from tests.shared_decoders import DECODERS, Decodes

TOP = PhotoPart(0, 0, 0.2, 0.2)


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
    library.folders.add(photos)
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


def corner(path: Path, colour: str, inside: str, size: tuple[int, int] = (800, 600)) -> Path:
    """A photo of one colour, with another in a corner of a twentieth of it."""
    image = Image.new("RGB", size, COLOURS[colour])
    image.paste(COLOURS[inside], (0, 0, size[0] // 4, size[1] // 5))
    image.save(path, quality=95)
    return path


def change(library: Library, **how: bool) -> None:
    library.change_settings(replace(library.settings, **how))


def hit_of(library: Library, query: Query, name: str) -> Hit:
    hits = library.search(query).hits
    photos = library.photos.get([hit.photo_id for hit in hits])
    return next(hit for hit, photo in zip(hits, photos, strict=True) if photo.path.name == name)


def test_a_small_thing_is_found_once_parts_are_looked_at(library: Library, photos: Path) -> None:
    corner(photos / "both.jpg", "red", "yellow")
    library.folders.add(photos)
    library.index(Job())
    asked = Query(like_image=Image.new("RGB", (32, 32), COLOURS["yellow"]), like_part=TOP)
    before = hit_of(library, asked, "both.jpg")
    assert before.part is None
    assert [each.name for each in library.status().passes] == ["colours"], "off until it is wanted"

    change(library, find_parts=True)
    assert [each.name for each in library.status().others_waiting] == [PARTS]
    summary = library.index(Job())

    assert (summary.embedded, list(summary.made.values())) == (0, [10])
    after = hit_of(library, asked, "both.jpg")
    assert after.part == PhotoPart(0, 0, 0.5, 0.5) and after.score > before.score
    assert hit_of(library, Query(text="yellow"), "both.jpg").part == after.part

    change(library, find_parts=False)
    assert hit_of(library, asked, "both.jpg") == before, "what was made stays, and is not asked"
    change(library, find_parts=True)
    assert list(library.index(Job()).made.values()) == [0]
    assert hit_of(library, asked, "both.jpg") == after


def test_parts_are_kept_by_the_catalog_and_the_index(
    tmp_path: Path, photos: Path, decodes: Decodes
) -> None:
    corner(photos / "both.jpg", "red", "yellow")
    asked = Query(like_image=Image.new("RGB", (32, 32), COLOURS["yellow"]), like_part=TOP)

    def opened() -> Library:
        settings = Settings(find_parts=True)
        places = Places.under(tmp_path / "tiled")
        return Library.open(places, settings, ColourRegistry, DECODERS)

    with closing(opened()) as library:
        library.folders.add(photos)
        library.index(Job())
        assert decodes.n == 10, "one decode for the photo and its parts"
        found = hit_of(library, asked, "both.jpg")
        assert found.part is not None
        library._spaces.rebuild(Job(), library._catalog.revision())
    with closing(opened()) as library:
        assert hit_of(library, asked, "both.jpg") == found
        draw(photos / "late.jpg", "yellow")
        library.index(Job())
        assert names(library, asked)[0] == "late.jpg", "a new photo is found at once"
        (photos / "both.jpg").unlink()
        library.index(Job())
        assert "both.jpg" not in names(library, asked)


def test_parts_by_a_new_model_take_the_place_of_those_before(
    library: Library, photos: Path
) -> None:
    library.folders.add(photos)
    change(library, find_parts=True)
    library.index(Job())
    library.models.use("colours-2")
    library.index(Job())
    (tiles,) = library.status().others
    assert "colours-2" in tiles.pass_id and not tiles.waiting
    photo_ids = library.photos.list_ids().tolist()
    old = next(iter(library.index(Job()).made)).replace("colours-2", "colours")
    assert library._catalog.made.get_values(photo_ids, old) == {}


def test_a_part_of_hardly_any_pixels_is_refused(library: Library, photos: Path) -> None:
    both = draw_halves(photos / "both.jpg", "red", "blue")
    with pytest.raises(QueryUnanswerable, match="only 2 × 2 pixels"):  # noqa: RUF001
        library.open_image(both, PhotoPart(0, 0, 0.01, 0.01))
