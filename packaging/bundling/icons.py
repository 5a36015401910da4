"""The application's icon in every size and format that a system asks for, from the one drawing."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SIDES_PX = (16, 22, 24, 32, 36, 48, 64, 72, 96, 128, 192, 256, 512)
ICO_SIDES_PX = (16, 24, 32, 48, 64, 128, 256)
ICNS_SIDE_PX = 1024


def draw(drawing: Path, side_px: int) -> Image.Image:
    """The drawing as RGBA, `side_px` on each side. Needs no display and no QGuiApplication."""
    image = QImage(side_px, side_px, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(drawing)).render(painter, QRectF(0, 0, side_px, side_px))
    painter.end()
    array = QByteArray()
    buffer = QBuffer(array)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    with Image.open(io.BytesIO(bytes(array.data()))) as picture:
        return picture.convert("RGBA")


def write_theme(drawing: Path, share: Path) -> None:
    """Lay PNGs and the drawing out in `share`/icons/hicolor, as the icon theme standard has it."""
    theme = share / "icons" / "hicolor"
    for side_px in SIDES_PX:
        folder = theme / f"{side_px}x{side_px}" / "apps"
        folder.mkdir(parents=True, exist_ok=True)
        draw(drawing, side_px).save(folder / "likeness.png", optimize=True)
    scalable = theme / "scalable" / "apps"
    scalable.mkdir(parents=True, exist_ok=True)
    (scalable / "likeness.svg").write_bytes(drawing.read_bytes())


def write_ico(drawing: Path, path: Path) -> None:
    """For Windows: each size drawn by itself, not scaled down from the largest."""
    *smaller, largest = (draw(drawing, side_px) for side_px in ICO_SIDES_PX)
    sizes = [(side_px, side_px) for side_px in ICO_SIDES_PX]
    largest.save(path, format="ICO", sizes=sizes, append_images=smaller)


def write_icns(drawing: Path, path: Path) -> None:
    """For macOS."""
    draw(drawing, ICNS_SIDE_PX).save(path, format="ICNS")
