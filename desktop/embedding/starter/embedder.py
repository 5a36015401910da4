"""StarterEmbedder: networks that come with packages, joined by heads of our own."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from desktop.embedding.embedder import FloatArray, Make
from desktop.embedding.running.device import choose_device, release_memory
from desktop.embedding.running.forward import PhotoSide, leave
from desktop.embedding.running.precision import dtype_of
from desktop.embedding.starter.files import REINSTALL, verify
from desktop.embedding.starter.towers import EYES, Eyes, ImageTower, fit_several
from desktop.embedding.starter.words import (
    EYES_DIM,
    LANGUAGES,
    Sentences,
    WordsHead,
    sentences_path,
)
from desktop.errors import ModelUnavailable

if TYPE_CHECKING:
    from desktop.embedding.starter.photo_head import PhotoHead

CPU_BATCH = 4
"""Photos in one pass on a processor: as fast as 16 on two cores, and a quarter
of the memory, for the early layers of 16 photos take 77 MB each."""
GPU_BATCH = 64
CONFIG_FILE = "config.json"
PHOTOS_FILE = "photos.safetensors"
WORDS_FILE = "words.safetensors"

_EARLIER = {"3e798f437b78-2": ("3e798f437b78",)}
"""By the revision of the photos' side, those of the same networks and heads in versions of before,
where all looked at the largest one's square. Words are compared with those as well."""

_ABOUT = {
    "starter": "Comes with Likeness; knows everyday scenes and things, in sixteen languages.",
    "starter-large": "Comes with Likeness too; finds more than the starter, and takes longer to "
    "read photos.",
}


@dataclass(frozen=True, slots=True)
class StarterConfig:
    """What config.json beside the heads says of them.

    Attributes:
        name: "starter" or "starter-large".
        eyes: the networks that look at a photo, as in `EYES`; each makes 512 numbers of a vector.
        photos_revision: of what makes the embeddings of photos; those of another one cannot be
            compared. The words' side may be learned anew without it.
        likely_score, maybe_score: see `Embedder`.
        photos_sha256, words_sha256: of photos.safetensors and words.safetensors.
    """

    name: str
    eyes: tuple[str, ...]
    photos_revision: str
    likely_score: float
    maybe_score: float
    photos_sha256: str
    words_sha256: str

    @property
    def dim(self) -> int:
        return EYES_DIM * len(self.eyes)

    @property
    def seen_by(self) -> list[Eyes]:
        return [EYES[name] for name in self.eyes]

    def write(self, folder: Path) -> None:
        """Write config.json."""
        (folder / CONFIG_FILE).write_text(
            json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8"
        )

    @classmethod
    def read(cls, folder: Path) -> StarterConfig:
        """Read config.json. Raises ModelUnavailable."""
        path = folder / CONFIG_FILE
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
            config = cls(
                name=str(fields["name"]),
                eyes=tuple(fields["eyes"]),
                photos_revision=str(fields["photos_revision"]),
                likely_score=float(fields["likely_score"]),
                maybe_score=float(fields["maybe_score"]),
                photos_sha256=str(fields["photos_sha256"]),
                words_sha256=str(fields["words_sha256"]),
            )
            if not config.eyes or not set(config.eyes) <= EYES.keys():
                raise ValueError(f"eyes are some of {', '.join(EYES)}")
            return config
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnavailable(
                f"The starter model's description {path} cannot be read: {error}.", REINSTALL
            ) from error


@dataclass(frozen=True, slots=True)
class _LoadedPhotos:
    """The side of photos, loaded."""

    towers: list[ImageTower]
    heads: list[PhotoHead]


@dataclass(frozen=True, slots=True)
class _WordSide:
    """The side of words, loaded."""

    sentences: Sentences
    head: WordsHead


class StarterEmbedder:
    """An `Embedder` that is always at hand.

    Each side loads when it is first needed: a search by words needs numpy alone and loads neither
    torch nor what looks at photos. A side is used by one thread at a time; the two may be used side
    by side.
    """

    can_be_converted = True
    words_are_light = True

    def __init__(
        self,
        folder: Path,
        device: str = "auto",
        precision: str = "auto",
        name: str = "starter",
        revision: str | None = None,
    ) -> None:
        """folder: where config.json and both heads are; device: as in settings; precision: "auto"
        for what is fastest here, or see `Embedder.precision`; revision: an earlier one, None for
        that of today."""
        self._name = name
        self._earlier = revision
        self._folder = folder
        self._asked_device = device
        self.asked_precision = precision
        self.on_loaded: Callable[[PhotoSide], None] = leave
        self._used_device: str | None = None
        self._photos: _LoadedPhotos | None = None
        self._words: _WordSide | None = None
        # Where both are taken, the photos' first.
        self._photos_lock = threading.Lock()
        self._words_lock = threading.Lock()

    @cached_property
    def _config(self) -> StarterConfig:
        return StarterConfig.read(self._folder)

    @property
    def name(self) -> str:
        return self._name

    @property
    def model_id(self) -> str:
        """See `Embedder`. Raises ModelUnavailable when config.json is absent or damaged."""
        return f"{self.name}@{self._earlier or self._config.photos_revision}"

    @property
    def earlier(self) -> dict[str, Make]:
        """See `HasEarlier`."""
        make = partial(
            StarterEmbedder, self._folder, self._asked_device, self.asked_precision, self._name
        )
        return {
            f"{self.name}@{revision}": partial(make, revision)
            for revision in _EARLIER.get(self._config.photos_revision, ())
        }

    @property
    def dim(self) -> int:
        return self._config.dim

    @property
    def has_text(self) -> bool:
        return True

    @property
    def languages(self) -> tuple[str, ...]:
        return LANGUAGES

    @property
    def input_px(self) -> int:
        return self._largest.px

    @property
    def about(self) -> str:
        return _ABOUT.get(self._config.name, "A model of the kind that comes with Likeness.")

    @property
    def licence(self) -> str:
        """Of the heads, and of the networks in the packages."""
        return "MIT and Apache-2.0"

    @property
    def also_reads(self) -> tuple[Path, ...]:
        """See `ReadsMore`: the networks, which lie in packages."""
        return (*(eyes.weights_path for eyes in self._config.seen_by), sentences_path())

    @property
    def device(self) -> str:
        return self._used_device or self._asked_device

    @property
    def precision(self) -> str:
        photos = self._photos
        return "" if photos is None else photos.towers[0].precision

    @property
    def is_loaded(self) -> bool:
        """Whether either side is in memory."""
        return self._photos is not None or self._words is not None

    @property
    def likely_score(self) -> float:
        return self._config.likely_score

    @property
    def maybe_score(self) -> float:
        return self._config.maybe_score

    def load(self) -> None:
        """Bring what looks at photos into memory; what reads words is light, and comes with the
        first of them. See `Embedder.load`."""
        with self._photos_lock:
            self._photos_ready()

    def unload(self) -> None:
        """Give the memory of both sides back. See `Embedder.unload`."""
        with self._photos_lock, self._words_lock:
            self._photos = self._words = None
            device, self._used_device = self._used_device, None
        if device is not None:
            release_memory(device)

    @property
    def fit(self) -> Callable[[Image.Image], Image.Image]:
        """Squashes to the square that the network looks at, as in training; for several, which each
        do that from the same picture, to what leaves all of them their pixels. See `Embedder.fit`.
        """
        largest, is_alone = self._largest, len(self._config.eyes) == 1
        return largest.fit if is_alone or self._earlier else partial(fit_several, largest.px)

    def embed_images(self, images: Sequence[Image.Image]) -> FloatArray:
        """See `Embedder.embed_images`. Raises ModelUnavailable if the weights cannot be loaded."""
        if not images:
            return np.zeros((0, self.dim), dtype=np.float32)
        import torch

        from desktop.embedding.starter.photo_head import embed

        with self._photos_lock, torch.inference_mode():
            photos = self._photos_ready()
            n = CPU_BATCH if self.device == "cpu" else GPU_BATCH
            rows = []
            for at in range(0, len(images), n):
                batch = [self.fit(image) for image in images[at : at + n]]
                seen = [tower.features(batch) for tower in photos.towers]
                rows.append(embed(photos.heads, seen).cpu())
            return torch.cat(rows).numpy()

    def embed_text(self, texts: Sequence[str]) -> FloatArray:
        """See `Embedder.embed_text`. Case and marks that say nothing change nothing, see `wording`;
        what is longer than 1,000 letters is cut off. Raises
        QueryUnanswerable for words in a language that it does not know."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        with self._words_lock:
            words = self._words_ready()
            usual = [words.sentences.as_usual(text) for text in texts]
            return words.head.embed(words.sentences.read(usual))

    @property
    def _largest(self) -> Eyes:
        return max(self._config.seen_by, key=lambda eyes: eyes.px)

    def _photos_ready(self) -> _LoadedPhotos:
        if self._photos is None:
            device = choose_device(self._asked_device)
            heads = self._load_photo_heads(device)
            dtype = dtype_of(self.asked_precision)
            towers = [ImageTower.load(eyes, device, dtype) for eyes in self._config.seen_by]
            for tower in towers:
                self.on_loaded(tower)
            self._photos, self._used_device = _LoadedPhotos(towers, heads), device
        return self._photos

    def _words_ready(self) -> _WordSide:
        if self._words is None:
            self._words = _WordSide(Sentences.load(), self._load_words_head())
        return self._words

    def _load_photo_heads(self, device: str) -> list[PhotoHead]:
        from safetensors import SafetensorError

        from desktop.embedding.starter.photo_head import load_heads

        path = self._folder / PHOTOS_FILE
        verify(path, self._config.photos_sha256)
        try:
            heads = load_heads(path)
            return [heads[name].to(device) for name in self._config.eyes]
        except (OSError, SafetensorError, RuntimeError, KeyError, ValueError) as error:
            raise _unusable(path, error) from error

    def _load_words_head(self) -> WordsHead:
        from safetensors import SafetensorError

        path = self._folder / WORDS_FILE
        verify(path, self._config.words_sha256)
        try:
            return WordsHead.load(path)
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise _unusable(path, error) from error


def _unusable(path: Path, error: Exception) -> ModelUnavailable:
    return ModelUnavailable(
        f"The starter model's heads {path} cannot be loaded: {error}.", REINSTALL
    )
