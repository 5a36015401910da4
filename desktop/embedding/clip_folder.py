"""What a folder with a CLIP says about itself, read from its small files without torch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from desktop.embedding.clip_pixels import ClipPixels
from desktop.embedding.model_card import read_licence
from desktop.embedding.weights_folder import (
    find_weights,
    read_image_config,
    read_json,
    read_weights,
)
from desktop.errors import ModelUnavailable


@dataclass(frozen=True, slots=True)
class ClipFolder:
    """A usable CLIP on disk.

    Attributes:
        path: the folder, as SentenceTransformer takes it.
        dim: length of its embeddings.
        width: of the image tower's layers.
        context_tokens: tokens its text tower reads; what is longer is cut.
        pixels: how a photo becomes the image tower's input.
        tensors: names of the stored weights.
        licence: see `Embedder`.
        revision: 12 hex digits that change when weights or input pixels do, and not with the place:
            a model downloaded, copied by hand or found in the hub cache keeps its embeddings.
    """

    path: Path
    dim: int
    width: int
    context_tokens: int
    pixels: ClipPixels
    tensors: frozenset[str]
    revision: str
    licence: str = ""


def read_clip_folder(folder: Path) -> ClipFolder:
    """Read a folder in Hugging Face format, or in sentence-transformers format around it.

    Takes milliseconds; any thread. Raises ModelUnavailable with a sentence where files are absent
    or cut short, for weights in pickle files and for models of another kind.
    """
    try:
        return _read(folder)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = str(error) if type(error) is ValueError else f"its files make no sense ({error!r})"
        raise _unusable(folder, reason) from error
    except OSError as error:
        reason = f"{error.filename or folder} cannot be read ({error.strerror})"
        raise _unusable(folder, reason) from error


def _read(folder: Path) -> ClipFolder:
    if not folder.is_dir():
        raise ValueError("there is no such folder")
    model = _model_part(folder)
    config = read_json(model / "config.json")
    if config.get("model_type") != "clip":
        raise ValueError(f"it holds a model of the kind {config.get('model_type')}, not a CLIP")
    weights = find_weights(model)
    _expect_tokenizer(model)
    pixels = ClipPixels.from_config(read_image_config(model))
    tensors: dict[str, Any] = {}
    digest = hashlib.sha256(repr(pixels).encode())
    for path in weights:
        tensors |= read_weights(path, digest)
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


def _expect_tokenizer(model: Path) -> None:
    names = {path.name for path in model.iterdir()}
    if "tokenizer.json" not in names and not {"vocab.json", "merges.txt"} <= names:
        raise ValueError("its tokenizer is missing (tokenizer.json, or vocab.json and merges.txt)")


def _unusable(folder: Path, reason: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"The model folder {folder} cannot be used: {reason}.",
        "Copy the whole folder of a CLIP in Hugging Face or sentence-transformers format there, "
        "with its model.safetensors, or run `likeness models download clip-ViT-B-32`.",
    )
