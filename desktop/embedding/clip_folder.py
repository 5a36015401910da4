"""What a folder with a CLIP says about itself, read from its small files without torch."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from desktop.embedding.clip_pixels import ClipPixels
from desktop.embedding.model_card import read_licence
from desktop.errors import ModelUnavailable

# A header lists names, types and offsets of the tensors: 40 kB for CLIP ViT-B/32. safetensors
# itself refuses more than this.
_MAX_HEADER_BYTES = 100_000_000

# What the fingerprint reads of each weights file besides its header: 64 x 4 KiB spread over the
# file, a few milliseconds. A model trained further has the same header and differs everywhere else.
_N_SAMPLES = 64
_SAMPLE_BYTES = 4096

_PICKLE_SUFFIXES = {".bin", ".pt", ".pth", ".ckpt", ".pkl"}


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
    config = _read_json(model / "config.json")
    if config.get("model_type") != "clip":
        raise ValueError(f"it holds a model of the kind {config.get('model_type')}, not a CLIP")
    weights = _find_weights(model)
    _expect_tokenizer(model)
    pixels = ClipPixels.from_config(_read_image_config(model))
    tensors: dict[str, Any] = {}
    digest = hashlib.sha256(repr(pixels).encode())
    for path in weights:
        tensors |= _read_weights(path, digest)
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
    for module in _read_json(folder / "modules.json"):
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


def _find_weights(model: Path) -> list[Path]:
    listing = model / "model.safetensors.index.json"
    if listing.is_file():
        names = sorted(set(_read_json(listing)["weight_map"].values()))
        if any(Path(name).name != name for name in names):
            raise ValueError("its list of weights points outside the folder")
        return [model / name for name in names]
    if (model / "model.safetensors").is_file():
        return [model / "model.safetensors"]
    if any(path.suffix in _PICKLE_SUFFIXES for path in model.iterdir()):
        raise ValueError(
            "its weights are pickle files, which can run programs; only safetensors are opened"
        )
    raise ValueError(f"{model / 'model.safetensors'} is missing")


def _expect_tokenizer(model: Path) -> None:
    names = {path.name for path in model.iterdir()}
    if "tokenizer.json" not in names and not {"vocab.json", "merges.txt"} <= names:
        raise ValueError("its tokenizer is missing (tokenizer.json, or vocab.json and merges.txt)")


def _read_image_config(model: Path) -> dict[str, Any]:
    """preprocessor_config.json; transformers 5 may write processor_config.json in its place."""
    alone = model / "preprocessor_config.json"
    if alone.is_file():
        config = _read_json(alone)
    else:
        config = _read_json(model / "processor_config.json")["image_processor"]
    if not isinstance(config, dict):
        raise ValueError("its image processor has no settings")
    return config


def _read_weights(path: Path, digest: Any) -> dict[str, Any]:
    """Return the header of a safetensors file, after checking that the file is as long as it says.

    Format: 8 bytes length of the header, little-endian; the header, JSON; the tensors
    (https://github.com/huggingface/safetensors#format).
    """
    n_bytes = path.stat().st_size
    with path.open("rb") as file:
        n_header = int.from_bytes(file.read(8), "little")
        if not 2 <= n_header <= min(_MAX_HEADER_BYTES, n_bytes):
            raise ValueError(f"{path} is no safetensors file")
        header = file.read(n_header)
        tensors: dict[str, Any] = json.loads(header)
        tensors.pop("__metadata__", None)
        ends = [int(tensor["data_offsets"][1]) for tensor in tensors.values()]
        if 8 + n_header + max(ends, default=0) != n_bytes:
            raise ValueError(f"{path} is cut short or damaged")
        digest.update(n_bytes.to_bytes(8, "little") + header)
        _sample(file, n_bytes, digest)
    return tensors


def _sample(file: BinaryIO, n_bytes: int, digest: Any) -> None:
    for number in range(_N_SAMPLES):
        file.seek(n_bytes * number // _N_SAMPLES)
        digest.update(file.read(_SAMPLE_BYTES))


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{path} is missing") from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise ValueError(f"{path} is damaged") from None


def _unusable(folder: Path, reason: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"The model folder {folder} cannot be used: {reason}.",
        "Copy the whole folder of a CLIP in Hugging Face or sentence-transformers format there, "
        "with its model.safetensors, or run `likeness models download clip-ViT-B-32`.",
    )
