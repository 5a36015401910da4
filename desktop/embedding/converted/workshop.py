"""In a process of its own: a model's networks are converted, measured and rounded."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from desktop.embedding.converted import runtime
from desktop.embedding.embedder import Embedder, FloatArray
from desktop.embedding.running.forward import Convertible, Forward, PhotoSide, TorchForward
from desktop.embedding.running.precision import has_bfloat16
from desktop.embedding.running.process import become_a_model_process

BY_OPENVINO = " by OpenVINO"
BATCH = 8
_N_ROUNDS = 7
_CALIBRATION_BATCHES = 32


class Workshop:
    """Converts and measures the networks of one model: `load`, `give`, `convert` and `measure` are
    called in this order, then `round` and `embed`. A way is what is asked for as
    `Embedder.precision`."""

    def __init__(self, make: Callable[[], Embedder], folder: Path) -> None:
        """folder: where the networks go."""
        self._embedder = make()
        self._folder = folder
        self._sides: list[PhotoSide] = []
        self._plain: list[TorchForward] = []
        self._models: list[Any] = []
        self._ways: dict[str, list[Forward]] = {}
        self._images: list[Image.Image] = []

    def load(self) -> int:
        """Load the model in float32. Returns how many networks look at photos on the processor."""
        assert isinstance(self._embedder, Convertible)
        self._embedder.asked_precision = "float32"
        self._embedder.on_loaded = self._sides.append
        self._embedder.load()
        self._plain = [s.forward for s in self._sides if isinstance(s.forward, TorchForward)]
        return sum(forward.device == "cpu" for forward in self._plain)

    def give(self, images: Sequence[Image.Image]) -> None:
        """Photos to measure with, fitted."""
        self._images += images

    def convert(self) -> None:
        """Convert and write the networks; then there are ways to run them."""
        import torch

        pairs = list(zip(self._sides, self._plain, strict=True))
        self._models = [runtime.convert(p.module, s.input_px, BATCH) for s, p in pairs]
        self._ways["float32"] = list(self._plain)
        if has_bfloat16():
            rounded = [copy.deepcopy(each.module).to(torch.bfloat16) for each in self._plain]
            self._ways["bfloat16"] = [TorchForward(m, "cpu", torch.bfloat16) for m in rounded]
        paths = self._write("plain", self._models)
        for precision in ("float32", "bfloat16") if runtime.can_bfloat16() else ("float32",):
            self._open(paths, precision)

    def measure(self) -> tuple[dict[str, float], dict[str, float]]:
        """By way: milliseconds a photo, and the least cosine with what torch gives in float32. Of
        several turns the fastest: other programs only make it slower."""
        images = self._images[: 2 * BATCH]
        rows = {way: self._embed(way, images) for way in self._ways}  # warms up, too
        took: dict[str, list[float]] = {way: [] for way in self._ways}
        for _ in range(_N_ROUNDS):
            for way, values in took.items():
                values.append(self._ms(way, images[:BATCH]))
        least = {way: float((rows[way] * rows["float32"]).sum(axis=1).min()) for way in rows}
        return {way: min(values) for way, values in took.items()}, least

    def round(self) -> None:
        """Round the networks to int8, their ranges taken from the photos, and write them."""
        taken: list[list[Any]] = [[] for _ in self._sides]
        for side, plain, batches in zip(self._sides, self._plain, taken, strict=True):
            side.forward = _Listening(plain, batches)
        for at in range(0, min(len(self._images), _CALIBRATION_BATCHES * BATCH), BATCH):
            self._embedder.embed_images(self._images[at : at + BATCH])
        rounded = [runtime.round_to_int8(*pair) for pair in zip(self._models, taken, strict=True)]
        self._open(self._write("int8", rounded), "int8")

    def embed(self, way: str, start: int, stop: int) -> FloatArray:
        """Embed some of the photos."""
        return self._embed(way, self._images[start:stop])

    def embed_text(self, texts: Sequence[str]) -> FloatArray:
        return self._embedder.embed_text(texts)

    def leave(self, precision: str) -> None:
        """Of what was written, leave only what this precision needs."""
        unneeded = "plain" if precision == "int8" else "int8"
        for path in self._folder.glob(f"{unneeded}-*"):
            path.unlink()

    def _write(self, name: str, models: Sequence[Any]) -> list[Path]:
        paths = [self._folder / f"{name}-{number}.xml" for number in range(len(models))]
        for model, path in zip(models, paths, strict=True):
            runtime.save(model, path)
        return paths

    def _open(self, paths: Sequence[Path], precision: str) -> None:
        opened = [runtime.OpenVinoForward.open(path, precision) for path in paths]
        self._ways[f"{precision}{BY_OPENVINO}"] = list(opened)

    def _embed(self, way: str, images: Sequence[Image.Image]) -> FloatArray:
        for side, forward in zip(self._sides, self._ways[way], strict=True):
            side.forward = forward
        return self._embedder.embed_images(images)

    def _ms(self, way: str, images: Sequence[Image.Image]) -> float:
        started_s = time.perf_counter()
        self._embed(way, images)
        return 1000 * (time.perf_counter() - started_s) / len(images)


class _Listening:
    """A `Forward` that keeps what it is given."""

    device = "cpu"
    precision = "float32"

    def __init__(self, forward: Forward, taken: list[Any]) -> None:
        self._forward = forward
        self._taken = taken

    def run(self, pixels: Any) -> list[FloatArray]:
        self._taken.append(np.ascontiguousarray(pixels))
        return self._forward.run(pixels)


def open_workshop(make: Callable[[], Embedder], folder: Path) -> tuple[Callable[..., object]]:
    """See `Helper.start`."""
    become_a_model_process()
    workshop = Workshop(make, folder)

    def answer(_: object, method: str, arguments: Sequence[object]) -> object:
        value: object = getattr(workshop, method)(*arguments)
        return value

    return (answer,)
