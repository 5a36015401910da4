"""A lazy image in Pillow's sense whose pixels come all at once, from a decoder outside Pillow."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import DTypeLike, NDArray
from PIL import Image, ImageFile


class WholeImageFile(ImageFile.ImageFile):
    """Attributes: bytes_per_pixel: what is held at once while it is decoded."""

    bytes_per_pixel = 8.0

    def is_there(self, mode: str, size: tuple[int, int]) -> None:
        """What `_open` has to say of the image."""
        self._mode, self._size = mode, size
        self.tile = [ImageFile._Tile("whole", (0, 0, *size), 0, None)]

    @abstractmethod
    def pixels(self) -> Image.Image:
        """The whole image, of the mode and size that `_open` has told."""

    def load(self) -> Any:
        if self.tile:
            image = self.pixels()
            if image.size != self.size:
                raise ValueError("another size than the header's")
            self.im, self._mode, self.tile = image.im, image.mode, []
        return super().load()

    def file(self) -> BinaryIO:
        if self.fp is None:
            raise ValueError("the file is closed")
        return self.fp  # type: ignore[return-value]

    def numbers(self, kind: DTypeLike, count: int) -> NDArray[Any]:
        """The next numbers of the file. Where Pillow is told to go on with a file that is cut off,
        the missing ones are 0."""
        n_bytes = np.dtype(kind).itemsize * count
        data = self.file().read(n_bytes)
        if len(data) < n_bytes:
            if not ImageFile.LOAD_TRUNCATED_IMAGES:
                raise EOFError("the file is cut off")
            data += bytes(n_bytes - len(data))
        return np.frombuffer(data, kind)
