"""Which device a model runs on."""

from __future__ import annotations

from collections.abc import Callable

from desktop.errors import ModelUnavailable


def choose_device(asked: str) -> str:
    """Return the best of "cuda", "mps" and "cpu" for "auto"; any other name as it is.

    Imports torch. Raises ModelUnavailable when the device asked for is not here: silently taking
    the CPU instead would look like a GPU that is far too slow.
    """
    import torch

    if asked == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    is_here: dict[str, Callable[[], bool]] = {
        "cpu": lambda: True,
        "cuda": torch.cuda.is_available,
        "mps": torch.backends.mps.is_available,
    }
    if asked not in is_here:
        raise ModelUnavailable(
            f'There is no device called "{asked}".',
            'Set the device to "auto", "cpu", "cuda" or "mps".',
        )
    if not is_here[asked]():
        raise ModelUnavailable(
            f'This computer has no "{asked}" device that torch can use.',
            'Set the device to "auto" to take the best one there is.',
        )
    return asked
