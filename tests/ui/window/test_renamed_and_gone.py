"""What is renamed or forgotten while its page is shown: here, or by another process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from desktop.library import LISTED, Clause, Job, Library, Means, Query
from desktop.library.indexing import check_up
from desktop.ui.places import asking
from desktop.ui.places.place import ALL, in_folder, in_theme
from desktop.ui.window.main_window import MainWindow
from tests.pictures import draw
from tests.ui.conftest import OpenWindow, opened
from tests.ui.window_driver import names, title, wait_for_title


@pytest.fixture(autouse=True)
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "REFRESH_MS", 20)
    monkeypatch.setattr(check_up, "HEED_EVERY_S", 0.05)


@pytest.fixture
def elsewhere(library: Library) -> Iterator[Library]:
    """The same library, as the command line or another window has it open."""
    with opened(library.places.catalog_path.parents[1]) as other:
        yield other


@pytest.fixture
def window(open_window: OpenWindow, library: Library) -> MainWindow:
    window = open_window(library)
    library.start()
    return window


def teach(library: Library, name: str, colour: str = "red") -> int:
    photos = library.photos.get(library.photos.list_ids(LISTED).tolist())
    ids = [photo.photo_id for photo in photos if photo.path.stem.startswith(colour)]
    ids += [photo.photo_id for photo in photos if photo.path.stem == "yellow0"]
    return library.concepts.teach(name, ids).concept_id


def show_concept(qtbot: QtBot, window: MainWindow, name: str) -> None:
    text = str(Clause(name, means=Means.CONCEPT))
    window.navigation.go(ALL.search(Query(text=text)))
    wait_for_title(qtbot, window, name)
    assert names(window)


def says(window: MainWindow) -> str:
    """What stands where no photo does; "" where photos are shown."""
    empty = window.results.empty
    return "" if empty.isHidden() else str(empty.findChild(QLabel, "heading").text())


def listed(window: MainWindow) -> list[str]:
    return [entry.title for entry in window.frame.sidebar.model.entries]


def agree(window: MainWindow) -> None:
    (box,) = window.findChildren(QMessageBox)
    next(button for button in box.buttons() if button.text() == "Delete").click()


def test_whoever_forgets_a_concept_leaves_its_page(
    qtbot: QtBot, window: MainWindow, library: Library
) -> None:
    teach(library, "warm")
    show_concept(qtbot, window, "warm")
    window.concepts.forget(library.concepts.find("warm"))
    agree(window)
    wait_for_title(qtbot, window, "All photos")
    window.navigation.go_back()
    qtbot.waitUntil(lambda: says(window) == "Nothing has been taught as “warm”.")


def test_a_concept_that_is_forgotten_or_taught_elsewhere_is_shown_as_it_is_now(
    qtbot: QtBot, window: MainWindow, library: Library, elsewhere: Library
) -> None:
    teach(library, "warm")
    show_concept(qtbot, window, "warm")
    assert names(window)[0].startswith("red")
    teach(elsewhere, "warm", "blue")
    qtbot.waitUntil(lambda: names(window)[0].startswith("blue"))
    elsewhere.concepts.forget(elsewhere.concepts.find("warm").concept_id)
    qtbot.waitUntil(lambda: says(window) == "Nothing has been taught as “warm”.")
    qtbot.waitUntil(lambda: "warm" not in listed(window))
    teach(elsewhere, "warm")
    qtbot.waitUntil(lambda: not says(window) and names(window)[0].startswith("red"))


def test_what_is_saved_elsewhere_stands_in_the_sidebar(
    qtbot: QtBot, window: MainWindow, elsewhere: Library
) -> None:
    elsewhere.saved.save("Roses", Query(text="red"))
    qtbot.waitUntil(lambda: "Roses" in listed(window))
    elsewhere.saved.rename(elsewhere.saved.find("Roses").search_id, "Flowers")
    qtbot.waitUntil(lambda: {"Flowers"} == {"Flowers", "Roses"} & set(listed(window)))


def test_a_folder_that_is_removed_elsewhere_says_so(
    qtbot: QtBot, window: MainWindow, elsewhere: Library
) -> None:
    (folder,) = elsewhere.folders.list_all()
    there = in_folder(folder)
    window.navigation.go(there.search(Query(text="red")))
    wait_for_title(qtbot, window, "“red”")
    elsewhere.folders.remove(folder.folder_id)
    qtbot.waitUntil(lambda: says(window) == "This folder is not watched any more.")
    window.navigation.go(there)
    wait_for_title(qtbot, window, "Pictures")
    assert says(window) == "This folder is not watched any more."


def test_a_sub_folder_that_is_renamed_does_not_promise_photos(
    qtbot: QtBot, window: MainWindow, library: Library, photos: Path
) -> None:
    draw(photos / "Norway" / "boat.jpg", "red", 99)
    library.indexing.rescan()
    (folder,) = library.folders.list_all()
    window.navigation.go(in_folder(folder, "Norway"))
    qtbot.waitUntil(lambda: names(window) == ["boat.jpg"], timeout=10_000)
    shutil.move(photos / "Norway", photos / "Norge")
    library.indexing.rescan()
    qtbot.waitUntil(lambda: says(window) == "No photos here any more.", timeout=10_000)


def test_a_theme_that_is_renamed_or_merged_elsewhere_is_followed(
    qtbot: QtBot, window: MainWindow, library: Library, elsewhere: Library
) -> None:
    library.themes.make(Job())
    into, red, *_ = sorted(library.themes.see().themes, key=lambda theme: theme.name == "red")[-2:]
    window.frame.themes().place_chosen.emit(in_theme(red))
    wait_for_title(qtbot, window, red.name)
    elsewhere.themes.rename(red.theme_id, "Roses")
    qtbot.waitUntil(lambda: title(window) == "Roses")
    assert window.navigation.place.title == "Roses"
    elsewhere.themes.merge(into.theme_id, [red.theme_id])
    qtbot.waitUntil(lambda: says(window) == "This theme has no photos any more.")
