"""Photos are found by how they look and by what they are called."""

from __future__ import annotations

import dataclasses

import pytest

from desktop.search import Band, Clause, Engine, Hit, Query
from desktop.search.naming import put_together, words_of
from tests.search.album import EXACT_LIMIT, Album
from tests.search.test_engine import names


def hit(photo_id: int, score: float, band: Band = Band.UNLIKELY) -> Hit:
    return Hit(photo_id, score, band, score)


def test_what_is_called_so_is_likely_and_both_lists_take_turns() -> None:
    looks = [hit(1, 0.9, Band.LIKELY), hit(2, 0.6, Band.LIKELY), hit(3, 0.4, Band.MAYBE), hit(4, 0)]
    called = [hit(3, 0.4, Band.MAYBE), hit(9, -0.5)]
    found = put_together(looks, called, 10)
    assert [each.photo_id for each in found] == [3, 1, 2, 9, 4]
    assert [each.is_named for each in found] == [True, False, False, True, False]
    assert {each.band for each in found[:4]} == {Band.LIKELY} and found[4].band is Band.UNLIKELY
    assert [each.photo_id for each in put_together(looks, called, 2)] == [3, 1]
    assert put_together(looks, [], 10) == tuple(looks)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Norway 2019", ["Norway", "2019"]),
        ("my_dog.jpg", ["my", "dog"]),
        ("a, I", []),
        ("png", []),
    ],
)
def test_words_that_can_be_names(text: str, words: list[str]) -> None:
    assert words_of(Clause(text)) == words


def test_a_search_finds_photos_by_their_names(album: Album) -> None:
    """The album's photos are called after their colours, and "yellow" alone is in one name."""
    first = album.engine.search(Query("yellow", n=9)).hits[0]
    assert album.name_of(first.photo_id) == "yellow" and first.is_named
    for text in ("trip", "lost"):
        assert not any(each.is_named for each in album.engine.search(Query(text)).hits)


def test_names_can_be_switched_off(album: Album) -> None:
    engine = Engine(
        album.catalog, album.index, album.embedder, lambda: EXACT_LIMIT, names_count=lambda: False
    )
    assert not any(each.is_named for each in engine.search(Query("yellow", n=9)).hits)


def test_a_name_that_most_photos_have_says_nothing(album: Album) -> None:
    album.add(*(f"black{number}" for number in range(20)))
    every = album.engine.search(Query("black", n=99))
    assert sum(each.is_named for each in every.hits) == 1
    narrowed = dataclasses.replace(every.query, text="black name:black")
    assert names(album, album.engine.search(narrowed))[0].startswith("black")
