"""Pictures come for what is in view, and for nothing else."""

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QImage, QPixmap

from desktop.errors import PhotoUnreadable
from desktop.library import Photo
from desktop.ui.picture_cache import Picture, PictureCache
from desktop.ui.thumbnail_loader import N_THREADS, Loaded, ThumbnailLoader, Wanted
from tests.ui.large_library import LargeLibrary


class SlowLibrary(LargeLibrary):
    """Holds every thumbnail back until `go_on` is set; knows one photo that was not read yet."""

    def __init__(self, data: Path) -> None:
        super().__init__(data, n_photos=100)
        self.go_on = threading.Event()

    def thumbnail_path(self, photo: Photo) -> Path | None:
        assert self.go_on.wait(10)
        return super().thumbnail_path(photo) if photo.content_hash is not None else None

    def make_thumbnail(self, photo: Photo) -> Path:
        path = super().thumbnail_path(photo)
        Image.new("RGB", (512, 300), "navy").save(path)
        return path

    def load_image(self, photo: Photo, max_side_px: int | None) -> Image.Image:
        if photo.photo_id == 13:
            raise PhotoUnreadable("It is damaged.")
        return Image.new("RGB", (max_side_px or 1, 100), "teal")


class Answers:
    def __init__(self) -> None:
        self.got: list[Loaded] = []
        self._changed = threading.Condition()

    def __call__(self, loaded: Loaded) -> None:
        with self._changed:
            self.got.append(loaded)
            self._changed.notify_all()

    def wait_for(self, n: int) -> list[Loaded]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.got) >= n, 10)
            return list(self.got)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[SlowLibrary]:
    made = SlowLibrary(tmp_path)
    yield made
    made.go_on.set()
    made.close()


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def loader(library: SlowLibrary, answers: Answers) -> Iterator[ThumbnailLoader]:
    made = ThumbnailLoader(library, answers)
    yield made
    library.go_on.set()
    made.stop()


def wishes(library: SlowLibrary, ids: range, side_px: int = 128) -> list[Wanted]:
    return [Wanted(photo, side_px) for photo in library.get_photos(list(ids))]


def test_what_was_scrolled_away_is_never_loaded(
    library: SlowLibrary, loader: ThumbnailLoader, answers: Answers
) -> None:
    loader.want(wishes(library, range(1, 40)))
    loader.want(wishes(library, range(50, 54)))
    library.go_on.set()
    loaded = {answer.wanted.photo.photo_id for answer in answers.wait_for(4)}
    assert len(loaded - {50, 51, 52, 53}) <= N_THREADS


def test_a_picture_is_reduced_to_what_is_needed(
    library: SlowLibrary, loader: ThumbnailLoader, answers: Answers
) -> None:
    library.go_on.set()
    loader.want(wishes(library, range(1, 2), side_px=128))
    pixels = answers.wait_for(1)[0].pixels
    assert pixels is not None and (pixels.width, pixels.height) == (171, 128)


def test_a_thumbnail_that_was_deleted_is_made_again(
    library: SlowLibrary, loader: ThumbnailLoader, answers: Answers
) -> None:
    library.go_on.set()
    (wish,) = wishes(library, range(3, 4))
    LargeLibrary.thumbnail_path(library, wish.photo).unlink()
    loader.want([wish])
    pixels = answers.wait_for(1)[0].pixels
    assert pixels is not None
    image = pixels.to_qimage()
    assert image.pixelColor(5, 5).blue() > 100 > 20 > image.pixelColor(5, 5).red()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_thumbnail_that_was_damaged_is_made_again(
    library: SlowLibrary, loader: ThumbnailLoader, answers: Answers, share: float
) -> None:
    library.go_on.set()
    (wish,) = wishes(library, range(3, 4))
    path = LargeLibrary.thumbnail_path(library, wish.photo)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)] + bytes(int(len(content) * (1 - share))))
    loader.want([wish])
    pixels = answers.wait_for(1)[0].pixels
    assert pixels is not None
    image = pixels.to_qimage()
    lowest = image.pixelColor(5, image.height() - 5)
    assert lowest.blue() > 100 > 20 > lowest.red()


def test_a_thumbnail_that_says_it_is_huge_is_not_decoded_but_made_again(
    library: SlowLibrary, loader: ThumbnailLoader, answers: Answers
) -> None:
    library.go_on.set()
    (wish,) = wishes(library, range(3, 4))
    path = LargeLibrary.thumbnail_path(library, wish.photo)
    content = bytearray(path.read_bytes())
    size_at = content.index(b"\xff\xc0") + 5
    content[size_at : size_at + 4] = b"\x2f\xff" * 2
    path.write_bytes(content)
    loader.want([wish])
    pixels = answers.wait_for(1)[0].pixels
    assert pixels is not None and (pixels.width, pixels.height) == (218, 128)


def test_a_photo_that_waits_to_be_read_is_shown_from_its_file(
    library: SlowLibrary, loader: ThumbnailLoader, answers: Answers
) -> None:
    library.go_on.set()
    unread = [
        Wanted(dataclasses.replace(wish.photo, content_hash=None), 128)
        for wish in wishes(library, range(12, 14))
    ]
    loader.want(unread)
    pixels = {a.wanted.photo.photo_id: a.pixels for a in answers.wait_for(2)}
    assert pixels[12] is not None
    assert pixels[12].to_qimage().pixelColor(5, 5).name() == "#008080"
    assert pixels[13] is None


@pytest.mark.usefixtures("qapp")
def test_the_cache_keeps_what_was_seen_last() -> None:
    def picture() -> Picture:
        return Picture(QPixmap.fromImage(QImage(10, 10, QImage.Format.Format_RGB32)), "a", 10)

    cache = PictureCache(limit_bytes=3 * 400)
    for photo_id in range(3):
        cache.put(photo_id, picture())
    assert cache.find(0) is not None
    cache.put(3, picture())
    assert cache.find(1) is None and cache.find(0) is not None
    cache.put(3, picture())
    assert cache.n_bytes == 3 * 400
