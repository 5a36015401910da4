"""Factories: the kinds of models there are, and which of them a folder holds.

To add one: a module with an `Embedder` in desktop/embedding, and a row in `FACTORIES`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from desktop.embedding.clip import ClipEmbedder
from desktop.embedding.clip.folder import read_clip_folder
from desktop.embedding.clip.openclip_folder import claims_openclip, read_openclip_folder
from desktop.embedding.clip.words_side import claims_words_side, read_words_side
from desktop.embedding.embedder import Make
from desktop.embedding.folders.extras import expect_extra
from desktop.embedding.starter import PHOTOS_FILE, StarterConfig, StarterEmbedder
from desktop.embedding.wordless.timm_folder import claims_timm, prepare_timm
from desktop.embedding.wordless.vit import claims_vision, prepare_vision


@dataclass(frozen=True, slots=True)
class Factory:
    """One kind of model.

    Attributes:
        claims: whether a folder holds this kind; a glance at the names of its files.
        prepare: reads the folder's small files and gives what makes the embedder of this name on a
            device ("auto", "cpu", ...): without torch, and picklable, since the model's process
            calls it too. Raises ModelUnavailable where the folder cannot be used.
    """

    claims: Callable[[Path], bool]
    prepare: Callable[[str, Path, str], Make]


def prepare(factories: Sequence[Factory], name: str, folder: Path, device: str) -> Make:
    """See `Factory.prepare`: of the first that claims the folder, or else of the last, which says
    what is wrong with it."""
    claiming = (factory for factory in factories if factory.claims(folder))
    return next(claiming, factories[-1]).prepare(name, folder, device)


def _prepare_starter(name: str, folder: Path, device: str) -> Make:
    StarterConfig.read(folder)
    return partial(StarterEmbedder, folder, device, name=name)


def _prepare_clip(name: str, folder: Path, device: str) -> Make:
    return partial(ClipEmbedder, name, read_clip_folder(folder), device)


def _prepare_openclip(name: str, folder: Path, device: str) -> Make:
    found = read_openclip_folder(folder)
    expect_extra("openclip", "Models in OpenCLIP's own format")
    return partial(ClipEmbedder, name, found, device)


def _prepare_words_side(name: str, folder: Path, device: str) -> Make:
    return partial(ClipEmbedder, name, read_words_side(folder), device)


FACTORIES = (
    Factory(lambda folder: (folder / PHOTOS_FILE).is_file(), _prepare_starter),
    Factory(claims_openclip, _prepare_openclip),
    Factory(claims_timm, prepare_timm),
    Factory(claims_vision, prepare_vision),
    Factory(claims_words_side, _prepare_words_side),
    Factory(lambda folder: (folder / "config.json").is_file(), _prepare_clip),
)
