"""Precision: which numbers a network computes with on this computer."""

from __future__ import annotations

import copy
import logging
import statistics
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

WORTHWHILE = 0.8
"""bfloat16 is taken where it needs at most this share of the time: it rounds to 8 bits, and a tie
is no reason to round."""

_N_ROUNDS = 3
_LEAST_S = 1e-3


def choose_dtype(device: str, sample: torch.nn.Module, batch: torch.Tensor) -> torch.dtype:
    """The numbers that networks like `sample` compute with fastest on `device`.

    On a GPU float16: as fast as bfloat16, three more bits of mantissa, and its smaller range is
    enough for the networks here. On a CPU bfloat16 where the CPU multiplies it in hardware and a
    measurement of `sample` (float32, in evaluation mode, takes `batch`) confirms it, else float32.
    It was 2.5 times as fast as float32 with AVX512-BF16, but 5 times slower with AVX2 alone.
    Takes a fraction of a second. What is done within a millisecond stays float32.
    """
    import torch

    if device != "cpu":
        return torch.float16
    if not has_bfloat16():
        return torch.float32
    rounded = copy.deepcopy(sample).to(torch.bfloat16)
    rounded_batch = batch.to(torch.bfloat16)
    with torch.inference_mode():
        took_s = [
            (_seconds(rounded, rounded_batch), _seconds(sample, batch))
            for _ in range(1 + _N_ROUNDS)
        ][1:]
    share = statistics.median(ours_s / plain_s for ours_s, plain_s in took_s)
    log.info("bfloat16 takes %.2f of the time of float32", share)
    is_telling = min(plain_s for _, plain_s in took_s) > _LEAST_S
    return torch.bfloat16 if is_telling and share <= WORTHWHILE else torch.float32


def has_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 (AMX or AVX512-BF16), as far as torch can tell."""
    import torch

    questions = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return any(getattr(torch.cpu, name, lambda: False)() for name in questions)


def dtype_of(precision: str) -> torch.dtype | None:
    """What a precision is called in torch; None for "auto"."""
    import torch

    return None if precision == "auto" else getattr(torch, precision)


def name_of(dtype: torch.dtype) -> str:
    """ "float32", "float16" or "bfloat16"."""
    return str(dtype).removeprefix("torch.")


def _seconds(network: Any, batch: torch.Tensor) -> float:
    started_s = time.perf_counter()
    network(batch)
    return time.perf_counter() - started_s
