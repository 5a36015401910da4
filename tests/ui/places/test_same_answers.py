"""The window and the command line give the same answer to the same question."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from desktop.catalog import Catalog, FileStat
from desktop.cli import parse
from desktop.cli.commands import COMMANDS
from desktop.library import Job, Library, Query
from desktop.ui.places.answers import Answer, find_answer
from desktop.ui.places.place import ALL
from tests.pictures import draw

QUESTIONS = [
    "red",
    "red, blue",
    "2*red, green -blue",
    "-red",
    '"red, blue"',
    "red name:red1",
    "blue1",
    "folder:Pictures",
    "yellow folder:More",
    "type:jpeg -name:green",
    "year:1900",
    "red year:1900",
    "is:missing",
    "white is:away",
    "is:away",
    "like:red0.jpg",
    "-like:red0.jpg, blue",
    'concept:"warm", like:blue1.jpg',
    "concept:warm",
    "RED",
]


@pytest.fixture
def mixed(library: Library, tmp_path: Path) -> Library:
    """Of whose photos one is broken, one waits, one has gone, and a folder is away."""
    photos = tmp_path / "Pictures"
    (photos / "broken.jpg").write_bytes(b"no picture " * 500)
    shutil.copyfile(photos / "red1.jpg", photos / "red gone.jpg")
    draw(tmp_path / "More" / "yellow.jpg", "yellow", 8)
    draw(tmp_path / "Drive" / "white.jpg", "white")
    library.folders.add(tmp_path / "More")
    library.folders.add(tmp_path / "Drive")
    library.index(Job())
    (photos / "red gone.jpg").unlink()
    (tmp_path / "Drive").rename(tmp_path / ".unplugged")
    library.index(Job())
    ids = {
        photo.path.name: photo.photo_id
        for photo in library.photos.get(library.photos.list_ids().tolist())
    }
    warm = [ids[f"{colour}{at}.jpg"] for colour in ("red", "yellow") for at in range(3)]
    library.concepts.teach("warm", warm, [ids["blue0.jpg"]])
    with closing(Catalog.open(library.places.catalog_path)) as catalog:  # found, and not read yet
        folder_id = next(
            each.folder_id for each in catalog.folders.list_all() if each.path == photos
        )
        there = [
            FileStat(path.name, path.stat().st_size, path.stat().st_mtime_ns)
            for path in photos.iterdir()
        ]
        catalog.files.apply_scan(folder_id, [*there, FileStat("new.jpg", 5000, 1)])
    return library


def typed(library: Library, text: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    arguments = parse(["search", "--json", "-n", "50", "--", text])
    assert COMMANDS["search"](library, arguments) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def shown(library: Library, text: str) -> Answer:
    return find_answer(library, ALL.search(Query(text)), exact=True)


def test_both_find_the_same_and_say_the_same_of_it(
    mixed: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in QUESTIONS:
        said, seen = typed(mixed, text, capsys), shown(mixed, text)
        ids = [hit["photo_id"] for hit in said["hits"]]
        assert ids == seen.photo_ids.tolist(), text
        covered = seen.coverage
        assert covered is not None
        assert said["coverage"] == {
            "searched": covered.searched,
            "total": covered.total,
            "waiting": covered.waiting,
            "unreadable": covered.unreadable,
            "missing": list(map(str, covered.missing)),
        }, text
        if seen.results is None:
            continue
        assert said["verdict"] == seen.results.verdict, text
        for one, other in zip(said["hits"], seen.hits, strict=True):
            assert one["band"] == other.band and one["by_name"] == other.is_named, text
            assert [each["clause"] for each in one["parts"]] == [
                str(each.clause) for each in other.parts
            ], text


def test_what_is_gone_or_away_is_counted_among_all_where_it_is_asked_for(mixed: Library) -> None:
    """Before, it was "1 of 18 photos", none of which was the one."""
    usual = shown(mixed, "year:>1900").coverage
    assert usual is not None and usual.total == 19
    for text, n_all in (("is:away", 20), ("is:missing", 20), ("-is:away", 19)):
        seen = shown(mixed, text)
        assert seen.coverage is not None and seen.coverage.total == n_all, text
        assert len(seen.photo_ids) == (18 if text.startswith("-") else 1)
