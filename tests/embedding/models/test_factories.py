"""Factories: another kind of model is one module and one row, and a folder is asked to the kind
that it holds."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop.embedding import ModelInfo, Registry, Traits
from desktop.embedding.models.factories import FACTORIES
from desktop.errors import ModelUnavailable
from desktop.settings import Places, Settings, resource_path
from tests.pixels_embedder import FILE, PIXELS, write_pixels_model


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    places = Places.under(tmp_path / "data")
    places.create()
    return places


@pytest.fixture
def registry(places: Places) -> Registry:
    return Registry(places, Settings, factories=(PIXELS, *FACTORIES))


def info(registry: Registry, name: str) -> ModelInfo:
    (found,) = [model for model in registry.list_models() if model.name == name]
    return found


def test_a_folder_is_asked_to_the_kind_it_holds(
    registry: Registry, places: Places, small_clip_folder: Path
) -> None:
    write_pixels_model(places.models_path / "grey")
    shutil.copytree(small_clip_folder, places.models_path / "clip")
    shutil.copytree(resource_path("models", "starter"), places.models_path / "second")
    assert registry.create("grey").model_id == info(registry, "grey").model_id == "grey@8"
    assert registry.create("clip").model_id.startswith("clip@")
    starter = registry.create("starter").model_id
    assert registry.create("second").model_id == starter.replace("starter", "second")


def test_what_a_model_can_do_is_known_before_it_is_loaded(
    registry: Registry, places: Places, small_clip_folder: Path
) -> None:
    write_pixels_model(places.models_path / "grey", side_px=16)
    shutil.copytree(small_clip_folder, places.models_path / "clip")
    grey, clip = info(registry, "grey"), info(registry, "clip")
    assert grey.traits == Traits(dim=256, has_text=False, languages=(), input_px=16)
    assert not grey.has_text and "photos alone" in grey.description
    assert clip.has_text and clip.traits is not None and clip.traits.input_px > 16
    starter = info(registry, "starter").traits
    assert starter is not None and {"en", "zh"} <= set(starter.languages)
    embedder = registry.create("grey")
    assert (embedder.has_text, embedder.dim, embedder.is_loaded) == (False, 256, False)


def test_another_kind_embeds_in_a_process_of_its_own(registry: Registry, places: Places) -> None:
    write_pixels_model(places.models_path / "grey")
    embedder = registry.create("grey")
    try:
        rows = embedder.embed_images([Image.new("RGB", (40, 30), c) for c in ("white", "gray")])
    finally:
        embedder.unload()
    np.testing.assert_allclose(rows, np.full((2, 64), 1 / 8, np.float32), atol=1e-6)


def test_a_damaged_folder_is_explained_by_its_own_kind(registry: Registry, places: Places) -> None:
    write_pixels_model(places.models_path / "grey")
    (places.models_path / "grey" / FILE).write_text("{}")
    assert not info(registry, "grey").is_available
    with pytest.raises(ModelUnavailable, match="makes no sense"):
        registry.create("grey")


def test_a_folder_of_no_known_kind_is_explained(registry: Registry, places: Places) -> None:
    folder = places.models_path / "other"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "vit"}')
    with pytest.raises(ModelUnavailable, match="kind vit"):
        registry.create("other")
