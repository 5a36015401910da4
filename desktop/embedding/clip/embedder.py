"""ClipEmbedder: clip-ViT-B-32, or any other CLIP in a local folder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from desktop.embedding.clip.folder import ClipFolder, read_clip_folder
from desktop.embedding.clip.openclip_folder import KIND as OPENCLIP
from desktop.embedding.clip.openclip_towers import load_openclip
from desktop.embedding.clip.towers import ClipTowers, load_towers
from desktop.embedding.embedder import FloatArray, identify
from desktop.embedding.running.device import release_memory
from desktop.embedding.running.forward import PhotoSide, leave
from desktop.errors import ModelUnavailable

CPU_BATCH = 8
"""Photos in one pass on a processor: as fast as 16, and 90 MB less memory."""
GPU_BATCH = 64


class ClipEmbedder:
    """A CLIP in a folder; an `Embedder`. Loads through sentence-transformers, its kin through
    transformers, OpenCLIP's own format through OpenCLIP; from disk alone.

    A photo takes a short cut past SentenceTransformer.encode, whose image processor spends 250 ms
    of CPU on 12 megapixels; `fit` spends 65 ms, in the decode pool. The vectors are the same.
    """

    can_be_converted = True

    def __init__(
        self, name: str, folder: ClipFolder, device: str = "auto", precision: str = "auto"
    ) -> None:
        self._name = name
        self._folder = folder
        self._asked_device = device
        self.asked_precision = precision
        self.on_loaded: Callable[[PhotoSide], None] = leave
        self._loaded: ClipTowers | None = None
        self._n_using = 0
        self._changed = threading.Condition()
        # The first text makes the tokenizer set its padding and truncation, which fails ("Already
        # borrowed") while another thread uses it.
        self._text_lock = threading.Lock()

    @classmethod
    def open(
        cls, name: str, folder: Path, device: str = "auto", precision: str = "auto"
    ) -> ClipEmbedder:
        """Look into the folder, without torch. device: as in settings; precision: "auto" for what
        is fastest here, or see `Embedder.precision`. Raises ModelUnavailable."""
        return cls(name, read_clip_folder(folder), device, precision)

    @property
    def name(self) -> str:
        return self._name

    @property
    def model_id(self) -> str:
        return identify(self._name, self._folder.revision)

    @property
    def dim(self) -> int:
        return self._folder.dim

    @property
    def has_text(self) -> bool:
        return True

    @property
    def languages(self) -> tuple[str, ...]:
        """Whose words a CLIP has learned stands nowhere in its files, as a rule."""
        return self._folder.languages

    @property
    def input_px(self) -> int:
        return self._folder.pixels.crop_px

    @property
    def about(self) -> str:
        return "A model of your own choice."

    @property
    def licence(self) -> str:
        """What the folder says of it, which need not be anything."""
        return self._folder.licence

    @property
    def device(self) -> str:
        loaded = self._loaded
        return self._asked_device if loaded is None else loaded.device

    @property
    def precision(self) -> str:
        loaded = self._loaded
        return "" if loaded is None else loaded.precision

    @property
    def is_loaded(self) -> bool:
        return self._loaded is not None

    @property
    def likely_score(self) -> float:
        return self._folder.likely_score

    @property
    def maybe_score(self) -> float:
        return self._folder.maybe_score

    def load(self) -> None:
        """Bring the weights into memory, and torch the first time (4 s). See `Embedder.load`."""
        with self._changed:
            if self._loaded is None:
                self._loaded = self._load()

    def unload(self) -> None:
        """Give the memory back once nobody is embedding. See `Embedder.unload`."""
        with self._changed:
            self._changed.wait_for(lambda: self._n_using == 0)
            if self._loaded is None:
                return
            device = self._loaded.device
            self._loaded = None
        release_memory(device)

    @property
    def fit(self) -> Callable[[Image.Image], Image.Image]:
        """Resizes and crops as CLIP's image processor would. See `Embedder.fit`."""
        return self._folder.pixels.fit

    def embed_images(self, images: Sequence[Image.Image]) -> FloatArray:
        """See `Embedder.embed_images`. Raises ModelUnavailable if the weights cannot be loaded."""
        if not images:
            return np.zeros((0, self.dim), dtype=np.float32)
        with self._in_use() as loaded:
            n = CPU_BATCH if loaded.device == "cpu" else GPU_BATCH
            batches = [images[at : at + n] for at in range(0, len(images), n)]
            return np.concatenate([self._embed_batch(loaded, batch) for batch in batches])

    def embed_text(self, texts: Sequence[str]) -> FloatArray:
        """See `Embedder.embed_text`. What is longer than the tower's context is cut off."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        with self._in_use() as loaded, self._text_lock:
            embeddings = loaded.read(texts)
        return self._unit(embeddings)

    @contextmanager
    def _in_use(self) -> Iterator[ClipTowers]:
        """The loaded model, which stays loaded inside the block. Loading waits under the lock."""
        with self._changed:
            if self._loaded is None:
                self._loaded = self._load()
            loaded = self._loaded
            self._n_using += 1
        try:
            yield loaded
        finally:
            with self._changed:
                self._n_using -= 1
                self._changed.notify_all()

    def _load(self) -> ClipTowers:
        load = load_openclip if self._folder.kind == OPENCLIP else load_towers
        towers = load(self._folder, self._asked_device, self.asked_precision)
        self.on_loaded(towers)
        return towers

    def _embed_batch(self, loaded: ClipTowers, images: Sequence[Image.Image]) -> FloatArray:
        return self._unit(loaded.see(self._folder.pixels.to_array(images)))

    def _unit(self, embeddings: FloatArray) -> FloatArray:
        """Rows of length 1, float32. Half precision gives lengths that are off by up to 1e-3."""
        rows = np.asarray(embeddings, dtype=np.float32)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and (lengths > 0).all()):
            raise ModelUnavailable(
                f"The model {self._name} gives no usable numbers; its weights are damaged.",
                f"Replace the folder {self._folder.path}, or use another model.",
            )
        return np.asarray(rows / lengths, dtype=np.float32)
