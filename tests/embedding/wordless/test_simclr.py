"""`simclr`: a ResNet from a checkpoint, beside one written out in torch as torchvision's is."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from desktop.embedding import Registry
from desktop.embedding.wordless.simclr import prepare_simclr
from desktop.errors import ModelUnavailable
from desktop.settings import Places, Settings

WIDTH = 8


class Block(nn.Module):
    """torchvision's BasicBlock or Bottleneck, by its names."""

    def __init__(self, n_in: int, width: int, is_deep: bool, stride: int) -> None:
        super().__init__()
        n_out = 4 * width if is_deep else width
        plan = [(n_in, width, 1, 1), (width, width, 3, stride), (width, n_out, 1, 1)]
        if not is_deep:
            plan = [(n_in, width, 3, stride), (width, n_out, 3, 1)]
        self.n = len(plan)
        for at, (a, b, px, step) in enumerate(plan, 1):
            setattr(self, f"conv{at}", nn.Conv2d(a, b, px, step, px // 2, bias=False))
            setattr(self, f"bn{at}", nn.BatchNorm2d(b))
        self.downsample = None
        if stride != 1 or n_in != n_out:
            short = nn.Conv2d(n_in, n_out, 1, stride, bias=False)
            self.downsample = nn.Sequential(short, nn.BatchNorm2d(n_out))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x
        for at in range(1, self.n + 1):
            y = getattr(self, f"bn{at}")(getattr(self, f"conv{at}")(y))
            y = y.relu() if at < self.n else y
        return (y + (x if self.downsample is None else self.downsample(x))).relu()


class PlainResNet(nn.Module):
    """torchvision's ResNet, by its names: https://arxiv.org/abs/1512.03385."""

    def __init__(self, is_deep: bool, stem_px: int = 7) -> None:
        super().__init__()
        is_small = stem_px == 3
        self.conv1 = nn.Conv2d(3, WIDTH, stem_px, 1 if is_small else 2, stem_px // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(WIDTH)
        self.relu = nn.ReLU()
        self.maxpool = nn.Identity() if is_small else nn.MaxPool2d(3, 2, 1)
        n_in = WIDTH
        for at, depth in enumerate((2, 1, 1, 1)):
            blocks = []
            for number in range(depth):
                stride = 2 if at and not number else 1
                blocks.append(Block(n_in, WIDTH << at, is_deep, stride))
                n_in = (WIDTH << at) * (4 if is_deep else 1)
            setattr(self, f"layer{at + 1}", nn.Sequential(*blocks))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for at in range(1, 5):
            x = getattr(self, f"layer{at}")(x)
        return x.mean((2, 3))


def build(is_deep: bool, stem_px: int = 7) -> PlainResNet:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        network = PlainResNet(is_deep, stem_px)
        for name, value in network.state_dict().items():
            if "running_mean" in name:
                value.normal_(std=0.1)
            elif "running_var" in name:
                value.uniform_(0.5, 1.5)
    return network.eval()


def behind(prefix: str) -> Callable[[PlainResNet], dict[str, Any]]:
    """Its tensors under a prefix, beside a projection head."""

    def state(network: PlainResNet) -> dict[str, Any]:
        head = {f"{prefix}fc.0.weight": torch.ones(4, 4), "projector.2.weight": torch.ones(2, 4)}
        return {prefix + name: value for name, value in network.state_dict().items()} | head

    return state


def in_sequence(network: PlainResNet) -> dict[str, Any]:
    """As lightly keeps a backbone: the children of the ResNet by their numbers."""
    children = [network.conv1, network.bn1, network.relu, network.maxpool]
    layers = [getattr(network, f"layer{at}") for at in range(1, 5)]
    inner = nn.Sequential(*children, *layers).state_dict()
    head = {"projection_head.layers.0.weight": torch.ones(2, 4)}
    return {f"backbone.{name}": value for name, value in inner.items()} | head


def by_other_names(network: PlainResNet) -> dict[str, Any]:
    """As those name the way around a block who began with ResNets for small photos."""
    state = behind("module.encoder.")(network)
    return {name.replace(".downsample.", ".shortcut."): value for name, value in state.items()}


@pytest.mark.parametrize(
    ("is_deep", "stem_px", "state", "suffix"),
    [
        (True, 3, by_other_names, ".pth"),
        (True, 7, behind("backbone."), ".pth"),
        (False, 7, behind("module.encoder."), ".safetensors"),
        (False, 3, behind(""), ".tar"),
        (True, 7, in_sequence, ".ckpt"),
    ],
)
def test_vectors_are_the_encoders(
    is_deep: bool,
    stem_px: int,
    state: Callable[[PlainResNet], dict[str, Any]],
    suffix: str,
    photos: list[Image.Image],
    tmp_path: Path,
) -> None:
    network = build(is_deep, stem_px)
    path = tmp_path / f"simclr{suffix}"
    if suffix == ".safetensors":
        save_file(state(network), path)
    else:
        torch.save({"epoch": 3, "state_dict": state(network), "optimizer": {"lr": 0.1}}, path)

    make = prepare_simclr("simclr:mine", str(path), "cpu")
    embedder = pickle.loads(pickle.dumps(make))(precision="float32")
    rows = embedder.embed_images(photos)

    px = 32 if stem_px == 3 else 224
    assert embedder.input_px == px
    fitted = [_middle(photo, 32 if px == 32 else 256, px) for photo in photos]
    with torch.no_grad():
        expected = nn.functional.normalize(network(torch.stack(fitted))).numpy()
    assert rows.shape == (len(photos), embedder.dim) == expected.shape
    assert (rows * expected).sum(axis=1).min() >= 0.9999


def _middle(photo: Image.Image, short_px: int, crop_px: int) -> torch.Tensor:
    """As torchvision's Resize, CenterCrop and ToTensor do."""
    share = short_px / min(photo.size)
    size = tuple(short_px if s == min(photo.size) else int(s * share) for s in photo.size)
    resized = photo.resize(size, Image.Resampling.BICUBIC)
    left, top = ((side - crop_px) // 2 for side in size)
    square = resized.crop((left, top, left + crop_px, top + crop_px))
    return torch.from_numpy(np.asarray(square).copy()).permute(2, 0, 1) / 255


def test_the_steps_beside_the_checkpoint_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "simclr.pt"
    torch.save(behind("backbone.")(build(False)), path)
    steps = {"image_processor_type": "ViTImageProcessor", "size": 96}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(steps))
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n")
    embedder = prepare_simclr("simclr:mine", str(path), "cpu")()
    assert (embedder.input_px, embedder.licence, embedder.dim) == (96, "MIT", 8 * WIDTH)


class Malice:
    def __reduce__(self) -> tuple[Any, ...]:
        return (exec, ("raise SystemExit('it ran')",))


def test_a_checkpoint_that_would_run_something_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "bad.pt"
    torch.save({"state_dict": build(False).state_dict(), "more": Malice()}, path)
    with pytest.raises(ModelUnavailable, match=r"more than weights \(__builtin__.exec\)"):
        prepare_simclr("simclr:bad", str(path), "cpu")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no zip at all", "neither a safetensors file nor a zip"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_checkpoint_is_a_sentence(
    content: bytes | None, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "file.pt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelUnavailable, match=said):
        prepare_simclr("simclr:x", str(path), "cpu")


def test_another_network_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    torch.save({"fc.weight": torch.ones(3, 3)}, path)
    with pytest.raises(ModelUnavailable, match="no ResNet that is known here"):
        prepare_simclr("simclr:x", str(path), "cpu")


def test_it_is_named_by_its_path_and_known_by_its_weights(tmp_path: Path) -> None:
    """A folder with an @ in its name, too: what stands behind the last one is the revision."""
    folder = tmp_path / "a@b"
    folder.mkdir()
    torch.save(build(False).state_dict(), folder / "one.pt")
    registry = Registry(Places.under(tmp_path / "data"), Settings)
    embedder = registry.create(f"simclr:{folder / 'one.pt'}")
    name, _, revision = embedder.model_id.partition("@")
    assert (name, len(revision)) == (f"simclr:{tmp_path}/a%40b/one.pt", 12)
