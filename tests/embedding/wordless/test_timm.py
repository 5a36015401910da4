"""`cnn` in timm's own format, beside timm's own call.

The weights are random and the networks small; files, steps and calls are the real ones.
"""

from __future__ import annotations

import json
import pickle
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from desktop.embedding.folders.torchvision_build import import_timm
from desktop.embedding.models.factories import FACTORIES, prepare
from desktop.embedding.models.registry import Registry
from desktop.errors import ModelUnavailable
from desktop.jobs import Job
from desktop.settings import Places, Settings

needs_timm = pytest.mark.skipif(find_spec("timm") is None, reason="timm is not installed")

NETWORKS: dict[str, dict[str, Any]] = {
    "test_resnet": {},
    "test_vit": {"crop_pct": 1.0, "interpolation": "bilinear"},
    "mobilenetv3_small_050": {"input_size": (3, 64, 64), "crop_pct": 0.95, "crop_mode": "squash"},
}
"""With what is changed of how they look at photos. The second has no crop; the third gives more
numbers than its configuration says."""


@pytest.fixture(scope="module")
def timm() -> Iterator[Any]:
    hidden = "torchvision" in sys.modules
    yield import_timm()
    if hidden:
        sys.modules["torchvision"] = None  # type: ignore[assignment]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, timm: Any) -> dict[str, Path]:
    """A folder of each, saved by timm. Copy before changing anything."""
    made = {}
    for name, steps in NETWORKS.items():
        made[name] = tmp_path_factory.mktemp("timm") / name
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(5)
            model = timm.create_model(name, num_classes=7, pretrained_cfg_overlay=steps)
        timm.models.save_for_hf(model, made[name], safe_serialization="both")
        (made[name] / "pytorch_model.bin").unlink()
    return made


@needs_timm
@pytest.mark.parametrize("name", NETWORKS)
def test_vectors_are_those_of_timm(
    name: str, folders: dict[str, Path], photos: list[Image.Image], timm: Any
) -> None:
    folder = folders[name]
    model = timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0).eval()
    steps = timm.data.create_transform(**timm.data.resolve_model_data_config(model))
    with torch.no_grad():
        seen = model(torch.stack([steps(photo) for photo in photos]))
    expected = torch.nn.functional.normalize(seen).numpy()

    make = prepare(FACTORIES, name, folder, "cpu")
    embedder = pickle.loads(pickle.dumps(make))(precision="float32")
    rows = embedder.embed_images(photos)

    assert (rows * expected).sum(axis=1).min() >= 0.9999
    assert (embedder.dim, embedder.has_text) == (expected.shape[1], False)
    fitted = [pickle.loads(pickle.dumps(embedder.fit))(photo) for photo in photos]
    np.testing.assert_allclose(embedder.embed_images(fitted), rows, atol=1e-5)
    assert rows @ rows[0] != pytest.approx(np.ones(len(rows)), abs=1e-4), "photos differ"


def changed(folder: Path, tmp_path: Path, **values: Any) -> Path:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    config = json.loads((copy / "config.json").read_text())
    told = config["pretrained_cfg"] | values.pop("pretrained_cfg", {})
    (copy / "config.json").write_text(json.dumps(config | values | {"pretrained_cfg": told}))
    return copy


@needs_timm
@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"architecture": "lenet"}, "knows no network called lenet"),
        ({"architecture": "test_vit"}, "Missing key"),
        ({"model_args": {"flavour": "sweet"}}, "flavour"),
        ({"pretrained_cfg": {"input_size": [1, 28, 28]}}, "28 x 28 pixels in 1 colours"),
        ({"pretrained_cfg": {"crop_mode": "border"}}, "border, is not known here"),
        ({"pretrained_cfg": {"classifier": None}, "num_features": 5}, "Unexpected key"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(
    said: dict[str, Any], reason: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    copy = changed(folders["test_resnet"], tmp_path, **said)
    with pytest.raises(ModelUnavailable, match=reason) as caught:
        prepare(FACTORIES, "mine", copy, "cpu")().load()
    assert str(copy) in caught.value.message


@needs_timm
def test_pickled_weights_are_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    copy = changed(folders["test_resnet"], tmp_path)
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match="pickle"):
        prepare(FACTORIES, "mine", copy, "cpu")


@needs_timm
def test_it_is_named_as_on_the_hub_or_by_its_folder(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    snapshot = tmp_path / "hub" / "models--timm--test_resnet.r160_in1k" / "snapshots" / "1"
    shutil.copytree(folders["test_resnet"], snapshot)
    (snapshot / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    registry = Registry(Places.under(tmp_path / "data"), Settings)
    name = "timm/test_resnet.r160_in1k"
    assert registry.resolve(f"cnn:{name}") == name
    assert registry.create(f"cnn:{name}").licence == "Apache-2.0"
    weights = snapshot / "model.safetensors"
    for typed in (snapshot, f"cnn:{snapshot}", f"cnn:{weights}"):
        assert registry.resolve(str(typed)) == str(snapshot)
    assert registry.create(f"cnn:{weights}").dim == registry.create(name).dim
    assert registry.download(f"cnn:{name}", Job()) == snapshot, "it is here already"


def test_without_timm_a_sentence_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.numpy import save_file

    save_file({"fc.weight": np.zeros((7, 16), np.float32)}, tmp_path / "model.safetensors")
    told = {"architecture": "resnet18", "num_features": 16, "pretrained_cfg": {"classifier": "fc"}}
    (tmp_path / "config.json").write_text(json.dumps(told))
    monkeypatch.setattr("desktop.embedding.folders.extras.find_spec", lambda _: None)
    with pytest.raises(ModelUnavailable, match="package timm, which is not installed") as caught:
        prepare(FACTORIES, "mine", tmp_path, "cpu")
    assert "likeness[timm]" in caught.value.hint
