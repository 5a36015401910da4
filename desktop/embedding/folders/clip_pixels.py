"""The pixels a CLIP image tower looks at, made with Pillow and numpy alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Colour = tuple[float, float, float]

# transformers' OPENAI_CLIP_MEAN and OPENAI_CLIP_STD, its defaults for CLIP.
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


@dataclass(frozen=True, slots=True)
class ClipPixels:
    """The steps of transformers' CLIPImageProcessor for one model.

    They are repeated here because the processor needs transformers (hence torch) while `fit` runs
    in the decode pool before any model is loaded, and because on the fitted image only the cheap
    last step is left. A test holds the two equal.

    Attributes:
        short_px: the short side is resized to this, keeping the proportions.
        crop_px: side of the square cut out of the middle, the tower's input.
        resample: Pillow's filter.
        scale: what a byte is multiplied by before mean and deviation.
        mean, deviation: by colour, of the scaled values.
        rounds_middle: see `middle_from`.
    """

    short_px: int
    crop_px: int
    resample: Image.Resampling
    scale: float
    mean: Colour
    deviation: Colour
    # Unsaid in what tells one model from another: it would make all of them new.
    rounds_middle: bool = field(default=False, repr=False)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> ClipPixels:
        """Read a preprocessor_config.json, old (`"size": 224`) or new (`"size": {...}`).

        Raises ValueError for steps other than resize by the short side, then crop.
        """
        if not (config.get("do_resize", True) and config.get("do_center_crop", True)):
            raise ValueError("its image processor does not resize and crop as CLIP does")
        short_px = side_of(config.get("size", 224), "shortest_edge")
        crop_px = side_of(config.get("crop_size", 224), "height", "width")
        if crop_px > short_px:
            raise ValueError("its image processor crops more than it resizes to")
        scale = (
            float(config.get("rescale_factor", 1 / 255)) if config.get("do_rescale", True) else 1.0
        )
        is_normalised = config.get("do_normalize", True)
        return cls(
            short_px=short_px,
            crop_px=crop_px,
            resample=Image.Resampling(config.get("resample", Image.Resampling.BICUBIC)),
            scale=scale,
            mean=colour_of(config.get("image_mean", CLIP_MEAN))
            if is_normalised
            else (0.0, 0.0, 0.0),
            deviation=colour_of(config.get("image_std", CLIP_STD))
            if is_normalised
            else (1.0, 1.0, 1.0),
        )

    def fit(self, image: Image.Image) -> Image.Image:
        """Resize an upright RGB image, and crop it where that changes nothing later.

        Where a model resizes to more than it crops, the margin is kept: without it the image could
        not be told from one that still has to be resized.
        """
        resized = self._resize(image)
        return self._crop(resized) if self.crop_px == self.short_px else resized

    def to_array(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """(n, 3, crop_px, crop_px) float32, as the tower takes it; for images fitted or not."""
        pixels = np.stack(
            [np.asarray(self._crop(self._resize(i)), dtype=np.float32) for i in images]
        )
        pixels *= np.float32(self.scale)
        pixels -= np.asarray(self.mean, dtype=np.float32)
        pixels /= np.asarray(self.deviation, dtype=np.float32)
        return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))

    def _resize(self, image: Image.Image) -> Image.Image:
        width, height = image.size
        short, long = min(width, height), max(width, height)
        if short == self.short_px:
            return image
        # Cut, not rounded, as transformers' get_resize_output_image_size does.
        new_long = int(self.short_px * long / short)
        size = (self.short_px, new_long) if width <= height else (new_long, self.short_px)
        return image.resize(size, self.resample)

    def _crop(self, image: Image.Image) -> Image.Image:
        left = middle_from(image.width, self.crop_px, self.rounds_middle)
        top = middle_from(image.height, self.crop_px, self.rounds_middle)
        return image.crop((left, top, left + self.crop_px, top + self.crop_px))


def middle_from(side_px: int, crop_px: int, rounds: bool) -> int:
    """Where the middle begins. rounds: to the next even number where it lies between two, as
    torchvision does; else down, as transformers does."""
    return round((side_px - crop_px) / 2) if rounds else (side_px - crop_px) // 2


def side_of(size: Any, *keys: str) -> int:
    """The one side that a size of a processor names. Raises ValueError where there are several."""
    sides = {size[key] for key in keys if key in size} if isinstance(size, Mapping) else {size}
    if len(sides) == 1:
        side = sides.pop()
        if isinstance(side, int) and 16 <= side <= 4096:
            return side
    raise ValueError(f"its image processor has the size {size}, which is not the usual way")


def colour_of(values: Any) -> Colour:
    """Three numbers, one for each colour."""
    red, green, blue = (float(value) for value in values)
    return red, green, blue
