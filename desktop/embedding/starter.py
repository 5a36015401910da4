"""StarterEmbedder: two networks that come with packages, joined by heads of our own."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from desktop.embedding.device import choose_device, release_memory
from desktop.embedding.embedder import FloatArray
from desktop.embedding.precision import dtype_of
from desktop.embedding.starter_towers import (
    INPUT_PX,
    REINSTALL,
    ImageTower,
    TextTower,
    fit_square,
    verify,
)
from desktop.errors import ModelUnavailable

if TYPE_CHECKING:
    from desktop.embedding.starter_heads import Heads

CPU_BATCH = 4
"""Photos in one pass on a processor: as fast as 16 on two cores, and a quarter
of the memory, for the early layers of 16 photos take 77 MB each."""
GPU_BATCH = 64
CONFIG_FILE = "config.json"
HEADS_FILE = "heads.safetensors"


@dataclass(frozen=True, slots=True)
class StarterConfig:
    """What config.json beside the heads says of them.

    Attributes:
        revision: the start of the heads' hash: other heads make embeddings that cannot be compared.
        dim, likely_score, maybe_score: see `Embedder`.
        heads_sha256: of heads.safetensors.
    """

    revision: str
    dim: int
    likely_score: float
    maybe_score: float
    heads_sha256: str

    def write(self, folder: Path) -> None:
        """Write config.json."""
        text = json.dumps({"name": "starter", **asdict(self)}, indent=2)
        (folder / CONFIG_FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> StarterConfig:
        """Read config.json. Raises ModelUnavailable."""
        path = folder / CONFIG_FILE
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                revision=str(fields["revision"]),
                dim=int(fields["dim"]),
                likely_score=float(fields["likely_score"]),
                maybe_score=float(fields["maybe_score"]),
                heads_sha256=str(fields["heads_sha256"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnavailable(
                f"The starter model's description {path} cannot be read: {error}.", REINSTALL
            ) from error


class StarterEmbedder:
    """An `Embedder` that is always at hand.

    Each tower loads when it is first needed: a search by words never loads the image tower. A tower
    is used by one thread at a time; the two may be used side by side.
    """

    def __init__(
        self, folder: Path, device: str = "auto", precision: str = "auto", name: str = "starter"
    ) -> None:
        """folder: where config.json and heads.safetensors are; device: as in settings; precision:
        "auto" for what is fastest here, or see `Embedder.precision`."""
        self._name = name
        self._folder = folder
        self._asked_device = device
        self._asked_precision = precision
        self._used_device: str | None = None
        self._heads: Heads | None = None
        self._image_tower: ImageTower | None = None
        self._text_tower: TextTower | None = None
        # Always taken in this order: a tower's lock, then the heads'.
        self._image_lock = threading.Lock()
        self._text_lock = threading.Lock()
        self._heads_lock = threading.Lock()

    @cached_property
    def _config(self) -> StarterConfig:
        return StarterConfig.read(self._folder)

    @property
    def name(self) -> str:
        return self._name

    @property
    def model_id(self) -> str:
        """See `Embedder`. Raises ModelUnavailable when config.json is absent or damaged."""
        return f"{self.name}@{self._config.revision}"

    @property
    def dim(self) -> int:
        return self._config.dim

    @property
    def has_text(self) -> bool:
        return True

    @property
    def languages(self) -> tuple[str, ...]:
        return ("en",)

    @property
    def input_px(self) -> int:
        return INPUT_PX

    @property
    def device(self) -> str:
        return self._used_device or self._asked_device

    @property
    def precision(self) -> str:
        tower = self._image_tower
        return "" if tower is None else tower.precision

    @property
    def is_loaded(self) -> bool:
        """Whether either tower is in memory."""
        return self._image_tower is not None or self._text_tower is not None

    @property
    def likely_score(self) -> float:
        return self._config.likely_score

    @property
    def maybe_score(self) -> float:
        return self._config.maybe_score

    def load(self) -> None:
        """Bring both towers into memory. See `Embedder.load`."""
        with self._image_lock:
            self._images_ready()
        with self._text_lock:
            self._words_ready()

    def unload(self) -> None:
        """Give the memory of both towers back. See `Embedder.unload`."""
        with self._image_lock, self._text_lock, self._heads_lock:
            self._image_tower = self._text_tower = self._heads = None
            device, self._used_device = self._used_device, None
        if device is not None:
            release_memory(device)

    @property
    def fit(self) -> Callable[[Image.Image], Image.Image]:
        """Squashes to 224 x 224, as in training. See `Embedder.fit`."""
        return fit_square

    def embed_images(self, images: Sequence[Image.Image]) -> FloatArray:
        """See `Embedder.embed_images`. Raises ModelUnavailable if the weights cannot be loaded."""
        if not images:
            return np.zeros((0, self.dim), dtype=np.float32)
        import torch

        with self._image_lock, torch.inference_mode():
            tower, heads = self._images_ready()
            n = CPU_BATCH if self.device == "cpu" else GPU_BATCH
            batches = [images[at : at + n] for at in range(0, len(images), n)]
            rows = [heads.embed_features(tower.features(batch)).cpu() for batch in batches]
            return torch.cat(rows).numpy()

    def embed_text(self, texts: Sequence[str]) -> FloatArray:
        """See `Embedder.embed_text`. What is longer than 256 tokens is cut off."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        import torch

        with self._text_lock, torch.inference_mode():
            tower, heads = self._words_ready()
            sentences = torch.from_numpy(tower.sentences(texts)).to(self.device)
            return heads.embed_sentences(sentences).cpu().numpy()

    def _images_ready(self) -> tuple[ImageTower, Heads]:
        heads = self._heads_ready()
        if self._image_tower is None:
            self._image_tower = ImageTower.load(self.device, dtype_of(self._asked_precision))
        return self._image_tower, heads

    def _words_ready(self) -> tuple[TextTower, Heads]:
        heads = self._heads_ready()
        if self._text_tower is None:
            self._text_tower = TextTower.load(self.device)
        return self._text_tower, heads

    def _heads_ready(self) -> Heads:
        with self._heads_lock:
            if self._heads is None:
                device = choose_device(self._asked_device)
                self._heads = self._load_heads().to(device)
                self._used_device = device
            return self._heads

    def _load_heads(self) -> Heads:
        from safetensors import SafetensorError

        from desktop.embedding.starter_heads import Heads

        path = self._folder / HEADS_FILE
        verify(path, self._config.heads_sha256)
        try:
            return Heads.load(path)
        except (OSError, SafetensorError, RuntimeError) as error:
            raise ModelUnavailable(
                f"The starter model's heads {path} cannot be loaded: {error}.", REINSTALL
            ) from error
