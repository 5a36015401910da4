"""The map of a library: drawn, kept, and followed as photos come and go."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from desktop.errors import DiskFull, MapUndrawn
from desktop.library import Event, Job, Library, MapChanged, PhotoMap
from desktop.library.maps import kept
from desktop.library.maps.groups import by_attribute
from tests.colour_registry import ColourRegistry
from tests.library.test_library import open_library
from tests.pictures import draw, draw_nine


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return draw_nine(tmp_path / "photos")


@pytest.fixture
def library(tmp_path: Path, photos: Path) -> Iterator[Library]:
    library = open_library(tmp_path / "data")
    library.folders.add(photos)
    library.index(Job())
    yield library
    library.close()


def places(library: Library, told: PhotoMap | None) -> dict[str, tuple[float, float]]:
    """The name of each photo on the map, and where it is."""
    assert told is not None
    photos = library.photos.get(told.photo_ids.tolist())
    points = [(float(x), float(y)) for x, y in told.points]
    return {photo.path.name: point for photo, point in zip(photos, points, strict=True)}


def far(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))


def test_photos_that_look_alike_are_near_each_other(library: Library) -> None:
    assert library.map.find() is None
    events: list[Event] = []
    library.listen(events.append)

    at = places(library, library.map.draw(Job()))

    assert len(at) == 9
    assert far(at["red0.jpg"], at["red1.jpg"]) < 0.1 < far(at["red0.jpg"], at["blue0.jpg"])
    assert events == [MapChanged()]


def test_it_survives_a_restart(library: Library, tmp_path: Path) -> None:
    drawn = places(library, library.map.draw(Job()))
    library.close()
    with closing(open_library(tmp_path / "data")) as again:
        assert places(again, again.map.find()) == drawn


def test_new_photos_find_their_place_and_those_that_are_gone_leave(
    library: Library, photos: Path
) -> None:
    before = places(library, library.map.draw(Job()))
    draw(photos / "red9.jpg", "red", 9)
    (photos / "blue0.jpg").unlink()
    library.index(Job())

    found = library.map.find()
    assert found is not None and found.n_waiting == 1
    assert places(library, found).keys() == before.keys() - {"blue0.jpg"}

    placed = library.map.place_new()
    assert placed is not None and placed.n_waiting == 0
    after = places(library, placed)
    assert far(after["red9.jpg"], after["red0.jpg"]) < 0.1
    assert {name: after[name] for name in before if name in after} == {
        name: before[name] for name in before if name != "blue0.jpg"
    }
    assert places(library, library.map.find()) == after


def test_a_photo_that_has_changed_moves(library: Library, photos: Path) -> None:
    library.map.draw(Job())
    draw(photos / "red0.jpg", "blue", 7)
    library.index(Job())
    at = places(library, library.map.place_new())
    assert far(at["red0.jpg"], at["blue1.jpg"]) < 0.1 < far(at["red0.jpg"], at["red1.jpg"])


def test_another_model_makes_it_outdated(library: Library) -> None:
    library.map.draw(Job())
    assert isinstance(library._registry, ColourRegistry)
    other = next(
        each.name for each in library.models.list_all() if each.name != library.status().model.name
    )
    before = library.status().model.model_id
    library.models.use(other)
    library.index(Job())
    told = library.map.place_new()
    assert told is not None and told.is_outdated
    library._catalog.made.forget_other_versions(f"{before.partition('@')[0]}@newer")
    told = library.map.find()
    assert told is not None and len(told.photo_ids) == 9, "it stays until another is drawn"
    assert not library.map.draw(Job()).is_outdated


@pytest.mark.parametrize("content", [b"", b"no map", b"PK\x03\x04 cut off"])
def test_a_damaged_file_is_no_map(library: Library, content: bytes) -> None:
    library.map.draw(Job())
    path = library.places.index_path / kept.FILE_NAME
    path.write_bytes(content)
    assert library.map.find() is None
    assert len(library.map.draw(Job()).photo_ids) == 9


def test_no_code_is_read_from_the_file(library: Library) -> None:
    path = library.places.index_path / kept.FILE_NAME
    np.savez(path, version=np.array([print], object))
    assert library.map.find() is None


def test_too_few_photos_are_said(tmp_path: Path) -> None:
    with closing(open_library(tmp_path / "empty")) as library, pytest.raises(MapUndrawn):
        library.map.draw(Job())


def test_a_full_disk_leaves_the_map_that_is_there(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = places(library, library.map.draw(Job()))

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept.np, "savez", refuse)
    with pytest.raises(DiskFull, match="No space left"):
        library.map.draw(Job())
    assert places(library, library.map.find()) == before
    assert not list(library.places.index_path.glob("*.tmp"))


def test_photos_are_coloured_by_year_and_by_folder(library: Library, tmp_path: Path) -> None:
    draw(tmp_path / "photos" / "Norway" / "red.jpg", "red", 5)
    library.index(Job())
    ids = library.map.draw(Job()).photo_ids

    by_year = library.map.groupings["Year"](ids)
    assert by_year.is_ordered and len(by_year.names) == 1 and set(by_year.of.tolist()) == {0}
    by_folder = library.map.groupings["Folder"](ids)
    assert by_folder.names == ("Norway",)
    assert sorted(by_folder.of.tolist()) == [-1] * 9 + [0]

    library.folders.add(draw_nine(tmp_path / "others"))
    library.index(Job())
    ids = library.map.draw(Job()).photo_ids
    by_folder = library.map.groupings["Folder"](np.append(ids, 10_000))
    assert by_folder.names == ("photos", "others")
    assert by_folder.of.tolist() == [0] * 10 + [1] * 9 + [-1]


def test_themes_give_words_and_colours(library: Library) -> None:
    shown = library.map.draw(Job())
    assert not library.map.labels(shown)
    library.themes.make(Job(), k=3)
    themes = [each for each in library.themes.see().themes if not each.is_hidden]
    labels = library.map.labels(shown)
    assert {label.text for label in labels} == {theme.name for theme in themes}
    by_theme = library.map.groupings["Theme"](shown.photo_ids)
    assert set(by_theme.names) == {theme.name for theme in themes}
    for row, theme in enumerate(by_theme.names):
        (wanted,) = (each for each in themes if each.name == theme)
        assert int((by_theme.of == row).sum()) == wanted.n_photos
    library.themes.hide([themes[0].theme_id])
    assert themes[0].name not in {label.text for label in library.map.labels(shown)}


def test_photos_are_coloured_by_what_a_table_says_of_them(library: Library, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    rows = [f"red{n}.jpg,warm,{n}" for n in range(3)] + [f"blue{n}.jpg,cold,{n}" for n in range(2)]
    table.write_text("\n".join(["file,kind,number", *rows]), encoding="utf-8")
    library.attributes.import_file(table, Job())
    ids = library.photos.list_ids()

    by = library.map.all_groupings
    assert list(by) == ["kind", "number", "Year", "Folder", "Theme"]
    kinds = by["kind"](ids)
    assert kinds.names == ("warm", "cold")
    names = [photo.path.name for photo in library.photos.get(ids.tolist())]
    said = dict(zip(names, kinds.of.tolist(), strict=True))
    assert (said["red1.jpg"], said["blue0.jpg"], said["green0.jpg"]) == (0, 1, -1)
    assert by["number"](ids).names == ("0", "1", "2"), "a few numbers are told one by one"


def test_many_numbers_are_put_into_ranges() -> None:
    numbers = np.append(np.arange(60.0), np.nan)
    texts = [*(f"{n}" for n in range(60)), None]
    found = by_attribute(lambda _name, _ids: (texts, numbers), "score", np.arange(61))
    assert found.is_ordered and len(found.names) == 6
    assert found.names[0] == "0 to 9.83"
    assert np.bincount(found.of[:60]).tolist() == [10] * 6
    assert found.of[60] == -1
