"""More than plain words in the search bar: chips, faults, completion and the panel."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QTextEdit, QToolButton
from pytestqt.qtbot import QtBot

from desktop.library import NamesInUse
from desktop.ui.dialogs.how_to_search import HowToSearch
from desktop.ui.places.place import in_folder
from desktop.ui.viewer.details import PropertiesDialog
from desktop.ui.window.completion import offers, values_of
from desktop.ui.window.main_window import MainWindow
from tests.pictures import draw
from tests.ui.window_driver import KEY, names, title, type_words, wait_for_title, words_field

NAMES = NamesInUse(("Canon EOS 70D", "Leica Q"), ("50mm",), ("JPEG",), (2021, 2019), ("Norway",))


def say(qtbot: QtBot, window: MainWindow, text: str) -> None:
    type_words(qtbot, window, text)
    words_field(window).returnPressed.emit()
    wait_for_title(qtbot, window, f"“{text}”")


def chips(window: MainWindow) -> list[QToolButton]:
    return [chip for chip in window.frame.said.findChildren(QToolButton) if chip.isVisible()]


def test_plain_words_have_no_chips(qtbot: QtBot, window: MainWindow) -> None:
    say(qtbot, window, "red")
    assert not window.frame.said.isVisible()


def test_words_that_seem_mistyped_are_put_right_by_a_click(
    qtbot: QtBot, window: MainWindow
) -> None:
    said = window.frame.said
    say(qtbot, window, "red moutain")
    qtbot.waitUntil(lambda: said.offered == "Did you mean “mountain”?")
    (offer,) = [each for each in said.findChildren(QPushButton) if each.isVisible()]
    offer.setFocus()
    qtbot.keyClick(offer, Qt.Key.Key_Space)
    wait_for_title(qtbot, window, "“red mountain”")
    assert words_field(window).text() == "red mountain"
    assert not said.offered
    assert not said.isVisible()
    window.navigation.go_back()
    qtbot.waitUntil(lambda: said.offered != "")
    say(qtbot, window, "red green")
    assert not said.offered


def test_each_part_is_a_chip_that_can_be_removed(qtbot: QtBot, window: MainWindow) -> None:
    say(qtbot, window, "red, 2*blue -green type:jpeg")
    said = window.frame.said
    assert said.texts == ["red", "blue \u00d7 2", "not green", "type: jpeg"]
    qtbot.mouseClick(chips(window)[2], Qt.MouseButton.LeftButton)
    wait_for_title(qtbot, window, "“red, 2*blue type:jpeg”")
    assert said.texts == ["red", "blue \u00d7 2", "type: jpeg"]
    assert words_field(window).text() == "red, 2*blue type:jpeg"
    window.navigation.go_back()
    wait_for_title(qtbot, window, "“red, 2*blue -green type:jpeg”")
    assert len(said.texts) == 4
    window.navigation.show_all()
    qtbot.waitUntil(lambda: not said.isVisible())


def test_what_is_said_twice_is_one_chip(qtbot: QtBot, window: MainWindow) -> None:
    say(qtbot, window, "red, blue, red")
    said = window.frame.said
    assert said.texts == ["red", "blue"]
    qtbot.waitUntil(lambda: len(said.findChildren(QToolButton)) == 2)


def test_the_keys_go_on_with_the_next_chip_and_then_with_the_words(
    qtbot: QtBot, window: MainWindow
) -> None:
    type_words(qtbot, window, "red, blue, type:jpeg")
    wait_for_title(qtbot, window, "“red, blue, type:jpeg”")
    chips = window.frame.said.findChildren(QToolButton)
    chips[0].setFocus()
    for left in (["blue", "type: jpeg"], ["type: jpeg"], []):
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Space)
        assert window.frame.said.texts == left
    assert window.focusWidget() is words_field(window)


def test_each_step_by_mouse_can_be_gone_back(qtbot: QtBot, window: MainWindow) -> None:
    say(qtbot, window, "red, blue, green")
    for text in ("blue, green", "green"):
        qtbot.mouseClick(chips(window)[0], Qt.MouseButton.LeftButton)
        wait_for_title(qtbot, window, f"“{text}”")
    for text in ("blue, green", "red, blue, green"):
        window.navigation.go_back()
        wait_for_title(qtbot, window, f"“{text}”")


def test_words_that_were_typed_are_gone_back_to_from_another_place(
    qtbot: QtBot, window: MainWindow
) -> None:
    type_words(qtbot, window, "red")  # without Enter
    wait_for_title(qtbot, window, "“red”")
    (folder,) = window.bridge.library.folders.list_all()
    window.navigation.look_into(in_folder(folder))
    qtbot.waitUntil(lambda: window.is_settled and window.results.said.startswith("Pictures"))
    window.navigation.go_back()
    qtbot.waitUntil(lambda: window.is_settled and window.results.said.startswith("Searched"))
    assert title(window) == "“red”"


def test_chips_stand_beside_the_sidebar_and_move_none_of_it(
    qtbot: QtBot, window: MainWindow
) -> None:
    top = window.frame.sidebar.mapTo(window, QPoint())
    say(qtbot, window, "red, blue")
    assert window.frame.said.isVisible()
    assert window.frame.sidebar.mapTo(window, QPoint()) == top
    assert window.frame.said.mapTo(window, QPoint()).x() >= window.frame.sidebar.width()


def test_many_chips_leave_room_for_the_photos(qtbot: QtBot, window: MainWindow) -> None:
    said, page = window.frame.said, window.results
    said.show_text(", ".join(f"a thing of kind {number}" for number in range(32)))
    one_px = chips(window)[0].height()
    for size, most_lines in (((1000, 700), 3), ((480, 320), 1)):
        window.resize(*size)
        qtbot.waitUntil(lambda n=most_lines: one_px * n <= said.height() < one_px * (n + 2))
        assert page.height() > said.height(), "photos have more room than words about them"
    last = chips(window)[-1]
    last.setFocus(Qt.FocusReason.TabFocusReason)
    said._area.ensureWidgetVisible(last)
    assert not last.visibleRegion().isEmpty()


def test_chips_say_how_well_their_clauses_are_met(qtbot: QtBot, window: MainWindow) -> None:
    said = window.frame.said
    say(qtbot, window, "red, blue -green type:jpeg")
    red, blue, green, jpeg = said.shown
    assert jpeg == "type: jpeg", "of a condition there is no share"
    assert red.startswith("red · ") and blue.endswith(" %") and green.startswith("not green · ")
    tip = chips(window)[0].toolTip()
    assert "The best 10 photos show this with a probability of" in tip
    assert "lack this" in chips(window)[2].accessibleName()
    say(qtbot, window, "red type:jpeg")
    assert said.shown == ["red", "type: jpeg"], "one clause alone carries all"


def test_why_a_photo_was_found_is_told_without_a_mouse(qtbot: QtBot, window: MainWindow) -> None:
    say(qtbot, window, "red, -blue")
    window.grid.choose(0)
    window.commands.properties()
    (dialog,) = window.findChildren(PropertiesDialog)
    values = [each.toPlainText() for each in dialog.findChildren(QTextEdit)]
    (found,) = [each for each in values if "red: likely" in each]
    assert " sure" in found and "not blue: likely" in found


def test_conditions_alone_list_all_photos_by_date(qtbot: QtBot, window: MainWindow) -> None:
    say(qtbot, window, "name:red")
    assert sorted(names(window)) == ["red0.jpg", "red1.jpg", "red2.jpg", "red3.jpg"]
    assert window.navigation.can_order(), "they stand by date"
    say(qtbot, window, "year:1999")
    assert names(window) == []


@pytest.mark.parametrize("text", ["year:1999", "red year:1999"])
def test_where_no_photo_meets_the_conditions_it_is_said(
    qtbot: QtBot, window: MainWindow, text: str
) -> None:
    say(qtbot, window, text)
    labels = {label.text() for label in window.results.empty.findChildren(QLabel)}
    assert window.results.empty.isVisible() and "No photo meets the conditions." in labels


def test_a_fault_is_said_under_its_word_and_the_answer_stays(
    qtbot: QtBot, window: MainWindow
) -> None:
    say(qtbot, window, "red")
    found = names(window)
    type_words(qtbot, window, "red after:soon")
    said = window.frame.said
    qtbot.waitUntil(lambda: "“soon” means nothing" in said.fault)
    assert "after:2020" in said.fault
    assert (title(window), names(window)) == ("“red”", found)
    words_field(window).returnPressed.emit()
    assert window.frame.search.recent == ["red"]
    say(qtbot, window, "red after:2001")
    assert said.fault == "" and said.isVisible()


@pytest.mark.parametrize(
    ("before", "texts"),
    [
        ("a dog fol", ["folder:"]),
        ("-Cam", ["-camera:"]),
        ("a do", []),
        ("dog camera:", ['camera:"Canon EOS 70D"', 'camera:"Leica Q"']),
        ('dog,-camera:"lei', ['-camera:"Leica Q"']),
        ("year:20", ["year:2021", "year:2019"]),
        ("has:", ["has:gps", "has:camera", "has:lens"]),
        ("folder:norway", ["folder:Norway"]),
        ("note:", []),
        ("", []),
    ],
)
def test_completions(before: str, texts: list[str]) -> None:
    assert offers(before, values_of(NAMES))[1] == texts


def test_a_completion_is_chosen_with_the_keyboard(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    window.navigation.focus_search()
    field = words_field(window)
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, "red typ")
    qtbot.waitUntil(lambda: window.frame.search.offered == ["type:"])
    popup = window.frame.search._completion._popup
    qtbot.keyClick(popup, KEY.Key_Down)
    qtbot.keyClick(popup, KEY.Key_Return)
    assert field.text() == "red type:"
    qtbot.waitUntil(lambda: window.frame.search.offered == ["type:jpeg"])
    qtbot.keyClick(popup, KEY.Key_Down)
    qtbot.keyClick(popup, KEY.Key_Return)
    assert field.text() == "red type:jpeg "
    wait_for_title(qtbot, window, "“red type:jpeg”")


def test_conditions_can_be_chosen_without_typing(qtbot: QtBot, window: MainWindow) -> None:
    say(qtbot, window, "red")
    search = window.frame.search
    button = next(b for b in search.findChildren(QToolButton) if b.accessibleName() == "Conditions")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    panel = search._panel()
    box = next(b for b in panel.findChildren(QComboBox) if b.accessibleName() == "Kind of file")
    qtbot.waitUntil(lambda: box.findData("jpeg") > 0)
    shown = {each.accessibleName() for each in panel.findChildren(QComboBox) if each.isVisible()}
    assert {"Year", "Kind of file", "Shape"} <= shown and "Camera" not in shown, "none is known"
    box.setCurrentIndex(box.findData("jpeg"))
    box.activated.emit(box.currentIndex())
    wait_for_title(qtbot, window, "“red type:jpeg”")
    assert words_field(window).text() == "red type:jpeg"
    box.setCurrentIndex(0)
    box.activated.emit(0)
    wait_for_title(qtbot, window, "“red”")
    say(qtbot, window, "red type:jpeg -year:1999 has:gps")
    panel.show_text(words_field(window).text())
    assert box.currentData() == "jpeg"
    clear = panel.findChild(QPushButton)
    qtbot.mouseClick(clear, Qt.MouseButton.LeftButton)
    wait_for_title(qtbot, window, "“red”")
    assert not panel.isVisible()


def test_on_a_low_screen_the_conditions_are_scrolled(window: MainWindow) -> None:
    panel = window.frame.search._panel()
    screen = panel.screen().availableGeometry()
    panel.open_below(screen.bottomRight() - QPoint(100, 200))
    assert panel.geometry().bottom() <= screen.bottom()
    bar = panel._area.verticalScrollBar()
    assert bar.maximum() > 0
    box = next(each for each in panel.findChildren(QComboBox) if each.isVisible())
    middle = QPointF(box.rect().center())
    wheel = QWheelEvent(
        middle, box.mapToGlobal(middle), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QCoreApplication.sendEvent(box, wheel)
    assert not box.currentIndex(), "the wheel scrolls, and chooses nothing"
    panel.close()


def drop_on_search(window: MainWindow, mime: QMimeData) -> None:
    at, action, button = QPoint(200, 20), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    no_keys = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(at, action, mime, button, no_keys)
    QCoreApplication.sendEvent(window.frame.search, enter)
    assert enter.isAccepted()
    drop = QDropEvent(QPointF(at), action, mime, button, no_keys)
    QCoreApplication.sendEvent(window.frame.search, drop)


def test_text_that_is_dropped_on_the_search_is_typed(qtbot: QtBot, window: MainWindow) -> None:
    mime = QMimeData()
    mime.setText("green")
    drop_on_search(window, mime)
    wait_for_title(qtbot, window, "“green”")


def test_a_photo_is_added_to_the_search_as_a_chip(qtbot: QtBot, window: MainWindow) -> None:
    say(qtbot, window, "red")
    window.grid.choose(names(window).index("red1.jpg"))
    window.actions_table[window.commands.add_to_search].trigger()
    wait_for_title(qtbot, window, "red, like red1.jpg")
    said = window.frame.said
    assert words_field(window).text() == "red, like:red1.jpg"
    assert said.texts == ["red", "like red1.jpg"]
    qtbot.waitUntil(lambda: chips(window)[1].iconSize().width() > 30)  # with its thumbnail
    assert "red1.jpg" not in names(window) and names(window)[0].startswith("red")
    qtbot.mouseClick(chips(window)[0], Qt.MouseButton.LeftButton)
    wait_for_title(qtbot, window, "like red1.jpg")
    assert said.texts == ["like red1.jpg"]
    window.navigation.go_back()
    wait_for_title(qtbot, window, "red, like red1.jpg")


def test_photos_that_are_dropped_on_the_search_are_added(
    qtbot: QtBot, window: MainWindow, photos: Path, tmp_path: Path
) -> None:
    outside = draw(tmp_path / "out side.jpg", "blue", 77)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in (photos / "red0.jpg", outside)])
    say(qtbot, window, "blue")
    drop_on_search(window, mime)
    wait_for_title(qtbot, window, "blue, like red0.jpg, like out side.jpg")
    assert words_field(window).text() == f'blue, like:red0.jpg, like:"{outside}"'


def test_a_name_without_a_photo_is_said_under_its_word(qtbot: QtBot, window: MainWindow) -> None:
    say(qtbot, window, "red")
    found = names(window)
    type_words(qtbot, window, "red like:gone.jpg")
    said = window.frame.said
    qtbot.waitUntil(lambda: "No photo of the library is called “gone.jpg”" in said.fault)
    assert (title(window), names(window)) == ("“red”", found)
    assert [chip.objectName() for chip in chips(window)] == ["chip", "faultyChip"]
    type_words(qtbot, window, "red like:red0.jpg")
    words_field(window).returnPressed.emit()
    wait_for_title(qtbot, window, "red, like red0.jpg")
    assert said.fault == "" and not window.navigation.place.is_draft


def test_an_empty_search_bar_suggests_what_can_be_tried(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window.bridge.library.suggesting, "list", lambda: ("red", "year:2020"))
    search, field = window.frame.search, words_field(window)
    window.navigation.focus_search()
    qtbot.waitUntil(lambda: search.offered == ["red", "year:2020"], timeout=5000)
    bar_ends_px = search.mapToGlobal(search.rect().bottomLeft()).y()
    assert search._completion._popup.y() > bar_ends_px and search.property("focused")
    qtbot.keyClicks(field, "b")
    assert search.offered == []
    field.clear()
    window.grid.setFocus()
    window.navigation.focus_search()
    qtbot.waitUntil(lambda: search.offered == ["red", "year:2020"], timeout=5000)
    search._completion._completer.activated.emit("red")
    wait_for_title(qtbot, window, "“red”")
    assert field.text() == "red" and search.offered == []
    field.clear()
    search._only.click()  # the conditions are open, and nothing may lie over them
    search.suggest(["red"])
    assert search.offered == []
    search._panel().close()


def test_an_example_of_the_help_is_a_click_away(qtbot: QtBot, window: MainWindow) -> None:
    menu = window.actions_table.window_menu()
    next(each for each in menu.actions() if each.text() == "How to search").trigger()
    dialog = window.findChild(HowToSearch)
    examples = dialog.findChildren(QPushButton)
    chosen = next(each for each in examples if each.text() == "year:2018-2020")
    chosen.click()
    wait_for_title(qtbot, window, "“year:2018-2020”")
    assert window.findChild(HowToSearch) is None
