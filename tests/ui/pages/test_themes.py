"""The page of themes: found, shown, opened, and changed by mouse and keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QLabel
from pytestqt.qtbot import QtBot

from desktop.catalog import ThemePhotos, ThemeRun
from desktop.library import LISTED, Library
from desktop.ui.pages.themes import ThemesPage
from desktop.ui.sidebar.delegate import ENTRY
from desktop.ui.window.main_window import MainWindow
from tests.ui.conftest import COLOURS, OpenWindow
from tests.ui.window_driver import CTRL, KEY, names, type_words, wait_for_title


@pytest.fixture
def grouped(library: Library) -> Library:
    """Each colour a theme, and one photo in none."""
    photos = library.photos.get(np.sort(library.photos.list_ids(LISTED)).tolist())
    theme_ids = [-1 - COLOURS.index(photo.path.stem[:-1]) for photo in photos]
    theme_ids[0] = 0
    ids = np.array([photo.photo_id for photo in photos])
    n = len(ids)
    put = ThemePhotos(ids, np.array(theme_ids), np.zeros(n, np.int64), np.ones(n, np.float32))
    called = {-1 - at: colour for at, colour in enumerate(COLOURS)}
    themes = library._catalog.themes
    themes.save(ThemeRun("even", 1.0, n), put, called, themes.list_photos())
    return library


def shown(page: ThemesPage) -> list[str]:
    return [theme.name for theme in page.model.themes]


def open_themes(qtbot: QtBot, window: MainWindow) -> ThemesPage:
    window.actions_table[window.navigation.show_themes].trigger()
    page = window.frame.themes()
    qtbot.waitUntil(lambda: page.isVisible() and page._seen.n_ready > 0)
    return page


def choose(page: ThemesPage, name: str) -> None:
    page.cards.setCurrentIndex(page.model.index(shown(page).index(name)))
    page.cards.setFocus()


def test_themes_are_found_and_lead_to_their_photos(
    qtbot: QtBot, open_window: OpenWindow, library: Library
) -> None:
    window = open_window(library)
    page = open_themes(qtbot, window)
    assert not page.model.themes
    said = " ".join(label.text() for label in page._empty.findChildren(QLabel))
    assert "No themes have been found yet." in said and "16 photos" in said
    qtbot.mouseClick(page.find_button, Qt.MouseButton.LeftButton)
    assert page.cancel_button.isVisible() and not page.find_button.isVisible()
    qtbot.waitUntil(lambda: bool(page.model.themes), timeout=60_000)
    assert set(COLOURS) <= set(shown(page))
    qtbot.waitUntil(lambda: not page.cancel_button.isVisible())
    qtbot.waitUntil(lambda: page.is_settled, timeout=10_000)

    row = shown(page).index("red")
    at = page.cards.visualRect(page.model.index(row)).center()
    qtbot.mouseClick(page.cards.viewport(), Qt.MouseButton.LeftButton, pos=at)
    wait_for_title(qtbot, window, "red")
    assert window.frame.sidebar.view.currentIndex().data() == "Themes"
    assert {name[:3] for name in names(window)} == {"red"}
    type_words(qtbot, window, "blue")
    qtbot.waitUntil(lambda: window.navigation.place.query is not None)
    qtbot.waitUntil(lambda: window.is_settled)
    assert {name[:3] for name in names(window)} == {"red"}, "searched for among these"
    window.navigation.go_back()
    window.navigation.go_back()
    qtbot.waitUntil(lambda: page.isVisible())


def test_what_is_too_little_is_said(
    qtbot: QtBot, open_window: OpenWindow, empty_library: Library
) -> None:
    window = open_window(empty_library)
    window.actions_table[window.navigation.show_themes].trigger()
    page = window.frame.themes()
    labels = page._empty.findChildren(QLabel)
    qtbot.waitUntil(lambda: any("Too few photos" in label.text() for label in labels))
    assert any("It takes 8" in label.text() for label in labels)
    assert not page.find_button.isVisible() and not page.more_button.isEnabled()


def test_finding_them_can_be_cancelled(
    qtbot: QtBot, open_window: OpenWindow, library: Library
) -> None:
    window = open_window(library)
    page = open_themes(qtbot, window)
    qtbot.mouseClick(page.find_button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(page.cancel_button, Qt.MouseButton.LeftButton)
    assert not window.themes.is_working
    qtbot.waitUntil(lambda: page.find_button.isVisible())
    assert not page.model.themes


def test_they_are_changed_by_keys(qtbot: QtBot, open_window: OpenWindow, grouped: Library) -> None:
    window = open_window(grouped)
    page = open_themes(qtbot, window)
    assert sorted(shown(page)) == sorted([*COLOURS, "None of these"])
    assert shown(page)[-1] == "None of these"

    choose(page, "red")
    qtbot.keyClick(page.cards, KEY.Key_F2)
    qtbot.waitUntil(lambda: window.findChild(QInputDialog) is not None)
    dialog = window.findChild(QInputDialog)
    dialog.setTextValue("Roses")
    dialog.accept()
    qtbot.waitUntil(lambda: "Roses" in shown(page))

    window.activateWindow()
    choose(page, "Roses")
    qtbot.waitUntil(page.cards.hasFocus)
    at = page.cards.visualRect(page.model.index(shown(page).index("yellow"))).center()
    qtbot.mouseClick(page.cards.viewport(), Qt.MouseButton.LeftButton, CTRL, at)
    assert window.frame.themes().isVisible(), "with Ctrl it chooses and does not open"
    choose_current = page.model.index(shown(page).index("Roses"))
    selection = page.cards.selectionModel()
    selection.setCurrentIndex(choose_current, selection.SelectionFlag.NoUpdate)
    qtbot.keyClick(page.cards, KEY.Key_M)
    qtbot.waitUntil(lambda: "yellow" not in shown(page))
    assert grouped.themes.find("Roses").n_photos in (7, 8)

    choose(page, "blue")
    qtbot.keyClick(page.cards, KEY.Key_Delete)
    qtbot.waitUntil(lambda: "blue" not in shown(page))
    page._show_hidden.trigger()
    assert "blue" in shown(page)
    choose(page, "blue")
    qtbot.keyClick(page.cards, KEY.Key_Delete)
    qtbot.waitUntil(lambda: not grouped.themes.find("blue").is_hidden)


def test_the_rest_leads_to_its_photos_and_has_no_name_to_change(
    qtbot: QtBot, open_window: OpenWindow, grouped: Library
) -> None:
    window = open_window(grouped)
    page = open_themes(qtbot, window)
    choose(page, "None of these")
    assert not page._rename.isEnabled() and not page._hide.isEnabled()
    qtbot.keyClick(page.cards, KEY.Key_Return)
    wait_for_title(qtbot, window, "None of these")
    assert len(names(window)) == 1


def test_explore_is_a_heading_that_opens_and_closes(
    qtbot: QtBot, open_window: OpenWindow, library: Library
) -> None:
    window = open_window(library)
    sidebar = window.frame.sidebar

    def titles() -> list[str]:
        return [entry.title for entry in sidebar.model.entries]

    qtbot.waitUntil(lambda: "Explore" in titles())
    assert titles().index("Folders") < titles().index("Explore") < titles().index("Themes")
    row = titles().index("Explore")
    index = sidebar.model.index(row)
    at = sidebar.view.visualRect(index).center()
    qtbot.mouseClick(sidebar.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert "Themes" not in titles()
    kept = sidebar.opened
    sidebar.view.setCurrentIndex(index)
    qtbot.keyClick(sidebar.view, KEY.Key_Right)
    assert "Themes" in titles()
    sidebar.open(kept)
    sidebar._grow()
    sidebar._list()
    assert "Themes" not in titles(), "as it was left"
    assert index.data(ENTRY).spoken == "Explore, closed"
