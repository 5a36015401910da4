"""What the commands tell of passes beside the models."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.cli.checking import health
from desktop.library import Job, Library, Places
from desktop.power import WaitsFor
from tests.colour_registry import ColourRegistry
from tests.mean_colour import MeanColour
from tests.pictures import draw
from tests.shared_decoders import DECODERS


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A red photo and a black one, at which the mean colour fails."""
    for name in ("red", "black"):
        draw(tmp_path / "photos" / f"{name}.jpg", name)
    colour = MeanColour(waits_for=WaitsFor.MAINS)
    places = Places.under(tmp_path / "data")
    library = Library.open(places, None, ColourRegistry, DECODERS, passes=[colour])
    library.folders.add(tmp_path / "photos")
    yield library
    library.close()


def test_status_tells_of_a_pass_only_while_photos_wait_for_it(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    library.change_settings(replace(library.settings, passes_off=("mean colour",)))
    library.index(Job())
    assert "mean colour" not in said(library, capsys)

    library.change_settings(replace(library.settings, passes_off=()))
    assert "2 photos to go: mean colour (in the window, while" in said(library, capsys)
    library.index(Job())
    assert "mean colour" not in said(library, capsys)


def test_status_in_json_tells_of_all_passes(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    library.index(Job())
    health.status(library, argparse.Namespace(json=True))

    assert json.loads(capsys.readouterr().out)["passes"] == [
        {"pass": "colours@1", "waiting": 0, "failed": 0, "on": True},
        {"pass": "mean colour@1", "waiting": 0, "failed": 1, "on": True},
    ]


@pytest.mark.parametrize("as_json", [False, True])
def test_problems_name_the_pass_that_failed(
    library: Library, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    library.index(Job())
    health.problems(library, argparse.Namespace(json=as_json, passed_over=False))

    out = capsys.readouterr().out
    if as_json:
        (problem,) = json.loads(out)
        assert problem["pass"] == "mean colour@1"
        assert problem["problem"] == "It is all black."
    else:
        assert "mean colour: It is all black." in out


def said(library: Library, capsys: pytest.CaptureFixture[str]) -> str:
    health.status(library, argparse.Namespace(json=False))
    captured = capsys.readouterr()
    return captured.out + captured.err
