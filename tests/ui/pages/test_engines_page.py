"""The page of the settings on engines."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from desktop.index import ENGINES
from desktop.library import Library, Progress, ProgressChanged
from desktop.ui.settings.engine_card import EngineCard
from desktop.ui.settings.engines import EnginesPage
from desktop.ui.window.main_window import MainWindow


@pytest.fixture
def page(window: MainWindow, library: Library, qtbot: QtBot) -> EnginesPage:
    library.start()
    window.preferences.show_engines()
    page = window.preferences.dialog.engines
    qtbot.waitUntil(lambda: set(page.cards) == set(ENGINES))
    assert page.isVisible()
    return page


def words(card: EngineCard) -> str:
    return " ".join(label.text() for label in card.findChildren(QLabel) if label.isVisible())


def test_each_engine_has_a_sentence_and_the_one_that_answers_says_so(page: EnginesPage) -> None:
    for name, card in page.cards.items():
        assert ENGINES[name].description in words(card)
        assert ("Answers now" in words(card)) == (name == "annoy")
    assert not page.cards["annoy"].use.isVisible()
    assert page.cards["exact"].use.isVisible()


def test_another_is_chosen_and_answers_once_it_is_filled(
    page: EnginesPage, window: MainWindow, library: Library, qtbot: QtBot
) -> None:
    page.cards["exact"].use.click()
    qtbot.waitUntil(lambda: "Answers now" in words(page.cards["exact"]), timeout=10_000)
    assert library.engines.answering == library.settings.engine == "exact"
    assert page.cards["annoy"].use.isVisible()
    qtbot.waitUntil(lambda: not page.undo.isVisible())
    assert not window.frame.status_bar._better.isVisible()


def test_a_change_is_seen_in_the_status_bar_and_can_be_taken_back(
    page: EnginesPage, window: MainWindow, library: Library, qtbot: QtBot
) -> None:
    bar = window.frame.status_bar
    library.indexing.pause()
    page.cards["exact"].use.click()
    qtbot.waitUntil(lambda: bar._better.text().strip() == "exact is coming", timeout=10_000)
    qtbot.waitUntil(page.undo.isVisible)
    assert page.undo.text() == "Stop the change to exact"
    qtbot.waitUntil(lambda: "On its way" in words(page.cards["exact"]))
    bar._better.click()
    assert window.preferences.dialog.engines.isVisible()
    page.undo.click()
    qtbot.waitUntil(lambda: not page.undo.isVisible(), timeout=10_000)
    qtbot.waitUntil(lambda: "On its way" not in words(page.cards["exact"]), timeout=10_000)
    library.indexing.resume()
    assert (library.engines.answering, library.settings.engine) == ("annoy", "annoy")


def test_how_far_a_change_is_stands_on_the_page_until_it_is_over(
    page: EnginesPage, library: Library, qtbot: QtBot
) -> None:
    library.indexing.pause()
    page.cards["exact"].use.click()
    qtbot.waitUntil(page.undo.isVisible, timeout=10_000)
    half = ProgressChanged(Progress(50, 100, "Building the index"), paused=False)
    page.show_progress(half)
    assert page._bar.isVisible() and page.said.text() == "Building the index: 50 of 100"
    page.show_progress(ProgressChanged(None, paused=False))
    assert not page._bar.isVisible() and page.said.text() == ""
    page.show_progress(dataclasses.replace(half, paused=True))
    assert page.said.text() == "Paused"
    page.undo.click()
    qtbot.waitUntil(lambda: page.said.text() == "", timeout=10_000)
    library.indexing.resume()


def test_options_and_address_are_asked_for_where_there_are_some(
    page: EnginesPage, library: Library, qtbot: QtBot
) -> None:
    faiss, pgvector = page.cards["faiss"], page.cards["pgvector"]
    assert not faiss.options.isVisible()
    faiss.more.click()
    assert faiss.options.isVisible() and not faiss.address.isVisible()
    faiss.options.setText("flat, hnsw")
    faiss.use.click()
    qtbot.waitUntil(lambda: "exclude each other" in page.error.text(), timeout=10_000)
    pgvector.more.click()
    assert not pgvector.options.isVisible()
    assert not pgvector.use.isEnabled(), "it lives nowhere without an address"
    pgvector.address.setText("postgresql://me:secret@127.0.0.1/photos")
    pgvector.use.click()
    qtbot.waitUntil(lambda: "may hold no password" in page.error.text(), timeout=10_000)
    assert library.settings.engine == "annoy"
    faiss.options.setText("flat")
    faiss.use.click()
    qtbot.waitUntil(lambda: "Answers now" in words(page.cards["faiss"]), timeout=10_000)
    assert library.engines.answering == "faiss:flat"
    assert not page.error.isVisible()


def test_what_is_not_installed_names_the_extra(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    row = dataclasses.replace(ENGINES["milvus"], modules=("no_such_module",))
    monkeypatch.setitem(ENGINES, "milvus", row)
    window.preferences.show_engines()
    page = window.preferences.dialog.engines
    qtbot.waitUntil(lambda: "milvus" in page.cards and page.cards["milvus"].isVisible())
    assert "likeness[milvus]" in words(page.cards["milvus"])
    assert not page.cards["milvus"].more.isVisible()
    assert not page.cards["milvus"].use.isVisible()


def test_a_check_says_what_is_held(page: EnginesPage, qtbot: QtBot) -> None:
    page.check.click()
    qtbot.waitUntil(lambda: "photos are found" in page.said.text(), timeout=10_000)
    assert "16 of 16 photos are found" in page.said.text()
    assert page.said.text().endswith("Nothing is wrong.")
    assert page.check.isEnabled()
