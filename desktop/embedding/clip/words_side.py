"""The words' side alone of a CLIP: sentence-transformers' clip-ViT-B-32-multilingual-v1.

It was taught to give a sentence in any of its languages the vector that clip-ViT-B-32 gives the
English one (https://arxiv.org/abs/2004.09813), so photos are embedded by clip-ViT-B-32 itself.
"""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path, PurePosixPath

from desktop.embedding.clip.folder import ClipFolder, read_clip_folder
from desktop.embedding.folders.hub_cache import list_snapshots
from desktop.embedding.folders.model_card import read_licence
from desktop.embedding.folders.weights import find_weights, read_json, read_weights
from desktop.errors import ModelUnavailable

PHOTOS_SIDE = "clip-ViT-B-32"
_PHOTOS_REPO = f"sentence-transformers/{PHOTOS_SIDE}"
_STEPS = ["Transformer", "Pooling", "Dense"]

LANGUAGES = (
    *("ar", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "gl", "gu"),
    *("he", "hi", "hr", "hu", "hy", "id", "it", "ja", "ka", "ko", "ku", "lt", "lv", "mk", "mn"),
    *("mr", "ms", "my", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "th"),
    *("tr", "uk", "ur", "vi", "zh"),
)
"""As its model card names them, in ISO 639-1."""


def claims_words_side(folder: Path) -> bool:
    """See `Factory.claims`."""
    try:
        return list(_steps(folder)) == _STEPS
    except (OSError, ValueError, KeyError, TypeError):
        return False


def read_words_side(folder: Path) -> ClipFolder:
    """The folder, joined with that of clip-ViT-B-32, which lies beside it or in the hub's cache.

    Milliseconds; any thread. Raises ModelUnavailable, also where clip-ViT-B-32 is not at hand.
    """
    try:
        digest = hashlib.sha256()
        for path in _steps(folder).values():
            if path.parts[-1:] != ("1_Pooling",):
                for weights in find_weights(folder / path):
                    read_weights(weights, digest)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unusable(folder, str(error)) from error
    photos = _find_photos_side(folder)
    digest.update(photos.revision.encode())
    return dataclasses.replace(
        photos,
        words_path=folder,
        revision=digest.hexdigest()[:12],
        licence=read_licence(folder),
        languages=LANGUAGES,
    )


def _steps(folder: Path) -> dict[str, PurePosixPath]:
    """The kind of each module -> where it lies. Raises ValueError for code of its own."""
    steps = {}
    for module in read_json(folder / "modules.json"):
        package, _, kind = str(module["type"]).rpartition(".")
        path = PurePosixPath(module["path"])
        if package.partition(".")[0] != "sentence_transformers":
            raise ValueError(f"it wants to run code of its own ({module['type']})")
        if path.is_absolute() or ".." in path.parts:
            raise ValueError("its modules.json points outside the folder")
        steps[kind] = path
    return steps


def _find_photos_side(folder: Path) -> ClipFolder:
    reason = ModelUnavailable(
        f"{folder} understands words alone, and needs {PHOTOS_SIDE} beside it for photos.",
        f"Run `likeness models download {PHOTOS_SIDE}`.",
    )
    for place in (folder.parent / PHOTOS_SIDE, *list_snapshots(_PHOTOS_REPO)):
        if place.is_dir():
            try:
                return read_clip_folder(place)
            except ModelUnavailable as error:
                reason = error
    raise reason


def _unusable(folder: Path, reason: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"The model folder {folder} cannot be used: {reason}.",
        "Copy the whole folder of the model there, with its safetensors files.",
    )
