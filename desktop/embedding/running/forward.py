"""The forward pass of a network for photos: pixels in, numbers out, whatever computes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from desktop.embedding.embedder import FloatArray
from desktop.embedding.running.precision import name_of

if TYPE_CHECKING:
    import torch


class Forward(Protocol):
    """What computes a network. Several threads may use it at once.

    Attributes:
        device, precision: see `Embedder`.
    """

    @property
    def device(self) -> str: ...
    @property
    def precision(self) -> str: ...

    def run(self, pixels: NDArray[np.float32]) -> list[FloatArray]:
        """(n, 3, px, px) -> each of the network's outputs, (n, ...) float32."""


class TorchForward:
    """A `Forward` by torch.

    Attributes:
        module: in evaluation mode; takes (n, 3, px, px) and gives a tuple of tensors (n, ...).
    """

    def __init__(self, module: torch.nn.Module, device: str, dtype: torch.dtype) -> None:
        self.module = module
        self.device = device
        self._dtype = dtype

    @property
    def precision(self) -> str:
        return name_of(self._dtype)

    def run(self, pixels: NDArray[np.float32]) -> list[FloatArray]:
        """See `Forward.run`."""
        import torch

        with torch.inference_mode():
            batch = torch.from_numpy(pixels).to(self.device, self._dtype)
            return [each.float().cpu().numpy() for each in self.module(batch)]


def as_module(
    network: Any, ask: Callable[[Any, torch.Tensor], tuple[torch.Tensor, ...]]
) -> torch.nn.Module:
    """A network as `TorchForward` takes it; ask(network, batch) gives the outputs."""
    import torch

    class AsModule(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, batch: torch.Tensor) -> tuple[torch.Tensor, ...]:
            return ask(self.network, batch)

    return AsModule().eval()


@runtime_checkable
class PhotoSide(Protocol):
    """A loaded network for photos, whose forward pass may be put in another's place.

    Attributes:
        forward: what computes it; by torch when it has been loaded.
        input_px: the side of the square it takes.
    """

    forward: Forward
    input_px: int

    def let_go(self) -> None:
        """Give back what torch's forward pass alone needed, for good: another one is in its
        place."""


@runtime_checkable
class Convertible(Protocol):
    """An `Embedder` whose networks for photos may be run by something else than torch.

    Attributes:
        can_be_converted: whether its networks are torch modules.
        asked_precision: "auto" for what is fastest here, or see `Embedder.precision`; read when the
            networks are loaded.
        on_loaded: called with each network for photos when it has been loaded, before it looks at
            one.
    """

    @property
    def can_be_converted(self) -> bool: ...

    asked_precision: str
    on_loaded: Callable[[PhotoSide], None]


def leave(side: PhotoSide) -> None:
    """Leave a network as it was loaded."""
