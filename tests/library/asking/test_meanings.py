"""The photos that a search names: by name, by path, and what is wrong with either."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.catalog import FileStat
from desktop.errors import QueryUnanswerable
from desktop.library import Clause, Job, Library, Means, Places, Query
from tests.colour_registry import ColourRegistry
from tests.pictures import draw
from tests.shared_decoders import DECODERS


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for name in ("red.jpg", "Café Red.jpg", "blue.jpg", "2019/twice.jpg", "2020/twice.jpg"):
        draw(
            folder / name, "blue" if "blue" in name else "red", len(name) + name.startswith("2020")
        )
    return folder


@pytest.fixture
def library(tmp_path: Path, photos: Path) -> Iterator[Library]:
    library = Library.open(Places.under(tmp_path / "data"), None, ColourRegistry, DECODERS)
    library.folders.add(photos)
    library.index(Job())
    yield library
    library.close()


def found(library: Library, text: str) -> list[str]:
    results = library.search(Query(text))
    return [photo.path.name for photo in library.photos.get([h.photo_id for h in results.hits])]


@pytest.mark.parametrize("name", ["red.jpg", "RED.JPG", "photos/red.jpg", '"cafe red.jpg"'])
def test_a_name_is_enough_where_one_photo_has_it(library: Library, name: str) -> None:
    assert library.meanings.faults(f"like:{name}") == ()
    assert found(library, f"like:{name}")[-1] == "blue.jpg"


def test_a_whole_path_means_any_file(library: Library, photos: Path, tmp_path: Path) -> None:
    outside = draw(tmp_path / "elsewhere" / "a b.jpg", "blue", 7)
    assert found(library, f'like:"{outside}"')[0] == "blue.jpg"
    assert "red.jpg" not in found(library, f'like:"{photos / "red.jpg"}"')
    assert library.search(Query(f'like:"{outside}", red')).hits


def test_what_leads_to_no_photo_is_a_fault_of_its_word(library: Library, tmp_path: Path) -> None:
    (tmp_path / "note.jpg").write_text("no photo")
    for said, why in (
        ("like:gone.jpg", "No photo of the library is called “gone.jpg”."),
        ("like:twice.jpg", "2 photos are called “twice.jpg”."),
        ('like:"/no/such.jpg"', "There is no such file."),
        (f'like:"{tmp_path / "note.jpg"}"', "note.jpg"),
        (f'like:"{tmp_path}"', str(tmp_path)),
        (f"like:/{'x' * 400}.jpg", "x"),
        ("like:", "something is missing"),
    ):
        (fault,) = library.meanings.faults(f"red {said} year:2020")
        assert why in fault.message
        assert (fault.start, fault.end) == (4, 4 + len(said))
        with pytest.raises(QueryUnanswerable, match=re.escape(why)):
            library.search(Query(f"red {said}"))


def test_a_folder_tells_photos_of_one_name_apart(library: Library) -> None:
    (fault,) = library.meanings.faults("like:twice.jpg")
    hint = fault.hint.removeprefix("Write its folder, too, such as ").removesuffix(".")
    assert library.meanings.faults(hint) == ()


def test_the_shortest_clause_that_means_a_photo(library: Library, photos: Path) -> None:
    clause_for = library.meanings.clause_for
    assert clause_for(photos / "red.jpg") == Clause("red.jpg", means=Means.PHOTO)
    twice = photos / "2019" / "twice.jpg"
    assert clause_for(twice) == Clause(str(twice), means=Means.PHOTO)
    assert clause_for(Path("/else/red.jpg")) == Clause("/else/red.jpg", means=Means.PHOTO)


def test_a_photo_that_changed_outside_is_looked_at_again(library: Library, tmp_path: Path) -> None:
    outside = draw(tmp_path / "a.jpg", "blue", 7)
    assert found(library, f"like:{outside}")[0] == "blue.jpg"
    draw(outside, "red", 88)
    assert found(library, f"like:{outside}")[0] != "blue.jpg"


def test_thumbnails_of_named_photos(library: Library, tmp_path: Path) -> None:
    outside = draw(tmp_path / "elsewhere.jpg", "blue", 7)
    thumbnail_of = library.meanings.thumbnail_of
    for text in ("red.jpg", str(outside)):
        assert thumbnail_of(Clause(text, means=Means.PHOTO), 60) is not None
    for text in ("gone.jpg", "/no/such.jpg"):
        assert thumbnail_of(Clause(text, means=Means.PHOTO), 60) is None


def test_a_name_is_looked_up_again_after_photos_changed(library: Library, photos: Path) -> None:
    assert library.meanings.faults("like:red.jpg") == ()
    (photos / "red.jpg").rename(photos / "scarlet.jpg")
    library.index(Job())
    assert library.meanings.faults("like:scarlet.jpg") == ()
    assert library.meanings.faults("like:red.jpg") != (), "Café Red.jpg has another name"


def test_a_photo_that_waits_for_the_model_is_looked_at_at_once(
    library: Library, photos: Path
) -> None:
    """Or was never read, as one that has just arrived."""
    draw(photos / "late.jpg", "blue", 3)
    (folder,) = library.folders.list_all()
    library._catalog.files.apply_scan(folder.folder_id, [FileStat("late.jpg", 9, 9)])
    assert found(library, "like:late.jpg")[0] == "blue.jpg"
