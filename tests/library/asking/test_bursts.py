"""Which photos of one time look alike is known, and followed when photos come and go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from desktop.library import Job, Library, Places
from tests.colour_registry import ColourRegistry
from tests.pictures import draw, taken_at
from tests.shared_decoders import DECODERS

NOON = datetime(2021, 5, 1, 12)


@pytest.fixture
def burst(tmp_path: Path) -> Path:
    """Three red frames within seconds, the second one larger; a blue one between them; a red one of
    an hour later, and two whose files tell the time."""
    folder = tmp_path / "Pictures"
    for number, (colour, seconds, width) in enumerate(
        [("red", 0, 160), ("blue", 1, 160), ("red", 2, 320), ("red", 30, 160), ("red", 3600, 160)]
    ):
        path = draw(folder / f"{number}{colour}.jpg", colour, number, (width, width * 3 // 4))
        taken_at(path, NOON + timedelta(seconds=seconds))
    for number in (5, 6):
        draw(folder / f"{number}red.jpg", "red", number)
    return folder


@pytest.fixture
def library(tmp_path: Path, burst: Path) -> Iterator[Library]:
    library = Library.open(Places.under(tmp_path / "data"), None, ColourRegistry, DECODERS)
    library.folders.add(burst)
    library.index(Job())
    yield library
    library.close()


def groups(library: Library) -> list[list[str]]:
    """The names of each group, the one that stands for all first."""
    known = library.bursts.known
    names = {photo.photo_id: photo.path.stem for photo in library.photos.get(known.photo_ids)}
    rows = sorted(zip(known.groups, known.ranks, known.photo_ids, strict=True))
    found: dict[int, list[str]] = {}
    for group, _, photo_id in rows:
        found.setdefault(group, []).append(names[photo_id])
    return list(found.values())


def test_frames_of_one_time_are_a_group_and_the_largest_stands_for_all(
    library: Library,
) -> None:
    assert groups(library) == [], "nothing is looked at before it is asked for"
    assert library.bursts.update()
    assert groups(library) == [["2red", "0red", "3red"], ["5red", "6red"]]
    assert not library.bursts.update(), "nothing has changed"


def test_photos_that_come_go_or_change_are_followed(library: Library, burst: Path) -> None:
    library.bursts.update()
    taken_at(draw(burst / "7blue.jpg", "blue", 7), NOON + timedelta(seconds=5))
    (burst / "2red.jpg").unlink()
    library.index(Job())
    assert library.bursts.update()
    assert groups(library) == [["0red", "3red"], ["1blue", "7blue"], ["5red", "6red"]]
    taken_at(draw(burst / "3red.jpg", "green", 8), NOON + timedelta(seconds=30))
    library.index(Job())
    assert library.bursts.update()
    assert groups(library) == [["1blue", "7blue"], ["5red", "6red"]]
