"""What is done on a machine of the cluster, by the same code that does it at home: decoding and the
model each have a process of their own there, too."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from PIL import Image

import desktop
from desktop.embedding import Embedder, EmbedderApart, FloatArray
from desktop.errors import LikenessError
from desktop.media import Decoders, Fit, FittedPhoto, HashedFile, Sides, Thumbnails


@dataclass(frozen=True, slots=True)
class Refused:
    """What was raised there and is to be raised here: a sentence, or that a file is gone."""

    error: LikenessError | OSError


@dataclass(frozen=True, slots=True)
class ReadAfar:
    """Attributes: photo: see `Decoders.read`; thumbnail: its JPEG, where it was wanted."""

    photo: FittedPhoto | None
    thumbnail: bytes | None


def versions() -> tuple[str, str]:
    """Of Likeness, and of Python."""
    return desktop.__version__, platform.python_version()


@cache
def _decoders() -> Decoders:
    """Of this worker process."""
    return Decoders(1)


def read(
    file: HashedFile,
    contents: Mapping[str, bytes] | None,
    least: Sides,
    fits: Mapping[str, Fit],
    wants_thumbnail: bool,
) -> ReadAfar | Refused:
    """Decode a photo where it is mounted, or from its own bytes and those of the files beside it.

    contents: by name; None where the photo is mounted under the same path.
    """
    with tempfile.TemporaryDirectory(prefix="likeness-") as place:
        folder = Path(place)
        if contents is not None:
            file = _unpacked(file, contents, folder)
        thumbnails = Thumbnails(folder / "thumbnails")
        if not wants_thumbnail:
            thumbnails.put(file.content_hash, b"")
        try:
            photo = _decoders().read(file, least, fits, thumbnails)
        except (LikenessError, OSError) as error:
            return Refused(error)
        path = thumbnails.path(file.content_hash)
        has_one = wants_thumbnail and photo is not None
        return ReadAfar(photo, path.read_bytes() if has_one else None)


def _unpacked(file: HashedFile, contents: Mapping[str, bytes], folder: Path) -> HashedFile:
    """The file as it was at home, with its name and time."""
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    path = folder / file.path.name
    os.utime(path, ns=(file.mtime_ns, file.mtime_ns))
    sidecars = tuple(folder / each.name for each in file.sidecars if each.name in contents)
    return replace(file, path=path, sidecars=sidecars)


class ModelThere:
    """One copy of a model, in a process of its own."""

    def __init__(self, make: Callable[[], Embedder]) -> None:
        self._embedder = EmbedderApart(make)

    def load(self) -> tuple[str, str] | Refused:
        """Its device and precision."""
        try:
            self._embedder.load()
        except LikenessError as error:
            return Refused(error)
        return self._embedder.device, self._embedder.precision

    def embed_images(self, images: Sequence[Image.Image]) -> FloatArray | Refused:
        try:
            return self._embedder.embed_images(images)
        except LikenessError as error:
            return Refused(error)
