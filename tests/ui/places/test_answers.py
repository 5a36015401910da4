"""The exact answer in place of the first one: which photo keeps its cell, and when nothing does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.library import Band, Hit, Query, Results, Sameness
from desktop.ui.places.answers import Answer, agree, keep_cell
from desktop.ui.places.place import ALL


def answer(*photo_ids: int, n_likely: int = 3) -> Answer:
    """The first n_likely are likely, the rest maybe."""
    hits = tuple(
        Hit(pid, 0.5, Band.LIKELY if at < n_likely else Band.MAYBE)
        for at, pid in enumerate(photo_ids)
    )
    results = Results(Query("red"), "none@1", hits, 9, 9, 1.0)
    return Answer(ALL.search(results.query), np.array(photo_ids, np.int64), results=results)


def ids(shown: Answer) -> list[int]:
    assert shown.photo_ids.tolist() == [hit.photo_id for hit in shown.hits]
    return shown.photo_ids.tolist()


def test_two_answers_agree_when_order_and_bands_do() -> None:
    assert agree(answer(1, 2, 3, 4), answer(1, 2, 3, 4))
    assert not agree(answer(1, 2, 3, 4), answer(1, 2, 4, 3))
    assert not agree(answer(1, 2, 3, 4), answer(1, 2, 3, 4, n_likely=2))
    assert not agree(answer(1, 2, 3, 4), answer(1, 2, 3))


def test_a_photo_keeps_its_column_and_the_others_close_up() -> None:
    first, exact = answer(2, 3, 5, 6, 7), answer(1, 2, 3, 4, 5, 6, 7)
    assert ids(keep_cell(first, exact, 1)) == [1, 3, 2, 4, 5, 6, 7]
    assert ids(keep_cell(first, exact, 4)) == [1, 2, 3, 4, 7, 5, 6]


def test_a_photo_of_another_section_now_stays_within_that() -> None:
    first, exact = answer(1, 2, 3, 4, 5), answer(1, 2, 9, 8, 5, 3, 4)
    kept = keep_cell(first, exact, 2)
    assert ids(kept) == [1, 2, 9, 8, 5, 3, 4]
    assert [hit.band for hit in kept.hits] == [hit.band for hit in exact.hits]


def test_the_same_photo_stays_before_what_resembles_it() -> None:
    first, exact = answer(4, 2, 3), answer(1, 2, 3, 4, n_likely=4)
    results = exact.results
    assert results is not None
    same = replace(results.hits[0], sameness=Sameness.PHOTO)
    exact = replace(exact, results=replace(results, hits=(same, *results.hits[1:])))
    kept = keep_cell(first, exact, 0)
    assert ids(kept) == [1, 4, 2, 3]
    assert [hit.section for hit in kept.hits] == [Sameness.PHOTO, *[Band.LIKELY] * 3]


def test_a_photo_that_the_exact_answer_does_not_have_changes_nothing() -> None:
    exact = answer(1, 2, 3, 4)
    assert keep_cell(answer(9, 1, 2, 3), exact, 0) is exact
    assert keep_cell(answer(9, 1, 2, 3), exact, 7) is exact


@settings(max_examples=80, deadline=None)
@given(
    ranks=st.permutations(range(12)),
    lacking=st.sets(st.integers(0, 11), max_size=6),
    n_likely=st.integers(1, 12),
    row=st.integers(0, 11),
)
def test_nothing_is_lost_and_the_sections_stay_whole(
    ranks: list[int], lacking: set[int], n_likely: int, row: int
) -> None:
    first = answer(*[pid for pid in ranks if pid not in lacking], n_likely=n_likely)
    exact = answer(*ranks, n_likely=n_likely)
    kept = keep_cell(first, exact, row)
    assert sorted(ids(kept)) == sorted(ranks)
    assert [hit.band for hit in kept.hits] == [hit.band for hit in exact.hits]
    moved = first.photo_ids[row : row + 1].tolist()
    assert [pid for pid in ids(kept) if pid not in moved] == [
        pid for pid in ranks if pid not in moved
    ]
