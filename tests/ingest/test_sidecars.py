"""Files beside a photo that say more of it are noticed when they come, change and go."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from desktop.catalog import Reason, TakenFrom
from desktop.ingest import Rules
from desktop.ingest.walk import walk
from desktop.jobs import Job
from tests.ingest.conftest import Bench
from tests.ingest.test_facts import facts, when
from tests.media.facts.test_sources import xmp
from tests.pictures import draw

Step = Callable[[Bench, str], None]


def scan(bench: Bench, _: str) -> None:
    bench.index()


def watch(bench: Bench, sidecar: str) -> None:
    """As when the watcher has seen this file only."""
    bench.look_at(sidecar)
    bench.embed()


def write_takeout(path: Path, year: int) -> Path:
    seconds = int(datetime(year, 5, 12, 12).timestamp())
    told = {
        "photoTakenTime": {"timestamp": str(seconds)},
        "geoData": {"latitude": 48.1, "longitude": 11.5},
    }
    path.write_text(json.dumps(told))
    return path


def write_xmp(path: Path, year: int) -> Path:
    path.write_bytes(xmp(f'exif:DateTimeOriginal="{year}-05-12T12:00:00"'))
    return path


@pytest.mark.parametrize("notice", [scan, watch])
@pytest.mark.parametrize(
    ("write", "sidecar", "source"),
    [
        (write_takeout, "trip/a.jpg.supplemental-metadata.json", TakenFrom.TAKEOUT),
        (write_xmp, "trip/a.xmp", TakenFrom.SIDECAR),
    ],
)
def test_a_sidecar_that_comes_changes_and_goes_later_is_noticed(
    notice: Step,
    write: Callable[[Path, int], Path],
    sidecar: str,
    source: TakenFrom,
    bench: Bench,
) -> None:
    draw(bench.folder / "trip/a.jpg")
    draw(bench.folder / "trip/b.jpg", "blue")
    bench.index()
    path = bench.folder / sidecar

    write(path, 2009)
    notice(bench, sidecar)
    assert when(bench, "trip/a.jpg") == (datetime(2009, 5, 12, 12), source)
    assert facts(bench, "trip/a.jpg").latitude == (48.1 if source is TakenFrom.TAKEOUT else None)
    write(path, 2010).touch()
    notice(bench, sidecar)
    assert when(bench, "trip/a.jpg")[0].year == 2010
    path.unlink()
    notice(bench, sidecar)
    assert when(bench, "trip/a.jpg")[1] is TakenFrom.FILE
    assert facts(bench, "trip/a.jpg").latitude is None
    assert when(bench, "trip/b.jpg")[1] is TakenFrom.FILE
    assert bench.embedder.n_images == 2, "nothing is decoded again"
    assert bench.scan().is_empty


def test_a_sidecar_that_is_there_at_first_is_read_with_its_photo(bench: Bench) -> None:
    draw(bench.folder / "a.jpg")
    write_takeout(bench.folder / "a.jpg.json", 2009)

    bench.index()

    assert when(bench, "a.jpg") == (datetime(2009, 5, 12, 12), TakenFrom.TAKEOUT)
    assert bench.catalog.ingests.list_old_facts(10) == []


def test_a_photo_that_the_watcher_sees_comes_with_its_sidecar(bench: Bench) -> None:
    draw(bench.folder / "other.jpg", "blue")
    bench.index()
    draw(bench.folder / "a.jpg")
    write_takeout(bench.folder / "a.jpg.json", 2009)

    watch(bench, "a.jpg")

    assert when(bench, "a.jpg")[1] is TakenFrom.TAKEOUT
    assert bench.scan().is_empty


def test_copies_have_each_their_own_sidecar(bench: Bench) -> None:
    """As the albums of a Takeout have them, and the second of two with the same name."""
    path = draw(bench.folder / "a.jpg")
    shutil.copy(path, bench.folder / "a(1).jpg")
    write_takeout(bench.folder / "a.jpg.json", 2009)
    write_takeout(bench.folder / "a.jpg(1).json", 2010)

    bench.index()

    assert [when(bench, name)[0].year for name in ("a.jpg", "a(1).jpg")] == [2009, 2010]
    assert bench.embedder.n_images == 1


def test_a_photo_that_is_moved_takes_what_is_said_beside_its_new_place(bench: Bench) -> None:
    path = draw(bench.folder / "a.jpg")
    write_takeout(bench.folder / "a.jpg.json", 2009)
    bench.index()
    (bench.folder / "new").mkdir()
    path.rename(bench.folder / "new/a.jpg")
    write_takeout(bench.folder / "new/a.jpg.json", 2010)

    assert bench.index().renamed == 1

    assert when(bench, "new/a.jpg")[0].year == 2010
    assert bench.scan().is_empty


@pytest.mark.parametrize(
    "edited", ["a-edited.jpg", "a-bearbeitet.jpg", "a-编辑后.jpg", "a-đã chỉnh sửa.jpg", "a-ed.jpg"]
)
@pytest.mark.parametrize("notice", [scan, watch])
def test_an_edited_copy_has_the_date_of_its_originals_sidecar(
    notice: Step, edited: str, bench: Bench
) -> None:
    draw(bench.folder / "a.jpg")
    draw(bench.folder / edited, seed=1)
    draw(bench.folder / "b.jpg", seed=2)
    bench.index()
    write_takeout(bench.folder / "a.jpg.supplemental-metadata.json", 2009)

    notice(bench, "a.jpg.supplemental-metadata.json")

    assert [when(bench, name)[0].year for name in ("a.jpg", edited)] == [2009, 2009]
    assert when(bench, "b.jpg")[1] is TakenFrom.FILE


def test_only_photos_whose_sidecars_changed_are_read_again(bench: Bench) -> None:
    for number in range(5):
        draw(bench.folder / f"{number}.jpg", seed=number)
        write_xmp(bench.folder / f"{number}.xmp", 2001)
    bench.index()
    write_xmp(bench.folder / "3.xmp", 2002)
    (bench.folder / "notes.json").write_text("{}")

    assert bench.scan().described == 1

    assert [each.relative_path for each in bench.catalog.ingests.list_old_facts(9)] == ["3.jpg"]


def test_a_sidecar_that_is_as_it_was_before_its_last_event_is_noticed(bench: Bench) -> None:
    """The event of its coming back is lost, and the folder looks as it did when listed."""
    draw(bench.folder / "a.jpg")
    path = write_takeout(bench.folder / "a.jpg.json", 2009)
    bench.index()
    away = path.rename(bench.folder.parent / "away.json")
    watch(bench, "a.jpg.json")
    away.rename(path)

    assert bench.scan().described == 1


def test_hidden_and_excluded_places_are_passed_over_with_their_sidecars(bench: Bench) -> None:
    draw(bench.folder / ".hidden/a.jpg")
    draw(bench.folder / "b.jpg")
    write_takeout(bench.folder / ".hidden/a.jpg.json", 2009)
    (bench.folder / "folder.json").mkdir()
    draw(bench.folder / "folder.json/c.jpg")

    bench.look_at(".hidden/a.jpg.json", "folder.json")

    assert list(bench.catalog.files.list_all(bench.folder_id)) == ["folder.json/c.jpg"]


def test_names_that_are_not_utf_8_are_kept(bench: Bench) -> None:
    name = b"caf\xe9.jpg".decode(errors="surrogateescape")
    draw(bench.folder / "a.jpg").rename(bench.folder / name)
    write_takeout(bench.folder / f"{name}.json", 2009)

    bench.index()

    assert when(bench, name)[1] is TakenFrom.TAKEOUT
    assert bench.scan().is_empty


def test_sidecars_beside_photos_are_not_counted_as_passed_over(tmp_path: Path) -> None:
    draw(tmp_path / "a.jpg")
    write_takeout(tmp_path / "a.jpg.json", 2009)
    write_takeout(tmp_path / "empty.json", 2009)
    (tmp_path / "notes.txt").touch()
    (tmp_path / "no photos").mkdir()
    write_xmp(tmp_path / "no photos/b.xmp", 2009)

    found = walk(tmp_path, Rules((), ()), Job())

    assert found.n_passed == {Reason.DOCUMENT: 1, Reason.SIDECAR: 1}
