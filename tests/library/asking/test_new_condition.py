"""What it takes to add a filter: one class, and one row that says it in SQL."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from desktop.catalog.filters import in_sql
from desktop.catalog.schema import PhotoRow
from desktop.library import LISTED, SEARCHED, Filter, Job, Query
from desktop.ui.places.place import History, Place
from tests.library.test_library import names, open_library
from tests.pictures import draw_nine


@dataclass(frozen=True, slots=True)
class AtLeastAsLarge(Filter):
    n_bytes: int


def test_a_new_condition_works_wherever_a_filter_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        in_sql._SQL, AtLeastAsLarge, lambda which: PhotoRow.size_bytes >= which.n_bytes
    )
    photos = draw_nine(tmp_path / "photos")
    largest = max(photos.iterdir(), key=lambda path: path.stat().st_size)
    is_large = AtLeastAsLarge(largest.stat().st_size)
    with closing(open_library(tmp_path / "data")) as library:
        library.folders.add(photos)
        library.index(Job())

        (photo,) = library.photos.get(library.photos.list_ids(LISTED & is_large).tolist())
        assert photo.path == largest
        assert library.photos.count(LISTED & ~is_large) == 8
        assert names(library, Query(text="red", filter=SEARCHED & is_large)) == [largest.name]
        assert library.search(Query(text="red", filter=SEARCHED & ~is_large)).total == 8

        place = Place("Large photos", "photos", filter=LISTED & is_large)
        history = History(place)
        assert not history.push(Place("Large photos", "photos", filter=LISTED & is_large)), "there"
        assert history.push(place.search(Query(text="red")))
        assert names(library, history.current.query) == [largest.name]
