"""Pixels from Pillow to Qt and back."""

from __future__ import annotations

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter


def to_qimage(image: Image.Image) -> QImage:
    """A copy of upright RGB pixels in the format that paints fastest. Any thread."""
    pixels = image.convert("RGBX").tobytes("raw", "BGRX")
    made = QImage(pixels, image.width, image.height, image.width * 4, QImage.Format.Format_RGB32)
    return made.copy()


def to_pil(image: QImage) -> Image.Image:
    """Qt's pixels as an upright RGB image, transparency on white. Any thread."""
    flat = QImage(image.size(), QImage.Format.Format_RGB32)
    flat.fill(Qt.GlobalColor.white)
    painter = QPainter(flat)
    painter.drawImage(0, 0, image)
    painter.end()
    rgb = flat.convertToFormat(QImage.Format.Format_RGB888)
    size = (rgb.width(), rgb.height())
    return Image.frombytes("RGB", size, bytes(rgb.constBits()), "raw", "RGB", rgb.bytesPerLine())
