"""The map in the window: drawn when asked for, moved, zoomed, chosen from."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from desktop.library import Job, Library, MapLabel, PhotoMap, PhotosChanged
from desktop.ui.look import wording
from desktop.ui.map.view import MapView
from desktop.ui.pages.map import MapPage
from desktop.ui.places.place import MAP
from desktop.ui.window.main_window import MainWindow
from tests.pictures import draw
from tests.ui.conftest import OpenWindow
from tests.ui.window_driver import KEY, names, wait_for_title

SHIFT = Qt.KeyboardModifier.ShiftModifier
LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def mapped(qtbot: QtBot, library: Library, open_window: OpenWindow) -> MainWindow:
    """A window that shows the map of sixteen photos."""
    library.map.draw(Job())
    window = open_window(library)
    window.navigation.go(MAP)
    qtbot.waitUntil(lambda: window.frame.map().view.isVisible() and bool(view(window).points.n))
    return window


def page(window: MainWindow) -> MapPage:
    return window.frame.map()


def view(window: MainWindow) -> MapView:
    return window.frame.map().view


def settled(qtbot: QtBot, window: MainWindow) -> None:
    """Until thumbnails are there for what is near."""
    shown = page(window)
    ids = view(window).photo_ids

    def are_there() -> bool:
        rows = view(window).near.rows
        return bool(rows) and all(
            shown.thumbnails.pixmap(int(ids[row])) is not None for row in rows
        )

    qtbot.waitUntil(are_there, timeout=10_000)


def drag(on: MapView, through: list[QPoint], modifier: Qt.KeyboardModifier = NO_KEY) -> None:
    QTest.mousePress(on.viewport(), LEFT, modifier, through[0])
    for at in through[1:]:
        move(on, at, modifier)
    QTest.mouseRelease(on.viewport(), LEFT, modifier, through[-1])


def move(on: MapView, at: QPoint, modifier: Qt.KeyboardModifier = NO_KEY) -> None:
    where = QPointF(at)
    everywhere = QPointF(on.viewport().mapToGlobal(at))
    event = QMouseEvent(
        QEvent.Type.MouseMove, where, everywhere, Qt.MouseButton.NoButton, LEFT, modifier
    )
    QCoreApplication.sendEvent(on.viewport(), event)


def place_of(window: MainWindow, row: int) -> QPoint:
    return view(window).mapFromScene(view(window).points.at(row))


def test_without_a_map_it_says_what_is_missing_and_draws_one(
    qtbot: QtBot, library: Library, open_window: OpenWindow
) -> None:
    window = open_window(library)
    window.navigation.go(MAP)
    shown = page(window)
    qtbot.waitUntil(
        lambda: shown.drawing.empty.isVisible() and shown.drawing.draw_button.isVisible()
    )
    assert not shown.view.isVisible()

    shown.drawing.draw_button.setFocus()
    shown.drawing.draw_button.click()
    assert shown.drawing.is_on and shown.drawing.cancel_button.isVisible()
    assert window.focusWidget() is shown.drawing.cancel_button, "not what is next in the window"
    qtbot.waitUntil(lambda: shown.view.isVisible() and shown.view.points.n == 16, timeout=30_000)
    # the library tells of the new map a moment before the work that drew it is over
    qtbot.waitUntil(lambda: not shown.drawing.is_on)
    assert not shown.drawing.isVisible()
    assert window.focusWidget() is shown.view


def test_drawing_can_be_cancelled(qtbot: QtBot, library: Library, open_window: OpenWindow) -> None:
    window = open_window(library)
    window.navigation.go(MAP)
    shown = page(window)
    qtbot.waitUntil(shown.drawing.draw_button.isVisible)
    shown.drawing.draw_button.click()
    shown.drawing.cancel_button.click()
    assert not shown.drawing.is_on and shown.drawing.draw_button.isVisible()
    shown.drawing.draw_button.click()  # the lane is free again
    qtbot.waitUntil(lambda: shown.view.points.n == 16, timeout=30_000)


def test_too_few_photos_are_a_sentence(
    qtbot: QtBot,
    empty_library: Library,
    tmp_path: Path,
    open_window: OpenWindow,
) -> None:
    draw(tmp_path / "Pictures" / "one.jpg", "red")
    empty_library.folders.add(tmp_path / "Pictures")
    empty_library.index(Job())
    window = open_window(empty_library)
    window.navigation.go(MAP)
    shown = page(window)
    qtbot.waitUntil(shown.drawing.draw_button.isVisible)
    shown.drawing.draw_button.click()
    qtbot.waitUntil(
        lambda: "too few" in shown.drawing.empty.findChild(QLabel, "heading").text(), timeout=30_000
    )
    assert shown.drawing.draw_button.isVisible()


def test_it_is_moved_and_zoomed_by_mouse_and_keys(qtbot: QtBot, mapped: MainWindow) -> None:
    looked = view(mapped)
    before = place_of(mapped, 0)
    drag(looked, [QPoint(200, 200), QPoint(230, 215), QPoint(260, 230)])
    assert (place_of(mapped, 0) - before).manhattanLength() == pytest.approx(90, abs=4)

    for key, changes in ((KEY.Key_Plus, 1.25), (KEY.Key_Minus, 1.0), (KEY.Key_0, 1.0)):
        qtbot.keyClick(looked, key)
        assert looked.zoom == pytest.approx(changes)
    at = place_of(mapped, 3)
    qtbot.keyClick(looked, KEY.Key_Right)
    assert place_of(mapped, 3).x() < at.x()

    looked.fit()
    at = place_of(mapped, 5)
    looked.zoom_by(4.0, QPointF(at))
    rounded_px = 4  # half a pixel across and half a pixel down, four times as large now
    assert (place_of(mapped, 5) - at).manhattanLength() <= rounded_px, (
        "what is under the mouse stays there"
    )


def test_thumbnails_appear_and_the_card_tells_what_is_under_the_mouse(
    qtbot: QtBot, mapped: MainWindow
) -> None:
    settled(qtbot, mapped)
    row = view(mapped).near.rows[0]
    at = place_of(mapped, row)
    assert view(mapped).row_at(at) == row
    view(mapped).hovered.emit(row, at)
    qtbot.waitUntil(lambda: bool(page(mapped).card.said))
    assert page(mapped).card.said.endswith(".jpg")
    view(mapped).hovered.emit(-1, at)
    assert not page(mapped).card.isVisible()


def around(window: MainWindow, rows: list[int]) -> list[QPoint]:
    """A line around these, as a mouse would draw it."""
    places = [place_of(window, row) for row in rows]
    left, right = min(at.x() for at in places) - 9, max(at.x() for at in places) + 9
    top, bottom = min(at.y() for at in places) - 9, max(at.y() for at in places) + 9
    return [
        QPoint(left, top),
        QPoint((left + right) // 2, top),
        QPoint(right, top),
        QPoint(right, bottom),
        QPoint(left, bottom),
    ]


def rows_of(window: MainWindow, library: Library, colour: str) -> list[int]:
    ids = view(window).photo_ids.tolist()
    photos = library.photos.get(ids)
    return [row for row, photo in enumerate(photos) if photo.path.name.startswith(colour)]


@pytest.mark.parametrize("by_button", [False, True])
def test_a_lasso_chooses_and_what_is_chosen_is_shown(
    qtbot: QtBot, mapped: MainWindow, library: Library, by_button: bool
) -> None:
    red = rows_of(mapped, library, "red")
    if by_button:
        page(mapped).head.lasso.click()
    drag(view(mapped), around(mapped, red), NO_KEY if by_button else SHIFT)

    chosen = library.photos.get(view(mapped).chosen_ids.tolist())
    assert {photo.path.name[:3] for photo in chosen} == {"red"}
    assert page(mapped).bar.isVisible() and "4 photos" in page(mapped).bar.said.text()
    qtbot.waitUntil(lambda: len(page(mapped).chosen()) == 4)
    assert mapped.navigation.has_photo()

    page(mapped).bar.show_button.click()
    wait_for_title(qtbot, mapped, "4 photos of the map")
    assert {name[:3] for name in names(mapped)} == {"red"}
    mapped.navigation.go_back()
    assert mapped.navigation.place == MAP


def test_what_is_in_view_is_chosen_without_a_mouse(qtbot: QtBot, mapped: MainWindow) -> None:
    looked = view(mapped)
    looked.zoom_by(4.0, QPointF(place_of(mapped, 3)))
    qtbot.keyClick(looked, KEY.Key_A, Qt.KeyboardModifier.ControlModifier)
    seen = looked.viewport().rect()
    in_view = [row for row in range(looked.points.n) if seen.contains(place_of(mapped, row))]
    assert 0 < len(in_view) < looked.points.n
    assert looked.chosen_ids.tolist() == [looked.photo_ids[row] for row in in_view]
    qtbot.keyClick(looked, KEY.Key_Return)
    wait_for_title(qtbot, mapped, f"{wording.count_photos(len(in_view))} of the map")


def test_a_search_goes_on_among_the_chosen(
    qtbot: QtBot, mapped: MainWindow, library: Library
) -> None:
    both = rows_of(mapped, library, "red") + rows_of(mapped, library, "blue")
    chosen = np.zeros(16, np.bool_)
    chosen[both] = True
    view(mapped).choose(chosen)
    page(mapped).bar.search_button.click()
    wait_for_title(qtbot, mapped, "8 photos of the map")
    assert mapped.frame.search.isAncestorOf(mapped.focusWidget())


def test_a_click_chooses_one_and_ctrl_one_more(qtbot: QtBot, mapped: MainWindow) -> None:
    settled(qtbot, mapped)
    first, second = view(mapped).near.rows[:2]
    control = Qt.KeyboardModifier.ControlModifier
    viewport = view(mapped).viewport()
    qtbot.mouseClick(viewport, LEFT, pos=place_of(mapped, first))
    qtbot.mouseClick(viewport, LEFT, control, place_of(mapped, second))
    ids = view(mapped).photo_ids
    assert set(view(mapped).chosen_ids.tolist()) == {int(ids[first]), int(ids[second])}
    qtbot.keyClick(view(mapped), KEY.Key_Escape)
    assert not len(view(mapped).chosen_ids)
    assert mapped.navigation.place == MAP, "Escape has left the choice, not the map"


def test_similar_photos_of_the_chosen_one_are_found(qtbot: QtBot, mapped: MainWindow) -> None:
    chosen = np.zeros(16, np.bool_)
    chosen[0] = True
    view(mapped).choose(chosen)
    qtbot.waitUntil(lambda: len(page(mapped).chosen()) == 1)
    page(mapped).bar.similar_button.click()
    query = mapped.navigation.place.query
    assert query is not None and query.like_photo_id == int(view(mapped).photo_ids[0])


def test_colours_have_a_legend(qtbot: QtBot, mapped: MainWindow) -> None:
    groupings = page(mapped).head.groupings
    groupings.setCurrentIndex(groupings.findData("Year"))
    qtbot.waitUntil(lambda: len(page(mapped).legend.marks) == 1)
    groupings.setCurrentIndex(0)
    qtbot.waitUntil(lambda: page(mapped).legend.marks == ())


def test_words_stand_where_they_belong_and_do_not_overlap(
    qtbot: QtBot, mapped: MainWindow, library: Library
) -> None:
    def label(shown: PhotoMap) -> list[MapLabel]:
        x, y = shown.points[0].tolist()
        return [MapLabel(x, y, "light", 1.0), MapLabel(x, y, "heavy", 2.0)]

    library.map.labels = label
    mapped.frame.map().show_place(MAP, None)
    qtbot.waitUntil(lambda: view(mapped).labels.shown == ("heavy",))


def test_new_photos_find_their_place_while_one_looks(
    qtbot: QtBot,
    mapped: MainWindow,
    library: Library,
    photos: Path,
) -> None:
    page(mapped)._refresh.setInterval(10)
    draw(photos / "red9.jpg", "red", 9)
    (photos / "blue0.jpg").unlink()
    library.index(Job())
    library._publish(PhotosChanged())  # what is read within a second may be told together
    qtbot.waitUntil(
        lambda: (
            len(rows_of(mapped, library, "red")) == 5 and len(rows_of(mapped, library, "blue")) == 3
        ),
        timeout=10_000,
    )
