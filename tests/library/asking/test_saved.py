"""Saved searches: what they find, where, and what is refused."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from desktop.errors import FolderUnusable, NameUnusable, QueryUnanswerable
from desktop.library import (
    LISTED,
    Event,
    HowMany,
    Job,
    Library,
    PhotoPart,
    Query,
    SavedChanged,
    Taken,
)
from desktop.library.asking import saved
from tests.library.test_library import names, open_library
from tests.pictures import draw, draw_nine


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = open_library(tmp_path / "data")
    library.folders.add(draw_nine(tmp_path / "photos"))
    library.index(Job())
    yield library
    library.close()


def test_a_saved_search_finds_what_was_typed(library: Library, tmp_path: Path) -> None:
    library.saved.save("Roses", Query(text="  red "))
    with closing(open_library(tmp_path / "data")) as later:
        saved = later.saved.find("Roses")
        assert saved.text == "red"
        query = later.saved.query_of(saved)
        assert names(later, query)[0].startswith("red")
        assert later.saved.count(query).n >= 1


def test_where_it_was_asked_is_kept(library: Library, tmp_path: Path) -> None:
    which = LISTED & library.folders.filter_for(tmp_path / "photos") & Taken.in_year(1999)
    saved = library.saved.save("Roses", Query(text="red", filter=which))
    assert saved.folder == tmp_path / "photos"
    assert library.saved.count(library.saved.query_of(saved)) == HowMany(0)
    library.folders.remove(library.folders.list_all()[0].folder_id)
    with pytest.raises(FolderUnusable):
        library.saved.query_of(saved)
    library.folders.add(tmp_path / "photos")
    library.index(Job())
    assert library.saved.query_of(saved).filter is not None, "it is found again by its path"


def test_conditions_alone_count_all_that_meet_them(library: Library) -> None:
    saved = library.saved.save("All", Query(text="year:1990-2100"))
    assert library.saved.count(library.saved.query_of(saved)) == HowMany(9)


def test_counting_again_does_not_wake_the_model(library: Library) -> None:
    query = library.saved.query_of(library.saved.save("Roses", Query(text="red, -blue")))
    found = library.saved.count(query)
    embedder = library._spaces.answering()
    embedder.unload()
    assert library.saved.count(query) == found and not embedder.is_loaded


def test_what_means_nothing_is_refused(library: Library) -> None:
    events: list[Event] = []
    library.listen(events.append)
    with pytest.raises(QueryUnanswerable):
        library.saved.save("Roses", Query(text="red year:soon"))
    with pytest.raises(NameUnusable):
        library.saved.save(" ", Query(text="red"))
    with pytest.raises(NameUnusable):
        library.saved.find("Roses")
    assert not library.saved.list() and not events
    library.saved.forget(library.saved.save("Roses", Query(text="red")).search_id)
    assert events == [SavedChanged(), SavedChanged()] and not library.saved.list()


def test_a_search_in_several_folders_at_once_is_not_saved_for_everywhere(
    library: Library, tmp_path: Path
) -> None:
    library.folders.add(draw_nine(tmp_path / "more"))
    both = library.folders.filter_for(tmp_path)
    with pytest.raises(FolderUnusable):
        library.saved.save("Roses", Query(text="red", filter=LISTED & both))
    assert not library.saved.list()


def asked_later(tmp_path: Path, name: str) -> Query:
    """What a saved search asks after the next start."""
    with closing(open_library(tmp_path / "data")) as later:
        return later.saved.query_of(later.saved.find(name))


def test_a_photo_beside_the_words_is_saved_and_found_under_its_new_name(
    library: Library, tmp_path: Path
) -> None:
    photos = tmp_path / "photos"
    like = library.open_image(photos / "red0.jpg")
    library.saved.save("Like it", replace(like, text="blue"))
    (photos / "red0.jpg").rename(photos / "crimson.jpg")
    library.index(Job())
    query = library.saved.query_of(library.saved.find("Like it"))
    assert (query.text, query.like_path) == ("blue", photos / "crimson.jpg")
    assert query.like_photo_id == like.like_photo_id
    assert "crimson.jpg" not in names(library, query) and names(library, query)


def test_a_part_and_a_picture_of_no_watched_folder_are_opened_when_they_are_asked(
    library: Library, tmp_path: Path
) -> None:
    outside = draw(tmp_path / "outside.jpg", "red", 77)
    part = PhotoPart(0.0, 0.0, 0.5, 1.0)
    for path in (outside, tmp_path / "photos" / "red0.jpg"):
        whole, half = library.open_image(path), library.open_image(path, part)
        for name, query in ((f"All of {path.name}", whole), (f"Half of {path.name}", half)):
            library.saved.save(name, query)
            later = asked_later(tmp_path, name)
            assert later.like_image is None and later.asks_like(query)
            assert names(library, later) == names(library, replace(query, filter=later.filter))
    outside.unlink()
    query = library.saved.query_of(library.saved.find("All of outside.jpg"))
    with pytest.raises(QueryUnanswerable, match=r"“outside.jpg”: There is no such file"):
        library.saved.count(query)


def test_marks_are_saved_and_go_with_their_photos(library: Library, tmp_path: Path) -> None:
    first, second, third = library.photos.list_ids(LISTED)[:3].tolist()
    query = Query(text="red").marked([first, second], is_more=True).marked([third], is_more=False)
    library.saved.save("Mine", query)
    later = asked_later(tmp_path, "Mine")
    assert later.asks_like(query) and not later.asks_like(Query(text="red"))
    assert names(library, later) == names(library, replace(query, filter=later.filter))
    library.folders.remove(library.folders.list_all()[0].folder_id)
    later = asked_later(tmp_path, "Mine")
    assert (later.text, later.more, later.less) == ("red", (), ())


def test_a_copied_image_has_no_name_to_be_saved_under(library: Library) -> None:
    copied = Query(like_image=Image.new("RGB", (64, 64), "red"))
    with pytest.raises(QueryUnanswerable, match="copied"):
        library.saved.save("Red", copied)
    assert not copied.asks_like(copied), "nor to be known again by"
    with pytest.raises(QueryUnanswerable, match="Nothing"):
        library.saved.save("Nothing", Query())


def test_more_than_are_counted_are_said(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    query = library.saved.query_of(library.saved.save("Roses", Query(text="red")))
    found = library.saved.count(query)
    assert found.is_all and str(found) == f"{found.n}"
    monkeypatch.setattr(saved, "MOST_COUNTED", 1)
    assert str(library.saved.count(query)) == "1+"
