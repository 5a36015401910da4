"""Half precision is used where it is measured to be faster, and changes next to nothing."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from desktop.embedding.clip import ClipEmbedder
from desktop.embedding.running.precision import choose_dtype, has_bfloat16
from desktop.embedding.starter import StarterEmbedder
from desktop.settings import resource_path


class Slow(torch.nn.Module):
    """Takes as long as it is told, in float32 and in bfloat16."""

    def __init__(self, single_s: float, half_s: float) -> None:
        super().__init__()
        self._seconds = {torch.float32: single_s, torch.bfloat16: half_s}

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        time.sleep(self._seconds[batch.dtype])
        return batch


needs_bfloat16 = pytest.mark.skipif(
    not has_bfloat16(), reason="this CPU does not multiply bfloat16 in hardware"
)


@needs_bfloat16
def test_the_faster_numbers_are_chosen() -> None:
    batch = torch.zeros(1)
    assert choose_dtype("cpu", Slow(0.03, 0.01), batch) is torch.bfloat16
    assert choose_dtype("cpu", Slow(0.01, 0.03), batch) is torch.float32


@needs_bfloat16
def test_a_small_gain_is_no_reason_to_round() -> None:
    assert choose_dtype("cpu", Slow(0.030, 0.028), torch.zeros(1)) is torch.float32


def test_a_processor_without_bfloat16_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_is_amx_tile_supported", "_is_avx512_bf16_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda: False)
    assert choose_dtype("cpu", Slow(0.03, 0.01), torch.zeros(1)) is torch.float32


def test_a_gpu_computes_in_float16() -> None:
    assert choose_dtype("cuda", Slow(0, 0), torch.zeros(1)) is torch.float16


def test_rounding_hardly_turns_an_embedding(small_clip_folder: Path) -> None:
    pictures = [Image.effect_noise((300, 200), 60).convert("RGB") for _ in range(4)]
    clips = [
        ClipEmbedder.open("small", small_clip_folder, "cpu", precision)
        for precision in ("float32", "bfloat16")
    ]
    starters = [
        StarterEmbedder(resource_path("models", "starter"), "cpu", precision)
        for precision in ("float32", "bfloat16")
    ]
    for single, half in (clips, starters):
        expected, found = single.embed_images(pictures), half.embed_images(pictures)
        assert (single.precision, half.precision) == ("float32", "bfloat16")
        assert found.dtype == np.float32
        assert (expected * found).sum(axis=1).min() > 0.99
