"""What a model's image processor does to a photo, as its folder describes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from desktop.embedding.folders.clip_pixels import (
    ClipPixels,
    Colour,
    colour_of,
    middle_from,
    side_of,
)

_MIDDLE = (0.5, 0.5, 0.5)

_SQUASHING = frozenset({"ViT", "DeiT", "Beit", "Siglip", "Siglip2"})
_CROPPING = frozenset({"CLIP", "ChineseCLIP", "Bit", "ConvNext"})
# Their steps were read, and are held beside transformers' own in tests; others do more.
_CONVNEXT_SQUASHES_FROM_PX = 384


class PhotoSteps(Protocol):
    """The steps from a photo to what a network takes, with Pillow and numpy alone.

    Attributes:
        crop_px: the side of the square that is looked at.
        fit: see `Embedder.fit`; a picklable function.
    """

    @property
    def crop_px(self) -> int: ...
    @property
    def fit(self) -> Callable[[Image.Image], Image.Image]: ...

    def to_array(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """(n, 3, crop_px, crop_px) float32, as the tower takes it; for images fitted or not."""


@dataclass(frozen=True, slots=True)
class SquashedPixels:
    """The steps of those that squash a photo to a square, whatever its proportions, and may then
    cut a smaller square out of the middle: transformers' ViTImageProcessor and its kin.

    Attributes:
        side_px: the side it is squashed to.
        crop_px, resample, scale, mean, deviation, rounds_middle: see `ClipPixels`.
    """

    side_px: int
    crop_px: int
    resample: Image.Resampling
    scale: float
    mean: Colour
    deviation: Colour
    rounds_middle: bool = field(default=False, repr=False)

    def fit(self, image: Image.Image) -> Image.Image:
        """Squash an upright RGB image."""
        if image.size == (self.side_px, self.side_px):
            return image
        return image.resize((self.side_px, self.side_px), self.resample)

    def to_array(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """See `PhotoSteps.to_array`."""
        left = middle_from(self.side_px, self.crop_px, self.rounds_middle)
        box = (left, left, left + self.crop_px, left + self.crop_px)
        squares = [self.fit(image).crop(box) for image in images]
        pixels = np.stack([np.asarray(square, dtype=np.float32) for square in squares])
        pixels *= np.float32(self.scale)
        pixels -= np.asarray(self.mean, dtype=np.float32)
        pixels /= np.asarray(self.deviation, dtype=np.float32)
        return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))


def read_steps(config: Mapping[str, Any]) -> PhotoSteps:
    """Read a preprocessor_config.json, old (`"size": 224`) or new (`"size": {...}`).

    Raises ValueError for the steps of a processor that is not known here.
    """
    named = config.get("image_processor_type") or config.get("feature_extractor_type") or ""
    kind = str(named)
    for suffix in ("Fast", "Pil", "ImageProcessor", "FeatureExtractor"):
        kind = kind.removesuffix(suffix)
    if kind not in _SQUASHING | _CROPPING:
        raise ValueError(f"its image processor, {named or 'which has no name'}, is not known here")
    if kind == "ConvNext":
        return _like_convnext(config)
    size = config.get("size", 224)
    keeps_proportions = isinstance(size, Mapping) and "shortest_edge" in size
    if keeps_proportions or (kind in _CROPPING and not isinstance(size, Mapping)):
        return ClipPixels.from_config(config)
    return _squashed(config, kind)


def _squashed(config: Mapping[str, Any], kind: str) -> SquashedPixels:
    if not config.get("do_resize", True):
        raise ValueError("its image processor does not resize")
    default_px = 256 if kind == "DeiT" else 224
    side_px = side_of(config.get("size", default_px), "height", "width")
    crops = config.get("do_center_crop", kind == "DeiT")
    crop_px = side_of(config.get("crop_size", 224), "height", "width") if crops else side_px
    if crop_px > side_px:
        raise ValueError("its image processor crops more than it resizes to")
    usual = Image.Resampling.BILINEAR if kind == "ViT" else Image.Resampling.BICUBIC
    scales, normalises = config.get("do_rescale", True), config.get("do_normalize", True)
    return SquashedPixels(
        side_px=side_px,
        crop_px=crop_px,
        resample=Image.Resampling(config.get("resample", usual)),
        scale=float(config.get("rescale_factor", 1 / 255)) if scales else 1.0,
        mean=colour_of(config.get("image_mean", _MIDDLE)) if normalises else (0.0, 0.0, 0.0),
        deviation=colour_of(config.get("image_std", _MIDDLE)) if normalises else (1.0, 1.0, 1.0),
    )


def _like_convnext(config: Mapping[str, Any]) -> PhotoSteps:
    """It cuts a share (`crop_pct`) out of the middle, but squashes to 384 pixels or more."""
    side_px = side_of(config.get("size", 384), "shortest_edge")
    filled = {"image_mean": _MIDDLE, "image_std": _MIDDLE, "resample": 3} | dict(config)
    if side_px >= _CONVNEXT_SQUASHES_FROM_PX:
        return _squashed(filled | {"size": side_px, "do_center_crop": False}, "ConvNext")
    short_px = int(side_px / float(config.get("crop_pct") or 0.875))
    cropped = {"size": {"shortest_edge": short_px}, "crop_size": side_px, "do_center_crop": True}
    return ClipPixels.from_config(filled | cropped)
