"""What a folder in OpenCLIP's own format says about itself, read without torch.

So the hub keeps MobileCLIP, and what the project OpenCLIP has trained: open_clip_config.json with
the architecture and the steps of photos, and open_clip_model.safetensors. See the function
`push_to_hf_hub` of https://github.com/mlfoundations/open_clip.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from pathlib import Path
from typing import Any

from PIL import Image

from desktop.embedding.clip.folder import (
    LIKELY_SCORE,
    MAYBE_SCORE,
    ClipFolder,
    expect_tokenizer,
    usual_scores,
)
from desktop.embedding.folders.checkpoint import SAFETENSORS, Checkpoint, read_checkpoint
from desktop.embedding.folders.clip_pixels import CLIP_MEAN, CLIP_STD, ClipPixels, Colour, colour_of
from desktop.embedding.folders.model_card import read_licence
from desktop.embedding.folders.photo_steps import PhotoSteps, SquashedPixels
from desktop.embedding.folders.weights import read_json, reasons_said
from desktop.errors import ModelUnavailable

CONFIG = "open_clip_config.json"
KIND = "openclip"

WEIGHTS = "open_clip_model.safetensors"
_WEIGHTS = (WEIGHTS, "open_clip_pytorch_model.bin", "model.safetensors")
"""In the order in which OpenCLIP itself prefers them. The second is read with weights_only."""

_CLEANERS = frozenset({"canonicalize", "lower", "whitespace"})
_RESAMPLE = {
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
    "random": Image.Resampling.BICUBIC,  # in training; else OpenCLIP takes this
}
_MOST_PX = 4096


@dataclass(frozen=True, slots=True)
class OpenClipModel:
    """What builds the network again.

    Attributes:
        weights: its file.
        arguments: as OpenCLIP's classes take them.
        has_custom_text: which of its classes: CustomTextCLIP or CLIP.
        context_tokens: see `ClipFolder`.
        has_tokenizer: whether the folder brings a tokenizer; else OpenCLIP's own is meant.
        cleaning: how words are cleaned first, as its tokenizers take it.
    """

    weights: Checkpoint
    arguments: Mapping[str, Any] = field(hash=False)
    has_custom_text: bool
    context_tokens: int
    has_tokenizer: bool
    cleaning: Mapping[str, Any] = field(hash=False)


def claims_openclip(folder: Path) -> bool:
    """See `Factory.claims`. Some folders hold the same model in Hugging Face's format, too, and
    that needs no further package."""
    has_both = (folder / "config.json").is_file() and (folder / "model.safetensors").is_file()
    return (folder / CONFIG).is_file() and not has_both


def read_openclip_folder(folder: Path) -> ClipFolder:
    """Milliseconds; any thread. Raises ModelUnavailable."""
    with reasons_said(folder, unusable):
        model = read_openclip_model(folder)
        config = read_json(folder / CONFIG)
        pixels = _read_steps(config.get("preprocess_cfg") or {}, config["model_cfg"]["vision_cfg"])
        said = json.dumps(config["model_cfg"], sort_keys=True)
        digest = hashlib.sha256(f"{KIND} {said} {pixels!r} {model.weights.revision}".encode())
        likely, maybe = _scores(model)
        return ClipFolder(
            path=folder,
            dim=int(config["model_cfg"]["embed_dim"]),
            width=0,
            context_tokens=model.context_tokens,
            pixels=pixels,
            tensors=frozenset(model.weights.shapes),
            revision=digest.hexdigest()[:12],
            licence=read_licence(folder),
            kind=KIND,
            likely_score=likely,
            maybe_score=maybe,
        )


def read_openclip_model(folder: Path) -> OpenClipModel:
    """Raises ValueError and what else `reasons_said` knows."""
    arguments = dict(read_json(folder / CONFIG)["model_cfg"])
    has_custom_text = bool(arguments.pop("custom_text", False))
    words, photos = dict(arguments["text_cfg"]), dict(arguments["vision_cfg"])
    if "multimodal_cfg" in arguments:
        raise ValueError("it is a CoCa, which writes captions, and is not known here")
    if words.get("hf_model_name"):
        raise ValueError(
            f"its words are read by a network that is elsewhere ({words['hf_model_name']})"
        )
    weights = read_checkpoint(_find_weights(folder))
    if not any(name.startswith(("visual.", "module.visual.")) for name in weights.shapes):
        raise ValueError("its weights have no image tower")
    has_tokenizer = bool(words.get("hf_tokenizer_name"))
    if has_tokenizer:
        expect_tokenizer(folder)
    # The weights are in the folder; what OpenCLIP would fetch to begin a training is not wanted.
    photos["timm_model_pretrained"] = False
    return OpenClipModel(
        weights=weights,
        arguments=arguments | {"text_cfg": words, "vision_cfg": photos},
        has_custom_text=has_custom_text,
        context_tokens=int(words.get("context_length", 77)),
        has_tokenizer=has_tokenizer,
        cleaning=_cleaning(words.get("tokenizer_kwargs") or {}, words.get("tokenizer_mode")),
    )


def _find_weights(folder: Path) -> Path:
    found = next((folder / name for name in _WEIGHTS if (folder / name).is_file()), None)
    if found is None:
        raise ValueError(f"{folder / WEIGHTS} is missing")
    return found


def _cleaning(said: Mapping[str, Any], mode: Any) -> dict[str, Any]:
    """Only what cleans words: a tokenizer takes more, such as a file anywhere or code to run."""
    cleaning = {"clean": said["clean"]} if "clean" in said else {}
    if said.get("strip_sep_token"):
        cleaning["strip_sep_token"] = True
    unknown = sorted(set(said) - {"clean", "strip_sep_token"})
    if unknown or mode or cleaning.get("clean", "lower") not in _CLEANERS:
        raise ValueError("its way to read words is not known here")
    return cleaning


def _scores(model: OpenClipModel) -> tuple[float, float]:
    """Of a SigLIP, by its own scale and bias. What has towers of another kind, such as MobileCLIP,
    nobody has measured; the others are CLIPs."""
    if "logit_bias" in model.weights.shapes and model.weights.path.suffix == SAFETENSORS:
        return usual_scores([model.weights.path])
    return (nan, nan) if model.has_custom_text else (LIKELY_SCORE, MAYBE_SCORE)


def _read_steps(told: Mapping[str, Any], photos: Mapping[str, Any]) -> PhotoSteps:
    """What OpenCLIP's `image_transform` does when nothing is trained. The size is the network's."""
    size = photos.get("image_size") or 224
    sides = {int(side) for side in (size if isinstance(size, list) else [size])}
    if len(sides) != 1 or not 16 <= min(sides) <= _MOST_PX:
        raise ValueError(f"it looks at {size} pixels, which is no square")
    (side_px,) = sides
    resample = _RESAMPLE.get(told.get("interpolation") or "bicubic")
    if resample is None:
        raise ValueError(f"its way to resize photos, {told['interpolation']}, is not known here")
    mode = told.get("resize_mode") or "shortest"
    if mode not in ("shortest", "squash"):
        raise ValueError(f"its way to crop photos, {mode}, is not known here")
    return (SquashedPixels if mode == "squash" else ClipPixels)(
        side_px,
        side_px,
        resample,
        1 / 255,
        _colour(told.get("mean") or CLIP_MEAN),
        _colour(told.get("std") or CLIP_STD),
        rounds_middle=True,
    )


def _colour(said: Any) -> Colour:
    return colour_of(said if isinstance(said, (list, tuple)) else (said, said, said))


def unusable(folder: Path, reason: str) -> ModelUnavailable:
    """The sentence of a folder in this format."""
    return ModelUnavailable(
        f"The model folder {folder} cannot be used: {reason}.",
        f"Copy the whole folder of a model in OpenCLIP's format there, with its {CONFIG} and "
        f"{WEIGHTS}.",
    )
