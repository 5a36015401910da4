"""More like these, less like these: by mouse, keys and menu, and back again."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from desktop.ui.grid.photo_painter import Box, mark_box, stack_box
from desktop.ui.window.main_window import MainWindow
from tests.ui.window_driver import KEY, names, type_words, wait_for_title, words_field


@pytest.fixture
def searched(qtbot: QtBot, window: MainWindow) -> MainWindow:
    type_words(qtbot, window, "red")
    words_field(window).returnPressed.emit()
    wait_for_title(qtbot, window, "“red”")
    return window


def said(window: MainWindow) -> str:
    return window.results.marks.said


def mark_of(window: MainWindow, name: str) -> bool | None:
    model = window.results.model
    return model.shown_at(names(window).index(name)).mark


def thumb_of(window: MainWindow, row: int, is_more: bool) -> QPoint:
    """The middle of a thumb, in the grid."""
    cell = window.grid.visualRect(window.results.model.index(row))
    box = mark_box(Box(cell.left(), cell.top(), cell.width(), cell.height()), is_more)
    return QRectF(*box).center().toPoint()


def click_thumb(qtbot: QtBot, window: MainWindow, name: str, is_more: bool) -> None:
    at = thumb_of(window, names(window).index(name), is_more)
    qtbot.mouseMove(window.grid.viewport(), at)
    qtbot.mouseClick(window.grid.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_a_thumb_is_clicked_and_back_undoes_it(qtbot: QtBot, searched: MainWindow) -> None:
    window = searched
    window.results.weak_button.click()
    qtbot.waitUntil(lambda: "blue2.jpg" in names(window))
    click_thumb(qtbot, window, "blue2.jpg", is_more=True)
    qtbot.waitUntil(lambda: said(window) == "1 meant" and names(window)[0] == "blue2.jpg")
    assert mark_of(window, "blue2.jpg") is True
    assert not window.grid.selectionModel().hasSelection(), "a thumb selects nothing"
    click_thumb(qtbot, window, "blue2.jpg", is_more=False)
    qtbot.waitUntil(lambda: said(window) == "1 not meant")
    window.navigation.go_back()
    qtbot.waitUntil(lambda: said(window) == "1 meant")
    window.navigation.go_back()
    qtbot.waitUntil(lambda: said(window) == "" and names(window)[0].startswith("red"))
    window.navigation.go_forward()
    qtbot.waitUntil(lambda: said(window) == "1 meant" and names(window)[0] == "blue2.jpg")


def test_keys_mark_one_photo_after_the_other(qtbot: QtBot, searched: MainWindow) -> None:
    window = searched
    window.grid.setFocus()
    window.grid.choose(0)
    qtbot.keyClick(window.grid, KEY.Key_Plus)
    qtbot.waitUntil(lambda: said(window) == "1 meant" and window.grid.currentIndex().row() == 0)
    window.grid.choose(1)
    qtbot.keyClick(window.grid, KEY.Key_Minus)
    qtbot.waitUntil(lambda: said(window) == "1 meant, 1 not meant")
    qtbot.waitUntil(lambda: window.grid.currentIndex().isValid())
    assert words_field(window).text() == "red", "the keys are not typed"


def test_a_mark_is_taken_back_by_itself_or_with_all(qtbot: QtBot, searched: MainWindow) -> None:
    window = searched
    first = names(window)[0]
    window.grid.choose(0)
    more = window.actions_table[window.navigation.mark_more]
    assert more.isEnabled() and more in window.actions_table.photo_menu().actions()
    more.trigger()
    qtbot.waitUntil(lambda: said(window) == "1 meant" and names(window)[0] == first)
    window.grid.choose(0)
    more.trigger()
    qtbot.waitUntil(lambda: said(window) == "")
    window.grid.choose(0)
    window.actions_table[window.navigation.mark_less].trigger()
    qtbot.waitUntil(lambda: said(window) == "1 not meant")
    (clear,) = (
        button
        for button in window.results.marks.findChildren(QPushButton)
        if button.accessibleName() == "Take all marks away"
    )
    clear.click()
    qtbot.waitUntil(lambda: said(window) == "" and names(window)[0] == first)


def test_other_words_are_another_question(qtbot: QtBot, searched: MainWindow) -> None:
    window = searched
    window.navigation.mark(int(window.results.model.photo_ids[0]), is_more=True)
    qtbot.waitUntil(lambda: said(window) == "1 meant")
    type_words(qtbot, window, "blue")
    wait_for_title(qtbot, window, "“blue”")
    assert said(window) == ""


def test_photos_that_are_listed_cannot_be_marked(qtbot: QtBot, window: MainWindow) -> None:
    window.grid.choose(0)
    assert not window.actions_table[window.navigation.mark_more].isEnabled()
    assert not window.grid.offers_marks
    at = thumb_of(window, 1, is_more=True)
    qtbot.mouseMove(window.grid.viewport(), at)
    qtbot.mouseClick(window.grid.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert window.grid.currentIndex().row() == 1, "the click is one on the photo"
    assert said(window) == ""


def view(window: MainWindow, row: int) -> str:
    """Open a photo in the viewer; its name."""
    window.navigation.view_photo_at(row)
    return names(window)[row]


def lit(window: MainWindow) -> list[bool]:
    """Which of the viewer's thumbs is on: up, down."""
    return [button.isChecked() for button in window.frame.viewer.bar.mark_buttons.values()]


def viewed(window: MainWindow) -> str:
    photo = window.frame.viewer.photo
    return photo.path.name if photo is not None else ""


def test_the_viewer_marks_and_goes_on_from_where_the_photo_stood(
    qtbot: QtBot, searched: MainWindow
) -> None:
    window, viewer = searched, searched.frame.viewer
    window.results.weak_button.click()
    third = view(window, 2)
    qtbot.keyClick(viewer, KEY.Key_M)
    qtbot.waitUntil(lambda: said(window) == "1 meant" and names(window)[0] == third)
    assert window.frame.shows_viewer and viewed(window) == third and lit(window) == [True, False]
    assert viewer.bar.marks.text() == "1 meant" and viewer.row == 0
    fourth = names(window)[3]
    qtbot.keyClick(viewer, KEY.Key_Right)
    qtbot.waitUntil(lambda: viewed(window) == fourth)
    assert lit(window) == [False, False]
    qtbot.keyClick(viewer, KEY.Key_L)
    qtbot.waitUntil(
        lambda: said(window) == "1 meant, 1 not meant" and fourth not in names(window)[:4]
    )
    assert len(names(window)) > 4, "weaker matches are still shown"
    assert viewed(window) == fourth and lit(window) == [False, True]
    next_ = names(window)[3]
    qtbot.keyClick(viewer, KEY.Key_Right)
    qtbot.waitUntil(lambda: viewed(window) == next_)


def test_the_last_mark_is_taken_back_in_the_viewer(qtbot: QtBot, searched: MainWindow) -> None:
    window, viewer = searched, searched.frame.viewer
    undo = window.actions_table[window.navigation.unmark]
    assert not undo.isEnabled()
    second = view(window, 1)
    qtbot.mouseClick(viewer.bar.mark_buttons[True], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: said(window) == "1 meant" and lit(window) == [True, False])
    assert undo.isEnabled()
    undo.trigger()
    qtbot.waitUntil(lambda: said(window) == "" and lit(window) == [False, False])
    assert window.frame.shows_viewer and viewed(window) == second
    assert not undo.isEnabled(), "the search before is another question"
    window.navigation.go_back()
    assert not window.frame.shows_viewer, "the way back leaves the viewer first"


def test_the_menu_of_the_viewer_marks_its_photo(qtbot: QtBot, searched: MainWindow) -> None:
    window = searched
    second = view(window, 1)
    window.actions_table.refresh()
    window.actions_table[window.navigation.mark_more].trigger()
    qtbot.waitUntil(lambda: said(window) == "1 meant" and names(window)[0] == second)
    assert window.frame.shows_viewer


def test_the_viewer_offers_no_marks_of_listed_photos(qtbot: QtBot, window: MainWindow) -> None:
    viewer = window.frame.viewer
    first = view(window, 0)
    assert not any(button.isVisible() for button in viewer.bar.mark_buttons.values())
    qtbot.keyClick(viewer, KEY.Key_M)
    assert said(window) == "" and viewed(window) == first
    qtbot.keyClick(viewer, KEY.Key_S)  # and then of those that resemble it
    qtbot.waitUntil(lambda: window.is_settled and not window.frame.shows_viewer)
    view(window, 0)
    assert all(button.isVisible() for button in viewer.bar.mark_buttons.values())


def test_both_thumbs_lie_in_the_smallest_cell() -> None:
    cell = QRectF(10, 20, 96, 96)
    up, down = (QRectF(*mark_box(Box(10, 20, 96, 96), is_more)) for is_more in (True, False))
    assert cell.contains(up) and cell.contains(down) and not up.intersects(down)
    assert not up.contains(QPointF(12, 22)), "that corner has the score"
    stack = QRectF(*stack_box(Box(10, 20, 96, 96)))
    assert not up.intersects(stack) and not down.intersects(stack), "there is the number of copies"
