"""Models are converted by the library, on the person's own photos."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from desktop.cli import parse
from desktop.cli.checking.health import status
from desktop.cli.choosing.models import models
from desktop.embedding.converted import Conversion
from desktop.embedding.converted.runtime import is_installed
from desktop.errors import UserError
from desktop.jobs import Job
from desktop.library import Library, Power, Query
from desktop.library.answering import converting as module
from desktop.settings import Places, Settings
from tests.pictures import draw_nine
from tests.shared_decoders import DECODERS
from tests.small_clip import build_small_clip

needs_openvino = pytest.mark.skipif(
    not is_installed(), reason="OpenVINO and NNCF are not installed (extra `openvino`)"
)
pytestmark = pytest.mark.timeout(300)  # two processes import torch: a minute on a busy computer
SMALL = Settings(model="small", device="cpu")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a small CLIP, and nine photos that wait to be read by it."""
    data = tmp_path_factory.mktemp("data")
    build_small_clip(Places.under(data).models_path / "small")
    draw_nine(data.parent / f"{data.name}-photos")
    return data


@pytest.fixture(scope="module")
def library(data: Path) -> Iterator[Library]:
    """Indexed, with the model converted before, since many photos were waiting."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "WORTHWHILE_FROM", 9)
        always = partial(Conversion, worthwhile=math.inf)
        patch.setattr("desktop.embedding.models.registry.Conversion", always)
        library = Library.open(Places.under(data), Settings(model="pixels"), decoders=DECODERS)
        library.folders.add(data.parent / f"{data.name}-photos")
        library.index(Job())
        library.converting.note(Query("a cat, -dogs, year:2020"))
        library.change_settings(SMALL)
        library.converting.prepare(frozenset(), Power(on_battery=True), Job())
        assert not library.places.converted_path.exists(), "on battery it waits"
        assert library.converting.needs_mains == is_installed()
        library.index(Job())
        assert not library.converting.needs_mains
    yield library
    library.close()


@needs_openvino
def test_a_model_is_converted_before_it_reads_many_photos(library: Library) -> None:
    (small,) = [model for model in library.models.list_all() if model.name == "small"]
    assert small.runs.startswith("Photos are read")
    (answering,) = library.converting._spaces.embedders
    assert answering.precision.endswith("by OpenVINO"), "its process has taken what was converted"
    assert not small.can_convert
    assert library.status().counts.searchable == 9
    assert list(library.places.converted_path.glob("*.json"))


@needs_openvino
def test_the_doctor_says_how_a_model_runs(library: Library) -> None:
    facts = library.doctor().facts
    (small,) = [model for model in library.models.list_all() if model.name == "small"]
    assert facts["runs"] == small.runs


def test_the_doctor_says_that_a_model_was_not_converted(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.library.care.doctor.Registry.list_models", lambda _: [])
    monkeypatch.setattr("desktop.library.care.doctor.runtime_name", lambda: "")
    assert "not converted: OpenVINO" in library.doctor().facts["runs"]


def test_the_last_searches_are_asked_and_not_what_was_half_typed(library: Library) -> None:
    for typed in ("su", "sunset", "sunset", "dog, year:2020"):
        library.converting.note(Query(typed))
    library.converting.note_all(["sunset, sea", "a street year:2020"])
    asked = library.converting._texts()
    assert asked[:2] == ["dog", "sunset"]
    assert "su" not in asked
    assert asked.index("sea") < asked.index("a street"), "newest first"


@needs_openvino
def test_it_is_taken_back_on_the_command_line(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    models(library, parse(["models", "convert", "--undo", "--json"]))
    said = json.loads(capsys.readouterr().out)
    assert (said["model"], said["way"]) == ("small", None)
    assert said["sentence"] == "Photos are read by torch, as you chose."
    for show, words in ((models, ["models"]), (status, ["status"])):
        show(library, parse(words))
        assert "Photos are read by torch, as you chose." in capsys.readouterr().err
    assert [path.suffix for path in library.places.converted_path.iterdir()] == [".json"]


def test_what_has_no_network_is_refused_in_a_sentence(library: Library) -> None:
    with pytest.raises(UserError, match="pixels cannot be converted"):
        library.converting.convert("pixels", Job())


def test_without_openvino_the_list_of_models_says_how_to_get_it(
    library: Library, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.cli.choosing.models.runtime_name", lambda: "")
    models(library, parse(["models"]))
    assert "pip install 'likeness[openvino]'" in capsys.readouterr().err
