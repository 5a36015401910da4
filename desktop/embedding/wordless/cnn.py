"""`cnn`: what a network for classification sees before it names a class, averaged."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PIL import Image

from desktop.embedding.embedder import FloatArray, Make
from desktop.embedding.running.device import choose_device
from desktop.embedding.running.forward import Forward
from desktop.embedding.running.precision import dtype_of
from desktop.embedding.starter.embedder import CPU_BATCH, GPU_BATCH
from desktop.embedding.starter.towers import EYES, POOLED_DIM, Eyes, ImageTower
from desktop.embedding.wordless.alone import PhotoModel
from desktop.errors import ModelUnavailable

LITE_NAMES = {"cnn:efficientnet_lite0": "lite0", "cnn:efficientnet_lite2": "lite2"}
"""The networks that come with Likeness, and what they are called in `EYES`."""

_ABOUT = (
    "What {title} sees before it names one of ImageNet's classes; comes with Likeness, and "
    "compares photos alone."
)


def prepare_cnn(name: str, argument: str, device: str) -> Make:
    """See `ModelKind.prepare`."""
    eyes = EYES.get(LITE_NAMES.get(f"cnn:{argument}", ""))
    if eyes is None:
        raise ModelUnavailable(
            f'There is no network called "{argument}" on this computer.',
            f"There are {' and '.join(LITE_NAMES)}; of others, name the folder or timm/NAME, as in "
            "cnn:timm/resnet50.a1_in1k.",
        )
    model = PhotoModel(
        name,
        revision=eyes.sha256[:12],
        dim=POOLED_DIM,
        input_px=eyes.px,
        fit=eyes.fit,
        load=partial(LiteNetwork.load, eyes),
        about=_ABOUT.format(title=eyes.title),
        licence="Apache-2.0",
        is_convertible=True,
        also_reads=(eyes.weights_path,),
    )
    return model.make(device)


class LiteNetwork:
    """A `Network` and a `PhotoSide`: an EfficientNet-Lite, its last layer averaged."""

    def __init__(self, tower: ImageTower, device: str) -> None:
        self._tower = tower
        self.device = device
        self.input_px = tower.input_px
        self.batch = CPU_BATCH if device == "cpu" else GPU_BATCH

    @classmethod
    def load(cls, eyes: Eyes, device: str, precision: str) -> LiteNetwork:
        """See `PhotoModel.load`."""
        device = choose_device(device)
        return cls(ImageTower.load(eyes, device, dtype_of(precision)), device)

    @property
    def forward(self) -> Forward:
        """See `PhotoSide`."""
        return self._tower.forward

    @forward.setter
    def forward(self, forward: Forward) -> None:
        self._tower.forward = forward

    @property
    def precision(self) -> str:
        return self._tower.precision

    def let_go(self) -> None:
        """See `PhotoSide.let_go`: the forward pass itself has held all of it."""

    def see(self, images: Sequence[Image.Image]) -> FloatArray:
        """See `Network.see`."""
        seen = self._tower.features(images).seen[:, :POOLED_DIM]
        rows: FloatArray = seen.cpu().numpy()
        return rows
