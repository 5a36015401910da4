"""While a window is open, a change of the engine is shown, and can be paused and taken back."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.errors import EngineUnavailable
from desktop.index import ENGINES, EngineChoice, Index, VectorIndex
from desktop.jobs import Job, Progress
from desktop.library import (
    EngineChanged,
    Event,
    Failed,
    Library,
    Places,
    ProgressChanged,
    Settings,
    SettingsChanged,
)
from desktop.library.indexing import check_up
from desktop.settings import load_settings
from desktop.settings_in_use import save_settings
from tests.colour_registry import ColourRegistry
from tests.pictures import draw
from tests.shared_decoders import DECODERS

STEPS = 50


class Steady(Index):
    """An engine that goes on by a step for each time it is told to."""

    n_done = 0
    n_allowed = 0
    n_cancelled = 0

    def rebuild(self, job: Job, catalog_revision: int) -> None:
        kind = type(self)
        try:
            for kind.n_done in range(STEPS + 1):
                job.report(kind.n_done, STEPS, "Building the index")
                while kind.n_done >= kind.n_allowed and kind.n_done < STEPS:
                    job.check()
                    job.cancels_within(0.01)
        finally:
            kind.n_cancelled += job.cancelled
        super().rebuild(job, catalog_revision)


def make_steady(_: EngineChoice, folder: Path, model_id: str, dim: int) -> VectorIndex:
    return Steady(folder / "steady", model_id, dim)


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> type[Steady]:
    row = dataclasses.replace(ENGINES["exact"], name="steady", make=make_steady)
    monkeypatch.setitem(ENGINES, "steady", row)
    for name in ("n_done", "n_allowed", "n_cancelled"):
        monkeypatch.setattr(Steady, name, 0)
    monkeypatch.setattr(check_up, "HEED_EVERY_S", 0.05)
    return Steady


def within(condition: Callable[[], bool], limit_s: float) -> bool:
    """Whether it comes true in so long a time."""
    until_s = time.monotonic() + limit_s
    while not condition() and time.monotonic() < until_s:
        Job().cancels_within(0.01)
    return condition()


class Window:
    """A library that indexes in the background, and what it has told.

    Attributes: progress: what the status bar shows.
    """

    def __init__(self, library: Library) -> None:
        self.library = library
        self.engines = library.engines
        self.told: list[Event] = []
        self.progress: Progress | None = None
        library.listen(self._on_event)
        library.start()

    def _on_event(self, event: Event) -> None:
        self.told.append(event)
        if isinstance(event, ProgressChanged):
            self.progress = event.progress

    def shows(self, n_done: int) -> bool:
        return within(lambda: self.progress is not None and self.progress.done == n_done, 10)


@pytest.fixture
def window(tmp_path: Path, steady: type[Steady]) -> Iterator[Window]:
    assert steady.n_done == 0
    draw(tmp_path / "photos" / "red.jpg", "red", 1)
    places = Places.under(tmp_path / "data")
    library = Library.open(places, Settings(), ColourRegistry, DECODERS)
    save_settings(places.settings_path, Settings())
    library.folders.add(tmp_path / "photos")
    library.index(Job())
    yield Window(library)
    library.close()


def test_it_is_shown_how_far_a_change_is(window: Window, steady: type[Steady]) -> None:
    window.engines.use("steady")
    assert window.shows(0)
    steady.n_allowed = 7
    assert window.shows(7)
    status = window.library.status()
    assert (status.engine, status.coming_engine) == ("annoy", "steady")
    steady.n_allowed = STEPS
    assert within(lambda: window.engines.answering == "steady", 10)
    assert within(lambda: window.progress is None, 10)
    assert sum(isinstance(event, EngineChanged) for event in window.told) == 2


def test_a_change_waits_while_it_is_paused(window: Window, steady: type[Steady]) -> None:
    window.engines.use("steady")
    assert window.shows(0)
    window.library.indexing.pause()
    steady.n_allowed = 3
    assert not within(lambda: steady.n_done > 1, 0.3)
    window.library.indexing.resume()
    assert window.shows(3)


def test_a_change_that_is_paused_does_not_hold_up_tidying(
    window: Window, steady: type[Steady], tmp_path: Path
) -> None:
    library = window.library
    thumbnails = library.places.thumbnails_path
    window.engines.use("steady")
    assert window.shows(0)
    library.indexing.pause()
    (thumbnail,) = thumbnails.rglob("*.jpg")
    os.utime(thumbnail, (0, 0))  # one that is new may be about to be saved
    library.folders.remove(library.folders.list_all()[0].folder_id)
    assert within(lambda: not thumbnail.exists(), 10)
    assert window.engines.coming == "steady"
    library.folders.add(tmp_path / "photos")
    steady.n_allowed = STEPS
    library.indexing.resume()
    assert within(lambda: window.engines.answering == "steady", 10)
    assert within(lambda: library.status().counts.searchable == 1, 10)


def test_a_change_that_is_taken_back_is_dropped_at_once(
    window: Window, steady: type[Steady]
) -> None:
    window.engines.use("steady")
    assert window.shows(0)
    window.library.indexing.pause()
    window.engines.use("annoy")
    assert within(lambda: steady.n_cancelled == 1, 10)
    assert within(lambda: window.progress is None, 10)
    window.library.indexing.resume()
    assert (window.engines.answering, window.engines.coming) == ("annoy", None)


def test_closing_waits_for_no_change(window: Window, steady: type[Steady]) -> None:
    window.engines.use("steady")
    assert window.shows(0)
    window.library.close()
    assert steady.n_cancelled == 1


def test_what_the_command_line_has_chosen_comes_in_the_window(
    window: Window, steady: type[Steady]
) -> None:
    command_line = Library.open(window.library.places, None, ColourRegistry, DECODERS)
    command_line.engines.use("steady")
    assert window.shows(0)
    command_line.engines.use("annoy")
    assert within(lambda: steady.n_cancelled == 1, 10)
    assert window.engines.coming is None
    command_line.close()


def test_what_the_window_saves_meanwhile_keeps_what_was_chosen_elsewhere(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_up, "HEED_EVERY_S", 0.5)
    path = window.library.places.settings_path
    save_settings(path, dataclasses.replace(load_settings(path), engine="steady"))
    window.library.change_settings(dataclasses.replace(window.library.settings, thumbnail_px=300))
    assert load_settings(path).thumbnail_px == 300
    assert load_settings(path).engine == "steady"
    assert within(lambda: window.engines.coming == "steady", 10)


def test_what_is_changed_elsewhere_is_neither_undone_nor_missed(window: Window) -> None:
    """The command line and a person's editor both write; the window saves, and then follows."""
    library, path = window.library, window.library.places.settings_path
    since = library.settings
    edited = path.read_text().replace("thumbnail_px = 180", "thumbnail_px = 240  # mine")
    path.write_text(edited + "starter = 0.5\n")  # of the sensitivity, which stands last
    command_line = Library.open(library.places, None, ColourRegistry, DECODERS)
    command_line.change_settings(dataclasses.replace(command_line.settings, exclude=("*.gif",)))
    command_line.close()
    library.change_settings(dataclasses.replace(since, names_count=False), since)
    wanted = dataclasses.replace(
        since,
        thumbnail_px=240,
        sensitivity={"starter": 0.5},
        exclude=("*.gif",),
        names_count=False,
    )
    assert load_settings(path) == wanted and "# mine" in path.read_text()
    assert within(lambda: library.settings == wanted, 10)
    assert within(lambda: any(isinstance(each, SettingsChanged) for each in window.told), 10)


def test_a_model_that_the_command_line_has_chosen_comes_in_the_window(window: Window) -> None:
    path = window.library.places.settings_path
    save_settings(path, dataclasses.replace(load_settings(path), model="colours-2"))
    assert within(lambda: window.library.status().model.name == "colours-2", 10)


def test_what_cannot_work_is_told_once_and_the_one_before_answers(window: Window) -> None:
    def failures() -> list[str]:
        return [each.error.message for each in window.told if isinstance(each, Failed)]

    path = window.library.places.settings_path
    save_settings(path, dataclasses.replace(window.library.settings, engine="milk"))
    assert within(lambda: bool(failures()), 10)
    assert not within(lambda: len(failures()) > 1, 0.3)
    assert failures() == ["There is no engine called milk."]
    assert (window.engines.answering, window.engines.coming) == ("annoy", None)
    path.write_text("engine = [")
    assert within(lambda: len(failures()) == 2, 10)
    assert "is not valid TOML" in failures()[-1]
    with pytest.raises(EngineUnavailable):
        window.engines.use("milk")
