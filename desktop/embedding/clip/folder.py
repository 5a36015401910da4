"""What a folder with a CLIP says about itself, read from its small files without torch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from math import exp, log, nan
from pathlib import Path, PurePosixPath
from typing import Any

from desktop.embedding.folders.clip_pixels import ClipPixels
from desktop.embedding.folders.model_card import read_licence
from desktop.embedding.folders.photo_steps import PhotoSteps, read_steps
from desktop.embedding.folders.weights import (
    IMAGE_CONFIGS,
    find_weights,
    read_all_weights,
    read_image_config,
    read_json,
    read_number,
    reasons_said,
)
from desktop.errors import ModelUnavailable

# OpenAI's CLIP ViT-B/32, text against photo: over 38,000 photos of one library the median cosine
# was 0.17 and that of matching photos 0.24-0.30 (PhotoMapAI, encoders.py); Lap draws one line at
# 0.25 for the same weights. So 0.26 leaves few wrong ones above and 0.22 few right ones below.
LIKELY_SCORE = 0.26
MAYBE_SCORE = 0.22

LIKELY, MAYBE = 0.1, 0.01
"""What a SigLIP gives for a photo that fits is far below 1: it learned among tens of thousands of
captions, of which one was right. transformers' own example has 0.3 for the caption that fits, and
less than 0.01 for the others (model card of google/siglip-base-patch16-224)."""

MOST_TOKENS = 512

KIN = {
    "siglip": (
        "vision_model.post_layernorm.weight",
        "text_model.head.weight",
        "text_model.embeddings.position_embedding.weight",
    ),
    "chinese_clip": (
        "vision_model.post_layernorm.weight",
        "visual_projection.weight",
        "text_model.embeddings.position_embeddings.weight",
    ),
}
"""By kind, the tensors that are as long as the image tower is wide, as an embedding, and as a text
may be."""


@dataclass(frozen=True, slots=True)
class ClipFolder:
    """A usable CLIP on disk, or one of its kin.

    Attributes:
        kind: model_type: "clip", "siglip" or "chinese_clip"; or "openclip", see openclip_folder.py.
        path: the folder, as SentenceTransformer takes it.
        dim: length of its embeddings.
        width: of the image tower's layers; 0 where that need not be known.
        context_tokens: tokens its text tower reads; what is longer is cut.
        pixels: how a photo becomes the image tower's input.
        tensors: names of the stored weights.
        licence, likely_score, maybe_score, languages: see `Embedder`.
        words_path: where the words' side lies if it is another one, see words_side.py.
        revision: 12 hex digits that change when weights or input pixels do, and not with the place:
            a model downloaded, copied by hand or found in the hub cache keeps its embeddings.
    """

    path: Path
    dim: int
    width: int
    context_tokens: int
    pixels: PhotoSteps
    tensors: frozenset[str]
    revision: str
    licence: str = ""
    kind: str = "clip"
    likely_score: float = LIKELY_SCORE
    maybe_score: float = MAYBE_SCORE
    languages: tuple[str, ...] = ()
    words_path: Path | None = None


def read_clip_folder(folder: Path) -> ClipFolder:
    """Read a folder in Hugging Face format, or in sentence-transformers format around it.

    Takes milliseconds; any thread. Raises ModelUnavailable with a sentence where files are absent
    or cut short, for weights in pickle files and for models of another kind.
    """
    with reasons_said(folder, _unusable):
        return _read(folder)


def _read(folder: Path) -> ClipFolder:
    if not folder.is_dir():
        raise ValueError("there is no such folder")
    model = _model_part(folder)
    config = read_json(model / "config.json")
    if config.get("model_type") in KIN:
        return _read_kin(model, config)
    if config.get("model_type") != "clip":
        raise ValueError(_what_it_is(model, str(config.get("model_type"))))
    weights = find_weights(model)
    expect_tokenizer(model)
    pixels = ClipPixels.from_config(read_image_config(model))
    digest = hashlib.sha256(repr(pixels).encode())
    tensors = read_all_weights(weights, digest)
    if not {"visual_projection.weight", "text_projection.weight"} <= tensors.keys():
        raise ValueError("it does not hold both an image and a text tower")
    dim, width = tensors["visual_projection.weight"]["shape"]
    return ClipFolder(
        path=folder,
        dim=int(dim),
        width=int(width),
        context_tokens=int(config.get("text_config", {}).get("max_position_embeddings", 77)),
        pixels=pixels,
        tensors=frozenset(tensors),
        revision=digest.hexdigest()[:12],
        licence=read_licence(folder) or read_licence(model),
    )


def _what_it_is(folder: Path, kind: str) -> str:
    """The reason why a folder with this model_type cannot be used."""
    if kind == "siglip2":
        return (
            "it is a SigLIP 2 that takes photos in any proportions (naflex), which is not known "
            "here; the others of its family are"
        )
    if not any((folder / name).is_file() for name in IMAGE_CONFIGS):
        return f"it holds a model of the kind {kind} without {IMAGE_CONFIGS[0]}, so none for photos"
    return f"it holds a model of the kind {kind}, not a CLIP"


def _read_kin(folder: Path, config: dict[str, Any]) -> ClipFolder:
    """SigLIP, SigLIP 2 and Chinese-CLIP, through transformers alone."""
    kind = str(config["model_type"])
    weights = find_weights(folder)
    expect_tokenizer(folder)
    pixels = read_steps(read_image_config(folder))
    digest = hashlib.sha256(f"{kind} {pixels!r}".encode())
    tensors = read_all_weights(weights, digest)
    if not set(KIN[kind]) <= tensors.keys():
        raise ValueError(f"it does not hold both towers of a model of the kind {kind}")
    width, dim, tokens = (tensors[name]["shape"][0] for name in KIN[kind])
    likely, maybe = usual_scores(weights) if kind == "siglip" else (nan, nan)
    return ClipFolder(
        path=folder,
        dim=int(dim),
        width=int(width),
        context_tokens=min(int(tokens), MOST_TOKENS),
        pixels=pixels,
        tensors=frozenset(tensors),
        revision=digest.hexdigest()[:12],
        licence=read_licence(folder),
        kind=kind,
        likely_score=likely,
        maybe_score=maybe,
        languages=("zh",) if kind == "chinese_clip" else (),
    )


def usual_scores(weights: list[Path]) -> tuple[float, float]:
    """The cosines at which a SigLIP itself takes a photo to fit with the probabilities `LIKELY` and
    `MAYBE`: it was trained to tell them by a scale and a bias, which are stored with it."""
    scale = exp(read_number(weights, "logit_scale"))
    bias = read_number(weights, "logit_bias")
    likely, maybe = ((log(p / (1 - p)) - bias) / scale for p in (LIKELY, MAYBE))
    return likely, maybe


def _model_part(folder: Path) -> Path:
    """The folder that holds the CLIP itself: `folder`, or the one its modules.json names."""
    if not (folder / "modules.json").is_file():
        return folder
    parts = []
    for module in read_json(folder / "modules.json"):
        package, _, kind = str(module["type"]).rpartition(".")
        if package.partition(".")[0] != "sentence_transformers":
            raise ValueError(f"it wants to run code of its own ({module['type']})")
        if kind in ("CLIPModel", "Transformer"):
            parts.append(PurePosixPath(module["path"]))
        elif kind != "Normalize":
            raise ValueError(f"it has a step that is not CLIP's ({kind})")
    if len(parts) != 1 or parts[0].is_absolute() or ".." in parts[0].parts:
        raise ValueError("its modules.json does not name one CLIP inside the folder")
    return folder / parts[0]


def expect_tokenizer(model: Path) -> None:
    """Raises ValueError where the folder has none."""
    names = {path.name for path in model.iterdir()}
    known = ({"tokenizer.json"}, {"vocab.json", "merges.txt"}, {"vocab.txt"})
    if not any(each <= names for each in known):
        raise ValueError("its tokenizer is missing (tokenizer.json, or vocab.json and merges.txt)")


def _unusable(folder: Path, reason: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"The model folder {folder} cannot be used: {reason}.",
        "Copy the whole folder of a CLIP in Hugging Face or sentence-transformers format there, "
        "with its model.safetensors, or run `likeness models download clip-ViT-B-32`.",
    )
