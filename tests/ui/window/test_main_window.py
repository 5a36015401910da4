"""What a person does in the window, from words typed to the window closed."""

import time
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QStyle,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop.library import Library, Purpose, Query
from desktop.ui.actions.table import Action, Topic
from desktop.ui.places.place import COMPARE, MAP, PROBLEMS, THEMES, Place, in_folder
from desktop.ui.window import main_window
from desktop.ui.window.actions import declare
from desktop.ui.window.main_window import MainWindow
from desktop.ui.window.search_bar import PAUSE_MS, SearchBar
from tests.pictures import draw
from tests.ui.conftest import COLOURS, N_EACH, OpenWindow
from tests.ui.window_driver import (
    ALT,
    CTRL,
    KEY,
    names,
    title,
    type_words,
    wait_for_title,
    words_field,
)

N_PHOTOS = len(COLOURS) * N_EACH


def search(qtbot: QtBot, window: MainWindow, words: str) -> list[str]:
    type_words(qtbot, window, words)
    wait_for_title(qtbot, window, f"“{words}”")
    return names(window)


def hold(window: MainWindow, mime: QMimeData) -> None:
    event = QDragEnterEvent(
        QPoint(300, 300),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dragEnterEvent(event)


def drop(window: MainWindow, mime: QMimeData) -> None:
    event = QDropEvent(
        QPointF(300, 300),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)


def test_the_whole_library_is_shown_by_date_at_first(window: MainWindow) -> None:
    assert title(window) == "All photos"
    assert len(names(window)) == N_PHOTOS
    assert sorted(names(window))[0] == "blue0.jpg"


def test_words_find_photos(qtbot: QtBot, window: MainWindow) -> None:
    found = search(qtbot, window, "blue")
    assert {name[:4] for name in found[:N_EACH]} == {"blue"}


def test_a_search_waits_for_a_pause_in_typing_and_asks_once(
    qtbot: QtBot, window: MainWindow
) -> None:
    asked: list[tuple[str, float]] = []
    window.navigation.moved.connect(lambda to: asked.append((to.query.text, time.monotonic())))
    began = time.monotonic()
    type_words(qtbot, window, "green")
    typed = time.monotonic()
    wait_for_title(qtbot, window, "“green”")
    assert typed - began < PAUSE_MS / 1000, "typing was slower than the pause; this tests nothing"
    assert [words for words, _ in asked] == ["green"]
    assert asked[0][1] - typed >= PAUSE_MS / 1000 * 0.9


def test_enter_asks_at_once_and_is_remembered(qtbot: QtBot, window: MainWindow) -> None:
    type_words(qtbot, window, "red")
    qtbot.keyClick(words_field(window), KEY.Key_Return)
    assert window.navigation.place.query.text == "red"
    wait_for_title(qtbot, window, "“red”")
    assert window.frame.search.recent == ["red"]


def test_the_answer_to_old_words_never_overwrites_the_newest(
    qtbot: QtBot, window: MainWindow
) -> None:
    titles = []
    answered = window.results.asking.answered
    answered.connect(lambda answer: titles.append(answer.place.query.text))
    for words in ("red", "green", "blue"):
        window.navigation.ask(Query(text=words))
    wait_for_title(qtbot, window, "“blue”")
    assert titles == ["blue"]


def test_find_similar_leaves_the_photo_out_and_shows_a_chip(
    qtbot: QtBot, window: MainWindow
) -> None:
    row = names(window).index("green2.jpg")
    window.grid.choose(row)
    window.actions_table[window.commands.find_similar].trigger()
    wait_for_title(qtbot, window, "Similar to green2.jpg")
    found = names(window)
    assert "green2.jpg" not in found
    assert {name[:5] for name in found[: N_EACH - 1]} == {"green"}
    tip = window.results.model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert "Very similar" in tip and "Likely" not in tip, "as the header above it says"
    chip = window.frame.search.findChild(QAbstractButton, "chip")
    assert chip.isVisible() and "green2.jpg" in chip.text()
    drop_it = next(
        button
        for button in window.frame.search.findChildren(QAbstractButton)
        if button.accessibleName() == "Search without this photo"
    )
    qtbot.mouseClick(drop_it, Qt.MouseButton.LeftButton)
    wait_for_title(qtbot, window, "All photos")


def test_back_and_forward_go_through_places(qtbot: QtBot, window: MainWindow) -> None:
    back = window.actions_table[window.navigation.go_back]
    forward = window.actions_table[window.navigation.go_forward]
    assert not back.isEnabled()
    search(qtbot, window, "red")
    qtbot.keyClick(words_field(window), KEY.Key_Return)
    search(qtbot, window, "blue")
    qtbot.keyClick(window, KEY.Key_Left, ALT)
    wait_for_title(qtbot, window, "“red”")
    assert words_field(window).text() == "red"
    qtbot.keyClick(window, KEY.Key_Left, ALT)
    wait_for_title(qtbot, window, "All photos")
    assert not back.isEnabled() and forward.isEnabled()
    qtbot.keyClick(window, KEY.Key_Right, ALT)
    wait_for_title(qtbot, window, "“red”")


def test_a_dropped_image_from_outside_is_asked_with(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    outside = draw(tmp_path / "elsewhere" / "outside.png", "yellow", 99)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(outside))])
    embedder = window.bridge.library._spaces.answering(Purpose.LIKENESS)
    embedder.unload()
    hold(window, mime)
    qtbot.waitUntil(lambda: embedder.is_loaded)  # while it is held over the window
    drop(window, mime)
    wait_for_title(qtbot, window, "Similar to outside.png")
    assert {name[:6] for name in names(window)[:N_EACH]} == {"yellow"}


def test_a_pasted_image_is_asked_with(qtbot: QtBot, window: MainWindow, photos: Path) -> None:
    QGuiApplication.clipboard().setImage(QImage(str(photos / "red0.jpg")))
    window.actions_table[window.intake.paste].trigger()
    wait_for_title(qtbot, window, "Similar to copied image")
    assert {name[:3] for name in names(window)[:N_EACH]} == {"red"}


def test_an_image_pasted_into_the_search_is_asked_with(
    qtbot: QtBot, window: MainWindow, photos: Path
) -> None:
    QGuiApplication.clipboard().setImage(QImage(str(photos / "green0.jpg")))
    qtbot.keyClick(words_field(window), KEY.Key_V, CTRL)
    wait_for_title(qtbot, window, "Similar to copied image")
    QGuiApplication.clipboard().setText("at night")
    qtbot.keyClick(words_field(window), KEY.Key_V, CTRL)
    assert words_field(window).text() == "at night"


def test_an_unreadable_drop_is_answered_with_a_sentence(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff" + b"x" * 5000)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(broken))])
    drop(window, mime)
    qtbot.waitUntil(window.toast.isVisible)
    assert window.toast.text.strip().endswith(".")


def test_a_dropped_folder_is_added(
    qtbot: QtBot, window: MainWindow, library: Library, tmp_path: Path
) -> None:
    draw(tmp_path / "More" / "white.jpg", "white")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "More"))])
    drop(window, mime)
    qtbot.waitUntil(lambda: len(library.folders.list_all()) == 2)


@pytest.mark.parametrize("size", [(1280, 760), (720, 480), (640, 360)])
def test_the_first_page_shows_how_to_begin_on_any_screen(
    qtbot: QtBot, open_window: OpenWindow, empty_library: Library, size: tuple[int, int]
) -> None:
    window = open_window(empty_library)
    window.resize(*size)
    welcome = window.frame.welcome()
    button = next(each for each in welcome.findChildren(QPushButton) if "hoose" in each.text())

    def is_seen() -> bool:
        return not button.visibleRegion().isEmpty() and (
            button.visibleRegion().boundingRect().height() == button.height()
        )

    qtbot.waitUntil(is_seen)
    assert welcome.isVisible()


def test_of_several_paths_the_good_ones_are_taken_and_a_bad_one_is_said(
    qtbot: QtBot, window: MainWindow, library: Library, tmp_path: Path
) -> None:
    draw(tmp_path / "More" / "white.jpg", "white")
    draw(tmp_path / "Most" / "white.jpg", "white")
    window.intake.take_paths([tmp_path / "More", tmp_path / "Mroe", tmp_path / "Most"])
    qtbot.waitUntil(lambda: len(library.folders.list_all()) == 3)
    said = f"There is no file or folder {tmp_path / 'Mroe'}."
    qtbot.waitUntil(lambda: said in window.toast.text)
    qtbot.waitUntil(lambda: window.is_settled)
    assert said in window.toast.text


def test_from_the_first_start_to_photos_that_appear_by_themselves(
    qtbot: QtBot, open_window: OpenWindow, empty_library: Library, photos: Path
) -> None:
    window = open_window(empty_library)
    assert window.frame.welcome().isVisible()
    empty_library.start()
    window.frame.welcome().folder_chosen.emit(photos)
    qtbot.waitUntil(lambda: len(names(window)) == N_PHOTOS and window.is_settled, timeout=20_000)
    assert not window.frame.welcome().isVisible()
    found = search(qtbot, window, "red")
    assert found[0].startswith("red")


def test_photos_that_arrive_leave_selection_and_place(
    qtbot: QtBot, window: MainWindow, library: Library, photos: Path
) -> None:
    for _ in range(9):
        window.controls.bigger()
    row = N_PHOTOS - 3
    window.grid.choose(row)
    chosen = names(window)[row]
    spot = window.grid.spot()
    assert spot is not None, "the grid is not scrolled; this tests nothing"
    draw(photos / "new.jpg", "white")
    library.indexing.rescan()
    library.start()
    qtbot.waitUntil(lambda: "new.jpg" in names(window), timeout=20_000)
    photo = window.results.model.photo_at(window.grid.currentIndex().row())
    assert photo is not None and photo.path.name == chosen
    row_now = window.results.model.row_of(spot.photo_id)
    now = window.grid.visualRect(window.results.model.index(row_now))
    assert now.top() == spot.below_px
    assert [index.row() for index in window.grid.selectedIndexes()] == [
        window.grid.currentIndex().row()
    ]


def test_the_keyboard_is_enough(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, KEY.Key_F, CTRL)
    field = words_field(window)
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, "green")
    wait_for_title(qtbot, window, "“green”")
    qtbot.keyClick(field, KEY.Key_Down)
    assert window.grid.hasFocus() and window.grid.currentIndex().row() == 0
    qtbot.keyClick(window.grid, KEY.Key_Right)
    assert window.grid.currentIndex().row() == 1
    qtbot.keyClick(window.grid, KEY.Key_Return)
    assert window.frame.viewer.isVisible() and window.frame.viewer.row == 1
    qtbot.keyClick(window.frame.viewer, KEY.Key_Right)
    assert window.frame.viewer.row == 2
    qtbot.keyClick(window.frame.viewer, KEY.Key_Escape)
    assert not window.frame.viewer.isVisible()
    assert window.grid.hasFocus() and window.grid.currentIndex().row() == 2
    qtbot.keyClicks(window.grid, "x")
    assert field.hasFocus() and field.text().endswith("x")
    qtbot.keyClick(field, KEY.Key_Escape)
    assert field.text() == "", "what was typed a moment ago is not searched for after all"
    wait_for_title(qtbot, window, "All photos")


def test_the_mouse_chooses_opens_and_offers(qtbot: QtBot, window: MainWindow) -> None:
    grid, model = window.grid, window.results.model
    left, right = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
    at = grid.visualRect(model.index(1)).center()
    qtbot.mouseClick(grid.viewport(), left, pos=at)
    qtbot.mouseClick(grid.viewport(), left, CTRL, grid.visualRect(model.index(3)).center())
    assert sorted(index.row() for index in grid.selectedIndexes()) == [1, 3]
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, grid.mapToGlobal(at))
    qtbot.mousePress(grid.viewport(), right, pos=at)
    QApplication.sendEvent(grid.viewport(), event)
    menu = QApplication.activePopupWidget()
    assert menu is not None
    menu.close()
    qtbot.mouseDClick(grid.viewport(), left, pos=at)
    assert window.frame.viewer.isVisible() and window.frame.viewer.row == 1


def test_folders_narrow_a_search(
    qtbot: QtBot, window: MainWindow, library: Library, photos: Path
) -> None:
    search(qtbot, window, "red")
    (folder,) = library.folders.list_all()
    window.navigation.look_into(in_folder(folder))
    wait_for_title(qtbot, window, "“red”")
    assert window.navigation.place.is_in(folder.folder_id)
    window.navigation.show_all()
    window.navigation.look_into(in_folder(folder))
    wait_for_title(qtbot, window, photos.name)


def test_the_sidebar_follows_the_arrow_keys(qtbot: QtBot, window: MainWindow, photos: Path) -> None:
    places = window.frame.sidebar.findChild(QListView, "places")
    places.setFocus()
    qtbot.keyClick(places, KEY.Key_Down)
    assert window.frame.problems().isVisible()
    qtbot.keyClick(places, KEY.Key_Down)
    wait_for_title(qtbot, window, photos.name)
    assert places.hasFocus()


def test_copy_gives_the_file_and_its_pixels(qtbot: QtBot, window: MainWindow, photos: Path) -> None:
    window.grid.choose(names(window).index("red1.jpg"))
    window.actions_table[window.commands.copy].trigger()
    clipboard = QGuiApplication.clipboard()
    qtbot.waitUntil(lambda: clipboard.mimeData().hasImage())
    assert clipboard.mimeData().urls() == [QUrl.fromLocalFile(str(photos / "red1.jpg"))]
    assert clipboard.image().size().width() == 160
    window.actions_table[window.commands.copy_path].trigger()
    assert clipboard.text() == str(photos / "red1.jpg")


def test_nothing_like_that_is_said(qtbot: QtBot, window: MainWindow) -> None:
    search(qtbot, window, "white")
    note = window.results.findChild(QWidget, "note")
    assert note.isVisible()
    assert len(names(window)) > 0


def test_the_window_comes_back_as_it_was_left(
    qtbot: QtBot, open_window: OpenWindow, library: Library
) -> None:
    window = open_window(library)
    window.resize(733, 555)  # within Qt's offscreen screen of 800 x 800
    type_words(qtbot, window, "blue")
    qtbot.keyClick(words_field(window), KEY.Key_Return)
    window.actions_table[window.controls.toggle_fill].trigger()
    window.actions_table[window.controls.toggle_sidebar].trigger()
    window.remember()
    again = open_window(library)
    assert (again.width(), again.height()) == (733, 555)
    assert again.frame.search.recent == ["blue"]
    assert not again.grid.photo_painter.fills
    assert again.frame.sidebar.isHidden()


def test_the_sidebar_gives_way_in_a_narrow_window(qtbot: QtBot, window: MainWindow) -> None:
    sidebar = window.frame.sidebar
    toggle = window.actions_table[window.controls.toggle_sidebar]
    window.resize(480, 400)
    qtbot.waitUntil(lambda: not sidebar.isVisible() and not toggle.isChecked())
    toggle.trigger()
    assert sidebar.isVisible(), "it can be had there, too"
    toggle.trigger()
    window.resize(900, 600)
    qtbot.waitUntil(lambda: sidebar.isVisible() and toggle.isChecked())
    toggle.trigger()
    window.resize(480, 400)
    window.resize(900, 600)
    qtbot.waitUntil(lambda: window.width() == 900)
    assert not sidebar.isVisible(), "who put it away does not get it back"


def test_every_widget_that_can_be_used_has_a_name(window: MainWindow) -> None:
    window.preferences.show()
    silent = [
        f"{type(widget).__name__} {widget.objectName()} in {type(widget.parent()).__name__}"
        for widget in window.findChildren(QWidget)
        if isinstance(widget, QAbstractButton | QLineEdit | QComboBox | QAbstractSlider)
        and not (widget.accessibleName() or getattr(widget, "text", str)())
        and not widget.objectName().startswith("qt_")
        and widget.focusPolicy() is not Qt.FocusPolicy.NoFocus
    ]
    assert silent == []


def test_every_action_has_words_an_icon_and_a_key_of_its_own(window: MainWindow) -> None:
    table = window.actions_table.table
    keys = [key for row in table for key in row.keys]
    assert len(keys) == len(set(keys))
    for menu in (window.actions_table.window_menu(), window.actions_table.photo_menu()):
        menu.aboutToShow.emit()
        assert not any(each.icon().isNull() for each in menu.actions() if not each.isSeparator())
    for row in table:
        action = window.actions_table[row.does]
        assert action.text() and not action.icon().isNull() and action.shortcuts()


def offered(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if action.text()]


def test_the_menu_of_a_photo_opens_without_a_mouse(window: MainWindow) -> None:
    window.grid.setFocus()
    window.grid.choose(1)
    window.actions_table[window.controls.open_menu].trigger()
    menus = [each for each in window.findChildren(QMenu) if each.isVisible()]
    assert [offered(menu)[0] for menu in menus] == ["Find similar"]
    cell = window.grid.visualRect(window.grid.currentIndex())
    assert menus[0].pos() == window.grid.viewport().mapToGlobal(cell.center())
    menus[0].close()


def test_a_menu_that_is_higher_than_the_screen_is_scrolled(window: MainWindow) -> None:
    menu = window.actions_table.window_menu()
    hint = QStyle.StyleHint.SH_Menu_Scrollable
    assert menu.style().styleHint(hint, None, menu), "several columns would not fit beside it"


def test_the_menu_of_a_photo_offers_what_can_be_done_with_it(window: MainWindow) -> None:
    assert offered(window.actions_table.photo_menu()) == [
        "Find similar", "Add to the search", "More like this", "Less like this", "View",
        "Show look-alikes", "Open in another program", "Show in folder", "Export…", "Copy",
        "Copy path", "Properties",
    ]  # fmt: skip


def test_a_new_action_is_one_row_and_the_method_that_does_it(
    qtbot: QtBot, open_window: OpenWindow, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    turned: list[str] = []

    def turn(window: MainWindow) -> None:
        turned.extend(photo.path.name for photo, _ in window.navigation.chosen())

    def declare_one_more(*doers: object) -> tuple[Action, ...]:
        def does() -> None:
            turn(window)

        row = Action(does, "Turn", ("Ctrl+R",), "rescan", Topic.PHOTO, 2)
        return (*declare(*doers), row)

    monkeypatch.setattr(main_window, "declare", declare_one_more)
    window = open_window(library)

    assert ("Ctrl+R", "Turn") in window.actions_table.shortcuts()[Topic.PHOTO]
    menu = offered(window.actions_table.photo_menu())
    assert menu.index("Show in folder") < menu.index("Turn") < menu.index("Copy")
    assert "Turn" not in offered(window.actions_table.window_menu())
    turn_action = window.actions_table[window.actions_table.table[-1].does]
    window.grid.setCurrentIndex(QModelIndex())
    assert not turn_action.isEnabled(), "no photo is chosen"
    window.grid.choose(1)
    assert turn_action.isEnabled() and not turn_action.icon().isNull()
    qtbot.keyClick(window, KEY.Key_R, CTRL)
    assert turned == [names(window)[1]]


@pytest.mark.parametrize("is_indexing", [False, True])
def test_closing_ends_everything(
    qtbot: QtBot, open_window: OpenWindow, empty_library: Library, photos: Path, is_indexing: bool
) -> None:
    if is_indexing:
        empty_library.folders.add(photos)
        empty_library.start()
    window = open_window(empty_library)
    with qtbot.waitSignal(window.finished, timeout=15_000):
        window.close()
    assert not window.isVisible()


def test_the_model_is_told_to_get_ready_once_a_burst_of_typing(
    qtbot: QtBot, window: MainWindow
) -> None:
    bar = window.findChild(SearchBar)
    assert isinstance(bar, SearchBar)
    began: list[None] = []
    bar.began.connect(lambda: began.append(None))

    type_words(qtbot, window, "green")
    assert len(began) == 1
    wait_for_title(qtbot, window, "“green”")


def test_the_tab_key_goes_round_the_whole_window(qtbot: QtBot, window: MainWindow) -> None:
    words_field(window).setFocus()
    met = []
    for _ in range(20):
        met.append(QApplication.focusWidget())
        qtbot.keyClick(met[-1], KEY.Key_Tab)
    assert {window.grid, window.frame.sidebar.view, words_field(window)} <= set(met)


def keys_go_to(window: MainWindow, start: QWidget, end: QWidget) -> list[QWidget]:
    """What the Tab key meets from one widget to another, or to the first one again."""
    start.setFocus()
    met = [start]
    while met[-1] is not end and len(met) < 60:
        window.focusNextChild()
        met.append(window.focusWidget())
    return met


@pytest.mark.parametrize("place", [PROBLEMS, THEMES, MAP, COMPARE])
def test_the_tab_key_leaves_every_page(window: MainWindow, place: Place) -> None:
    window.navigation.go(place)
    assert window.frame._pages.isAncestorOf(window.focusWidget()), "the keys come along"
    met = keys_go_to(window, window.focusWidget(), words_field(window))
    assert words_field(window) in met


def test_the_tab_key_meets_things_where_they_stand(qtbot: QtBot, window: MainWindow) -> None:
    type_words(qtbot, window, "red -blue")
    wait_for_title(qtbot, window, "“red -blue”")
    assert window.grid.isVisible()
    met = keys_go_to(window, words_field(window), window.grid)
    chips = window.frame.said.findChildren(QToolButton)
    assert [each for each in met if each in chips] == chips, "between the words and the photos"
    in_status_bar = window.frame.status_bar.isAncestorOf
    assert not any(map(in_status_bar, met)), "it stands below the photos"
    assert any(map(in_status_bar, keys_go_to(window, window.grid, words_field(window))))

    window.navigation.go(COMPARE)
    page = window.frame.compare()
    qtbot.waitUntil(lambda: bool(page.boxes) and all(b.isVisible() for b in page.boxes.values()))
    met = keys_go_to(window, words_field(window), page.begin)
    assert [each for each in met if isinstance(each, QCheckBox)] == list(page.boxes.values())
    assert not any(map(in_status_bar, met)), "nor before a page that was made later"


def test_what_may_be_dropped_is_said_whole_in_a_small_window(window: MainWindow) -> None:
    window.resize(480, 360)
    hint = window._drop_hint
    hint.cover(window.frame.header_px)
    room = hint.contentsRect()
    assert hint.geometry().top() >= window.frame.header_px, "the search bar takes photos, too"
    assert hint.heightForWidth(room.width()) <= hint.height()
    assert hint.wordWrap() and hint.minimumSizeHint().width() <= hint.width()
