"""A second pass beside the models, in a library: waited for, switched off, held back, renewed."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.catalog import Failure, Value
from desktop.errors import ModelUnavailable
from desktop.ingest import Material, Pass
from desktop.library import Job, Library, Places, Settings, WaitsFor
from desktop.library.indexing import check_up
from tests.colour_registry import ColourRegistry
from tests.library.indexing.test_power_and_use import NOBODY_IS_THERE, SOMEBODY_IS_THERE, Laptop
from tests.library.test_library import Listener
from tests.mean_colour import MeanColour
from tests.pictures import draw, draw_nine
from tests.shared_decoders import DECODERS, Decodes

Open = Callable[..., Library]


@pytest.fixture
def laptop() -> Laptop:
    return Laptop()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three red, three green, three blue, and a black one at which the mean colour fails."""
    folder = draw_nine(tmp_path / "photos")
    draw(folder / "black.jpg", "black")
    return folder


@pytest.fixture
def opened(
    tmp_path: Path, photos: Path, laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Open]:
    """Opens the library of these photos with passes; the one that was open is closed."""
    monkeypatch.setattr(check_up, "HEED_EVERY_S", 0.05)
    libraries: list[Library] = []

    def reopened(*passes: Pass) -> Library:
        close()
        places = Places.under(tmp_path / "data")
        library = Library.open(places, Settings(), ColourRegistry, DECODERS, laptop, passes)
        library.folders.add(photos)
        libraries.append(library)
        return library

    def close() -> None:
        while libraries:
            libraries.pop().close()

    yield reopened
    close()


def waiting(library: Library) -> dict[str, int]:
    return {each.pass_id: each.waiting for each in library.status().passes}


def test_waiting_and_problems_are_told_by_pass(opened: Open, decodes: Decodes) -> None:
    library = opened(MeanColour())

    summary = library.index(Job())

    assert (summary.embedded, summary.made) == (10, {"mean colour@1": 9})
    assert decodes.n == 10
    status = library.status()
    assert waiting(library) == {"colours@1": 0, "mean colour@1": 0}
    assert (status.counts.searchable, status.counts.problems, status.n_problems) == (10, 0, 1)
    (problem,) = library.photos.list_problems()
    assert (problem.photo.path.name, problem.pass_id) == ("black.jpg", "mean colour@1")

    library.retry([problem.photo.photo_id])
    assert waiting(library) == {"colours@1": 0, "mean colour@1": 1}
    assert library.index(Job()).made == {"mean colour@1": 0}


def test_a_pass_that_is_switched_off_waits_and_keeps_what_it_made(opened: Open) -> None:
    library = opened(MeanColour())
    library.index(Job())
    library.change_settings(replace(library.settings, passes_off=("mean colour",)))
    draw(library.folders.list_all()[0].path / "late.jpg", "yellow")

    assert library.index(Job()).made == {"mean colour@1": 0}
    assert waiting(library) == {"colours@1": 0, "mean colour@1": 1}
    assert library.status().others_waiting == ()

    library.change_settings(replace(library.settings, passes_off=()))
    assert [each.name for each in library.status().others_waiting] == ["mean colour"]
    assert library.index(Job()).made == {"mean colour@1": 1}


def test_a_new_version_does_all_photos_anew_and_embeds_none(opened: Open) -> None:
    opened(MeanColour("1")).index(Job())
    library = opened(MeanColour("2"))
    assert waiting(library) == {"colours@1": 0, "mean colour@2": 10}

    summary = library.index(Job())

    assert (summary.embedded, summary.made) == (0, {"mean colour@2": 9})
    photo_ids = library.photos.list_ids().tolist()
    assert library._catalog.made.get_values(photo_ids, "mean colour@1") == {}
    assert len(library._catalog.made.get_values(photo_ids, "mean colour@2")) == 9


@pytest.mark.parametrize("waits_for", [WaitsFor.MAINS, WaitsFor.IDLE])
def test_a_pass_waits_in_the_background_for_better_times(
    opened: Open, laptop: Laptop, waits_for: WaitsFor
) -> None:
    laptop.on_battery, laptop.idle_s = True, SOMEBODY_IS_THERE
    colour = MeanColour(waits_for=waits_for)
    library = opened(colour)
    listener = Listener()
    library.listen(listener)
    library.start()
    listener.wait_until(lambda: library.status().counts.searchable == 10)
    assert waiting(library)["mean colour@1"] == 10

    if waits_for is WaitsFor.MAINS:
        laptop.on_battery = False
    else:
        laptop.idle_s = NOBODY_IS_THERE

    listener.wait_until(lambda: waiting(library)["mean colour@1"] == 0)


class Held(MeanColour):
    """Is held up in its first batch."""

    name = "held"

    def __init__(self) -> None:
        super().__init__(waits_for=WaitsFor.MAINS)
        self.has_begun, self.go_on = threading.Event(), threading.Event()

    def run(self, photos: Sequence[Material]) -> Sequence[Value | Failure]:
        self.has_begun.set()
        assert self.go_on.wait(20)
        return super().run(photos)


def test_a_pass_that_must_wait_again_ends_after_its_batch_and_the_others_go_on(
    opened: Open, laptop: Laptop, photos: Path
) -> None:
    for number in range(30):
        draw(photos / f"more{number}.jpg", "yellow", number)
    held = Held()
    library = opened(held)
    listener = Listener()
    library.listen(listener)
    library.start()
    assert held.has_begun.wait(20)
    job = library.indexing._job
    assert job is not None

    laptop.on_battery = True
    listener.wait_until(lambda: job.cancelled)
    held.go_on.set()

    listener.wait_until(lambda: library.status().counts.searchable == 40)
    assert 0 < waiting(library)["held@1"] < 40
    laptop.on_battery = False
    listener.wait_until(lambda: waiting(library)["held@1"] == 0)


def test_mains_power_ends_what_runs_so_that_a_model_that_waited_for_it_is_converted(
    opened: Open, laptop: Laptop
) -> None:
    laptop.on_battery = True
    held = Held()
    held.waits_for = WaitsFor.NOTHING
    library = opened(held)
    library.start()
    assert held.has_begun.wait(20)
    job = library.indexing._job
    assert job is not None

    library.converting.needs_mains = True
    laptop.on_battery = False
    listener = Listener()
    library.listen(listener)
    listener.wait_until(lambda: job.cancelled)
    held.go_on.set()
    listener.wait_until(lambda: waiting(library)["held@1"] == 0)


def test_who_asks_for_indexing_gets_all_of_it(opened: Open, laptop: Laptop) -> None:
    laptop.on_battery = True

    library = opened(MeanColour(waits_for=WaitsFor.MAINS))
    assert library.index(Job()).made == {"mean colour@1": 9}


def test_what_arrives_while_a_model_is_coming_is_decoded_once_for_both(
    opened: Open, photos: Path, decodes: Decodes
) -> None:
    library = opened()
    library.index(Job())
    library.models.use("colours-2")
    draw(photos / "new.jpg", "yellow")
    decodes.n = 0

    assert library.index(Job()).embedded == 12

    assert decodes.n == 11
    assert library.status().model.name == "colours-2"
    assert library._catalog.made.count_vectors() == {"colours@1": 11, "colours-2@7": 11}


def test_a_coming_model_that_cannot_run_leaves_new_photos_to_the_one_that_answers(
    opened: Open, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = opened()
    library.index(Job())
    library.models.use("colours-2")
    draw(photos / "new.jpg", "yellow")

    def fail(_: Sequence[object]) -> None:
        raise ModelUnavailable("Its weights are damaged.")

    coming = library._spaces.coming
    monkeypatch.setattr(coming, "embed_images", fail)
    with pytest.raises(ModelUnavailable):
        library.index(Job())

    status = library.status()
    assert (status.model.name, status.counts.searchable) == ("colours", 11)
    assert status.coming_waiting == 11


class Unable(MeanColour):
    name = "unable"

    def run(self, photos: Sequence[Material]) -> Sequence[Value | Failure]:
        raise ZeroDivisionError("a bug of this pass")


def test_a_pass_with_a_bug_at_every_photo_is_said_after_all_others_are_done(
    opened: Open, bugs: list[BaseException]
) -> None:
    library = opened(MeanColour(), Unable())

    with pytest.raises(ModelUnavailable, match="unable fails at every photo"):
        library.index(Job())

    assert bugs
    assert waiting(library) == {"colours@1": 0, "mean colour@1": 0, "unable@1": 10}
