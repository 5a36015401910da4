"""`vit`: any network for photos that transformers knows, from a folder in its format.

ViT, DeiT, BEiT, Swin, ConvNeXT, RegNet, ResNet, DINOv2 and their kin: whatever AutoModel makes of
the folder that takes `pixel_values`, with the steps of its own image processor.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from desktop.embedding.embedder import Make
from desktop.embedding.folders.loading import load_auto_model
from desktop.embedding.folders.model_card import read_licence
from desktop.embedding.folders.photo_steps import PhotoSteps, read_steps
from desktop.embedding.folders.weights import (
    IMAGE_CONFIGS,
    find_weights,
    read_all_weights,
    read_image_config,
    read_json,
    reasons_said,
)
from desktop.embedding.running.device import choose_device
from desktop.embedding.wordless.alone import PhotoModel, StepsNetwork
from desktop.errors import ModelUnavailable

if TYPE_CHECKING:
    import torch

_FIRST_TOKEN = frozenset({"vit", "deit", "vit_msn", "vit_mae", "ijepa"})
"""Kinds whose embedding is the first token after the last norm: their pooler, if the folder holds
one at all, was trained for something else. The others pool without weights of their own."""

_MANY_TO_ONE = frozenset({"clip", "siglip", "siglip2", "chinese_clip", "blip", "align"})


@dataclass(frozen=True, slots=True)
class VisionFolder:
    """A usable network for photos on disk.

    Attributes:
        path: the folder.
        kind: model_type, e.g. "dinov2".
        dim: length of its embeddings.
        steps: how a photo becomes its input.
        tensors: names of the stored weights.
        revision: as `ClipFolder.revision`.
        licence: see `Embedder`.
    """

    path: Path
    kind: str
    dim: int
    steps: PhotoSteps
    tensors: frozenset[str]
    revision: str
    licence: str


def claims_vision(folder: Path) -> bool:
    """See `Factory.claims`."""
    try:
        config = read_json(folder / "config.json")
        is_for_photos = any((folder / name).is_file() for name in IMAGE_CONFIGS)
        return is_for_photos and _dim(config) > 0 and "text_config" not in config
    except (OSError, ValueError, AttributeError):
        return False


def prepare_vision(name: str, folder: Path, device: str) -> Make:
    """See `Factory.prepare`."""
    found = read_vision_folder(folder)
    model = PhotoModel(
        name,
        revision=found.revision,
        dim=found.dim,
        input_px=found.steps.crop_px,
        fit=found.steps.fit,
        load=partial(load_vision, found),
        about=f"A network of the kind {found.kind}, of your own choice; compares photos alone.",
        licence=found.licence,
        is_convertible=True,
    )
    return model.make(device)


def read_vision_folder(folder: Path) -> VisionFolder:
    """Read a folder in Hugging Face format; milliseconds, any thread. Raises ModelUnavailable."""
    with reasons_said(folder, _unusable):
        return _read(folder)


def _read(folder: Path) -> VisionFolder:
    config = read_json(folder / "config.json")
    if "auto_map" in config:
        raise ValueError("it wants to run code of its own")
    kind = str(config["model_type"])
    if kind in _MANY_TO_ONE:
        raise ValueError(
            f"it holds a model of the kind {kind}, which is no network for photos alone"
        )
    steps = read_steps(read_image_config(folder))
    digest = hashlib.sha256(f"{kind} {steps!r}".encode())
    tensors = read_all_weights(find_weights(folder), digest)
    return VisionFolder(
        path=folder,
        kind=kind,
        dim=_dim(config),
        steps=steps,
        tensors=frozenset(tensors),
        revision=digest.hexdigest()[:12],
        licence=read_licence(folder),
    )


def _dim(config: dict[str, Any]) -> int:
    """The width of the last layer, by the names that transformers' configurations have for it; 0
    where there is none."""
    if config.get("hidden_size"):
        return int(config["hidden_size"])
    if config.get("hidden_sizes"):
        return int(config["hidden_sizes"][-1])
    if isinstance(config.get("embed_dim"), int) and config.get("depths"):
        return int(config["embed_dim"]) << (len(config["depths"]) - 1)
    return 0


def load_vision(folder: VisionFolder, device: str, precision: str) -> StepsNetwork:
    """See `PhotoModel.load`: what AutoModel makes of a folder."""
    device = choose_device(device)
    model = _load(folder)
    px = folder.steps.crop_px
    network = StepsNetwork.of(folder.steps, model, partial(_see, folder.kind), device, precision)
    width = network.see([Image.new("RGB", (px, px))]).shape[1]
    if width != folder.dim:
        raise _unusable(folder.path, f"its embeddings have {width} numbers, not {folder.dim}")
    return network


def _see(kind: str, model: Any, batch: torch.Tensor) -> tuple[torch.Tensor]:
    """The first token, or the pooled output, as the architecture has it; else the mean."""
    seen = model(pixel_values=batch)
    last: torch.Tensor = seen.last_hidden_state
    if kind in _FIRST_TOKEN:
        return (last[:, 0],)
    pooled: torch.Tensor | None = getattr(seen, "pooler_output", None)
    if pooled is not None:
        return (pooled.flatten(1),)
    return (last.mean(dim=(2, 3)) if last.ndim == 4 else last[:, 0],)


def _load(folder: VisionFolder) -> Any:
    # What is not there stays out; a pooler would be filled with random numbers.
    options: dict[str, Any] = {"add_pooling_layer": False} if folder.kind in ("vit", "deit") else {}
    model = load_auto_model(folder.path, partial(_unusable, folder.path), **options)
    if model.main_input_name != "pixel_values":
        raise _unusable(folder.path, f"a model of the kind {folder.kind} does not look at photos")
    return model


def _unusable(folder: Path, reason: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"The model folder {folder} cannot be used: {reason}.",
        "Copy the whole folder of a network for photos in Hugging Face format there, with its "
        "config.json, preprocessor_config.json and model.safetensors.",
    )
