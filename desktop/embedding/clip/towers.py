"""Both towers of a CLIP in memory: loading them, and what they are asked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from desktop.embedding.clip.folder import ClipFolder
from desktop.embedding.embedder import FloatArray
from desktop.embedding.folders.loading import SAFELY, expect_all, failures_said, load_auto_model
from desktop.embedding.running.device import choose_device
from desktop.embedding.running.forward import Forward, TorchForward, as_module
from desktop.embedding.running.precision import choose_dtype, dtype_of
from desktop.errors import ModelUnavailable

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

# One layer's share of the image tower is what the choice of numbers is measured on: 8 pictures of
# 50 patches.
_SAMPLE_ROWS = 400


class WordReader(Protocol):
    """What reads words."""

    def read(self, texts: Sequence[str]) -> FloatArray:
        """WordReader -> (n, d), rows of any length but 0. One thread at a time."""


class ClipTowers:
    """Both towers in memory; a `PhotoSide`."""

    def __init__(self, model: Any, forward: Forward, input_px: int, words: WordReader) -> None:
        """model: transformers' model, with both towers; None where that is not known."""
        self._model = model
        self.forward = forward
        self.input_px = input_px
        self.device = forward.device
        self._words = words

    @property
    def precision(self) -> str:
        return self.forward.precision

    def let_go(self) -> None:
        """See `PhotoSide.let_go`: words are read without the image tower."""
        for tower in ("vision_model", "visual"):
            if hasattr(self._model, tower):
                setattr(self._model, tower, None)

    def see(self, pixels: NDArray[np.float32]) -> FloatArray:
        """(n, 3, px, px) -> (n, d), rows of any length but 0. Any thread."""
        return self.forward.run(pixels)[0]

    def read(self, texts: Sequence[str]) -> FloatArray:
        """See `WordReader.read`."""
        return self._words.read(texts)


class SentenceWords:
    """`WordReader` of a CLIP, as sentence-transformers loads it."""

    def __init__(self, model: SentenceTransformer) -> None:
        self._model = model

    def read(self, texts: Sequence[str]) -> FloatArray:
        """See `WordReader.read`."""
        # encode fetches a bare string that looks like a URL and opens one that names a file; under
        # the key "text" it stays words.
        words = [{"text": text} for text in texts]
        rows: FloatArray = self._model.encode(words, show_progress_bar=False, convert_to_numpy=True)
        return rows


class KinWords:
    """`WordReader` of a SigLIP or Chinese-CLIP, as transformers loads them."""

    def __init__(self, folder: ClipFolder, model: Any, tokenizer: Any) -> None:
        self._model = model
        self._tokenizer = tokenizer
        # SigLIP was trained on texts filled up to one length, and has no mask for what fills them.
        padding = "max_length" if folder.kind == "siglip" else True
        self._as_tokens = {"padding": padding, "max_length": folder.context_tokens}

    def read(self, texts: Sequence[str]) -> FloatArray:
        """See `WordReader.read`."""
        import torch

        tokens = self._tokenizer(
            list(texts), truncation=True, return_tensors="pt", **self._as_tokens
        )
        with torch.inference_mode():
            read = self._model.get_text_features(**tokens.to(self._model.device))
        rows: FloatArray = _pooled(read).float().cpu().numpy()
        return rows


def _pooled(features: Any) -> torch.Tensor:
    """transformers 5 hands embeddings over as the pooled output."""
    pooled: torch.Tensor = getattr(features, "pooler_output", features)
    return pooled


def _see_by_sentence_transformer(model: Any, batch: torch.Tensor) -> tuple[torch.Tensor]:
    return (model({"pixel_values": batch, "modality": "image"})["sentence_embedding"],)


def _see_by_transformers(model: Any, batch: torch.Tensor) -> tuple[torch.Tensor]:
    return (_pooled(model.get_image_features(pixel_values=batch)),)


def load_towers(folder: ClipFolder, asked_device: str, asked_precision: str) -> ClipTowers:
    """Load a folder from disk alone; see `ClipEmbedder`. Raises ModelUnavailable."""
    load = _load_clip if folder.kind == "clip" else _load_kin
    return load(folder, asked_device, asked_precision)


def _load_clip(folder: ClipFolder, asked_device: str, asked_precision: str) -> ClipTowers:
    device = choose_device(asked_device)
    dtype = dtype_of(asked_precision) or _choose_dtype(device, folder.width)
    say = partial(_damaged, folder.path)
    with failures_said(say):
        model = _load_sentence_transformer(folder.path, device, dtype=dtype)
        # A tokenizer without model_max_length would let long texts run past the position table.
        model.max_seq_length = min(
            model.max_seq_length or folder.context_tokens, folder.context_tokens
        )
    stored = model.transformers_model
    expect_all(set(stored.state_dict() if stored is not None else ()) - folder.tensors, say)
    words = None if folder.words_path is None else _load_words(folder.words_path, device)
    module = as_module(model.eval(), _see_by_sentence_transformer)
    forward = TorchForward(module, device, dtype)
    reader = SentenceWords(words or model)
    return ClipTowers(model.transformers_model, forward, folder.pixels.crop_px, reader)


def _load_words(path: Path, device: str) -> SentenceTransformer:
    """In float32: it reads one line at a time."""
    with failures_said(partial(_damaged, path)):
        words = _load_sentence_transformer(path, device)
    return words.eval()


def _load_sentence_transformer(path: Path, device: str, **options: Any) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(
        str(path), device=device, model_kwargs={"use_safetensors": True, **options}, **SAFELY
    )


def _load_kin(folder: ClipFolder, asked_device: str, asked_precision: str) -> ClipTowers:
    """Load a SigLIP or Chinese-CLIP through transformers. Raises ModelUnavailable."""
    device = choose_device(asked_device)
    dtype = dtype_of(asked_precision) or _choose_dtype(device, folder.width)
    say = partial(_damaged, folder.path)
    # Chinese-CLIP's text tower has a pooler that nothing uses, and that is not stored.
    model = load_auto_model(folder.path, say, unneeded=".pooler.", dtype=dtype)
    with failures_said(say):
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(folder.path, **SAFELY)
    module = as_module(model.to(device), _see_by_transformers)
    forward = TorchForward(module, device, dtype)
    reader = KinWords(folder, model, tokenizer)
    return ClipTowers(model, forward, folder.pixels.crop_px, reader)


def _choose_dtype(device: str, width: int) -> torch.dtype:
    import torch

    widen, narrow = torch.nn.Linear(width, 4 * width), torch.nn.Linear(4 * width, width)
    sample = torch.nn.Sequential(widen, torch.nn.GELU(), narrow).eval()
    return choose_dtype(device, sample, torch.randn(_SAMPLE_ROWS, width))


def _damaged(path: Path, reason: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"The model in {path} cannot be loaded: {reason.rstrip('.')}.",
        "Copy or download the model again, or choose another one.",
    )
