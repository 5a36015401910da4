"""What is suggested finds something in this library."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.library import Job, Library, Query, Verdict
from desktop.library.asking import suggesting as module
from tests.library.test_library import open_library
from tests.pictures import draw, draw_nine


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    monkeypatch.setattr(module, "SUBJECTS", ("purple", "red", "blue"))
    library = open_library(tmp_path / "data")
    yield library
    library.close()


def test_words_that_are_likely_and_a_folder_are_suggested(library: Library, tmp_path: Path) -> None:
    draw_nine(tmp_path / "photos")
    draw(tmp_path / "photos" / "Norway" / "boat.png", "red", 1)
    library.folders.add(tmp_path / "photos")
    library.index(Job())
    suggested = library.suggesting.list()
    assert len(suggested) == 3 and suggested[2] == "folder:Norway"
    assert {text.split()[0] for text in suggested[:2]} == {"red", "blue"}
    for text in suggested:
        assert library.search(Query(text=text)).verdict is Verdict.FOUND


def test_where_no_words_are_likely_years_are_suggested(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SUBJECTS", ("purple",))
    library.folders.add(draw_nine(tmp_path / "photos"))
    library.index(Job())
    (year,) = library.suggesting.list()
    assert year.startswith("year:")


def test_an_empty_library_suggests_nothing(library: Library) -> None:
    assert library.suggesting.list() == ()


def test_while_photos_come_what_was_suggested_stays_for_a_while(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.folders.add(draw_nine(tmp_path / "photos"))
    library.index(Job())
    before = library.suggesting.list()
    draw(tmp_path / "photos" / "Norway" / "boat.png", "red", 1)
    library.index(Job())
    assert library.suggesting.list() == before
    monkeypatch.setattr(module, "KEPT_S", 0.0)
    assert "folder:Norway" in library.suggesting.list()
