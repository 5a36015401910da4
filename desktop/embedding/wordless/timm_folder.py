"""`cnn` and its kin in timm's own format: a folder with timm's config.json and model.safetensors.

So the hub keeps timm/resnet50.a1_in1k and some 1,800 others, and so timm saves a network
(`timm.models.save_for_hf`). The network is built by timm without its classifier: what stands before
it, pooled as the architecture has it, is the embedding.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from desktop.embedding.embedder import Make
from desktop.embedding.folders.clip_pixels import ClipPixels, colour_of
from desktop.embedding.folders.extras import expect_extra
from desktop.embedding.folders.loading import in_a_line
from desktop.embedding.folders.model_card import read_licence
from desktop.embedding.folders.photo_steps import PhotoSteps, SquashedPixels
from desktop.embedding.folders.torchvision_build import import_timm
from desktop.embedding.folders.weights import (
    find_weights,
    read_all_weights,
    read_json,
    reasons_said,
)
from desktop.embedding.running.device import choose_device
from desktop.embedding.wordless.alone import PhotoModel, StepsNetwork
from desktop.errors import ModelUnavailable

if TYPE_CHECKING:
    import torch

_MOST_PX = 4096

# timm.data.constants: IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD, DEFAULT_CROP_PCT.
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)
_CROP_SHARE = 0.875


@dataclass(frozen=True, slots=True)
class TimmFolder:
    """A usable network on disk.

    Attributes:
        path: the folder.
        architecture: as timm calls it, e.g. "resnet50".
        arguments: how it differs from that, as timm's create_model takes them.
        classifiers: what its tensors are called that are left out, by how their names begin.
        dim: length of its embeddings.
        steps: how a photo becomes its input.
        revision, licence: as `VisionFolder` has them.
    """

    path: Path
    architecture: str
    arguments: Mapping[str, Any] = field(hash=False)
    classifiers: tuple[str, ...]
    dim: int
    steps: PhotoSteps
    revision: str
    licence: str


def claims_timm(folder: Path) -> bool:
    """See `Factory.claims`."""
    try:
        config = read_json(folder / "config.json")
        return "architecture" in config and "model_type" not in config
    except (OSError, ValueError, TypeError):
        return False


def prepare_timm(name: str, folder: Path, device: str) -> Make:
    """See `Factory.prepare`."""
    found = read_timm_folder(folder)
    expect_extra("timm", "Networks in timm's format")
    model = PhotoModel(
        name,
        revision=found.revision,
        dim=found.dim,
        input_px=found.steps.crop_px,
        fit=found.steps.fit,
        load=partial(load_timm, found),
        about=f"A network of the kind {found.architecture}, by timm, of your own choice; compares "
        "photos alone.",
        licence=found.licence,
        is_convertible=True,
    )
    return model.make(device)


def read_timm_folder(folder: Path) -> TimmFolder:
    """Read a folder in timm's format; milliseconds, any thread. Raises ModelUnavailable."""
    with reasons_said(folder, _unusable):
        return _read(folder)


def _read(folder: Path) -> TimmFolder:
    config = read_json(folder / "config.json")
    told = config.get("pretrained_cfg") or config  # old ones have all of it in one
    architecture = str(config["architecture"])
    arguments = dict(config.get("model_args") or {})
    steps = read_timm_steps(told)
    digest = hashlib.sha256(f"timm {architecture} {sorted(arguments.items())} {steps!r}".encode())
    tensors = read_all_weights(find_weights(folder), digest)
    classifiers = _names_of(told.get("classifier"))
    return TimmFolder(
        path=folder,
        architecture=architecture,
        arguments=arguments,
        classifiers=classifiers,
        dim=_dim(tensors, classifiers) or int(config["num_features"]),
        steps=steps,
        revision=digest.hexdigest()[:12],
        licence=read_licence(folder),
    )


def _names_of(said: Any) -> tuple[str, ...]:
    """A network may have several classifiers, or none."""
    names = [said] if isinstance(said, str) else said or ()
    return tuple(f"{name}." for name in names)


def _dim(tensors: Mapping[str, Any], classifiers: tuple[str, ...]) -> int:
    """How many numbers the classifier takes; 0 where the file has none. The configuration's
    num_features is not always that."""
    shapes = (tensors.get(f"{name}weight", {}).get("shape") for name in classifiers)
    return next((int(shape[1]) for shape in shapes if shape and len(shape) in (2, 4)), 0)


def read_timm_steps(told: Mapping[str, Any]) -> PhotoSteps:
    """What timm.data.create_transform makes of a pretrained_cfg when nothing is trained. Raises
    ValueError for what is not known here."""
    channels, height, width = told.get("input_size") or (3, 224, 224)
    if channels != 3 or height != width or not 16 <= int(height) <= _MOST_PX:
        raise ValueError(f"it looks at {width} x {height} pixels in {channels} colours")
    crop_px = int(height)
    side_px = math.floor(crop_px / float(told.get("crop_pct") or _CROP_SHARE))
    if not crop_px <= side_px <= _MOST_PX:
        raise ValueError("it crops more than it resizes to")
    mode = told.get("crop_mode") or "center"
    if mode not in ("center", "squash"):
        raise ValueError(f"its way to crop photos, {mode}, is not known here")
    filters = Image.Resampling.__members__
    resample = filters.get(str(told.get("interpolation") or "bicubic").upper())
    if resample is None:
        raise ValueError(f"its way to resize photos, {told['interpolation']}, is not known here")
    return (SquashedPixels if mode == "squash" else ClipPixels)(
        side_px,
        crop_px,
        resample,
        1 / 255,
        colour_of(told.get("mean") or _MEAN),
        colour_of(told.get("std") or _DEVIATION),
        rounds_middle=True,
    )


def load_timm(folder: TimmFolder, device: str, precision: str) -> StepsNetwork:
    """See `PhotoModel.load`: what timm builds, with the folder's weights."""
    device = choose_device(device)
    model = _build(folder)
    px = folder.steps.crop_px
    network = StepsNetwork.of(folder.steps, model, _see, device, precision)
    shape = network.see([Image.new("RGB", (px, px))]).shape
    if shape != (1, folder.dim):
        reason = f"it gives {' x '.join(map(str, shape[1:]))} numbers for a photo, not {folder.dim}"
        raise _unusable(folder.path, reason)
    return network


def _see(model: Any, batch: torch.Tensor) -> tuple[torch.Tensor]:
    return (model(batch),)


def _build(folder: TimmFolder) -> Any:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    timm: Any = import_timm()
    if not timm.is_model(folder.architecture):
        reason = f"timm {timm.__version__} knows no network called {folder.architecture}"
        raise _unusable(folder.path, reason)
    try:
        # pretrained would fetch it from the hub.
        model = timm.create_model(
            folder.architecture, pretrained=False, **dict(folder.arguments) | {"num_classes": 0}
        )
        tensors: dict[str, Any] = {}
        for path in find_weights(folder.path):
            tensors |= load_file(path)
        kept = {k: v for k, v in tensors.items() if not k.startswith(folder.classifiers)}
        # Strict: each tensor of the network is there, in the right shape, and no other.
        model.load_state_dict(kept)
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        RuntimeError,
        AssertionError,
        SafetensorError,
    ) as error:
        raise _unusable(folder.path, in_a_line(error)) from error
    return model.eval().requires_grad_(False)


def _unusable(folder: Path, reason: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"The model folder {folder} cannot be used: {reason}.",
        "Copy the whole folder of a network in timm's format there, with its config.json and "
        "model.safetensors.",
    )
