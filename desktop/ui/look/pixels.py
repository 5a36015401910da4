"""Pixels from Pillow to Qt and back.

Qt's classes stay on the main thread. PySide makes each of them when it is first used, and two
threads that do so at the same moment end the process (seen with PySide6 6.11.3, in `QImageReader`).
"""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter


@dataclass(frozen=True, slots=True)
class Pixels:
    """What an image looks like, in the order that Qt paints fastest: four bytes a pixel (blue,
    green, red, 255), row by row from the top without gaps. Any thread.

    Qt's RGB32 wants the 255: where a pixmap is scaled it is taken for how opaque the pixel is.
    """

    content: bytes
    width: int
    height: int

    def to_qimage(self) -> QImage:
        """Without a copy. Main thread."""
        row_bytes = self.width * 4
        return QImage(self.content, self.width, self.height, row_bytes, QImage.Format.Format_RGB32)


def to_pixels(image: Image.Image) -> Pixels:
    """A copy of an upright RGB image. Any thread."""
    return Pixels(image.convert("RGBA").tobytes("raw", "BGRA"), image.width, image.height)


def to_pil(image: QImage) -> Image.Image:
    """Qt's pixels as an upright RGB image, transparency on white. Main thread."""
    flat = QImage(image.size(), QImage.Format.Format_RGB32)
    flat.fill(Qt.GlobalColor.white)
    painter = QPainter(flat)
    painter.drawImage(0, 0, image)
    painter.end()
    rgb = flat.convertToFormat(QImage.Format.Format_RGB888)
    size = (rgb.width(), rgb.height())
    return Image.frombytes("RGB", size, bytes(rgb.constBits()), "raw", "RGB", rgb.bytesPerLine())
