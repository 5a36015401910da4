"""Words of names: found whatever case and accents, and in step with what is in the catalog."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.catalog import Catalog, FileStat
from desktop.catalog.names import add_functions
from tests.catalog.conftest import Shelf


def named(shelf: Shelf, *words: str) -> list[int]:
    return shelf.catalog.photos.find_named(words).tolist()


def test_words_of_files_and_folders_are_found(shelf: Shelf) -> None:
    cafe, dog, other = shelf.add("Paris/Caf\u00e9_2019.jpg", "Norway 2019/my-dog.jpg", "cafes.jpg")
    assert named(shelf, "cafe") == named(shelf, "CAF\u00c9") == [cafe]
    assert named(shelf, "2019") == [cafe, dog]
    assert named(shelf, "norway", "dog") == [dog]
    assert named(shelf, "norway", "cafe") == []
    assert named(shelf, "cafes") == [other]


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("Straße 3/ein Fluß.jpg", ["strasse", "fluss"]),
        ("Strasse.jpg", ["STRAẞE"]),
        ("ﬁnale.jpg", ["finale"]),
        ("\uff34\uff4f\uff4b\uff59\uff4f\uff12\uff10\uff11\uff19.jpg", ["tokyo2019"]),
        ("한국.jpg", ["한국"]),
        ("أحمد.jpg", ["احمد"]),
        ("x²_½.jpg", ["x2", "1\u20442"]),
        ("my_dog-2.jpg", ["dog-2.jpg", "my_dog"]),
    ],
)
def test_letters_are_the_same_on_both_databases(shelf: Shelf, name: str, asked: list[str]) -> None:
    (photo_id,) = shelf.add(name)
    shelf.add("other.jpg")
    assert named(shelf, *asked) == [photo_id]
    for word in asked:
        assert named(shelf, word) == [photo_id]


@pytest.mark.parametrize("word", ['"', "*", "AND", "NOT", "a:b", "^x", "(", "\u6d77", "-"])
def test_no_word_is_an_order_to_the_database(shelf: Shelf, word: str) -> None:
    shelf.add("a.jpg")
    assert named(shelf, word) == []


def test_a_name_that_is_no_text_can_be_looked_up_and_removed(shelf: Shelf) -> None:
    name = os.fsdecode(b"trip/caf\xe9 dog.jpg")
    (photo_id,) = shelf.add(name)
    assert named(shelf, "trip") == named(shelf, "dog") == [photo_id]
    shelf.catalog.folders.remove(shelf.folder_id)
    assert named(shelf, "trip") == []
    assert shelf.catalog.check() == []


@given(steps=st.lists(st.tuples(st.sampled_from("amr"), st.integers(0, 3), st.integers(0, 3))))
@settings(max_examples=50, deadline=None)
def test_names_stay_in_step_with_the_catalog(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    """Rows come, are renamed and go, on a connection beside that of the catalog."""
    folder = tmp_path_factory.mktemp("names")
    catalog = Catalog.open(folder / "catalog.sqlite")
    folder_id = catalog.folders.add(folder / "photos").folder_id
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as rows:
        rows.execute("PRAGMA foreign_keys = ON")
        add_functions(rows)
        for what, one, other in steps:
            if what == "a":
                known = catalog.files.list_all(folder_id)
                if f"red{one} car.jpg" not in known:
                    catalog.files.apply_scan(folder_id, [FileStat(f"red{one} car.jpg", 1, 1)])
            elif what == "m":
                rows.execute(
                    "UPDATE OR IGNORE photo SET relative_path = ? WHERE relative_path = ?",
                    (f"red{other} car.jpg".encode(), f"red{one} car.jpg".encode()),
                )
            else:
                name = f"red{one} car.jpg".encode()
                rows.execute("DELETE FROM photo WHERE relative_path = ?", (name,))
            rows.commit()
        files = {name: file.photo_id for name, file in catalog.files.list_all(folder_id).items()}
        for number in range(4):
            wanted = [pid for name, pid in files.items() if f"red{number}" in name]
            assert catalog.photos.find_named([f"red{number}"]).tolist() == wanted
        assert catalog.photos.find_named(["car"]).tolist() == sorted(files.values())
        rows.execute("INSERT INTO photo_name(photo_name) VALUES ('integrity-check')")
    catalog.close()
