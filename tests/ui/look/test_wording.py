"""Numbers and durations as a person says them."""

from dataclasses import replace
from datetime import datetime

import pytest

from desktop.library import (
    Band,
    Clause,
    ClauseScore,
    Hit,
    Metadata,
    Progress,
    Sameness,
    TakenFrom,
)
from desktop.ui.look import wording


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute left"),
        (59, "less than a minute left"),
        (61, "about 1 minute left"),
        (190, "about 3 minutes left"),
        (59.6 * 60, "about 1 hour left"),
        (2 * 3600 + 11 * 60, "about 2 h 10 min left"),
        (5 * 3600 - 60, "about 5 hours left"),
        (11 * 3600 + 1000, "about 11 hours left"),
    ],
)
def test_time_left_is_coarser_the_longer_it_takes(seconds: float, words: str) -> None:
    assert wording.time_left(seconds) == words


@pytest.mark.parametrize(
    ("per_s", "words"),
    [(1234, "1,234"), (12.4, "12"), (3.44, "3.4"), (0.25, "0.25"), (1e-5, "0.01")],
)
def test_a_rate_never_reads_as_nothing(per_s: float, words: str) -> None:
    assert wording.rate(per_s) == words


def test_progress_says_what_is_known() -> None:
    assert wording.progress(Progress(0, 40, "Indexing photos")) == "Indexing photos: 0 of 40"
    assert (
        wording.progress(Progress(12, 4800, "Indexing photos", 12.2, 180))
        == "Indexing photos: 12 of 4,800, 12 photos/s, about 3 minutes left"
    )
    looking = Progress(5000, 0, "Looking through Pictures", 2400)
    assert wording.progress(looking) == "Looking through Pictures: 5,000, 2,400 files/s"


@pytest.mark.parametrize(
    ("source", "utc_offset_min", "words"),
    [
        (TakenFrom.EXIF, None, ""),
        (TakenFrom.EXIF, 120, ", UTC+2"),
        (TakenFrom.XMP, -210, ", UTC-3:30, from XMP"),
        (TakenFrom.TAKEOUT, 0, ", UTC, from Google Takeout"),
        (TakenFrom.NAME, None, ", from the file's name"),
        (TakenFrom.FILE, None, ", from the file's time"),
    ],
)
def test_a_date_is_shown_with_who_says_so(
    source: TakenFrom, utc_offset_min: int | None, words: str
) -> None:
    at = datetime(2019, 5, 12, 18, 33)
    facts = Metadata(
        64, 48, 1, at, source, None, None, None, None, "JPEG", utc_offset_min=utc_offset_min
    )
    assert wording.taken(facts) == wording.minute(at) + words


def test_every_source_of_a_date_has_words() -> None:
    for source in TakenFrom:
        wording.taken(
            Metadata(64, 48, 1, datetime(2019, 5, 12), source, None, None, None, None, "JPEG")
        )


def test_why_a_photo_was_found_is_said_where_there_is_more_to_say_than_its_score() -> None:
    dog = ClauseScore(Clause("dog"), 0.3, Band.LIKELY)
    people = ClauseScore(Clause("people", is_unwanted=True), 0.1, Band.UNLIKELY)
    assert wording.why(Hit(1, 0.3, Band.LIKELY, parts=(dog, people))) == [
        "dog: likely",
        "not people: likely",
    ]
    assert wording.why(Hit(1, 0.3, Band.LIKELY, parts=(dog,))) == []
    named = Hit(1, 0.3, Band.LIKELY, is_named=True, sameness=Sameness.MOMENT)
    assert wording.why(named) == ["the same moment", "it is called so"]
    assert wording.how_sure(named) == "Likely"
    maybe = Hit(1, 0.3, Band.MAYBE, 0.414)
    assert wording.how_sure(maybe) == "Maybe, 41 % sure"
    assert wording.how_sure(maybe, is_likeness=True) == "Similar, 41 % sure"
    same, found = replace(maybe, sameness=Sameness.PHOTO), (named, maybe)
    assert [wording.badge(hit) for hit in (*found, same)] == ["moment", "41 %", "same"]
    assert wording.badge(replace(maybe, is_named=True)) == "name"


def test_how_well_a_clause_is_met_is_a_sentence() -> None:
    assert wording.met(False, 0.624, 10) == (
        "The best 10 photos show this with a probability of 62 %, on average."
    )
    assert wording.met(True, 0.995, 1) == "The best photo lacks this with a probability of >99 %."
    assert [wording.percent(share) for share in (0.0, 0.001, 0.5, 1.0)] == [
        "0 %", "<1 %", "50 %", "100 %",
    ]  # fmt: skip


def test_a_score_of_nearly_nothing_has_no_sign() -> None:
    assert [wording.score(each) for each in (0.314, -0.004, -0.2)] == ["0.31", "0.00", "-0.20"]


def test_words_from_right_to_left_turn_nothing_round_beside_them() -> None:
    assert wording.part(Clause("\u0646\u0627\u0633", is_unwanted=True)) == (
        "not \u2068\u0646\u0627\u0633\u2069"
    )
    assert wording.part(Clause("people", is_unwanted=True)) == "not people"
    assert wording.part(Clause("\u202epeople")) == "\\u202epeople"
