"""Saved searches in the sidebar: saved, counted, gone to, renamed and deleted."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QInputDialog, QMessageBox
from pytestqt.qtbot import QtBot

from desktop.library import HowMany, Job, Library, Query, Taken
from desktop.ui.places.place import in_folder
from desktop.ui.sidebar import saved_list
from desktop.ui.sidebar.entries import Entry
from desktop.ui.window.main_window import MainWindow
from tests.pictures import draw
from tests.ui.conftest import N_EACH, OpenWindow
from tests.ui.window_driver import names, type_words, wait_for_title


@pytest.fixture(autouse=True)
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_list, "RECOUNT_MS", 50)
    monkeypatch.setattr(saved_list, "FIRST_MS", 0)


def saved(window: MainWindow) -> dict[str, int | None]:
    entries = window.frame.sidebar.model.entries
    return {entry.title: entry.count for entry in entries if entry.saved is not None}


def entry_of(window: MainWindow, name: str) -> Entry:
    entries = window.frame.sidebar.model.entries
    return next(entry for entry in entries if entry.saved is not None and entry.title == name)


def press(window: MainWindow, name: str) -> None:
    sidebar = window.frame.sidebar
    row = sidebar.model.entries.index(entry_of(window, name))
    sidebar.view.clicked.emit(sidebar.model.index(row))


def answer(qtbot: QtBot, window: MainWindow, name: str) -> str:
    """Type a name into the dialog that asks for one; what it said."""
    qtbot.waitUntil(lambda: bool(dialogs(window)), timeout=5000)
    dialog = dialogs(window)[-1]
    said = dialog.labelText()
    dialog.setTextValue(name)
    dialog.accept()
    return said


def dialogs(window: MainWindow) -> list[QInputDialog]:
    return [each for each in window.findChildren(QInputDialog) if each.isVisible()]


def save(qtbot: QtBot, window: MainWindow, words: str, name: str) -> None:
    type_words(qtbot, window, words)
    wait_for_title(qtbot, window, f"“{words}”")
    window.searches.save()
    answer(qtbot, window, name)
    qtbot.waitUntil(lambda: saved(window).get(name) is not None, timeout=5000)


def test_a_search_is_saved_under_a_name_with_what_it_finds(
    qtbot: QtBot, window: MainWindow
) -> None:
    assert saved(window) == {}
    save(qtbot, window, "red", "Roses")
    assert saved(window) == {"Roses": N_EACH}
    save(qtbot, window, "type:jpeg", "All of them")
    assert saved(window) == {"Roses": N_EACH, "All of them": 4 * N_EACH}
    titles = [entry.title for entry in window.frame.sidebar.model.entries]
    assert titles[2:6] == ["Saved", "Roses", "All of them", "Folders"]


def test_it_leads_to_what_it_finds_and_back(qtbot: QtBot, window: MainWindow) -> None:
    save(qtbot, window, "red", "Roses")
    window.navigation.show_all()
    wait_for_title(qtbot, window, "All photos")
    press(window, "Roses")
    wait_for_title(qtbot, window, "“red”")
    assert window.frame.sidebar.view.currentIndex().data() == "Roses"
    assert len(names(window)) == N_EACH and window.frame.search.words == "red"
    window.navigation.go_back()
    wait_for_title(qtbot, window, "All photos")
    window.navigation.go_forward()
    wait_for_title(qtbot, window, "“red”")


def test_it_is_searched_for_where_it_was_saved(
    qtbot: QtBot, window: MainWindow, library: Library, photos: Path
) -> None:
    draw(photos / "Norway" / "boat.jpg", "red", 99)
    library.index(Job())
    norway = in_folder(library.folders.list_all()[0], "Norway")
    window.navigation.go(norway.within("2019", Taken.in_year(2019)))
    window.navigation.go(norway)
    save(qtbot, window, "red", "Boats")
    assert saved(window) == {"Boats": 1}
    window.navigation.show_all()
    wait_for_title(qtbot, window, "All photos")
    press(window, "Boats")
    wait_for_title(qtbot, window, "“red”")
    assert window.navigation.place.filter == norway.filter and names(window) == ["boat.jpg"]


def test_a_count_that_takes_long_holds_up_no_search(
    qtbot: QtBot, window: MainWindow, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(qtbot, window, "red", "Roses")
    began, may_go_on = threading.Event(), threading.Event()

    def count(_: Query) -> HowMany:
        began.set()
        may_go_on.wait(20)
        return HowMany(77)

    monkeypatch.setattr(library.saved, "count", count)
    window.frame.sidebar.saved.count_soon()
    try:
        qtbot.waitUntil(began.is_set, timeout=5000)
        type_words(qtbot, window, "blue")
        wait_for_title(qtbot, window, "“blue”")
        assert saved(window) == {"Roses": N_EACH}
    finally:
        may_go_on.set()
    qtbot.waitUntil(lambda: saved(window) == {"Roses": 77}, timeout=5000)


def test_counts_follow_the_photos(
    qtbot: QtBot, window: MainWindow, library: Library, photos: Path
) -> None:
    save(qtbot, window, "red", "Roses")
    draw(photos / "new.jpg", "red", 77)
    library.start()
    qtbot.waitUntil(lambda: saved(window) == {"Roses": N_EACH + 1}, timeout=10_000)


def test_a_name_that_is_in_use_is_refused_and_asked_for_again(
    qtbot: QtBot, window: MainWindow
) -> None:
    save(qtbot, window, "red", "Roses")
    type_words(qtbot, window, "blue")
    wait_for_title(qtbot, window, "“blue”")
    window.searches.save()
    answer(qtbot, window, "Roses")
    assert "“Roses” already" in answer(qtbot, window, "Sea")
    qtbot.waitUntil(lambda: list(saved(window)) == ["Roses", "Sea"], timeout=5000)


def test_it_is_renamed_moved_and_deleted(qtbot: QtBot, window: MainWindow) -> None:
    save(qtbot, window, "red", "Roses")
    save(qtbot, window, "blue", "Sea")
    sidebar = window.frame.sidebar
    sidebar.saved_renamed.emit(entry_of(window, "Sea").saved)
    answer(qtbot, window, "Ocean")
    qtbot.waitUntil(lambda: list(saved(window)) == ["Roses", "Ocean"], timeout=5000)
    sidebar.saved_moved.emit(entry_of(window, "Ocean").saved, -1)
    qtbot.waitUntil(lambda: list(saved(window)) == ["Ocean", "Roses"], timeout=5000)
    sidebar.saved_forgotten.emit(entry_of(window, "Ocean").saved)
    box = window.findChild(QMessageBox)
    next(button for button in box.buttons() if button.text() == "Delete").click()
    qtbot.waitUntil(lambda: list(saved(window)) == ["Roses"], timeout=5000)


def test_what_cannot_be_read_says_so_and_stays(
    qtbot: QtBot, open_window: OpenWindow, library: Library
) -> None:
    library._catalog.searches.save("From another version", "year:soon")
    window = open_window(library)
    qtbot.waitUntil(lambda: list(saved(window)) == ["From another version"], timeout=5000)
    qtbot.waitUntil(lambda: bool(entry_of(window, "From another version").fault), timeout=5000)
    assert saved(window)["From another version"] is None
    press(window, "From another version")
    qtbot.waitUntil(lambda: "year" in window.results.empty.findChild(object, "heading").text())


def test_a_folder_that_is_watched_no_more_is_told(
    qtbot: QtBot, window: MainWindow, library: Library
) -> None:
    folder = library.folders.list_all()[0]
    window.navigation.go(in_folder(folder))
    save(qtbot, window, "red", "Roses")
    library.folders.remove(folder.folder_id)
    qtbot.waitUntil(lambda: "not watched" in entry_of(window, "Roses").fault, timeout=5000)
    assert saved(window) == {"Roses": None}


def test_a_photo_and_marks_are_saved_with_the_words(qtbot: QtBot, window: MainWindow) -> None:
    assert not window.searches.can_save(), "nothing is searched for"
    window.grid.choose(names(window).index("red1.jpg"))
    window.commands.find_similar()
    wait_for_title(qtbot, window, "Similar to red1.jpg")
    window.searches.save()
    assert answer(qtbot, window, "Alike")
    qtbot.waitUntil(lambda: saved(window).get("Alike") is not None, timeout=5000)
    assert window.searches.is_saved()
    found = names(window)
    window.navigation.mark(int(window.results.model.photo_ids[0]), is_more=True)
    qtbot.waitUntil(lambda: window.is_settled and window.results.marks.said == "1 meant")
    assert not window.searches.is_saved(), "with a mark it is another search"
    window.searches.save()
    answer(qtbot, window, "Alike and marked")
    qtbot.waitUntil(lambda: saved(window).get("Alike and marked") is not None, timeout=5000)
    press(window, "Alike")
    qtbot.waitUntil(lambda: window.is_settled and window.results.marks.said == "")
    assert names(window) == found
    press(window, "Alike and marked")
    qtbot.waitUntil(lambda: window.is_settled and window.results.marks.said == "1 meant")
    assert window.searches.is_saved()


def test_a_copied_image_is_refused_with_a_sentence(qtbot: QtBot, window: MainWindow) -> None:
    window.navigation.ask(Query(like_image=Image.new("RGB", (32, 32), "red")))
    wait_for_title(qtbot, window, "Similar to copied image")
    assert not window.searches.is_saved()
    window.searches.save()
    assert "copied image cannot be saved" in window.toast.text and not dialogs(window)


def test_that_there_are_more_than_are_counted_is_shown() -> None:
    assert (Entry("Dogs", count=600, has_more=True).counted, Entry("Dogs").counted) == ("600+", "")
    assert Entry("Dogs", count=1600).counted == "1,600"
    assert "600+ photos" in Entry("Dogs", count=600, has_more=True).spoken
