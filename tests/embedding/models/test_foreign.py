"""Models that other packages bring by an entry point."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop.embedding import ModelInfo, Registry
from desktop.errors import ModelUnavailable
from desktop.settings import Places, Settings

# What docs/models.md shows.
GREYS = """
import numpy as np
from desktop.embedding import PhotoModel

class Greys:
    device, precision, batch = "cpu", "float32", 64

    def see(self, images):
        return np.stack([np.asarray(fit(i).convert("L"), np.float32).ravel() + 1 for i in images])

def fit(image): return image.resize((8, 8))
def load(device, precision): return Greys()

def prepare(name, argument, device):
    return PhotoModel(name, "1", 64, 8, fit, load, "Compares shades of grey.", "MIT").make(device)
"""


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return Places.under(tmp_path / "data")


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str, **entries: str) -> None:
    """As pip lays a package down."""
    told = folder / "other_makers-1.2.dist-info"
    told.mkdir(parents=True)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: other-makers\nVersion: 1.2\n")
    lines = [f"{name} = {target}" for name, target in entries.items()]
    (told / "entry_points.txt").write_text("\n".join(["[likeness.embedders]", *lines]) + "\n")
    (folder / f"{folder.name}_greys.py").write_text(code)
    monkeypatch.syspath_prepend(folder)


def info(registry: Registry, name: str) -> ModelInfo:
    (found,) = [model for model in registry.list_models() if model.name == name]
    return found


def test_it_is_listed_as_foreign_and_embeds_in_its_own_process(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "one", monkeypatch, GREYS, greys="one_greys:prepare")
    registry = Registry(places, Settings)
    found = info(registry, "greys")
    assert (found.title, found.package, found.model_id) == ("Greys", "other-makers 1.2", "greys@1")
    assert found.traits is not None and found.traits.licence == "MIT"
    assert info(registry, "pixels").package == ""
    embedder = registry.create("greys")
    try:
        rows = embedder.embed_images([Image.new("RGB", (40, 30), "white")])
    finally:
        embedder.unload()
    np.testing.assert_allclose(rows, np.full((1, 64), 1 / 8, np.float32), atol=1e-6)


def test_one_that_fails_is_listed_with_the_reason_and_stops_nothing(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "two", monkeypatch, "raise RuntimeError('no luck')", bad="two_greys:prepare")
    registry = Registry(places, Settings)
    found = info(registry, "bad")
    assert (found.is_available, found.package) == (False, "other-makers 1.2")
    assert "The package other-makers 1.2, which brings the model bad, fails: no luck." in (
        found.description
    )
    with pytest.raises(ModelUnavailable, match="no luck"):
        registry.create("bad")
    assert info(registry, "starter").is_available


def test_none_takes_a_name_of_ours(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "three", monkeypatch, GREYS, pixels="three_greys:prepare")
    assert info(Registry(places, Settings), "pixels").model_id == "pixels@16px"
