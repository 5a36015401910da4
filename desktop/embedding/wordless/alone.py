"""PhotosAlone: an embedder that compares photos and knows no words, by whatever looks at them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

import numpy as np
from PIL import Image

from desktop.embedding.embedder import FloatArray, Make, identify
from desktop.embedding.folders.photo_steps import PhotoSteps
from desktop.embedding.running.device import release_memory
from desktop.embedding.running.forward import Forward, PhotoSide, TorchForward, as_module, leave
from desktop.embedding.running.precision import choose_dtype, dtype_of
from desktop.errors import ModelUnavailable, QueryUnanswerable

if TYPE_CHECKING:
    import torch

CPU_BATCH = 8
GPU_BATCH = 64
_SAMPLE_BATCH = 4
"""So many photos are looked at to find the quickest numbers."""


class Network(Protocol):
    """What looks at photos, in memory. Several threads may use it at once.

    Attributes:
        device, precision: see `Embedder`.
        batch: how many photos it looks at in one pass.
    """

    @property
    def device(self) -> str: ...
    @property
    def precision(self) -> str: ...
    @property
    def batch(self) -> int: ...

    def see(self, images: Sequence[Image.Image]) -> FloatArray:
        """Upright RGB images, fitted or not, 1 to `batch` of them -> (n, d) float32, rows of any
        length but 0."""


class StepsNetwork:
    """A `Network` and a `PhotoSide`: the steps of an image processor, then a forward pass."""

    def __init__(self, steps: PhotoSteps, forward: Forward) -> None:
        """forward: its first output is the embedding."""
        self._steps = steps
        self.forward = forward
        self.input_px = steps.crop_px
        self.device = forward.device
        self.batch = CPU_BATCH if self.device == "cpu" else GPU_BATCH

    @classmethod
    def of(
        cls,
        steps: PhotoSteps,
        model: torch.nn.Module,
        see: Callable[[Any, torch.Tensor], tuple[torch.Tensor, ...]],
        device: str,
        precision: str,
    ) -> StepsNetwork:
        """A model of torch, in numbers of this precision, or for "auto" in the quickest here.

        see: what it makes of a batch. device: one that is here.
        """
        import torch

        sample = torch.zeros(_SAMPLE_BATCH, 3, steps.crop_px, steps.crop_px)
        dtype = dtype_of(precision) or choose_dtype(device, model, sample)
        module = as_module(model.to(device, dtype), see)
        return cls(steps, TorchForward(module, device, dtype))

    @property
    def precision(self) -> str:
        return self.forward.precision

    def let_go(self) -> None:
        """See `PhotoSide.let_go`: the forward pass itself has held all of it."""

    def see(self, images: Sequence[Image.Image]) -> FloatArray:
        """See `Network.see`."""
        return self.forward.run(self._steps.to_array(images))[0]


@dataclass(frozen=True, slots=True)
class PhotoModel:
    """All that is known of a model before it is loaded; can be pickled.

    Attributes:
        name, dim, input_px, fit, about, licence: see `Embedder`.
        revision: what changes when the embeddings do.
        load: brings it into memory for a device ("auto", "cpu", ...) and a precision ("auto",
            "float32", ...). Raises ModelUnavailable.
        is_convertible: what it loads is a `PhotoSide`.
        also_reads: see `ReadsMore`.
    """

    name: str
    revision: str
    dim: int
    input_px: int
    fit: Callable[[Image.Image], Image.Image]
    load: Callable[[str, str], Network]
    about: str
    licence: str = ""
    is_convertible: bool = False
    also_reads: tuple[Path, ...] = ()

    def make(self, device: str) -> Make:
        """What makes its embedder, here and in the model's process."""
        return partial(PhotosAlone, self, device)


class PhotosAlone:
    """An `Embedder` without words, for one `PhotoModel`."""

    has_text = False
    languages: tuple[str, ...] = ()
    # Words are never asked, and what resembles a photo has bands of its own (search/calibration).
    likely_score = maybe_score = 1.0

    def __init__(self, model: PhotoModel, device: str = "auto", precision: str = "auto") -> None:
        """device: as in settings; precision: "auto", or see `Embedder.precision`."""
        self._model = model
        self._asked_device = device
        self.asked_precision = precision
        self.on_loaded: Callable[[PhotoSide], None] = leave
        self._network: Network | None = None
        self._n_using = 0
        self._changed = threading.Condition()

    @property
    def can_be_converted(self) -> bool:
        return self._model.is_convertible

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def model_id(self) -> str:
        return identify(self._model.name, self._model.revision)

    @property
    def dim(self) -> int:
        return self._model.dim

    @property
    def input_px(self) -> int:
        return self._model.input_px

    @property
    def about(self) -> str:
        return self._model.about

    @property
    def licence(self) -> str:
        return self._model.licence

    @property
    def also_reads(self) -> tuple[Path, ...]:
        """See `ReadsMore`."""
        return self._model.also_reads

    @property
    def fit(self) -> Callable[[Image.Image], Image.Image]:
        """See `Embedder.fit`."""
        return self._model.fit

    @property
    def device(self) -> str:
        network = self._network
        return self._asked_device if network is None else network.device

    @property
    def precision(self) -> str:
        network = self._network
        return "" if network is None else network.precision

    @property
    def is_loaded(self) -> bool:
        return self._network is not None

    def load(self) -> None:
        """See `Embedder.load`."""
        with self._changed:
            self._ready()

    def unload(self) -> None:
        """Give the memory back once nobody is embedding. See `Embedder.unload`."""
        with self._changed:
            self._changed.wait_for(lambda: self._n_using == 0)
            if self._network is None:
                return
            device = self._network.device
            self._network = None
        release_memory(device)

    def embed_images(self, images: Sequence[Image.Image]) -> FloatArray:
        """See `Embedder.embed_images`. Raises ModelUnavailable if the weights cannot be loaded."""
        if not images:
            return np.zeros((0, self.dim), dtype=np.float32)
        with self._in_use() as network:
            n = network.batch
            batches = [images[at : at + n] for at in range(0, len(images), n)]
            return self._unit(np.concatenate([network.see(batch) for batch in batches]))

    def embed_text(self, texts: Sequence[str]) -> NoReturn:
        """It knows none: raises QueryUnanswerable."""
        raise QueryUnanswerable(
            f"The model {self.name} does not understand words such as “{'”, “'.join(texts)}”.",
            "Choose another model, or look for photos that resemble one.",
        )

    def _ready(self) -> Network:
        if self._network is None:
            network = self._model.load(self._asked_device, self.asked_precision)
            if isinstance(network, PhotoSide):
                self.on_loaded(network)
            self._network = network
        return self._network

    @contextmanager
    def _in_use(self) -> Iterator[Network]:
        """The network, which stays loaded inside the block. Loading waits under the lock."""
        with self._changed:
            network = self._ready()
            self._n_using += 1
        try:
            yield network
        finally:
            with self._changed:
                self._n_using -= 1
                self._changed.notify_all()

    def _unit(self, rows: FloatArray) -> FloatArray:
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and (lengths > 0).all()):
            raise ModelUnavailable(
                f"The model {self.name} gives no usable numbers; its weights are damaged.",
                "Replace them, or use another model.",
            )
        return np.asarray(rows / lengths, dtype=np.float32)
