"""What belongs to a file (its name, its time) and not to its content is the file's own."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image

from desktop.catalog import Metadata, TakenFrom
from desktop.errors import Cancelled
from desktop.jobs import Job
from tests.ingest.conftest import Bench
from tests.pictures import draw


def facts(bench: Bench, name: str) -> Metadata:
    found = bench.photo(name).metadata
    assert found is not None
    return found


def when(bench: Bench, name: str) -> tuple[datetime, TakenFrom]:
    return facts(bench, name).taken_at, facts(bench, name).taken_from


def date_file(path: Path, at: datetime) -> None:
    os.utime(path, (at.timestamp(), at.timestamp()))


def newest_first(bench: Bench) -> list[str]:
    ids = bench.catalog.photos.list_ids()
    return [photo.relative_path for photo in bench.catalog.photos.get(ids.tolist())]


@pytest.mark.parametrize("together", [True, False])
def test_copies_of_one_content_have_each_their_own_file_date(bench: Bench, together: bool) -> None:
    path = draw(bench.folder / "old.jpg")
    if not together:
        date_file(path, datetime(2001, 2, 3))
        bench.index()
    shutil.copy(path, bench.folder / "new.jpg")
    date_file(bench.folder / "old.jpg", datetime(2001, 2, 3))
    date_file(bench.folder / "new.jpg", datetime(2011, 2, 3))

    assert bench.index().made.total() == int(together)

    assert when(bench, "old.jpg") == (datetime(2001, 2, 3), TakenFrom.FILE)
    assert when(bench, "new.jpg") == (datetime(2011, 2, 3), TakenFrom.FILE)
    assert newest_first(bench) == ["new.jpg", "old.jpg"]


def test_copies_of_one_content_have_each_the_date_of_their_own_name(bench: Bench) -> None:
    path = draw(bench.folder / "IMG-20190512-WA0007.jpg")
    date_file(path, datetime(2001, 2, 3))
    shutil.copy2(path, bench.folder / "2015-06-07 08.09.10.jpg")
    shutil.copy2(path, bench.folder / "plain.jpg")

    bench.index()

    assert when(bench, path.name) == (datetime(2019, 5, 12), TakenFrom.NAME)
    assert when(bench, "2015-06-07 08.09.10.jpg")[0] == datetime(2015, 6, 7, 8, 9, 10)
    assert when(bench, "plain.jpg") == (datetime(2001, 2, 3), TakenFrom.FILE)
    assert bench.embedder.n_images == 1


def test_a_corrected_file_date_is_taken_over_without_decoding(bench: Bench) -> None:
    path = draw(bench.folder / "a.jpg")
    draw(bench.folder / "b.jpg", "blue")
    date_file(bench.folder / "b.jpg", datetime(2005, 1, 1))
    bench.index()
    date_file(path, datetime(2001, 2, 3, 4, 5, 6))

    tally = bench.index()

    assert (tally.touched, tally.made.total(), bench.embedder.n_images) == (1, 0, 2)
    assert when(bench, "a.jpg") == (datetime(2001, 2, 3, 4, 5, 6), TakenFrom.FILE)
    assert newest_first(bench) == ["b.jpg", "a.jpg"]


def test_a_corrected_file_date_leaves_a_cameras_date_alone(bench: Bench) -> None:
    block = Image.Exif()
    block.get_ifd(0x8769)[0x9003] = "2019:05:12 18:33:10"
    path = bench.folder / "a.jpg"
    Image.effect_noise((200, 200), 50).save(path, exif=block)
    bench.index()
    date_file(path, datetime(2001, 2, 3))

    bench.index()

    assert when(bench, "a.jpg") == (datetime(2019, 5, 12, 18, 33, 10), TakenFrom.EXIF)


def test_a_renamed_photo_takes_the_date_of_its_new_name(bench: Bench) -> None:
    path = draw(bench.folder / "a.jpg")
    bench.index()
    photo_id = bench.photo("a.jpg").photo_id
    path.rename(bench.folder / "20190512_183310.jpg")

    assert bench.index().renamed == 1

    assert bench.photo("20190512_183310.jpg").photo_id == photo_id
    assert when(bench, "20190512_183310.jpg") == (
        datetime(2019, 5, 12, 18, 33, 10),
        TakenFrom.NAME,
    )


def test_facts_that_were_read_in_another_way_are_read_again_without_decoding(
    bench: Bench, tmp_path: Path
) -> None:
    """As the catalog of an earlier version has them: no names, no XMP."""
    draw(bench.folder / "20190512_183310.jpg")
    draw(bench.folder / "b.jpg", "blue")
    (bench.folder / "c.jpg").write_bytes(b"\xff\xd8\xff" + b"no photo" * 500)
    bench.index()
    with closing(sqlite3.connect(tmp_path / "catalog.sqlite")) as connection, connection:
        connection.execute(
            "UPDATE photo SET taken_at = '2024-01-01 00:00:00', taken_from = 'file', camera = 'x',"
            " facts_are_old = 1 WHERE taken_at IS NOT NULL"
        )

    assert bench.embed().made.total() == 0

    assert when(bench, "20190512_183310.jpg")[1] is TakenFrom.NAME
    assert facts(bench, "b.jpg").camera is None
    assert bench.catalog.ingests.list_old_facts(10) == []


def test_a_file_that_cannot_be_read_any_more_keeps_its_facts(bench: Bench) -> None:
    """Damaged without another size or time, so that no scan notices; or gone since the scan."""
    for name in ("a.jpg", "b.jpg"):
        draw(bench.folder / name, seed=len(name))
        shutil.copy(bench.folder / name, bench.folder / f"copy of {name}")
    bench.scan()
    stat = (bench.folder / "a.jpg").stat()
    bench.embed()
    before = facts(bench, "a.jpg")
    (bench.folder / "a.jpg").write_bytes(b"\0" * stat.st_size)
    os.utime(bench.folder / "a.jpg", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with closing(sqlite3.connect(bench.folder.parent / "catalog.sqlite")) as connection, connection:
        connection.execute("UPDATE photo SET facts_are_old = 1")
    (bench.folder / "b.jpg").unlink()

    bench.embed()

    assert facts(bench, "a.jpg") == before
    assert [photo.relative_path for photo in bench.catalog.ingests.list_old_facts(10)] == ["b.jpg"]


def test_reading_facts_again_can_be_cancelled_and_goes_on_later(bench: Bench) -> None:
    path = draw(bench.folder / "a.jpg")
    bench.index()
    date_file(path, datetime(2001, 2, 3))
    bench.scan()
    job = Job(lambda progress: job.cancel() if progress.label == "Reading dates" else None)

    with pytest.raises(Cancelled):
        bench.embed(job)

    bench.embed()
    assert when(bench, "a.jpg")[0] == datetime(2001, 2, 3)
