"""Indexing holds back on battery and while somebody is at the computer."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from desktop.jobs import LEAST_WORK_S
from desktop.library import (
    Event,
    Library,
    Places,
    Power,
    ProgressChanged,
    Query,
    Restraint,
    Settings,
)
from desktop.library.indexing import check_up
from tests.colour_registry import ColourRegistry
from tests.pictures import draw
from tests.shared_decoders import DECODERS

WAIT_S = 30.0
SOMEBODY_IS_THERE = 0.5
NOBODY_IS_THERE = 600.0
NOTHING = ProgressChanged(None, False)


@dataclass
class Laptop:
    """A computer whose readings a test sets."""

    on_battery: bool | None = False
    idle_s: float | None = NOBODY_IS_THERE

    def __call__(self, with_idle: bool = True) -> Power:
        return Power(self.on_battery, self.idle_s if with_idle else None)


@dataclass
class Bar:
    """What the status bar would hear."""

    now: ProgressChanged = NOTHING
    rests_s: float = 0.0
    heard_s: float = math.inf
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, event: Event) -> None:
        with self.changed:
            if isinstance(event, ProgressChanged):
                self._note_rest()
                self.now = event
            self.changed.notify_all()

    def _note_rest(self) -> None:
        """A silence as long as the shortest rest, while photos were being read."""
        silence_s = time.monotonic() - self.heard_s
        self.heard_s = time.monotonic()
        if self.now.progress is not None and silence_s >= LEAST_WORK_S:
            self.rests_s += silence_s

    def wait_until(self, holds: Callable[[], bool]) -> None:
        with self.changed:
            for _ in range(int(WAIT_S * 10)):
                if self.changed.wait_for(holds, 0.1):
                    return
        raise AssertionError(self.now)


@dataclass
class Window:
    """A library that indexes in the background."""

    library: Library
    laptop: Laptop
    bar: Bar
    photos: Path

    def choose(self, **settings: bool) -> None:
        self.library.change_settings(replace(self.library.settings, **settings))

    @property
    def n_searchable(self) -> int:
        return self.library.status().counts.searchable

    @property
    def n_waiting(self) -> int:
        return self.library.status().counts.waiting

    def draw(self, name: str, n: int, size: tuple[int, int] = (160, 120)) -> None:
        for seed in range(n):
            draw(self.photos / f"{name}{seed}.jpg", "red", seed, size)


@pytest.fixture
def window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    monkeypatch.setattr(check_up, "HEED_EVERY_S", 0.05)
    laptop, bar = Laptop(), Bar()
    places = Places.under(tmp_path / "data")
    library = Library.open(places, Settings(idle_unload_s=0), ColourRegistry, DECODERS, laptop)
    library.listen(bar)
    (tmp_path / "photos").mkdir()
    window = Window(library, laptop, bar, tmp_path / "photos")
    window.draw("first", 4)
    library.folders.add(window.photos)
    yield window
    library.close()


def test_photos_wait_while_somebody_is_there_and_are_read_when_nobody_is(window: Window) -> None:
    window.choose(index_only_when_idle=True)
    window.laptop.idle_s = SOMEBODY_IS_THERE
    window.library.start()
    window.bar.wait_until(lambda: window.n_waiting == 4)
    window.bar.wait_until(lambda: window.bar.now == waiting_until_idle())
    assert window.n_searchable == 0

    window.laptop.idle_s = NOBODY_IS_THERE

    window.bar.wait_until(lambda: window.n_searchable == 4)
    assert window.bar.now.restraint is Restraint.NONE


def test_reading_stops_when_somebody_comes_back_and_nothing_in_hand_is_lost(window: Window) -> None:
    window.choose(index_only_when_idle=True)
    window.draw("more", 120)
    window.library.start()
    window.bar.wait_until(lambda: window.n_searchable > 0)

    window.laptop.idle_s = SOMEBODY_IS_THERE
    window.bar.wait_until(lambda: window.bar.now == waiting_until_idle())
    n_searchable = window.n_searchable
    assert 0 < n_searchable < 124, "it stopped in the middle"
    assert window.n_waiting == 124 - n_searchable

    window.laptop.idle_s = NOBODY_IS_THERE
    window.bar.wait_until(lambda: window.n_searchable == 124)


def test_what_is_deleted_while_photos_wait_is_not_found_any_more(window: Window) -> None:
    window.choose(index_only_when_idle=True)
    window.library.start()
    window.bar.wait_until(lambda: window.n_searchable == 4)
    window.laptop.idle_s = SOMEBODY_IS_THERE
    window.bar.wait_until(lambda: window.bar.now == waiting_until_idle())

    (window.photos / "first0.jpg").unlink()
    window.draw("late", 1)

    window.bar.wait_until(lambda: len(window.library.search(Query(text="red")).hits) == 3)
    window.bar.wait_until(lambda: window.n_waiting == 1)


def test_pause_is_the_persons_own_and_outlasts_the_wait(window: Window) -> None:
    window.choose(index_only_when_idle=True)
    window.laptop.idle_s = SOMEBODY_IS_THERE
    window.library.start()
    window.bar.wait_until(lambda: window.n_waiting == 4)
    window.library.indexing.pause()

    window.laptop.idle_s = NOBODY_IS_THERE
    window.bar.wait_until(lambda: window.bar.now.restraint is Restraint.NONE)
    assert window.bar.now.paused and window.n_searchable == 0

    window.library.indexing.resume()
    window.bar.wait_until(lambda: window.n_searchable == 4)


def test_taking_the_setting_back_ends_the_wait(window: Window) -> None:
    window.choose(index_only_when_idle=True)
    window.laptop.idle_s = SOMEBODY_IS_THERE
    window.library.start()
    window.bar.wait_until(lambda: window.bar.now == waiting_until_idle())

    window.choose(index_only_when_idle=False)

    window.bar.wait_until(lambda: window.n_searchable == 4)


def test_where_the_platform_does_not_tell_photos_are_read_at_any_time(window: Window) -> None:
    window.choose(index_only_when_idle=True)
    window.laptop.idle_s = window.laptop.on_battery = None
    window.library.start()

    window.bar.wait_until(lambda: window.n_searchable == 4)
    assert window.bar.now.restraint is Restraint.NONE


def test_on_battery_indexing_rests_for_most_of_the_time(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = window.library._spaces.answering()
    at_once = embedder.embed_images

    def slowly(images: Sequence[Image.Image]) -> NDArray[np.float32]:
        time.sleep(0.05 * len(images))
        return at_once(images)

    monkeypatch.setattr(embedder, "embed_images", slowly)
    window.laptop.on_battery = True
    window.draw("more", 40)
    window.library.start()
    window.bar.wait_until(lambda: window.bar.now.progress is not None)
    started_s = time.monotonic()
    window.bar.wait_until(lambda: window.n_searchable == 44)

    elapsed_s = time.monotonic() - started_s
    assert window.bar.rests_s > 0.45 * elapsed_s, "two thirds, but for the beginning and the end"


def test_on_battery_it_is_said_that_photos_are_read_more_slowly(window: Window) -> None:
    window.laptop.on_battery = True
    window.library.start()
    window.bar.wait_until(lambda: window.n_searchable == 4)
    assert window.bar.now.restraint is Restraint.SLOW_ON_BATTERY

    window.laptop.on_battery = False
    window.bar.wait_until(lambda: window.bar.now.restraint is Restraint.NONE)

    window.choose(slow_on_battery=False)
    window.laptop.on_battery = True
    window.draw("more", 1)
    window.bar.wait_until(lambda: window.n_searchable == 5)
    assert window.bar.now.restraint is Restraint.NONE


def waiting_until_idle() -> ProgressChanged:
    return ProgressChanged(None, False, Restraint.UNTIL_IDLE)
