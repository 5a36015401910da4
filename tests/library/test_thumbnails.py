"""What a list shows of a photo: its thumbnail, made again where it is lost, or the photo itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop.library import Job, Library, Photo, Places
from desktop.media import Thumbnails
from tests.colour_registry import ColourRegistry
from tests.pictures import draw
from tests.shared_decoders import DECODERS
from tests.small_disk import small_disk


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    draw(tmp_path / "photos" / "red.jpg", "red", size=(1200, 900))
    made = Library.open(Places.under(tmp_path / "data"), None, ColourRegistry, DECODERS)
    made.folders.add(tmp_path / "photos")
    made.index(Job())
    yield made
    made.close()


@pytest.fixture
def photo(library: Library, tmp_path: Path) -> Photo:
    found = library.folders.find_photo(tmp_path / "photos" / "red.jpg")
    assert found is not None
    return found


def path_of(library: Library, photo: Photo) -> Path:
    assert photo.content_hash is not None
    return Thumbnails(library.places.thumbnails_path).path(photo.content_hash)


def is_red(image: Image.Image | None) -> bool:
    """All of it, to its last line: what is missing of a JPEG is grey."""
    if image is None:
        return False
    lowest = image.convert("RGB").getpixel((5, image.height - 5))
    assert isinstance(lowest, tuple)
    return lowest[0] > 100 > max(lowest[1:])


def delete(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    """As a power cut leaves it: as long as it was, and zeros from some point on."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 3] + bytes(len(content) - len(content) // 3))


def say_it_is_huge(path: Path) -> None:
    content = bytearray(path.read_bytes())
    size_at = content.index(b"\xff\xc0") + 5
    content[size_at : size_at + 4] = b"\x2f\xff" * 2
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [delete, empty, cut, say_it_is_huge])
def test_a_thumbnail_that_is_lost_is_made_again(
    library: Library, photo: Photo, harm: Callable[[Path], None]
) -> None:
    path = path_of(library, photo)
    harm(path)

    image = library.pictures.load_thumbnail(photo, side_px=128)

    assert is_red(image) and image is not None and image.size == (171, 128)
    with Image.open(path) as made:
        assert is_red(made) and made.size == (512, 384)


def test_a_photo_that_waits_to_be_read_is_shown_from_its_file(
    library: Library, photo: Photo
) -> None:
    unread = dataclasses.replace(photo, content_hash=None)

    image = library.pictures.load_thumbnail(unread, side_px=128)

    assert is_red(image) and image is not None and image.size == (512, 384)


def test_where_the_disk_takes_no_thumbnail_the_photo_is_shown(
    library: Library, photo: Photo, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        places = dataclasses.replace(library.places, thumbnails_path=disk.path / "thumbnails")
        disk.fill(leave_bytes=0)
        with closing(Library.open(places, None, ColourRegistry, DECODERS)) as cramped:
            assert is_red(cramped.pictures.load_thumbnail(photo, side_px=128))
        assert not list(disk.path.rglob("*.jpg"))


def test_a_photo_that_is_gone_with_its_thumbnail_has_no_picture(
    library: Library, photo: Photo
) -> None:
    path_of(library, photo).unlink()
    photo.path.unlink()

    assert library.pictures.load_thumbnail(photo, side_px=128) is None


@pytest.mark.parametrize("is_read", [True, False])
def test_a_panorama_is_sharp_in_a_square(library: Library, tmp_path: Path, is_read: bool) -> None:
    wide = Image.new("L", (6000, 300))
    for left in range(0, 6000, 40):
        wide.paste(255, (left, 0, left + 20, 300))
    wide.save(tmp_path / "photos" / "wide.jpg", quality=95)
    library.index(Job())
    photo = library.folders.find_photo(tmp_path / "photos" / "wide.jpg")
    assert photo is not None
    if not is_read:
        photo = dataclasses.replace(photo, content_hash=None)
    image = library.pictures.load_thumbnail(photo, 128)
    assert image is not None and min(image.size) >= 128
    middle = np.asarray(image.convert("L"), int)[64, image.width // 2 - 60 :][:120]
    assert middle.min() < 60 and middle.max() > 195, "the stripes are told apart"
