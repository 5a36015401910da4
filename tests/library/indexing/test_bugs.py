"""A bug, in a model or in our own code: it is reported, and the other photos are indexed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from desktop.embedding import Embedder, apart
from desktop.embedding.apart import EmbedderApart
from desktop.errors import LibraryBusy, ModelUnavailable
from desktop.ingest import reading
from desktop.ingest.running import PROBLEM
from desktop.jobs import wait
from desktop.library import Failed, Job, Library, Places
from desktop.library.care.process_lock import acquire, process_lock
from desktop.library.indexing import check_up, indexing, setback
from tests.colour_embedder import ColourEmbedder
from tests.colour_registry import ColourRegistry
from tests.library.test_library import Listener
from tests.pictures import draw, draw_nine
from tests.shared_decoders import DECODERS

Fails = Callable[[Image.Image], bool]


class FailingEmbedder(ColourEmbedder):
    """Has a bug that shows at some images."""

    def __init__(self, fails: Fails) -> None:
        super().__init__()
        self.fails = fails

    def embed_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        if any(map(self.fails, images)):
            raise ZeroDivisionError("a bug of the model")
        return super().embed_images(images)


class FailingRegistry(ColourRegistry):
    def create(self, name: str) -> Embedder:
        return EMBEDDER


EMBEDDER = FailingEmbedder(lambda _: False)


def is_red(image: Image.Image) -> bool:
    red, green, blue = np.asarray(image.convert("RGB")).mean((0, 1))
    return bool(red > 150 and green < 120 and blue < 120)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """With three red photos, three green and three blue ones."""
    opened = Library.open(Places.under(tmp_path / "data"), None, FailingRegistry, DECODERS)
    opened.folders.add(draw_nine(tmp_path / "photos"))
    yield opened
    EMBEDDER.fails = lambda _: False
    opened.close()


def test_photos_at_which_the_model_fails_are_problems_and_the_others_searchable(
    library: Library, bugs: list[BaseException]
) -> None:
    EMBEDDER.fails = is_red
    assert library.index(Job()).problems == 3
    assert library.status().counts.searchable == 6
    problems = library.photos.list_problems()
    assert {each.photo.path.stem[:3] for each in problems} == {"red"}
    assert {each.sentence for each in problems} == {PROBLEM}
    assert bugs and {type(bug) for bug in bugs} == {ZeroDivisionError}

    n_bugs = len(bugs)
    assert library.index(Job()).embedded == 0
    assert len(bugs) == n_bugs, "what is a problem is not tried again by itself"

    EMBEDDER.fails = lambda _: False
    library.retry([each.photo.photo_id for each in problems])
    assert library.index(Job()).embedded == 3


@pytest.mark.usefixtures("bugs")
def test_a_model_that_fails_at_everything_is_no_photos_fault(library: Library) -> None:
    EMBEDDER.fails = lambda _: True
    with pytest.raises(ModelUnavailable, match="fails at every photo"):
        library.index(Job())
    counts = library.status().counts
    assert (counts.waiting, counts.problems) == (9, 0)


def test_the_window_hears_of_it_says_why_photos_wait_and_tries_again(
    library: Library, bugs: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_up, "HEED_EVERY_S", 0.05)
    monkeypatch.setattr(setback, "RETRY_EVERY_S", 0.2)
    listener = Listener()
    library.listen(listener)
    EMBEDDER.fails = lambda _: True
    library.start()
    listener.wait_until(lambda: "fails at every photo" in listener.waits_because)
    assert bugs and listener.heard(Failed)

    EMBEDDER.fails = lambda _: False
    listener.wait_until(lambda: library.status().counts.searchable == 9)
    listener.wait_until(lambda: listener.waits_because == "")


@pytest.mark.parametrize("step", ["hash_content", "to_metadata"])
def test_a_photo_at_which_our_own_code_fails_stops_no_other(
    library: Library, bugs: list[BaseException], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(f"desktop.ingest.reading.{step}", failing_once(step))
    assert library.index(Job()).problems == 1
    assert library.status().counts.searchable == 8
    assert [type(bug) for bug in bugs] == [ZeroDivisionError]


def failing_once(name: str) -> Callable[..., object]:
    before, calls = getattr(reading, name), count()

    def work(*arguments: object) -> object:
        if next(calls) == 0:
            raise ZeroDivisionError("a bug of ours")
        return before(*arguments)

    return work


def test_bugs_elsewhere_on_the_ingest_thread_end_neither_it_nor_the_check_up(
    library: Library,
    bugs: list[BaseException],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(check_up, "HEED_EVERY_S", 0.05)
    monkeypatch.setattr(setback, "RETRY_EVERY_S", 0.1)

    def fail(*_: object) -> None:
        raise ZeroDivisionError("a bug of ours")

    listener = Listener()
    library.listen(listener)
    with monkeypatch.context() as broken:
        broken.setattr(library.indexing, "_catch_up", fail)
        broken.setattr(library._spaces, "unload_if_idle", fail)
        library.start()
        listener.wait_until(lambda: len(bugs) > 4)
        listener.wait_until(lambda: "a fault of its own" in listener.waits_because)
    listener.wait_until(lambda: library.status().counts.searchable == 9)


def test_a_thread_that_does_not_end_keeps_the_data_folder_from_other_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "END_WITHIN_S", 0.1)
    places = Places.under(tmp_path / "data")
    held, go_on = threading.Event(), threading.Event()

    def hold(_: Image.Image) -> bool:
        held.set()
        return not go_on.wait(20)

    library = Library.open(places, None, FailingRegistry, DECODERS)
    EMBEDDER.fails = hold
    draw(tmp_path / "photos" / "red.jpg")
    library.folders.add(tmp_path / "photos")
    library.start()
    assert held.wait(20)
    library.close()
    try:
        with pytest.raises(LibraryBusy):
            acquire(process_lock(places))
    finally:
        go_on.set()
        EMBEDDER.fails = lambda _: False
        assert library.indexing._worker.stop(20)
        library.indexing.close()
    other = process_lock(places)
    acquire(other)
    other.release()


class HangingEmbedder(ColourEmbedder):
    def embed_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        time.sleep(60)
        return super().embed_images(images)


class HangingRegistry(ColourRegistry):
    def create(self, name: str) -> Embedder:
        return HANGING


HANGING = EmbedderApart(HangingEmbedder)


def test_a_model_that_hangs_holds_up_closing_for_a_moment_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "END_WITHIN_S", 1.0)
    monkeypatch.setattr(apart, "UNLOAD_WITHIN_S", 0.2)
    places = Places.under(tmp_path / "data")
    library = Library.open(places, None, HangingRegistry, DECODERS)
    HANGING.load()
    draw(tmp_path / "photos" / "red.jpg")
    library.folders.add(tmp_path / "photos")
    library.start()
    assert wait(lambda s: HANGING._n_using > 0 or threading.Event().wait(s), 20)
    begun_s = time.monotonic()
    library.close()
    assert time.monotonic() - begun_s < 10
    other = process_lock(places)
    acquire(other)
    other.release()


class LoadsForLong(ColourEmbedder):
    def load(self) -> None:
        time.sleep(60)


class SlowRegistry(ColourRegistry):
    def create(self, name: str) -> Embedder:
        return SLOW


SLOW = EmbedderApart(LoadsForLong)


@pytest.mark.parametrize("asks", [False, True])
def test_closing_does_not_wait_for_a_model_that_is_being_loaded(tmp_path: Path, asks: bool) -> None:
    places = Places.under(tmp_path / "data")
    library = Library.open(places, None, SlowRegistry, DECODERS)
    draw(tmp_path / "photos" / "red.jpg")
    library.folders.add(tmp_path / "photos")
    if asks:
        library.submit(SLOW.load)
    else:
        library.start()
    assert wait(lambda s: SLOW._n_using > 0 or threading.Event().wait(s), 20)
    begun_s = time.monotonic()
    library.close()
    assert time.monotonic() - begun_s < 4
    assert SLOW._n_using == 0
    other = process_lock(places)
    acquire(other)
    other.release()
