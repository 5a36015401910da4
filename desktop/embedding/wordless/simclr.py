"""`simclr`: the ResNet that a SimCLR run has trained, without its projection head.

SimCLR (Chen et al. 2020, https://arxiv.org/abs/2002.05709) learns from photos without labels; what
compares photos best is what stands before the projection head. Checkpoints name the encoder's
parts as torchvision's ResNet does, behind whatever prefix (`backbone.`, `module.encoder.`), or by
numbers where it was put into a Sequential (as lightly does).
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from desktop.embedding.embedder import Make
from desktop.embedding.folders.checkpoint import Checkpoint, Shape, load_tensors, read_checkpoint
from desktop.embedding.folders.clip_pixels import ClipPixels
from desktop.embedding.folders.model_card import read_licence
from desktop.embedding.folders.photo_steps import PhotoSteps, read_steps
from desktop.embedding.folders.torchvision_build import hide_torchvision
from desktop.embedding.folders.weights import IMAGE_CONFIGS, read_image_config
from desktop.embedding.running.device import choose_device
from desktop.embedding.wordless.alone import PhotoModel, StepsNetwork
from desktop.errors import ModelUnavailable

if TYPE_CHECKING:
    import torch


_NUMBERED = {"0": "conv1", "1": "bn1", "4": "layer1", "5": "layer2", "6": "layer3", "7": "layer4"}
"""The children of torchvision's ResNet, as they are called in a Sequential."""


@dataclass(frozen=True, slots=True)
class ResNetShape:
    """What kind of ResNet a checkpoint holds.

    Attributes:
        names: of its tensors in the checkpoint, by their names in transformers' ResNetModel.
        is_deep: blocks of three layers (ResNet-50 and larger), else of two.
        depths: blocks in each of the four stages.
        widths: channels after each of them; the last is the length of an embedding.
        stem_width, stem_px: channels and side of the first layer's windows; 3 px where it was made
            for photos of 32 pixels, and does not reduce them.
    """

    names: Mapping[str, str]
    is_deep: bool
    depths: tuple[int, ...]
    widths: tuple[int, ...]
    stem_width: int
    stem_px: int


def prepare_simclr(name: str, argument: str, device: str) -> Make:
    """See `ModelKind.prepare`. argument: the checkpoint's path."""
    path = Path(argument).expanduser()
    try:
        found = read_checkpoint(path)
        shape = resnet_in(found.shapes)
        steps = _steps(path.parent, shape)
    except (ValueError, KeyError, TypeError) as error:
        raise _unusable(path, str(error)) from error
    except OSError as error:
        raise _unusable(path, f"it cannot be read ({error.strerror})") from error
    model = PhotoModel(
        name,
        revision=found.revision,
        dim=shape.widths[-1],
        input_px=steps.crop_px,
        fit=steps.fit,
        load=partial(load_simclr, found, shape, steps),
        about="A ResNet that learned by SimCLR, of your own choice; compares photos alone.",
        licence=read_licence(path.parent),
        is_convertible=True,
        also_reads=(path,),
    )
    return model.make(device)


def resnet_in(shapes: Mapping[str, Shape]) -> ResNetShape:
    """Find the encoder among the tensors of a checkpoint. Raises ValueError where there is none."""
    plain = _plain_names(shapes)
    blocks = {
        (int(m[1]), int(m[2])) for m in (re.match(r"layer(\d)\.(\d+)\.", n) for n in plain) if m
    }
    depths = tuple(len({block for at, block in blocks if at == stage}) for stage in range(1, 5))
    last = "conv3" if "layer1.0.conv3.weight" in plain else "conv2"
    tops = [plain.get(f"layer{stage}.0.{last}.weight") for stage in range(1, 5)]
    if None in tops or "conv1.weight" not in plain:
        raise ValueError("it holds no ResNet that is known here")
    stem = shapes[plain["conv1.weight"]]
    return ResNetShape(
        names={_renamed(name): stored for name, stored in plain.items()},
        is_deep=last == "conv3",
        depths=depths,
        widths=tuple(shapes[top][0] for top in tops if top),
        stem_width=stem[0],
        stem_px=stem[-1],
    )


def _plain_names(shapes: Mapping[str, Shape]) -> dict[str, str]:
    """torchvision's names -> those in the checkpoint, of the encoder alone."""
    for name, shape in shapes.items():
        if len(shape) != 4 or shape[1] != 3:
            continue
        prefix, _, first = name.removesuffix(".weight").rpartition(".")
        before = f"{prefix}." if prefix else ""
        if first not in ("conv1", "0"):
            continue
        found = {}
        for stored in shapes:
            if stored.startswith(before):
                head, _, rest = stored.removeprefix(before).partition(".")
                plain = f"{_NUMBERED.get(head, head)}.{rest}"
                if re.match(r"(conv1|bn1|layer[1-4])\.", plain):
                    found[plain] = stored
        return found
    return {}


def _renamed(name: str) -> str:
    """What transformers' ResNetModel calls what torchvision's calls so. Stages and layers are
    counted from 1 there, and from 0 here."""
    part = {"conv": "convolution", "bn": "normalization", "0": "convolution", "1": "normalization"}
    match name.split("."):
        case [("conv1" | "bn1") as first, value]:
            return f"embedder.embedder.{part[first[:-1]]}.{value}"
        case [stage, block, "downsample" | "shortcut", number, value]:
            return f"{_block(stage, block)}.shortcut.{part[number]}.{value}"
        case [stage, block, layer, value] if layer[:-1] in part:
            return f"{_block(stage, block)}.layer.{int(layer[-1]) - 1}.{part[layer[:-1]]}.{value}"
    raise ValueError(f"it holds a ResNet with a part that is not known here, {name}")


def _block(stage: str, block: str) -> str:
    return f"encoder.stages.{int(stage.removeprefix('layer')) - 1}.layers.{block}"


def _steps(folder: Path, shape: ResNetShape) -> PhotoSteps:
    """What the folder says beside the checkpoint, in Hugging Face's format; else what SimCLR did:
    the middle of the photo in values from 0 to 1."""
    if any((folder / name).is_file() for name in IMAGE_CONFIGS):
        return read_steps(read_image_config(folder))
    short_px, crop_px = (256, 224) if shape.stem_px > 3 else (32, 32)
    bicubic, nothing, same = Image.Resampling.BICUBIC, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    return ClipPixels(short_px, crop_px, bicubic, 1 / 255, nothing, same)


def load_simclr(
    found: Checkpoint, shape: ResNetShape, steps: PhotoSteps, device: str, precision: str
) -> StepsNetwork:
    """See `PhotoModel.load`: transformers' ResNet with the weights of a checkpoint."""
    device = choose_device(device)
    try:
        model = _build(shape)
        stored = load_tensors(found)
        # Strict: each tensor of the encoder is there, in the right shape, and no other.
        tensors = {ours: stored[theirs].float() for ours, theirs in shape.names.items()}
        model.load_state_dict(tensors | _counters(model, tensors))
    except (OSError, ValueError, KeyError, RuntimeError, pickle.UnpicklingError) as error:
        raise _unusable(found.path, str(error).partition("\n")[0].rstrip(".:")) from error
    model = model.eval().requires_grad_(False)
    return StepsNetwork.of(steps, model, _see, device, precision)


def _see(model: Any, batch: torch.Tensor) -> tuple[torch.Tensor]:
    return (model(pixel_values=batch).pooler_output.flatten(1),)


def _build(shape: ResNetShape) -> Any:
    hide_torchvision()
    import torch
    from transformers import ResNetConfig, ResNetModel
    from transformers.models.resnet.modeling_resnet import ResNetConvLayer

    model: Any = ResNetModel(
        ResNetConfig(
            embedding_size=shape.stem_width,
            hidden_sizes=list(shape.widths),
            depths=list(shape.depths),
            layer_type="bottleneck" if shape.is_deep else "basic",
        )
    )
    if shape.stem_px == 3:
        model.embedder.embedder = ResNetConvLayer(3, shape.stem_width, kernel_size=3)
        model.embedder.pooler = torch.nn.Identity()
    return model


def _counters(model: Any, tensors: Mapping[str, Any]) -> dict[str, Any]:
    """How many batches each norm has seen: used in training alone, and not in every checkpoint."""
    counters = {k: v for k, v in model.state_dict().items() if k.endswith("num_batches_tracked")}
    return {name: value for name, value in counters.items() if name not in tensors}


def _unusable(path: Path, reason: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"The SimCLR checkpoint {path} cannot be used: {reason}.",
        "Name a file with the weights of a ResNet, in safetensors format or as torch.save writes "
        "a state dict: `likeness models use simclr:/path/to/checkpoint.pt --for likeness`.",
    )
