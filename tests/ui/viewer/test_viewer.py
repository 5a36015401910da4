"""One photo over the whole window."""

import dataclasses
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QLabel, QTextEdit
from pytestqt.qtbot import QtBot

from desktop.library import Library
from desktop.ui.look.parts import ElidedLabel
from desktop.ui.look.pixels import to_pil, to_pixels
from desktop.ui.viewer.canvas import ImageCanvas
from desktop.ui.viewer.details import DetailsPanel
from desktop.ui.window.main_window import MainWindow
from tests.pictures import draw
from tests.ui.window_driver import KEY, names, wait_for_title


def canvas(qtbot: QtBot, full: QSize) -> ImageCanvas:
    made = ImageCanvas()
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show_photo(full, None)
    image = QImage(
        full.scaled(400, 300, Qt.AspectRatioMode.KeepAspectRatio), QImage.Format.Format_RGB32
    )
    image.fill(QColor("#cc2200"))
    made.show_image(image)
    return made


def test_a_photo_is_fitted_at_first(qtbot: QtBot) -> None:
    shown = canvas(qtbot, QSize(4000, 2000))
    assert shown.is_fitted and shown.scale == 0.1


def test_zoom_keeps_what_is_under_the_cursor(qtbot: QtBot) -> None:
    shown = canvas(qtbot, QSize(4000, 3000))
    at = QPointF(100, 200)
    before = shown.photo_point(at)
    shown.zoom_to(0.5, at)
    after = shown.photo_point(at)
    assert (before - after).manhattanLength() < 1e-6 * 4000
    shown.zoom_to(0.01, at)
    assert shown.is_fitted, "further away than the whole photo there is nothing to see"


def test_more_detail_is_asked_for_once(qtbot: QtBot) -> None:
    shown = canvas(qtbot, QSize(4000, 3000))
    asked = []
    shown.detail_wanted.connect(lambda: asked.append(True))
    shown.full_size()
    shown.zoom_by(2)
    assert asked == [True]


def test_pixels_go_to_qt_and_back() -> None:
    image = Image.new("RGB", (7, 5), (10, 200, 30))
    image.putpixel((6, 4), (250, 1, 2))
    assert set(to_pixels(image).content[3::4]) == {255}, "Qt would paint it translucent"
    assert to_pil(to_pixels(image).to_qimage()).tobytes() == image.tobytes()


def test_the_viewer_shows_the_photo_and_its_details(qtbot: QtBot, window: MainWindow) -> None:
    row = names(window).index("green1.jpg")
    window.navigation.view_photo_at(row)
    viewer = window.frame.viewer
    qtbot.waitUntil(lambda: viewer.canvas.has_image)
    seen = viewer.canvas.grab().toImage().pixelColor(viewer.canvas.rect().center())
    assert seen.green() > 120 > seen.red()
    qtbot.keyClick(viewer, KEY.Key_I)
    name = viewer.findChild(ElidedLabel, "viewerName")
    assert name is not None and name.shown == "green1.jpg", "it says which photo this is"
    said = {value.toPlainText() for value in viewer.details.findChildren(QTextEdit)}
    assert {"green1.jpg", "160 × 120 pixels (0.02 MP)"} <= said  # noqa: RUF001


def test_a_long_name_and_folder_are_seen_whole_and_copied_as_they_are(
    qtbot: QtBot, window: MainWindow
) -> None:
    library = window.bridge.library
    (photo,) = library.photos.get(library.photos.list_ids().tolist()[:1])
    path = Path("/photos") / ("folder" * 40) / f"{'IMG' * 80}.jpg"
    panel = DetailsPanel(window.bridge)
    qtbot.addWidget(panel)
    panel.resize(304, 900)
    panel.show_photo(dataclasses.replace(photo, path=path))
    panel.show()
    name, *_ = values = panel.findChildren(QTextEdit)
    folder = next(each for each in values if "folderfolder" in each.toPlainText())
    for value in (name, folder):
        qtbot.waitUntil(lambda value=value: value.height() > 4 * value.fontMetrics().height())
        assert value.document().size().height() <= value.height()
        assert value.document().idealWidth() <= value.viewport().width() <= 304
    folder.selectAll()
    folder.copy()
    assert QApplication.clipboard().text() == str(path.parent)


def test_a_photo_that_went_away_is_answered_with_a_sentence(
    qtbot: QtBot, window: MainWindow, photos: Path
) -> None:
    (photos / "red0.jpg").unlink()
    window.navigation.view_photo_at(names(window).index("red0.jpg"))
    qtbot.waitUntil(lambda: window.frame.viewer.canvas.sentence.strip().endswith("."))


def said(window: MainWindow) -> str:
    viewer = window.frame.viewer
    labels = [label.text() for label in viewer.findChildren(QLabel)]
    return " ".join([*labels, *(each.toPlainText() for each in viewer.findChildren(QTextEdit))])


def test_a_photo_that_goes_while_it_is_looked_at_is_told_and_its_neighbours_are_next(
    qtbot: QtBot, window: MainWindow, library: Library, photos: Path
) -> None:
    shown = names(window)
    window.navigation.view_photo_at(4)
    viewer = window.frame.viewer
    qtbot.waitUntil(lambda: viewer.canvas.has_image)
    (photos / shown[4]).unlink()
    library.start()
    qtbot.waitUntil(lambda: "The file is not where it was." in said(window))
    assert viewer.canvas.has_image and "5 of 9" not in said(window)
    for key, expected in ((KEY.Key_Right, shown[5]), (KEY.Key_Left, shown[3])):
        qtbot.keyClick(viewer, key)
        qtbot.waitUntil(lambda name=expected: viewer.photo is not None and name in said(window))


def test_a_photo_that_is_edited_while_it_is_looked_at_is_shown_anew(
    qtbot: QtBot, window: MainWindow, library: Library, photos: Path
) -> None:
    window.navigation.view_photo_at(names(window).index("green1.jpg"))
    viewer = window.frame.viewer
    qtbot.waitUntil(lambda: viewer.canvas.has_image)
    draw(photos / "green1.jpg", "red", 3)
    library.start()

    def is_red() -> bool:
        seen = viewer.canvas.grab().toImage().pixelColor(viewer.canvas.rect().center())
        return bool(seen.red() > 120 > seen.green())

    qtbot.waitUntil(is_red)


def test_find_similar_from_the_viewer(qtbot: QtBot, window: MainWindow) -> None:
    window.navigation.view_photo_at(names(window).index("blue1.jpg"))
    viewer = window.frame.viewer
    qtbot.waitUntil(lambda: viewer.photo is not None)
    qtbot.keyClick(viewer, KEY.Key_S)
    wait_for_title(qtbot, window, "Similar to blue1.jpg")
    assert not viewer.isVisible()
