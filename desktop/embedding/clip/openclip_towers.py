"""Both towers of a model in OpenCLIP's own format in memory, by OpenCLIP itself."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.embedding.clip.folder import ClipFolder
from desktop.embedding.clip.openclip_folder import OpenClipModel, read_openclip_model, unusable
from desktop.embedding.clip.towers import ClipTowers
from desktop.embedding.embedder import FloatArray
from desktop.embedding.folders.loading import SAFELY, failures_said, in_a_line
from desktop.embedding.folders.torchvision_build import import_timm
from desktop.embedding.folders.weights import reasons_said
from desktop.embedding.running.device import choose_device
from desktop.embedding.running.forward import TorchForward, as_module
from desktop.embedding.running.precision import choose_dtype, dtype_of

if TYPE_CHECKING:
    import torch

_SAMPLE_BATCH = 4


class OpenClipWords:
    """`WordReader` of a model of OpenCLIP. In float32: it reads one line at a time."""

    def __init__(self, model: Any, tokenize: Callable[[list[str]], torch.Tensor]) -> None:
        self._model = model
        self._tokenize = tokenize

    def read(self, texts: Sequence[str]) -> FloatArray:
        """See `WordReader.read`."""
        import torch

        tokens = self._tokenize(list(texts)).to(self._model.logit_scale.device)
        with torch.inference_mode():
            rows: FloatArray = self._model.encode_text(tokens).float().cpu().numpy()
        return rows


def load_openclip(folder: ClipFolder, asked_device: str, asked_precision: str) -> ClipTowers:
    """See `load_towers`. Raises ModelUnavailable."""
    import torch

    device = choose_device(asked_device)
    say = partial(unusable, folder.path)
    timm = import_timm()
    with reasons_said(folder.path, unusable):
        read = read_openclip_model(folder.path)
    with failures_said(say):
        model = _build(read, timm).to(device)
        tokenize = _tokenizer(folder.path, read)
    px = folder.pixels.crop_px
    sample = torch.zeros(_SAMPLE_BATCH, 3, px, px, device=device)
    dtype = dtype_of(asked_precision) or choose_dtype(device, model.visual, sample)
    module = as_module(model.visual.to(dtype), _see)
    words = OpenClipWords(model, tokenize)
    return ClipTowers(model, TorchForward(module, device, dtype), px, words)


def _see(tower: Any, batch: torch.Tensor) -> tuple[torch.Tensor]:
    return (tower(batch),)


def _build(read: OpenClipModel, timm: Any) -> Any:
    """The network with its weights. Raises what `failures_said` knows."""
    import open_clip
    from timm.utils.model import reparameterize_model

    trunk = read.arguments["vision_cfg"].get("timm_model_name")
    if trunk and not timm.is_model(trunk):  # it might name one on the hub
        raise ValueError(f"timm {timm.__version__} knows no network called {trunk}")
    make = open_clip.CustomTextCLIP if read.has_custom_text else open_clip.CLIP
    try:
        model = make(**copy.deepcopy(dict(read.arguments)))
        # Strict: each tensor of the network is there, in the right shape, and no other.
        open_clip.load_checkpoint(model, str(read.weights.path), weights_only=True)
    except (RuntimeError, AssertionError, AttributeError, pickle.UnpicklingError) as error:
        raise ValueError(in_a_line(error)) from error
    model.eval().requires_grad_(False)
    # What MobileCLIP learned in several branches gives the same in one, in 0.8 of the time or so.
    model.visual = reparameterize_model(model.visual, inplace=True)
    return model


def _tokenizer(folder: Path, read: OpenClipModel) -> Callable[[list[str]], torch.Tensor]:
    from open_clip.tokenizer import HFTokenizer, SimpleTokenizer

    if read.has_tokenizer:
        tokenizer = HFTokenizer(str(folder), read.context_tokens, **SAFELY, **read.cleaning)
    else:
        tokenizer = SimpleTokenizer(context_length=read.context_tokens, **read.cleaning)
    tokenize: Callable[[list[str]], torch.Tensor] = tokenizer
    return tokenize
