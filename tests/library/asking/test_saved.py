"""Saved searches: what they find, where, and what is refused."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from desktop.errors import FolderUnusable, NameUnusable, QueryUnanswerable
from desktop.library import LISTED, Event, Job, Library, SavedChanged, Taken
from tests.library.test_library import names, open_library
from tests.pictures import draw_nine


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = open_library(tmp_path / "data")
    library.folders.add(draw_nine(tmp_path / "photos"))
    library.index(Job())
    yield library
    library.close()


def test_a_saved_search_finds_what_was_typed(library: Library, tmp_path: Path) -> None:
    library.saved.save("Roses", "  red ")
    with closing(open_library(tmp_path / "data")) as later:
        saved = later.saved.find("Roses")
        assert saved.text == "red"
        query = later.saved.query_of(saved)
        assert names(later, query)[0].startswith("red")
        assert later.saved.count(query) >= 1


def test_where_it_was_asked_is_kept(library: Library, tmp_path: Path) -> None:
    which = LISTED & library.folders.filter_for(tmp_path / "photos") & Taken.in_year(1999)
    saved = library.saved.save("Roses", "red", which)
    assert saved.folder == tmp_path / "photos"
    assert library.saved.count(library.saved.query_of(saved)) == 0
    library.folders.remove(library.folders.list_all()[0].folder_id)
    with pytest.raises(FolderUnusable):
        library.saved.query_of(saved)
    library.folders.add(tmp_path / "photos")
    library.index(Job())
    assert library.saved.query_of(saved).filter is not None, "it is found again by its path"


def test_conditions_alone_count_all_that_meet_them(library: Library) -> None:
    saved = library.saved.save("All", "year:1990-2100")
    assert library.saved.count(library.saved.query_of(saved)) == 9


def test_counting_again_does_not_wake_the_model(library: Library) -> None:
    query = library.saved.query_of(library.saved.save("Roses", "red, -blue"))
    found = library.saved.count(query)
    embedder = library._spaces.answering()
    embedder.unload()
    assert library.saved.count(query) == found and not embedder.is_loaded


def test_what_means_nothing_is_refused(library: Library) -> None:
    events: list[Event] = []
    library.listen(events.append)
    with pytest.raises(QueryUnanswerable):
        library.saved.save("Roses", "red year:soon")
    with pytest.raises(NameUnusable):
        library.saved.save(" ", "red")
    with pytest.raises(NameUnusable):
        library.saved.find("Roses")
    assert not library.saved.list() and not events
    library.saved.forget(library.saved.save("Roses", "red").search_id)
    assert events == [SavedChanged(), SavedChanged()] and not library.saved.list()


def test_a_search_in_several_folders_at_once_is_not_saved_for_everywhere(
    library: Library, tmp_path: Path
) -> None:
    library.folders.add(draw_nine(tmp_path / "more"))
    both = library.folders.filter_for(tmp_path)
    with pytest.raises(FolderUnusable):
        library.saved.save("Roses", "red", LISTED & both)
    assert not library.saved.list()
