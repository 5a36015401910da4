"""A cell of the grid, whatever the shape of its photo."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPixmap

from desktop.ui.grid.photo_painter import SMOOTH, Box, PhotoPainter
from desktop.ui.grid.results_model import Shown
from desktop.ui.look.theme import LIGHT


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("fills", [True, False])
@pytest.mark.parametrize("size", [(512, 384), (512, 1), (1, 512)])
def test_a_photo_of_any_shape_is_painted(size: tuple[int, int], fills: bool) -> None:
    photo, screen = QPixmap(*size), QPixmap(96, 96)
    photo.fill(Qt.GlobalColor.red)
    screen.fill(Qt.GlobalColor.white)
    photos = PhotoPainter(LIGHT)
    photos.fills = fills
    painter = QPainter(screen)
    painter.setRenderHints(SMOOTH)
    photos.paint(painter, Box(0, 0, 96, 96), Shown(None, photo, False, None, None))
    painter.end()
    middle = screen.toImage().pixelColor(48, 48)
    assert middle.red() == 255 and middle.green() < 255
