"""Icons: our own line drawings, in the colour of the text they stand beside."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from desktop.settings import resource_path

ICON_PX = 20
_SCALES = (1, 2, 3)


def kept_pixmap(key: str, draw: Callable[[], QPixmap], found: QPixmap) -> QPixmap:
    """What is in Qt's cache under this key; drawn if it is not there. Main thread.

    found: is filled with what is found, so that a caller who paints it at once can use the same
    pixmap again and again.
    """
    if QPixmapCache.find(key, found):
        return found
    drawn = draw()
    QPixmapCache.insert(key, drawn)
    return drawn


def icon(name: str, colour: str, disabled: str | None = None) -> QIcon:
    """The drawing resources/icons/<name>.svg in one colour, sharp up to three times the size."""
    made = QIcon()
    for scale in _SCALES:
        side_px = ICON_PX * scale
        made.addPixmap(_draw(name, colour, side_px, scale))
        if disabled is not None:
            made.addPixmap(_draw(name, disabled, side_px, scale), QIcon.Mode.Disabled)
    return made


def pause_icons(colour: str) -> dict[bool, QIcon]:
    """is_paused -> what a press on the button would do."""
    return {True: icon("resume", colour), False: icon("pause", colour)}


def drawing(name: str, colour: str, side_px: int, scale: float = 1.0) -> QPixmap:
    """One drawing of `side_px` device-independent pixels for a screen of this scale; Qt keeps it
    while it is painted again and again."""
    return kept_pixmap(
        f"drawing {name} {colour} {side_px} {scale}",
        lambda: _draw(name, colour, round(side_px * scale), scale),
        QPixmap(),
    )


def application_icon() -> QIcon:
    """The picture in the task bar."""
    made = QIcon()
    for side_px in (16, 24, 32, 48, 64, 128, 256):
        made.addPixmap(_draw("likeness", "", side_px, 1.0))
    return made


def _draw(name: str, colour: str, side_px: int, scale: float) -> QPixmap:
    pixmap = QPixmap(side_px, side_px)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    _renderer(name, colour).render(painter, QRectF(0, 0, side_px, side_px))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


@lru_cache(maxsize=256)
def _renderer(name: str, colour: str) -> QSvgRenderer:
    source = resource_path("icons", f"{name}.svg").read_bytes()
    return QSvgRenderer(QByteArray(source.replace(b"currentColor", colour.encode())))
