"""Which of the waiting photos are taken first."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from desktop.ingest.order import PAGE, spread


@given(st.sets(st.integers(1, 5000)))
def test_every_waiting_photo_is_on_exactly_one_page(waiting: set[int]) -> None:
    photo_ids = sorted(waiting)
    taken: list[int] = []
    for after, last in spread(np.array(photo_ids, np.int64)):
        page = [photo_id for photo_id in photo_ids if after < photo_id <= last]
        assert 0 < len(page) <= PAGE
        taken += page

    assert sorted(taken) == photo_ids


def test_what_is_done_is_a_fair_sample_at_any_time() -> None:
    n_pages = 1000
    firsts = [after // PAGE for after, _ in spread(np.arange(1, n_pages * PAGE + 1))]

    for n_done in range(8, n_pages, 7):
        of_first_half = sum(first < n_pages / 2 for first in firsts[:n_done])
        assert abs(of_first_half / n_done - 0.5) <= 0.15
