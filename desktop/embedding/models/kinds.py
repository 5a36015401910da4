"""Kinds: models that are asked for by what they are, such as `pixels` or `cnn:efficientnet_lite0`.

To add one: a module with an `Embedder` in desktop/embedding, and a row in `KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from desktop.embedding.embedder import Make
from desktop.embedding.wordless import (
    LITE_NAMES,
    prepare_cnn,
    prepare_pixels,
    prepare_simclr,
)


@dataclass(frozen=True, slots=True)
class ModelKind:
    """One kind of model.

    Attributes:
        titles: of the models that are always listed, by name; the kind alone means the first, where
            there is one.
        prepare: gives what makes the embedder of this name, of what stands behind the colon (""
            where nothing does), on a device ("auto", "cpu", ...): without torch, and picklable,
            since the model's process calls it too. Raises ModelUnavailable.
        package: what other people's package brings it, "" for our own.
    """

    titles: Mapping[str, str]
    prepare: Callable[[str, str, str], Make]
    package: str = ""


KINDS: Mapping[str, ModelKind] = {
    "cnn": ModelKind(
        dict(zip(LITE_NAMES, ("EfficientNet-Lite0", "EfficientNet-Lite2"), strict=True)),
        prepare_cnn,
    ),
    "pixels": ModelKind({"pixels": "Pixels"}, prepare_pixels),
    "simclr": ModelKind({}, prepare_simclr),
}
"""By the name before the colon."""


def split(name: str) -> tuple[str, str]:
    """ "cnn:resnet50" -> "cnn" and "resnet50"; "pixels" -> "pixels" and ""."""
    kind, _, argument = name.partition(":")
    return kind, argument


def folder_meant(kind: str, argument: str) -> str | None:
    """Of `cnn:timm/NAME`, or `cnn:` and the path of a folder or of the weights in it, what the
    folder is called; None for what is no folder."""
    if kind != "cnn" or not ("/" in argument or "\\" in argument):
        return None
    path = PurePath(argument)
    return str(path.parent) if path.suffix == ".safetensors" else argument
