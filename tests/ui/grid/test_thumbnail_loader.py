"""Pictures come for what is in view, and for nothing else."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QImage, QPixmap

from desktop.library import Photo
from desktop.ui.grid.picture_cache import Picture, PictureCache
from desktop.ui.grid.thumbnail_loader import (
    N_THREADS,
    LoadedThumbnail,
    ThumbnailLoader,
    WantedThumbnail,
)
from tests.ui.large_library import HeldLibrary

BUGS = range(20, 25)


class SlowLibrary(HeldLibrary):
    """Holds every thumbnail back until `go_on` is set; there is none of one photo, and some meet a
    bug."""

    def load_thumbnail(self, photo: Photo, side_px: int) -> Image.Image | None:
        self.wait()
        if photo.photo_id in BUGS:
            raise ZeroDivisionError("a bug")
        return None if photo.photo_id == 13 else super().load_thumbnail(photo, side_px)


class Answers:
    def __init__(self) -> None:
        self.got: list[LoadedThumbnail] = []
        self._changed = threading.Condition()

    def __call__(self, loaded: LoadedThumbnail) -> None:
        with self._changed:
            self.got.append(loaded)
            self._changed.notify_all()

    def wait_for(self, n: int) -> list[LoadedThumbnail]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.got) >= n, 10)
            return list(self.got)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[SlowLibrary]:
    made = SlowLibrary(tmp_path)
    made.go_on.clear()
    yield made
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


def wishes(library: SlowLibrary, ids: range, side_px: int = 128) -> list[WantedThumbnail]:
    return [WantedThumbnail(photo, side_px) for photo in library.photos.get(list(ids))]


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


def test_where_there_is_no_picture_that_is_the_answer(
    library: SlowLibrary, loader: ThumbnailLoader, answers: Answers
) -> None:
    library.go_on.set()
    loader.want(wishes(library, range(12, 14)))
    pixels = {answer.wanted.photo.photo_id: answer.pixels for answer in answers.wait_for(2)}
    assert pixels[12] is not None and pixels[13] is None


def test_bugs_are_reported_and_the_pictures_after_them_come(
    library: SlowLibrary, loader: ThumbnailLoader, answers: Answers, bugs: list[BaseException]
) -> None:
    library.go_on.set()
    loader.want(wishes(library, range(BUGS.start, BUGS.stop + 5)))
    loaded = answers.wait_for(len(BUGS) + 5)
    without = {answer.wanted.photo.photo_id for answer in loaded if answer.pixels is None}
    assert without == set(BUGS)
    assert {type(bug) for bug in bugs} == {ZeroDivisionError} and len(bugs) == len(BUGS)


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
