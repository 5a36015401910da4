"""Backups of the catalog: when they are made, which are kept, and which are trusted."""

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desktop.catalog import Backups, Catalog, FileStat, Revisions
from desktop.catalog.databases.sqlite import backups as making
from desktop.catalog.databases.sqlite.backups import REST, find_damage
from desktop.errors import Cancelled, CatalogDamaged, UserError
from tests.catalog.conftest import MODEL, Shelf

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def kind() -> str:
    """Likeness makes backups of SQLite's file only."""
    return "sqlite"


def names(backups: Backups) -> list[str]:
    return sorted(path.name for path in backups.folder.iterdir())


def spoil(path: Path) -> None:
    """Overwrite the second half, as a failing disk does."""
    with path.open("rb+") as file:
        size = path.stat().st_size
        file.seek(size // 2)
        file.write(b"\xff" * (size - size // 2))


def read_at(revision: int) -> Revisions:
    """Of a catalog whose last write was about photos."""
    return Revisions(revision, revision, revision, 0, 0.0)


def fill(shelf: Shelf, n: int = 2000) -> None:
    shelf.add(*(f"{number}.jpg" for number in range(n)))


def test_a_backup_is_a_whole_catalog_of_that_moment(shelf: Shelf) -> None:
    (photo_id,) = shelf.add("a.jpg")
    shelf.read(photo_id)

    path = shelf.catalog.back_up_if_due()
    shelf.add("b.jpg")

    assert path is not None and names(shelf.catalog.backups) == [path.name]
    copy = Catalog.open(path)
    assert copy.count(MODEL).searchable == copy.count(MODEL).photos == 1
    assert copy.check() == []
    copy.close()


def test_a_backup_is_due_once_a_day_and_only_after_a_change(shelf: Shelf) -> None:
    backups = shelf.catalog.backups
    assert not backups.is_due(read_at(0), NOON), "an empty catalog needs none"
    assert backups.is_due(read_at(1), NOON)

    backups.make(1, now=NOON)

    assert not backups.is_due(read_at(5), NOON + DAY / 2)
    assert backups.is_due(read_at(5), NOON + DAY)
    assert not backups.is_due(read_at(1), NOON + 30 * DAY), "nothing has changed"
    assert backups.is_due(Revisions(5, 1, 4, 5, (NOON + DAY).timestamp()), NOON + DAY), (
        "embeddings have"
    )


def test_a_mark_makes_no_backup_due_on_the_spot(shelf: Shelf) -> None:
    backups = shelf.catalog.backups
    backups.make(7, now=NOON)
    later = NOON + 30 * DAY
    marked = Revisions(8, 7, 6, 8, people_wrote_at=later.timestamp())

    assert not backups.is_due(marked, later + REST / 2)
    assert backups.is_due(marked, later + 2 * REST)
    assert not backups.is_due(marked, NOON + DAY / 2), "at most once a day"
    assert backups.is_due(marked._replace(photos=9, revision=9), later), "photos have changed, too"


def test_three_days_and_three_weeks_are_kept(shelf: Shelf) -> None:
    backups = shelf.catalog.backups
    for day in range(40):
        backups.make(day + 1, now=NOON + day * DAY)

    kept = [backup.made_at for backup in backups.list(NOON + 39 * DAY)]

    days = [NOON + day * DAY for day in (39, 38, 37)]
    assert kept[:3] == days
    # 2026-12-29 is a Tuesday, and with the Monday before it a week of its own.
    assert kept[3:] == [datetime(2026, 12, 20, 12, tzinfo=UTC)]
    assert {made_at.isocalendar()[:2] for made_at in kept} == {(2026, 51), (2026, 52), (2026, 53)}


def test_a_backup_before_each_migration_stays(shelf: Shelf) -> None:
    backups = shelf.catalog.backups
    before = backups.make_before_migration(1)
    for day in range(30):
        backups.make(day + 1, now=NOON + day * DAY)

    assert before.exists()
    again = making.Backup(before.with_name("catalog-20300101-000000-v1.sqlite"), NOON, None, 1)
    before.rename(again.path)
    newer = backups.make_before_migration(2)
    backups.make(100, now=NOON + 31 * DAY)
    assert newer.exists() and again.path.exists()


def test_a_clock_that_was_wrong_does_not_stop_backups(shelf: Shelf) -> None:
    """Copies dated in the future neither count as today's nor push out what is made now."""
    backups = shelf.catalog.backups
    for year in range(3):
        backups.make(year + 1, now=NOON + 365 * (year + 1) * DAY)

    assert backups.is_due(read_at(7), NOON)
    path = backups.make(7, now=NOON)

    assert backups.list(NOON)[0].path == path
    assert not backups.is_due(read_at(8), NOON + DAY / 2)


def test_a_damaged_catalog_is_never_kept_as_a_backup(shelf: Shelf) -> None:
    fill(shelf)
    good = shelf.catalog.backups.make(1, now=NOON)
    shelf.catalog.close()
    spoil(shelf.path)

    with pytest.raises(CatalogDamaged):
        Backups(shelf.path).make(2, now=NOON + DAY)

    assert names(Backups(shelf.path)) == [good.name]


def test_the_newest_backup_that_is_whole_is_found(shelf: Shelf) -> None:
    fill(shelf)
    backups = shelf.catalog.backups
    older = backups.make(1, now=NOON)
    newer = backups.make(2, now=NOON + DAY)
    (backups.folder / "catalog-of-mine.sqlite").write_text("something else")
    spoil(newer)

    found = backups.find_newest_good()

    assert found is not None and found.path == older
    spoil(older)
    assert backups.find_newest_good() is None


def test_a_backup_leaves_room_on_the_disk(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "SPARE_BYTES", 10**18)

    with pytest.raises(UserError, match="too little room") as refused:
        shelf.catalog.backups.make(1)

    assert refused.value.hint.endswith(".")
    assert shelf.catalog.backups.list() == []


def test_a_backup_can_be_stopped_at_any_step_and_leaves_nothing(shelf: Shelf) -> None:
    for number in range(6):
        ids = shelf.add(*(f"{number}/{each}.jpg" for each in range(3000)))
        assert len(ids) == 3000
    n_steps = [0]

    def count() -> None:
        n_steps[0] += 1

    shelf.catalog.backups.make(1, count, now=NOON)
    assert n_steps[0] > 3
    for stop_at in range(1, n_steps[0]):
        left = [stop_at]

        def stop(left: list[int] = left) -> None:
            left[0] -= 1
            if not left[0]:
                raise Cancelled

        with pytest.raises(Cancelled):
            shelf.catalog.backups.make(2, stop, now=NOON + DAY)
    assert len(names(shelf.catalog.backups)) == 1


def test_a_backup_is_of_one_moment_while_others_write(shelf: Shelf) -> None:
    """And it comes to an end: it does not begin anew with each write."""
    fill(shelf, 20_000)
    stopped = threading.Event()
    n_written = [0]

    def write() -> None:
        while not stopped.is_set():
            stats = [FileStat(f"new/{n_written[0]}-{each}.jpg", 1, 1) for each in range(10)]
            shelf.catalog.files.apply_scan(shelf.folder_id, stats)
            n_written[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        path = shelf.catalog.back_up_if_due()
    finally:
        stopped.set()
        writer.join()

    assert path is not None and n_written[0] > 0
    copy = Catalog.open(path)
    assert (copy.count(MODEL).photos - 20_000) % 10 == 0
    assert copy.check() == []
    copy.close()


def test_what_is_no_catalog_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "100% ?#.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")
    assert find_damage(path) == "it holds no catalog"
    path.write_bytes(b"text " * 1000)
    assert find_damage(path) is not None
    assert find_damage(tmp_path / "absent.sqlite") is not None
    Catalog.open(tmp_path / "sound ?.sqlite").close()
    assert find_damage(tmp_path / "sound ?.sqlite") is None


def test_damage_that_was_met_is_found_again_at_the_next_start(shelf: Shelf) -> None:
    """Opening reads what tables there are, which is in the first half, and would not see it; noted,
    it is looked for."""
    fill(shelf, 4000)
    shelf.catalog.close()
    whole = shelf.path.read_bytes()
    spoil(shelf.path)
    catalog = Catalog.open(shelf.path)
    with pytest.raises(CatalogDamaged):
        catalog.files.list_all(shelf.folder_id)
    catalog.close()

    with pytest.raises(CatalogDamaged):
        Catalog.open(shelf.path)

    shelf.path.write_bytes(whole)  # mended by hand: looked at once, then opened as usual
    Catalog.open(shelf.path).close()
    assert not [path for path in shelf.path.parent.iterdir() if path.suffix == ".damaged"]
