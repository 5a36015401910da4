"""A box drawn on a photo: what is in it can be found."""

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from desktop.library import Library, PhotoPart, Query
from desktop.ui.viewer.box import BoxTool
from desktop.ui.viewer.canvas import ImageCanvas
from desktop.ui.window.main_window import MainWindow
from desktop.ui.window.search_bar import CHIP_ICON_PX, icon_of
from tests.colour_embedder import COLOURS
from tests.pictures import draw_halves
from tests.ui.window_driver import ALT, KEY, names, wait_for_title

LEFT, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
PHOTO = QSizeF(400, 300)
CORNER = PhotoPart(0.8, 0.8, 0.2, 0.2)


@pytest.fixture
def canvas(qtbot: QtBot) -> ImageCanvas:
    """A photo of 4000 x 3000 pixels, fitted to a tenth of its size."""
    made = ImageCanvas()
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show_photo(QSize(4000, 3000), None)
    made.show_image(QImage(400, 300, QImage.Format.Format_RGB32))
    return made


def drag(qtbot: QtBot, canvas: ImageCanvas, start: tuple[int, int], end: tuple[int, int]) -> None:
    qtbot.mousePress(canvas, LEFT, pos=QPoint(*start))
    qtbot.mouseMove(canvas, QPoint(*end))
    qtbot.mouseRelease(canvas, LEFT, pos=QPoint(*end))


def about(part: PhotoPart | None) -> tuple[float, ...]:
    assert part is not None
    return tuple(round(each, 2) for each in (part.x, part.y, part.width, part.height))


def test_a_box_is_drawn_with_the_mouse(qtbot: QtBot, canvas: ImageCanvas) -> None:
    canvas.begin_box()
    assert about(canvas.box_part) == (0.25, 0.25, 0.5, 0.5), "it begins in the middle"
    drag(qtbot, canvas, (160, 120), (200, 180))
    assert about(canvas.box_part) == (0.4, 0.4, 0.1, 0.2), "within what nobody has drawn, too"
    drag(qtbot, canvas, (40, 30), (80, 60))
    assert about(canvas.box_part) == (0.1, 0.1, 0.1, 0.1)
    drag(qtbot, canvas, (80, 60), (120, 90))
    assert about(canvas.box_part) == (0.1, 0.1, 0.2, 0.2), "its corner can be moved"
    drag(qtbot, canvas, (80, 60), (160, 60))
    assert about(canvas.box_part) == (0.3, 0.1, 0.2, 0.2), "so can all of it"
    drag(qtbot, canvas, (300, 200), (302, 201))
    assert about(canvas.box_part) == (0.3, 0.1, 0.2, 0.2), "a click draws no box"
    drag(qtbot, canvas, (200, 150), (900, 900))
    assert about(canvas.box_part) == (0.5, 0.5, 0.5, 0.5), "it ends where the photo ends"


def test_a_box_of_a_zoomed_photo_begins_around_what_is_seen(
    qtbot: QtBot, canvas: ImageCanvas
) -> None:
    canvas.zoom_to(0.4, QPointF(0, 0))
    canvas.begin_box()
    assert about(canvas.box_part) == (0.0, 0.0, 0.25, 0.25)
    drag(qtbot, canvas, (160, 120), (320, 240))
    assert about(canvas.box_part) == (0.1, 0.1, 0.1, 0.1)
    canvas.end_box()
    canvas.begin_box(PhotoPart(0.2, 0.2, 0.1, 0.1))
    for _ in range(10):
        canvas.move_box(1, 1)
    part = canvas.box_part
    assert part is not None and part.x == pytest.approx(0.4)
    assert canvas.rect().contains(canvas.widget_rect(QRectF(1600, 1600, 10, 10)).toRect()), (
        "the view follows"
    )


def test_keys_keep_the_box_within_the_photo() -> None:
    tool = BoxTool(PHOTO, QRectF(100, 100, 40, 40))
    for _ in range(100):
        tool.grow(1, 1)
    assert tool.box == QRectF(0, 0, 400, 300)
    for _ in range(100):
        tool.grow(-1, -1)
    assert min(tool.box.width(), tool.box.height()) > 0
    for _ in range(100):
        tool.move(-1, 1)
    assert tool.box.bottomLeft() == QPointF(0, 300)
    assert tool.part.bottom == pytest.approx(1)


def test_a_box_that_keys_have_moved_is_moved_by_the_mouse_too() -> None:
    tool = BoxTool(PHOTO, QRectF(100, 100, 100, 100), is_offered=True)
    tool.move(1, 0)
    tool.press(QPointF(150, 150), reach=5)
    tool.drag(QPointF(160, 150))
    tool.release(scale=1)
    assert tool.box == QRectF(118, 100, 100, 100)


def view(qtbot: QtBot, window: MainWindow, name: str) -> None:
    window.navigation.view_photo_at(names(window).index(name))
    qtbot.waitUntil(lambda: window.frame.viewer.canvas.has_image)


def test_what_is_in_the_box_is_found(qtbot: QtBot, window: MainWindow) -> None:
    view(qtbot, window, "green1.jpg")
    viewer = window.frame.viewer
    qtbot.keyClick(viewer, KEY.Key_B)
    assert viewer.box_bar.isVisible() and viewer.bar.part_button.isChecked()
    qtbot.keyClick(viewer, KEY.Key_Right)
    qtbot.keyClick(viewer, KEY.Key_Up, SHIFT)
    assert viewer.photo is not None and viewer.photo.path.name == "green1.jpg"
    assert about(viewer.canvas.box_part) != (0.25, 0.25, 0.5, 0.5)
    qtbot.keyClick(viewer, KEY.Key_Return)
    wait_for_title(qtbot, window, "Similar to part of green1.jpg")
    assert {name[:5] for name in names(window)[:4]} == {"green"}
    query = window.navigation.place.query
    assert query is not None and query.like_part is not None
    qtbot.keyClick(window, KEY.Key_Left, ALT)
    wait_for_title(qtbot, window, "All photos")
    qtbot.keyClick(window, KEY.Key_Right, ALT)
    wait_for_title(qtbot, window, "Similar to part of green1.jpg")


def test_what_can_be_done_with_a_box_does_not_cover_it(qtbot: QtBot, window: MainWindow) -> None:
    view(qtbot, window, "red0.jpg")
    viewer = window.frame.viewer
    bar = viewer.box_bar
    viewer.canvas.zoom_to(8, QPointF(0, 0))
    viewer.canvas.begin_box()
    low = bar.geometry()
    under = viewer.canvas.photo_point(low.topLeft().toPointF())
    viewer.canvas.begin_box(PhotoPart(under.x() / 160, under.y() / 120, 0.1, 0.05))
    assert not viewer.canvas.box_rect.intersects(bar.geometry().toRectF())
    assert bar.geometry().center().y() < viewer.canvas.rect().center().y()
    for _ in range(40):
        viewer.canvas.move_box(0, -1)
    assert bar.geometry().center().y() > viewer.canvas.rect().center().y()


def test_escape_takes_the_box_away_first(qtbot: QtBot, window: MainWindow) -> None:
    view(qtbot, window, "red1.jpg")
    viewer = window.frame.viewer
    qtbot.mouseClick(viewer.bar.part_button, LEFT)
    assert viewer.canvas.box_part is not None
    qtbot.keyClick(viewer, KEY.Key_Escape)
    assert viewer.canvas.box_part is None and viewer.isVisible()
    assert not viewer.box_bar.isVisible() and not viewer.bar.part_button.isChecked()
    qtbot.keyClick(viewer, KEY.Key_B)
    window.navigation.view_photo_at(0)
    assert viewer.canvas.box_part is None, "another photo has no box"
    qtbot.keyClick(viewer, KEY.Key_Escape)
    assert not viewer.isVisible()


def chip(window: MainWindow) -> QAbstractButton:
    return window.frame.search.findChild(QAbstractButton, "chip")


def test_the_chip_opens_the_picture_and_a_box_can_be_drawn_on_it(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    outside = draw_halves(tmp_path / "outside.png", "red", "blue")
    window.commands.find_similar_to_file(outside)
    wait_for_title(qtbot, window, "Similar to outside.png")
    qtbot.mouseClick(chip(window), LEFT)
    viewer = window.frame.viewer
    qtbot.waitUntil(lambda: viewer.canvas.has_image)
    assert not viewer.bar.similar_button.isEnabled() and not window.navigation.has_photo()
    qtbot.keyClick(viewer, KEY.Key_Right)
    assert viewer.shows_likeness, "it has no neighbours"
    viewer.canvas.begin_box(PhotoPart(0.55, 0.1, 0.4, 0.8))
    qtbot.keyClick(viewer, KEY.Key_Return)
    wait_for_title(qtbot, window, "Similar to part of outside.png")
    assert {name[:4] for name in names(window)[:4]} == {"blue"}
    qtbot.mouseClick(chip(window), LEFT)
    qtbot.waitUntil(lambda: viewer.canvas.box_part is not None)
    assert about(viewer.canvas.box_part) == (0.55, 0.1, 0.4, 0.8), "the box that was asked with"
    for _ in range(2):  # the box, then the picture
        qtbot.keyClick(viewer, KEY.Key_Escape)
    assert not viewer.isVisible()
    wait_for_title(qtbot, window, "Similar to part of outside.png")


def test_a_box_can_be_drawn_on_a_copied_image(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    copied = QImage(str(draw_halves(tmp_path / "copied.png", "green", "yellow")))
    QGuiApplication.clipboard().setImage(copied)
    window.actions_table[window.intake.paste].trigger()
    wait_for_title(qtbot, window, "Similar to copied image")
    assert not chip(window).icon().isNull()
    qtbot.mouseClick(chip(window), LEFT)
    viewer = window.frame.viewer
    qtbot.waitUntil(lambda: viewer.canvas.has_image)
    viewer.canvas.begin_box(PhotoPart(0.6, 0.1, 0.3, 0.3))
    qtbot.keyClick(viewer, KEY.Key_Return)
    wait_for_title(qtbot, window, "Similar to part of copied image")
    assert {name[:6] for name in names(window)[:4]} == {"yellow"}


def test_a_photo_that_was_found_by_a_part_has_a_frame_around_it(
    qtbot: QtBot, window: MainWindow, library: Library, photos: Path
) -> None:
    draw_halves(photos / "both.jpg", "red", "yellow", (800, 600), share=0.75)
    window.preferences.show()
    library.start()
    window.navigation.ask(
        Query(like_image=Image.new("RGB", (32, 32), COLOURS["yellow"]), like_part=CORNER)
    )
    window.preferences.dialog.indexing.find_parts.setChecked(True)

    def framed() -> int:
        hits = window.results.model.hits
        return next((row for row, hit in enumerate(hits) if hit.part is not None), -1)

    qtbot.waitUntil(lambda: framed() >= 0, timeout=20_000)
    assert library.settings.find_parts
    assert "Parts of photos" not in window.preferences.dialog.indexing.passes
    window.preferences.close()
    wait_for_title(qtbot, window, "Similar to part of copied image")
    window.navigation.view_photo_at(framed())
    viewer = window.frame.viewer
    qtbot.waitUntil(lambda: viewer.canvas.has_image)
    part = window.results.model.part_at(viewer.row)
    assert part is not None and viewer.canvas.framed == part
    window.navigation.show_all()
    wait_for_title(qtbot, window, "All photos")
    view(qtbot, window, "red1.jpg")
    assert viewer.canvas.framed is None


def test_a_part_of_hardly_any_pixels_is_answered_with_a_sentence(
    qtbot: QtBot, window: MainWindow
) -> None:
    view(qtbot, window, "red1.jpg")
    viewer = window.frame.viewer
    viewer.canvas.begin_box(PhotoPart(0, 0, 0.02, 0.02))
    qtbot.keyClick(viewer, KEY.Key_Return)
    qtbot.waitUntil(lambda: "pixels" in window.toast.text)
    assert viewer.isVisible() and viewer.canvas.box_part is not None


def test_the_chip_of_a_photo_of_the_library_shows_it_too(qtbot: QtBot, window: MainWindow) -> None:
    window.grid.choose(names(window).index("red1.jpg"))
    window.commands.find_similar()
    wait_for_title(qtbot, window, "Similar to red1.jpg")

    def colour() -> tuple[int, ...]:
        return chip(window).icon().pixmap(CHIP_ICON_PX).toImage().pixelColor(9, 9).getRgb()[:3]

    qtbot.waitUntil(lambda: colour()[0] > 150 and max(colour()[1:]) < 120)


def test_the_icon_of_a_chip_is_made_from_few_of_the_pixels() -> None:
    wide = Image.new("RGB", (4000, 40), "red")
    icon = icon_of(Query(like_image=wide))
    assert icon is not None and icon.availableSizes()[0].width() == CHIP_ICON_PX * 3
    assert icon_of(Query(like_photo_id=3)) is None
