"""The measurement of this computer: it says what it found, and leaves everything as it was."""

import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from desktop.embedding import Embedder
from desktop.errors import Cancelled
from desktop.ingest import BATCH
from desktop.library import BenchReport, Effort, Job, Library, Places, Power, Progress, Settings
from desktop.library.bench import CAMERA_PX, draw_photos
from desktop.media import decode
from tests.colour_embedder import ColourEmbedder
from tests.colour_registry import ColourRegistry
from tests.pictures import draw
from tests.shared_decoders import DECODERS

SMALL = Effort(seconds=0.3, n_photos=2 * BATCH, photo_px=(400, 300))
ON_MAINS = Power(on_battery=False)


def open_library(
    data: Path, registry: type[ColourRegistry] = ColourRegistry, power: Power = ON_MAINS
) -> Library:
    settings = Settings(slow_on_battery=False)
    return Library.open(Places.under(data), settings, registry, DECODERS, lambda _: power)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = open_library(tmp_path / "data")
    yield library
    library.close()


def files_under(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and path.suffix != ".log"}


def choices(report: BenchReport) -> dict[str, int | bool | str]:
    return {choice.name: choice.chosen for choice in report.choices}


def test_everything_is_measured_and_the_library_is_as_before(
    library: Library, tmp_path: Path
) -> None:
    draw(tmp_path / "photos" / "red.jpg")
    library.folders.add(tmp_path / "photos")
    library.index(Job())
    before, status = files_under(tmp_path), library.status()
    seen: list[Progress] = []

    report = library.bench(Job(seen.append), SMALL)

    assert (report.model_id, report.device) == ("colours@1", "cpu")
    rates = (report.read_per_s, report.embed_per_s, report.index_per_s, report.saved_per_s)
    assert all(0 < per_s < 1e6 for per_s in rates)
    assert report.embed_on_cpu_per_s is None, "the processor is the device"
    assert report.n_within_answer == int(report.compared_per_ms * report.answer_ms) > 0
    assert [progress.done for progress in seen] == list(range(6))
    assert files_under(tmp_path) == before
    assert library.status() == status


def test_the_settings_follow_from_what_was_measured(library: Library) -> None:
    report = library.bench(Job(), SMALL)

    assert choices(report)["exact_search_limit"] == 0, "the index measures it by itself"
    assert choices(report)["device"] == "auto"
    assert choices(report)["slow_on_battery"] is True, "there is a battery, though it is not in use"


def test_without_a_battery_its_setting_stays(tmp_path: Path) -> None:
    library = open_library(tmp_path / "data", power=Power())
    try:
        assert choices(library.bench(Job(), SMALL))["slow_on_battery"] is False
    finally:
        library.close()


class SlowOnTheCard(ColourEmbedder):
    """On anything but the processor it takes its time."""

    def embed_images(self, images: list[Image.Image]) -> NDArray[np.float32]:  # type: ignore[override]
        if self.device != "cpu":
            time.sleep(0.05)
        return super().embed_images(images)


class TwoDevices(ColourRegistry):
    def __init__(self, places: Places, settings: Callable[[], Settings]) -> None:
        super().__init__(places, settings)
        self._device = "cpu" if settings().device == "cpu" else "cuda"

    def create(self, name: str) -> Embedder:
        embedder = SlowOnTheCard(self.resolve(name))
        embedder.device = self._device
        return embedder


def test_the_processor_is_chosen_where_it_is_faster_than_the_card(tmp_path: Path) -> None:
    library = open_library(tmp_path / "data", TwoDevices)
    try:
        report = library.bench(Job(), SMALL)
    finally:
        library.close()
    assert report.device == "cuda"
    assert report.embed_on_cpu_per_s is not None
    assert report.embed_on_cpu_per_s > report.embed_per_s
    assert choices(report)["device"] == "cpu"


@pytest.mark.parametrize("step", range(6))
def test_it_can_be_cancelled_at_any_step_and_leaves_nothing(
    library: Library, tmp_path: Path, step: int
) -> None:
    before = files_under(tmp_path)
    job = Job(lambda progress: job.cancel() if progress.done == step else None)

    with pytest.raises(Cancelled):
        library.bench(job, SMALL)

    assert files_under(tmp_path) == before


def test_the_photos_drawn_are_like_a_cameras_and_all_different(tmp_path: Path) -> None:
    paths = draw_photos(tmp_path, 3, CAMERA_PX, Job())

    assert len({hashlib.sha256(path.read_bytes()).digest() for path in paths}) == 3
    assert len({path.stat().st_size for path in paths}) == 1
    assert 1_500_000 < paths[0].stat().st_size < 4_000_000
    facts = decode(paths[2]).facts
    assert (facts.width_px, facts.height_px, facts.format) == (*CAMERA_PX, "JPEG")
