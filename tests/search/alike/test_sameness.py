"""What is the same photo, or the same moment, as the one that was asked with."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from desktop.search import Band, Hit, Sameness
from desktop.search.alike.sameness import MOMENT, ClockTime, with_sameness

NOON = datetime(2019, 5, 12, 12)
AT_NOON = ClockTime(NOON)
ASKED = np.eye(16, dtype=np.float32)[0]
HITS = [Hit(number, 1.0 - number / 10, Band.LIKELY) for number in range(1, 5)]


def beside(share: float, direction: int) -> np.ndarray:
    """A photo with this cosine to the one asked with."""
    rest = np.eye(16, dtype=np.float32)[direction]
    return (share * ASKED + np.sqrt(1 - share**2) * rest).astype(np.float32)


VECTORS = {1: beside(0.99, 1), 2: beside(0.7, 2), 3: beside(0.65, 3), 4: beside(0.6, 4)}


def test_a_copy_is_the_same_photo_and_what_was_taken_with_it_the_same_moment() -> None:
    later = ClockTime(NOON + MOMENT), ClockTime(NOON + MOMENT + timedelta(seconds=1))
    moments = {1: AT_NOON, 3: later[0], 4: later[1]}
    told = with_sameness(HITS, ASKED, VECTORS, 0.1, AT_NOON, moments)
    assert [(hit.photo_id, hit.sameness) for hit in told] == [
        (1, Sameness.PHOTO),
        (3, Sameness.MOMENT),
        (2, None),
        (4, None),
    ]


def test_the_next_frame_of_a_burst_is_of_the_moment_and_no_copy() -> None:
    asked = ClockTime(NOON.replace(microsecond=300_000))

    def told(seconds: float, by_name: bool = False) -> Sameness | None:
        moment = ClockTime(asked.at + timedelta(seconds=seconds), not by_name)
        return with_sameness(HITS, ASKED, VECTORS, 0.1, asked, {1: moment})[0].sameness

    assert told(0) is Sameness.PHOTO
    assert told(-0.3) is Sameness.PHOTO, "a program that copies may drop the digits"
    assert told(0.1) is told(1) is Sameness.MOMENT
    assert told(2, by_name=True) is Sameness.PHOTO, "a name may be a second off"
    assert told(3, by_name=True) is Sameness.MOMENT


def test_without_a_clock_in_the_camera_there_is_no_moment() -> None:
    told = with_sameness(HITS, ASKED, VECTORS, 0.1, None, {3: AT_NOON})
    assert [hit.sameness for hit in told] == [Sameness.PHOTO, None, None, None]


def test_what_only_resembles_it_is_not_the_same() -> None:
    others = {photo_id: vector for photo_id, vector in VECTORS.items() if photo_id != 1}
    told = with_sameness(HITS[1:], ASKED, others, 0.1, AT_NOON, {})
    assert [hit.photo_id for hit in told] == [2, 3, 4]
    assert {hit.sameness for hit in told} == {None}


def test_what_is_not_likely_is_of_no_moment() -> None:
    weak = [Hit(2, 0.1, Band.UNLIKELY)]
    (told,) = with_sameness(weak, ASKED, {}, 0.1, AT_NOON, {2: AT_NOON})
    assert told.sameness is None
