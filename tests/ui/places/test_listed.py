"""A list by date has one photo for each group of look-alikes, wherever they stand."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from desktop.library import AlikeGroups, Month
from desktop.ui.places.answers import Answer, Stack
from desktop.ui.places.listed import put_together
from desktop.ui.places.place import ALL

IDS = [8, 7, 6, 5, 4, 3, 2, 1]
MONTHS = (Month(2021, 5, 5), Month(2021, 4, 3))
GROUPS = AlikeGroups.of([(5, 7, 8), (2, 3), (4, 99)])


def listed() -> Answer:
    return Answer(ALL, np.array(IDS), MONTHS)


def test_the_best_one_stands_where_it_was_taken() -> None:
    shown = put_together(listed(), GROUPS, set())
    assert shown.photo_ids.tolist() == [6, 5, 4, 2, 1]
    assert shown.rows_of_months == (3, 2) and shown.months == MONTHS
    assert dict(shown.stacks) == {5: Stack(0, 3, False), 2: Stack(0, 2, False)}
    assert shown.stacks.get(4) is None, "what looks like it is not in this list"


def test_those_that_are_opened_follow_right_behind() -> None:
    shown = put_together(listed(), GROUPS, {8})
    assert shown.photo_ids.tolist() == [6, 5, 7, 8, 4, 2, 1]
    assert shown.rows_of_months == (5, 2)
    assert [shown.stacks[each].at for each in (5, 7, 8)] == [0, 1, 2]
    assert shown.stacks[8].is_open and not shown.stacks[2].is_open
    assert shown.stacks == put_together(listed(), GROUPS, {8}).stacks
    assert shown.stacks != put_together(listed(), GROUPS, set()).stacks


@given(st.permutations(range(12)), st.lists(st.integers(0, 3), min_size=12, max_size=12), st.data())
def test_as_one_by_one(ids: list[int], numbers: list[int], data: st.DataObject) -> None:
    """The same as if each group were looked up by itself."""
    opened = data.draw(st.sets(st.sampled_from(ids)))
    members = [[each for each in range(12) if numbers[each] == group] for group in (1, 2, 3)]
    groups = [group for group in members if group]
    listing = Answer(ALL, np.array(ids), (Month(2021, 1, 12),))
    shown = put_together(listing, AlikeGroups.of(groups), opened)
    wanted = []
    for photo_id in ids:
        group = next((each for each in groups if photo_id in each), [photo_id])
        if photo_id == group[0]:
            wanted += [photo_id] if opened.isdisjoint(group) else group
    assert shown.photo_ids.tolist() == wanted
    assert shown.rows_of_months == ((len(wanted),) if groups else ())
