"""A cell of the grid, whatever the shape of its photo."""

import pytest
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from desktop.library import PhotoPart
from desktop.ui.grid.photo_painter import SMOOTH, Box, PhotoPainter, part_box
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
    photos.paint(painter, Box(0, 0, 96, 96), Shown(None, photo, False, "", None))
    painter.end()
    middle = screen.toImage().pixelColor(48, 48)
    assert middle.red() == 255 and middle.green() < 255


RIGHT_HALF = PhotoPart(0.5, 0.0, 0.5, 1.0)


def painted(is_hovered: bool = False, has_focus: bool = False) -> QImage:
    """A black photo that was found by its right half."""
    photo, screen = QPixmap(200, 200), QPixmap(100, 100)
    photo.fill(Qt.GlobalColor.black)
    painter = QPainter(screen)
    painter.setRenderHints(SMOOTH)
    shown = Shown(None, photo, False, "", None, part=RIGHT_HALF)
    PhotoPainter(LIGHT).paint(
        painter, Box(0, 0, 100, 100), shown, is_hovered=is_hovered, has_focus=has_focus
    )
    painter.end()
    return screen.toImage()


@pytest.mark.usefixtures("qapp")
def test_the_part_by_which_a_photo_was_found_is_framed_where_one_looks() -> None:
    assert painted().pixelColor(50, 50).lightness() == 0
    for image in (painted(is_hovered=True), painted(has_focus=True)):
        assert image.pixelColor(50, 50).lightness() > 100
        assert image.pixelColor(75, 50).lightness() == 0, "only its edge"


def test_a_part_is_where_the_photo_is_and_ends_with_it() -> None:
    wide = QSize(400, 200)
    whole, square = Box(10, 35, 100, 50), Box(10, 10, 100, 100)
    assert part_box(whole, wide, RIGHT_HALF) == QRectF(60, 37, 48, 46)
    cropped = part_box(square, wide, RIGHT_HALF)  # of which the left and right quarter are cut off
    assert cropped == QRectF(60, 12, 48, 96)


@pytest.mark.usefixtures("qapp")
def test_the_current_photo_is_told_from_others_whatever_it_shows() -> None:
    edge = {painted(has_focus=True).pixelColor(x, 1).name() for x in range(20, 80)}
    assert len(edge) > 1 and max(QColor(name).lightness() for name in edge) > 200
