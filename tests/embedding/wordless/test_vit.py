"""`vit`: any network for photos that transformers knows, beside transformers' own call.

The weights are random and small; files, steps and calls are the real ones.
"""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import (
    AutoImageProcessor,
    AutoModel,
    ConvNextConfig,
    Dinov2Config,
    RegNetConfig,
    SwinConfig,
    ViTConfig,
)
from transformers.models.bit.image_processing_pil_bit import BitImageProcessorPil
from transformers.models.convnext.image_processing_pil_convnext import ConvNextImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

from desktop.embedding.models.factories import FACTORIES, prepare
from desktop.embedding.models.registry import Registry
from desktop.errors import ModelUnavailable
from desktop.settings import Places, Settings

_LAYERS = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
}
_SIZES = {"hidden_sizes": [16, 32], "depths": [1, 1]}
_MEAN = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}

NETWORKS: dict[str, tuple[Any, Any]] = {
    "vit": (ViTConfig(**_LAYERS, image_size=64, patch_size=16), ViTImageProcessorPil(size=64)),
    "swin": (
        SwinConfig(image_size=64, embed_dim=16, depths=[1, 1], num_heads=[2, 2], window_size=4),
        ViTImageProcessorPil(size={"height": 64, "width": 64}, resample=3, **_MEAN),
    ),
    "convnext": (
        ConvNextConfig(num_stages=2, **_SIZES),
        ConvNextImageProcessorPil(size={"shortest_edge": 64}, crop_pct=0.875, **_MEAN),
    ),
    "convnext, squashed": (
        ConvNextConfig(num_stages=2, **_SIZES),
        ConvNextImageProcessorPil(size={"shortest_edge": 384}, **_MEAN),
    ),
    "regnet": (
        RegNetConfig(embedding_size=16, groups_width=8, **_SIZES),
        ConvNextImageProcessorPil(size={"shortest_edge": 64}, **_MEAN),
    ),
    "dinov2": (
        Dinov2Config(**{**_LAYERS, "intermediate_size": None}, image_size=64, patch_size=14),
        BitImageProcessorPil(size={"shortest_edge": 72}, crop_size=56, **_MEAN),
    ),
}

Reference = Callable[[Any], torch.Tensor]
REFERENCES: dict[str, Reference] = {
    "vit": lambda seen: seen.last_hidden_state[:, 0],
    "dinov2": lambda seen: seen.last_hidden_state[:, 0],
    "regnet": lambda seen: seen.last_hidden_state.mean((2, 3)),
}


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder of each kind, saved by transformers. Copy before changing anything."""
    made = {}
    for name, (config, processor) in NETWORKS.items():
        made[name] = tmp_path_factory.mktemp("vision") / "model"
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(5)
            model = AutoModel.from_config(config)
            for parameter in model.parameters():
                if parameter.ndim > 1:
                    torch.nn.init.normal_(parameter, std=0.1)
        model.save_pretrained(made[name])
        processor.save_pretrained(made[name])
    return made


@pytest.mark.parametrize("name", NETWORKS)
def test_vectors_are_those_of_transformers(
    name: str, folders: dict[str, Path], photos: list[Image.Image]
) -> None:
    folder = folders[name]
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil", local_files_only=True)
    model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    with torch.no_grad():
        seen = model(**processor(images=photos, return_tensors="pt"))
    take = REFERENCES.get(name.partition(",")[0], lambda seen: seen.pooler_output.flatten(1))
    expected = torch.nn.functional.normalize(take(seen)).numpy()

    make = prepare(FACTORIES, name, folder, "cpu")
    embedder = pickle.loads(pickle.dumps(make))(precision="float32")
    rows = embedder.embed_images(photos)

    assert (rows * expected).sum(axis=1).min() >= 0.9999
    assert (embedder.dim, embedder.has_text) == (expected.shape[1], False)
    fitted = [pickle.loads(pickle.dumps(embedder.fit))(photo) for photo in photos]
    np.testing.assert_allclose(embedder.embed_images(fitted), rows, atol=1e-5)
    assert rows @ rows[0] != pytest.approx(np.ones(len(rows)), abs=1e-3), "photos differ"


def changed(folder: Path, tmp_path: Path, file: str, **values: Any) -> Path:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    config = json.loads((copy / file).read_text())
    (copy / file).write_text(json.dumps(config | values))
    return copy


def test_a_folder_that_wants_to_run_code_is_refused(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    own = {"AutoModel": "modeling.Own"}
    copy = changed(folders["vit"], tmp_path, "config.json", auto_map=own)
    with pytest.raises(ModelUnavailable, match="code of its own"):
        prepare(FACTORIES, "mine", copy, "cpu")


def test_an_image_processor_that_is_not_known_is_named(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    kind = "LevitImageProcessor"
    copy = changed(folders["vit"], tmp_path, "preprocessor_config.json", image_processor_type=kind)
    with pytest.raises(ModelUnavailable, match="LevitImageProcessor, is not known here"):
        prepare(FACTORIES, "mine", copy, "cpu")


def test_pickled_weights_are_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folders["vit"], tmp_path / "copy"))
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match="pickle"):
        prepare(FACTORIES, "mine", copy, "cpu")


def test_weights_that_are_missing_are_named(folders: dict[str, Path], tmp_path: Path) -> None:
    copy = changed(folders["vit"], tmp_path, "config.json", num_hidden_layers=3)
    embedder = prepare(FACTORIES, "mine", copy, "cpu")()
    with pytest.raises(ModelUnavailable, match="of its weights are missing"):
        embedder.load()


def test_the_registry_finds_one_in_the_models_folder_with_its_licence(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    places = Places.under(tmp_path / "data")
    places.create()
    folder = Path(shutil.copytree(folders["dinov2"], places.models_path / "facebook--dino"))
    (folder / "README.md").write_text("---\ntags:\n- dino\nlicense: apache-2.0\n---\n# DINO\n")
    registry = Registry(places, Settings)
    (found,) = [each for each in registry.list_models() if each.name == "facebook/dino"]
    assert found.traits is not None
    assert (found.traits.licence, found.traits.input_px, found.has_text) == (
        "Apache-2.0",
        56,
        False,
    )


def test_a_folder_that_is_half_copied_says_what_is_missing(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(next(iter(folders.values())), tmp_path / "copy"))
    (copy / "model.safetensors.index.json").write_text('{"weight_map": {}}')
    with pytest.raises(ModelUnavailable, match="names no weights"):
        prepare(FACTORIES, "mine", copy, "cpu")
    (copy / "preprocessor_config.json").unlink()
    with pytest.raises(ModelUnavailable, match=r"without preprocessor_config\.json"):
        prepare(FACTORIES, "mine", copy, "cpu")
