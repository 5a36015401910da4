"""OpenVINO, which runs networks, and NNCF, which rounds them to int8: imported here alone."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import io
import sys
import threading
import warnings
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop.embedding.embedder import FloatArray

if TYPE_CHECKING:
    import torch

EXTRA = "openvino"
EXTRA_MB = 200
_ATTENTION = frozenset({"ScaledDotProductAttention", "Softmax"})
_HINTS = {"float32": "f32", "bfloat16": "bf16"}


def is_installed() -> bool:
    """Whether the extra is here. Imports nothing."""
    return all(importlib.util.find_spec(name) is not None for name in ("openvino", "nncf"))


def runtime_name() -> str:
    """What runs converted networks, with its version; "" where it is not installed."""
    return f"openvino {metadata.version('openvino')}" if is_installed() else ""


def can_bfloat16() -> bool:
    """Whether OpenVINO multiplies bfloat16 in this processor's hardware."""
    return "BF16" in _core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def convert(module: torch.nn.Module, px: int, batch: int) -> Any:
    """A torch module in evaluation mode, float32, as OpenVINO has it, for any number of photos.

    Goes through torch.export: runs our own modules' code, and reads no pickle. Seconds. Raises
    what torch and OpenVINO raise for what they cannot express.
    """
    import torch

    sample = torch.zeros(max(batch, 2), 3, px, px)  # torch takes 1 for a constant
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        many = torch.export.Dim.DYNAMIC
        exported = torch.export.export(module, (sample,), dynamic_shapes={"batch": {0: many}})
        model = _openvino().convert_model(exported)
    model.reshape([-1, 3, px, px])
    return model


def round_to_int8(model: Any, batches: Sequence[NDArray[np.float32]]) -> Any:
    """The model in int8, its ranges taken from these batches of photos (n, 3, px, px). Minutes."""
    _openvino()
    import nncf

    has_attention = any(each.get_type_name() in _ATTENTION for each in model.get_ops())
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):  # it draws bars
        warnings.simplefilter("ignore")
        return nncf.quantize(
            model,
            nncf.Dataset(list(batches)),
            preset=nncf.QuantizationPreset.MIXED,
            model_type=nncf.ModelType.TRANSFORMER if has_attention else None,
            subset_size=len(batches),
        )


def save(model: Any, path: Path) -> None:
    """Write path (.xml) and the weights beside it (.bin), float32 as float16: half the size, and
    less than 1e-6 of a cosine."""
    _openvino().save_model(model, path)


class OpenVinoForward:
    """A `Forward` by OpenVINO."""

    device = "cpu"

    def __init__(self, compiled: Any, precision: str) -> None:
        """compiled: an openvino.CompiledModel."""
        self.precision = precision
        self._compiled = compiled
        self._of_thread = threading.local()

    @classmethod
    def open(cls, path: Path, precision: str) -> OpenVinoForward:
        """Load what `save` wrote; precision: "float32", "bfloat16" or "int8". Half a second."""
        rest = "bfloat16" if precision == "int8" and can_bfloat16() else precision
        compiled = _core().compile_model(
            str(path),
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": _HINTS.get(rest, "f32"),
                "PERFORMANCE_HINT": "LATENCY",
                # Decoders are at work on the same cores.
                "ENABLE_CPU_PINNING": False,
            },
        )
        return cls(compiled, f"{precision} by OpenVINO")

    def run(self, pixels: NDArray[np.float32]) -> list[FloatArray]:
        """See `Forward.run`."""
        request = getattr(self._of_thread, "request", None)
        if request is None:  # one of them takes one batch at a time
            request = self._of_thread.request = self._compiled.create_infer_request()
        found = request.infer([np.ascontiguousarray(pixels)], share_inputs=True)
        return [np.asarray(each, dtype=np.float32) for each in found.to_tuple()]


def _openvino() -> Any:
    """OpenVINO without openvino_telemetry, which reports each use to its makers over the network:
    it does without where that cannot be imported."""
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    import openvino

    return openvino


@functools.cache
def _core() -> Any:
    return _openvino().Core()
