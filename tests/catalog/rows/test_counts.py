"""Counting by month and by sub-folder: whatever the dates and names, the numbers are those of the
filters that belong to them."""

import dataclasses
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.catalog import LISTED, Catalog, FileStat, HasProblem, InFolder, Ingested, Month, Taken
from tests.catalog.conftest import Shelf, Where, metadata

MOMENTS = (
    datetime.min,
    datetime(1923, 4, 5, 6, 7),
    datetime(1969, 12, 31, 23, 59, 59, 999_999),
    datetime(1970, 1, 1),
    datetime(2019, 12, 31, 23, 59, 59, 999_999),
    datetime(2020, 1, 1),
    datetime(2020, 2, 29, 12),
    datetime.max,
)


def read_at(shelf: Shelf, *moments: datetime) -> list[int]:
    ids = shelf.add(*(f"{number}.jpg" for number in range(len(moments))))
    for photo_id, moment in zip(ids, moments, strict=True):
        shelf.read(photo_id, facts=metadata(moment))
    return ids


@pytest.fixture(scope="module")
def dated(where_for_all: Where) -> Iterator[Catalog]:
    catalog = Catalog.open(where_for_all)
    catalog.folders.add(Path("/photos"))
    catalog.files.apply_scan(1, [FileStat(f"{number}", 1, 1) for number in range(6)])
    yield catalog
    catalog.close()


def test_photos_are_counted_by_month(shelf: Shelf) -> None:
    _, _, problem = read_at(
        shelf, datetime(2020, 5, 1), datetime(2020, 5, 31), datetime(2020, 5, 2)
    )
    (unread,) = shelf.add("unread.jpg", mtime_ns=int(datetime(2019, 7, 1).timestamp()) * 10**9)
    shelf.fail(problem)

    assert shelf.catalog.photos.count_by_month() == (Month(2020, 5, 2), Month(2019, 7, 1))
    assert shelf.catalog.photos.count_by_month(HasProblem()) == (Month(1970, 1, 1),), (
        "its file's date"
    )
    assert shelf.catalog.photos.count_by_month(InFolder(99)) == ()
    shelf.catalog.files.apply_scan(shelf.folder_id, gone=[unread])
    assert shelf.catalog.photos.count_by_month() == (Month(2020, 5, 2),)


moments = st.sampled_from(MOMENTS) | st.datetimes()


@given(taken=st.lists(moments, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_months_and_years_are_those_of_the_list(dated: Catalog, taken: list[datetime]) -> None:
    ids = list(range(1, len(taken) + 1))
    dated.ingests.save(
        [
            Ingested(each, FileStat("", 1, 1), f"{each}", metadata(moment))
            for each, moment in zip(ids, taken, strict=True)
        ],
    )

    listing = dated.photos.list_by_date()

    assert listing.photo_ids.tolist() == dated.photos.list_ids().tolist()
    assert (
        listing.months
        == dated.photos.count_by_month()
        == tuple(sorted(listing.months, reverse=True))
    )
    start = 0
    for year, month, n_photos in listing.months:
        of_month = dated.photos.list_ids(LISTED & Taken.in_month(year, month))
        assert of_month.tolist() == listing.photo_ids[start : start + n_photos].tolist()
        of_year = sum(each.n_photos for each in listing.months if each.year == year)
        assert dated.photos.count(LISTED & Taken.in_year(year)) == of_year
        start += n_photos
    assert start == len(listing.photo_ids)


def test_each_sub_folder_counts_what_lies_beneath_it(shelf: Shelf) -> None:
    odd = b"caf\xe9".decode("utf-8", "surrogateescape")
    other = shelf.catalog.folders.add(Path("/other"))
    shelf.catalog.files.apply_scan(other.folder_id, [FileStat("2019/x.jpg", 1, 1)])
    *_, gone = shelf.add("a.jpg", "2019/b.jpg", "2019/Norway/c.jpg", f"{odd}/d.jpg", "old/e.jpg")
    shelf.catalog.files.apply_scan(shelf.folder_id, gone=[gone])

    counted = shelf.catalog.photos.count_by_sub_folder(shelf.folder_id)

    assert counted == {"": 4, "2019": 2, "2019/Norway": 1, odd: 1}
    for sub_folder, n_photos in counted.items():
        which = LISTED & InFolder(shelf.folder_id, sub_folder)
        assert shelf.catalog.photos.count(which) == n_photos
    assert shelf.catalog.photos.count_by_sub_folder(99) == {}


def test_a_month_ends_where_the_next_one_begins() -> None:
    months = [Taken.in_month(year, month) for year in (2019, 2020) for month in range(1, 13)]
    assert all(one.until == following.since for one, following in pairwise(months))
    assert Taken.in_year(2020) == Taken(datetime(2020, 1, 1), datetime(2021, 1, 1))
    last = Taken.in_month(9999, 12)
    assert (last.since, last.until) == (datetime(9999, 12, 1), None)
    assert timedelta(days=28) <= min(m.until - m.since for m in months if m.since and m.until)


def test_names_in_use_are_the_most_frequent_first(shelf: Shelf) -> None:
    ids = shelf.add("Norway/a.jpg", "Norway/b.jpg", "Spain/c.jpg", "d.jpg", "gone.jpg")
    for photo_id, camera in zip(ids, ("Leica Q", "Canon", "Leica Q", None, "Nikon"), strict=True):
        facts = dataclasses.replace(metadata(datetime(2019, 5, 17)), camera=camera, lens="")
        shelf.read(photo_id, facts=facts)
    shelf.catalog.files.apply_scan(shelf.folder_id, gone=[ids[-1]])
    names = shelf.catalog.photos.names_in_use()
    assert names.cameras == ("Leica Q", "Canon")
    assert (names.lenses, names.kinds, names.years) == ((), ("JPEG",), (2019,))
    assert names.folders == (shelf.folder_path.name, "Norway", "Spain")
