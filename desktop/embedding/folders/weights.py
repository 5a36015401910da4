"""The small files and the weights of a folder in Hugging Face format, read without torch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from desktop.errors import ModelUnavailable

# A header lists names, types and offsets of the tensors: 40 kB for CLIP ViT-B/32. safetensors
# itself refuses more than this.
_MAX_HEADER_BYTES = 100_000_000

# What the fingerprint reads of each weights file besides its header: 64 x 4 KiB spread over the
# file, a few milliseconds. A model trained further has the same header and differs everywhere else.
_N_SAMPLES = 64
_SAMPLE_BYTES = 4096

IMAGE_CONFIGS = ("preprocessor_config.json", "processor_config.json")

_PICKLE_SUFFIXES = {".bin", ".pt", ".pth", ".ckpt", ".pkl"}


@contextmanager
def reasons_said(folder: Path, unusable: Callable[[Path, str], ModelUnavailable]) -> Iterator[None]:
    """What is wrong with the files of a folder that is read inside the block is raised as
    `unusable` says it, with the reason. A ValueError's own words are the reason."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = str(error) if type(error) is ValueError else f"its files make no sense ({error!r})"
        raise unusable(folder, reason) from error
    except OSError as error:
        reason = f"{error.filename or folder} cannot be read ({error.strerror})"
        raise unusable(folder, reason) from error


def find_weights(model: Path) -> list[Path]:
    """The safetensors files of a folder. Raises ValueError where there are none, saying why."""
    listing = model / "model.safetensors.index.json"
    if listing.is_file():
        names = sorted(set(read_json(listing)["weight_map"].values()))
        if not names:
            raise ValueError(f"{listing} names no weights")
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


def read_image_config(model: Path) -> dict[str, Any]:
    """preprocessor_config.json; transformers 5 may write processor_config.json in its place.

    Raises ValueError where there is neither."""
    alone, within = (model / name for name in IMAGE_CONFIGS)
    config = read_json(alone) if alone.is_file() else read_json(within)["image_processor"]
    if not isinstance(config, dict):
        raise ValueError("its image processor has no settings")
    return config


def read_weights(path: Path, digest: Any) -> dict[str, Any]:
    """Return the header of a safetensors file, after checking that the file is as long as it says,
    and put what tells these weights from others into the digest.

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
        sample_file(file, n_bytes, digest)
    return tensors


def read_all_weights(paths: Sequence[Path], digest: Any) -> dict[str, Any]:
    """The same of several files that hold the tensors of one model."""
    tensors: dict[str, Any] = {}
    for path in paths:
        tensors |= read_weights(path, digest)
    return tensors


def read_number(weights: Sequence[Path], name: str) -> float:
    """A tensor of one number, out of the file that holds it. Raises ValueError, KeyError."""
    for path in weights:
        with path.open("rb") as file:
            n_header = int.from_bytes(file.read(8), "little")
            tensor = json.loads(file.read(n_header)).get(name)
            if tensor is None:
                continue
            start, end = tensor["data_offsets"]
            file.seek(8 + n_header + start)
            stored = file.read(end - start)
        if tensor["dtype"] == "BF16":  # the upper half of a float32
            return float(np.frombuffer(b"\0\0" + stored, "<f4")[0])
        return float(np.frombuffer(stored, {"F32": "<f4", "F16": "<f2"}[tensor["dtype"]])[0])
    raise KeyError(name)


def sample_file(file: BinaryIO, n_bytes: int, digest: Any) -> None:
    """Put a little of a file, from everywhere in it, into the digest."""
    for number in range(_N_SAMPLES):
        file.seek(n_bytes * number // _N_SAMPLES)
        digest.update(file.read(_SAMPLE_BYTES))


def read_json(path: Path) -> Any:
    """Raises ValueError where the file is missing or no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{path} is missing") from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise ValueError(f"{path} is damaged") from None
