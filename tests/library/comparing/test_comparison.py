"""Several models on photos with labels: what is measured, said and written."""

import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from desktop.cli import parse
from desktop.cli.choosing.compare import figures, tables_of
from desktop.cli.choosing.comparison_page import comparison_page
from desktop.embedding import Embedder, Registry
from desktop.errors import Cancelled, ModelUnavailable, UserError
from desktop.jobs import Job
from desktop.library.comparing.comparison import Comparison, _plane_of, compare_models
from desktop.library.comparing.sample import ModelView
from desktop.library.evaluation import labelled
from desktop.settings import Places, Settings
from tests.colour_registry import ColourRegistry
from tests.pictures import draw
from tests.pixels_embedder import PixelsEmbedder
from tests.shared_decoders import DECODERS


class TwoKinds(ColourRegistry):
    """Also knows "grey", which sees brightness alone and no words."""

    def __init__(self, places: Places, settings: Callable[[], Settings]) -> None:
        super().__init__(places, settings)
        self.grey = PixelsEmbedder("grey", 4, "cpu")

    def create(self, name: str) -> Embedder:
        return self.grey if name == "grey" else super().create(name)


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    return scratch


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    for colour in ("red", "green", "blue"):
        for seed in range(4):
            draw(tmp_path / "labelled" / colour / f"{seed}.jpg", colour, seed)
    return tmp_path / "labelled"


def compare(folder: Path, tmp_path: Path, *names: str, job: Job | None = None) -> Comparison:
    make: Callable[..., Registry] = TwoKinds
    places = Places.under(tmp_path / "data")
    photos = labelled(folder)
    return compare_models(places, Settings(), photos, names, 3, job or Job(), make, DECODERS)


def test_models_are_measured_on_the_same_photos(
    classes: Path, tmp_path: Path, scratch: Path
) -> None:
    (classes / "red" / "broken.jpg").write_bytes(b"not a picture")

    found = compare(classes, tmp_path, "colours", "grey", "auto")

    assert [model.name for model in found.models] == ["colours", "grey"], "auto is colours"
    assert (found.n_photos, found.n_unreadable, found.k) == (12, 1, 3)
    colours, grey = found.models
    assert colours.labels.agreeing == 1.0
    assert grey.labels.agreeing < 1.0
    assert colours.labels.chance == pytest.approx(3 / 11)
    assert colours.bytes_a_photo == 4 * colours.dim
    assert colours.photos_per_s > 0
    assert found.in_common["colours"]["colours"] == 1.0
    assert found.in_common["colours"]["grey"] == found.in_common["grey"]["colours"] < 1.0
    assert list(scratch.iterdir()) == []
    assert not (tmp_path / "data").exists(), "no library was opened"


def test_the_page_shows_photos_beside_what_resembles_them(classes: Path, tmp_path: Path) -> None:
    found = compare(classes, tmp_path, "colours", "grey")

    (example, *_) = found.examples
    assert [hit.label for hit in example.rows["colours"]] == ["blue"] * 3
    assert {hit.n_models for hit in example.rows["colours"]} <= {1, 2}
    page = comparison_page(found, tables_of(found))
    assert page.count("<circle") == 24, "each photo in the plane of each model"
    assert "data:image/jpeg;base64," in page
    assert not re.search(r"(?:src|href)='(?!data:)", page), "needs no other file"


def test_kinds_stand_apart_however_many_directions_they_take() -> None:
    """Eight, each in a direction of its own: in the two main ones most would be on one another."""
    random = np.random.default_rng(2)
    labels = np.repeat(np.array([f"kind {n}" for n in range(8)]), 12)
    rows = np.repeat(np.eye(8, 32, dtype=np.float32), 12, axis=0)
    rows += random.normal(scale=0.05, size=rows.shape).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    view = ModelView("made up", "made up@1", False, rows, rows[:0], 0.0)

    plane = _plane_of(view, labels, Job())

    flat = np.array([point[:2] for point in plane.points])
    assert flat.min() == 0.0 and flat.max() == 1.0
    apart = np.linalg.norm(flat[:, None] - flat[None], axis=2) + 9 * np.eye(len(flat))
    assert (labels[apart.argmin(axis=1)] == labels).mean() > 0.95


def test_figures_for_programs_hold_no_pictures(classes: Path, tmp_path: Path) -> None:
    values = json.loads(json.dumps(figures(compare(classes, tmp_path, "colours"))))
    assert set(values) == {
        "folder", "k", "n_photos", "n_unreadable", "labels", "models", "in_common", "elapsed_s",
        "planes",
    }  # fmt: skip
    assert values["models"][0]["labels"]["by_label"] == {"blue": 1.0, "green": 1.0, "red": 1.0}


def test_one_model_is_compared_with_nobody(classes: Path, tmp_path: Path) -> None:
    headings = [rows[0][0] for rows in tables_of(compare(classes, tmp_path, "grey"))]
    assert headings == ["Figure", "Label"]


def test_what_cannot_be_compared_is_said(classes: Path, tmp_path: Path, scratch: Path) -> None:
    with pytest.raises(ModelUnavailable):
        compare(classes, tmp_path, "colours", "nobody")
    draw(tmp_path / "two" / "red" / "1.jpg", "red", 1)
    draw(tmp_path / "two" / "red" / "2.jpg", "red", 2)
    with pytest.raises(UserError, match="too few photos"):
        compare(tmp_path / "two", tmp_path, "colours")
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        compare(classes, tmp_path, "colours", job=job)
    assert list(scratch.iterdir()) == []


def test_names_of_models_stand_between_commas(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["compare", "--labelled", ".", "--models", "pixels, cnn,starter"]
    assert parse(asked).models == ("pixels", "cnn", "starter")
    with pytest.raises(SystemExit):
        parse([*asked, "--models", "pixels,,cnn"])
    assert "a name is missing in “pixels,,cnn”" in capsys.readouterr().err
