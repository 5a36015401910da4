"""A checkpoint: one file with the weights of a network, as its training left it."""

from __future__ import annotations

import hashlib
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.embedding.folders.weights import read_weights, sample_file

Shape = tuple[int, ...]

SAFETENSORS = ".safetensors"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is known of a checkpoint without torch.

    Attributes:
        path: the file.
        shapes: of its tensors, by their names; where it holds a group of them beside other things
            (`{"state_dict": ..., "optimizer": ...}`), of the group with the most.
        revision: changes when the weights do, and not with the place.
    """

    path: Path
    shapes: Mapping[str, Shape]
    revision: str


def read_checkpoint(path: Path) -> Checkpoint:
    """Read the names and shapes in a safetensors file, or in a zip as torch.save writes it.

    Milliseconds; nothing in the file is run. Raises ValueError for any other file, OSError.
    """
    digest = hashlib.sha256()
    if path.suffix == SAFETENSORS:
        header = read_weights(path, digest)
        shapes = {name: tuple(tensor["shape"]) for name, tensor in header.items()}
    else:
        shapes = _shapes_of(_read_pickle(path))
        n_bytes = path.stat().st_size
        with path.open("rb") as file:
            digest.update(f"{sorted(shapes.items())}".encode())
            sample_file(file, n_bytes, digest)
    if not shapes:
        raise ValueError("it holds no weights")
    return Checkpoint(path, shapes, digest.hexdigest()[:12])


def load_tensors(found: Checkpoint) -> dict[str, Any]:
    """The tensors themselves, by the names in `shapes`. Imports torch, runs nothing in the file.

    Raises ValueError, or what torch raises for files that hold more than data.
    """
    if found.path.suffix == SAFETENSORS:
        from safetensors.torch import load_file

        return load_file(found.path)
    import torch

    whole = torch.load(found.path, map_location="cpu", weights_only=True)
    return max(_groups(whole, torch.Tensor), key=len)


@dataclass(frozen=True, slots=True)
class _Outline:
    """A tensor of which only the shape was read."""

    shape: Shape


class _ShapeReader(pickle.Unpickler):
    """Reads tensors as their shapes. What is neither that nor plain data is refused, so that
    nothing in the file can run: the same names that torch.load(weights_only=True) allows."""

    def find_class(self, module: str, name: str) -> Any:
        allowed: dict[tuple[str, str], Callable[..., Any]] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): lambda _, __, size, *___: _Outline(tuple(size)),
            ("torch._utils", "_rebuild_parameter"): lambda data, *_: data,
            ("torch", "Size"): tuple,
            ("torch", "device"): lambda *_: None,
        }
        if module == "torch" and name.endswith(("Storage", "float32", "float16", "int64")):
            return None
        if (module, name) not in allowed:
            raise ValueError(f"it holds more than weights ({module}.{name}), and is not opened")
        return allowed[module, name]

    def persistent_load(self, _: Any) -> None:
        return None


def _read_pickle(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            (name,) = [each for each in archive.namelist() if each.endswith("/data.pkl")]
            with archive.open(name) as file:
                return _ShapeReader(file).load()
    except zipfile.BadZipFile:
        raise ValueError(
            "it is neither a safetensors file nor a zip as torch.save writes it"
        ) from None
    except (pickle.UnpicklingError, EOFError, IndexError, TypeError) as error:
        raise ValueError(f"it is damaged ({error})") from error


def _shapes_of(whole: Any) -> dict[str, Shape]:
    largest: dict[str, _Outline] = max(_groups(whole, _Outline), key=len, default={})
    return {name: outline.shape for name, outline in largest.items()}


def _groups(whole: Any, kind: type) -> Iterator[dict[str, Any]]:
    """The mappings in what was read that hold tensors by name; of each, the tensors."""
    if isinstance(whole, Mapping):
        held = {key: value for key, value in whole.items() if isinstance(value, kind)}
        if held and all(isinstance(key, str) for key in held):
            yield held
        for value in whole.values():
            yield from _groups(value, kind)
