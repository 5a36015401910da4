"""The exact answer in place of the first one: which photo keeps its cell, and when nothing does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.library import Band, Clause, ClauseScore, Hit, Query, Results, Sameness
from desktop.ui.look.theme import LIGHT
from desktop.ui.pages.headings import sections
from desktop.ui.places.answers import (
    N_MET,
    N_NEAREST,
    Answer,
    agree,
    collapsed,
    keep_cell,
    shares_of,
    without_weak,
)
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


@pytest.mark.parametrize("header", [{}, dict.fromkeys(range(1, 41), "May 2021")])
def test_what_was_marked_alone_is_not_all_that_is_shown(header: dict[int, str]) -> None:
    """Before, a thumb up on the best of weak photos hid all others."""
    found = replace(answer(*range(1, 41), n_likely=1), headers_of=header)
    results = found.results
    assert results is not None
    weak = [replace(hit, band=Band.UNLIKELY) for hit in results.hits[1:]]
    marked = replace(results.query, more=(1,))
    results = replace(results, hits=(results.hits[0], *weak), query=marked)
    assert ids(without_weak(replace(found, results=results))) == list(range(1, N_NEAREST + 2))
    unmarked = replace(results, query=replace(marked, more=()))
    assert ids(without_weak(replace(found, results=unmarked))) == [1]


def test_a_copy_in_a_lower_band_stands_behind_the_better_one() -> None:
    """Before, it was a photo of its own under *Maybe*."""
    found = replace(answer(1, 2, 3, 4, n_likely=2), alike=((2, 4),))
    closed, opened = collapsed(found, set()), collapsed(found, {4})
    assert ids(closed) == [1, 2, 3]
    assert ids(opened) == [1, 2, 4, 3]
    assert [hit.band for hit in opened.hits] == [*[Band.LIKELY] * 3, Band.MAYBE]
    for shown in (closed, opened):
        notes = [section.note for section in sections(shown, LIGHT)]
        assert notes == ["2 photos", "1 photo"], "as many likely ones as without look-alikes"


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


def test_how_well_each_clause_is_met_is_told_of_the_best_hits() -> None:
    dog, people = Clause("dog"), Clause("people", is_unwanted=True)

    def hit(photo_id: int, of_dog: float, of_people: float) -> Hit:
        told = ((dog, of_dog), (people, of_people))
        parts = tuple(ClauseScore(each, 0.3, Band.MAYBE, probability) for each, probability in told)
        return Hit(photo_id, 0.3, Band.MAYBE, min(of_dog, 1 - of_people), parts)

    few = (hit(1, 0.2, 0.1), hit(2, 0.8, 0.3))
    results = Results(Query("dog -people"), "none@1", few, 9, 9, 1.0)
    place = ALL.search(results.query)
    n_hits, shares = shares_of(Answer(place, np.array([1, 2]), results=results))
    assert (n_hits, shares) == (2, {dog: pytest.approx(0.5), people: pytest.approx(0.8)})
    weak = tuple(hit(photo_id, 0.0, 1.0) for photo_id in range(3, 90))
    many = replace(results, hits=weak + few * (N_MET // 2))  # as along the time line
    assert shares_of(Answer(place, np.arange(97), results=many)) == (N_MET, pytest.approx(shares))


def test_one_clause_has_no_share() -> None:
    assert shares_of(answer(1, 2)) == (2, {})
