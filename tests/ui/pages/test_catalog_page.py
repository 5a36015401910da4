"""The page of the settings that says which catalog answers, and where its folders are here."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from desktop.library import Job, Library, Places, load_settings
from desktop.ui.settings.catalog import CatalogPage
from desktop.ui.window.main_window import MainWindow
from tests.colour_registry import ColourRegistry
from tests.postgres_server import PostgresServer
from tests.shared_decoders import DECODERS
from tests.ui.conftest import OpenWindow
from tests.ui.window_driver import names


def test_a_catalog_in_a_file_is_named(window: MainWindow, library: Library) -> None:
    page = window.preferences.dialog.catalog
    assert page.where.text() == f"In a file: {library.places.catalog_path}"
    assert any(str(library.places.settings_path) in each.text() for each in texts(page))
    assert page.list.isHidden() and page.change.isHidden()


def texts(page: CatalogPage) -> list[QLabel]:
    return page.findChildren(QLabel)


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.catalog() as url:
        yield url


def opened(data: Path, url: str) -> Library:
    places = dataclasses.replace(Places.under(data), catalog_url=url)
    return Library.open(places, None, ColourRegistry, DECODERS)


@pytest.fixture
def shared(tmp_path: Path, photos: Path, url: str) -> Iterator[Library]:
    """A library that another machine has filled."""
    with closing(opened(tmp_path / "there", url)) as there:
        there.folders.add(photos)
        there.index(Job())
    library = opened(tmp_path / "here", url)
    yield library
    library.close()


def test_a_shared_folder_is_placed_by_a_dialog(
    shared: Library,
    photos: Path,
    tmp_path: Path,
    open_window: OpenWindow,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = open_window(shared)
    window.preferences.show()
    dialog = window.preferences.dialog
    page = dialog.catalog
    dialog._names.setCurrentRow(dialog._pages.indexOf(page.parentWidget().parentWidget()))  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: page.isVisible() and page.list.count() == 1)
    assert page.where.text() == f"On a server: {shared.folders.server}"
    assert "://" not in page.where.text()
    assert page.list.item(0).text() == f"{photos}\nNot on this computer, as far as is known"
    assert not page.change.isEnabled()
    page.list.setCurrentRow(0)

    def choose(folder: Path) -> None:
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
        qtbot.mouseClick(page.change, Qt.MouseButton.LeftButton)

    (tmp_path / "other").mkdir()
    choose(tmp_path / "other")
    qtbot.waitUntil(page.error.isVisible)
    assert "are not in" in page.error.text()
    mounted = Path(shutil.copytree(photos, tmp_path / "mnt"))
    choose(mounted)

    qtbot.waitUntil(lambda: f"Here: {mounted}" in page.list.item(0).text())
    assert page.error.isHidden()
    saved = load_settings(shared.places.settings_path)
    assert saved.mounts == {str(photos): str(mounted)}
    assert [each.path for each in shared.folders.list_all()] == [mounted]
    qtbot.waitUntil(lambda: window.is_settled and len(names(window)) == 16)


def test_nobody_is_told_that_a_shared_library_stays_here(
    tmp_path: Path, url: str, open_window: OpenWindow
) -> None:
    with closing(opened(tmp_path / "here", url)) as library:
        window = open_window(library)
        said = " ".join(each.text() for each in window.frame.welcome().findChildren(QLabel))
        assert "Nothing leaves" not in said and library.folders.server in said
        privacy = window.preferences.dialog.privacy.findChildren(QLabel)
        assert any(library.folders.server in each.text() for each in privacy)
        window.let_go()
