"""What the values of conditions mean, and what is said of those that mean nothing."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from desktop.catalog import (
    LISTED,
    SEARCHED,
    And,
    Away,
    CameraNameHolds,
    Damaged,
    Filter,
    FolderNameHolds,
    HasPlace,
    InSeason,
    InTheme,
    Kind,
    LensNameHolds,
    Missing,
    NameHolds,
    Not,
    Or,
    PixelCount,
    Readable,
    Shape,
    Taken,
)
from desktop.errors import QueryUnanswerable
from desktop.search.language.conditions import (
    _EXAMPLES,
    _READERS,
    MOST_CLAUSES,
    check,
    faults,
    narrow,
)
from desktop.search.language.parsing import KEYS, Means, parse


def meaning(text: str) -> Filter:
    """Of one condition."""
    narrowed = narrow(And(()), parse(text).sentence.conditions)
    assert isinstance(narrowed, And) and len(narrowed.parts) == 1
    (part,) = narrowed.parts
    return part.parts[0] if isinstance(part, Or) else part


def test_every_key_has_a_reader_and_examples_that_it_can_read() -> None:
    clauses = {means.value for means in Means if means.value}
    assert set(KEYS) == _READERS.keys() == _EXAMPLES.keys() - clauses
    for examples in _EXAMPLES.values():
        assert faults(examples.replace(",", "").replace(" or ", " ")) == ()


HOME = Path.home().as_posix()


@pytest.mark.parametrize(
    ("text", "which"),
    [
        ("after:2020", Taken(datetime(2020, 1, 1))),
        ("before:2020-05-17T12:30", Taken(None, datetime(2020, 5, 17, 12, 30))),
        ("year:2020", Taken.in_year(2020)),
        ("theme:beach", InTheme(letters="beach")),
        ("theme:NONE", InTheme()),
        ("year:2018-2020", Taken(datetime(2018, 1, 1), datetime(2021, 1, 1))),
        ("year:9999", Taken(datetime(9999, 1, 1), None)),
        ("month:12", InSeason(12)),
        ("month:Dec", InSeason(12)),
        ("month:december", InSeason(12)),
        ("month:Dezember", InSeason(12)),
        ("month:aout", InSeason(8)),
        ("month:mar\u00e7o", InSeason(3)),
        ("month:2020-02", Taken.in_month(2020, 2)),
        ("day:24", InSeason(None, 24)),
        ("day:02-29", InSeason(2, 29)),
        ("day:2020-05-17", Taken(datetime(2020, 5, 17), datetime(2020, 5, 18))),
        ("day:2019-12-24..2019-12-26", Taken(datetime(2019, 12, 24), datetime(2019, 12, 27))),
        ("folder:Norway", FolderNameHolds("Norway")),
        ("folder:/home/me//Norway/", FolderNameHolds("/home/me/Norway/")),
        ("folder:~/Norway", FolderNameHolds(f"{HOME}/Norway")),
        ("folder:~", FolderNameHolds(HOME)),
        ("folder:a~/b", FolderNameHolds("a~/b")),
        ("name:IMG_20", NameHolds("IMG_20")),
        ('camera:"EOS 70D"', CameraNameHolds("EOS 70D")),
        ("lens:50mm", LensNameHolds("50mm")),
        ("type:jpg", Kind("JPEG")),
        ("type:.PNG", Kind("PNG")),
        ("ratio:landscape", Shape(1.02, math.inf)),
        ("ratio:4:1", Shape(3.92, 4.08)),
        ("mp:12", PixelCount(11_500_000, 12_500_000)),
        ("mp:8-12", PixelCount(7_500_000, 12_500_000)),
        ("mp:>8", PixelCount(8_000_000)),
        ("mp:<1.5", PixelCount(None, 1_500_000)),
        ("year:2018..2020", Taken(datetime(2018, 1, 1), datetime(2021, 1, 1))),
        ("year:>2018", Taken(datetime(2019, 1, 1))),
        ("year:>=2018", Taken(datetime(2018, 1, 1))),
        ("year:<=2018", Taken(None, datetime(2019, 1, 1))),
        ("year:<2018", Taken(None, datetime(2018, 1, 1))),
        ("after:24.12.2019", Taken(datetime(2019, 12, 24))),
        ("before:12/24/2019", Taken(None, datetime(2019, 12, 24))),
        ("day:24/12/2019", Taken(datetime(2019, 12, 24), datetime(2019, 12, 25))),
        ("mp:12MP", PixelCount(11_500_000, 12_500_000)),
        ("mp:>=8", PixelCount(8_000_000)),
        ("mp:8..12mp", PixelCount(7_500_000, 12_500_000)),
        ("has:GPS", HasPlace()),
        ("has:camera", CameraNameHolds()),
        ("is:damaged", Damaged()),
    ],
)
def test_values(text: str, which: Filter) -> None:
    assert meaning(text) == which


@pytest.mark.parametrize(
    "text",
    [
        "after:soon",
        "after:04/05/2019",
        "after:31.2.2019",
        "year:>9999",
        "year:2018,20",
        "after:2020-13",
        "after:",
        "year:0",
        "year:2020-2018",
        "month:13",
        "month:hexember",
        "day:02-30",
        "day:0",
        "day:2019-12-26..2019-12-24",
        "day:2021-02-29",
        "type:docx",
        "ratio:wide",
        "ratio:16:0",
        "mp:many",
        "mp:>8-12",
        "mp:12-8",
        "has:legs",
        "is:gone",
    ],
)
def test_a_value_without_meaning_is_a_fault_under_its_word(text: str) -> None:
    (fault,) = faults(f"dog {text} beach")
    assert (fault.start, fault.end) == (4, 4 + len(text))
    assert text.split(":")[0] in fault.message
    assert fault.hint.startswith("Write ")


@pytest.mark.parametrize(
    ("text", "which"),
    [
        ("type:png,jpg", (Kind("PNG"), Kind("JPEG"))),
        ("year:2018,2020", (Taken.in_year(2018), Taken.in_year(2020))),
        ("month:may,jun", (InSeason(5), InSeason(6))),
        ("ratio:square,16:9", None),
        ("day:24,25", (InSeason(None, 24), InSeason(None, 25))),
    ],
)
def test_several_values_behind_a_key_mean_either(
    text: str, which: tuple[Filter, ...] | None
) -> None:
    (condition,) = parse(f"{text}, dog").sentence.conditions
    assert str(condition) == text
    meant = meaning(text)
    assert isinstance(meant, Or)
    assert which is None or meant == Or(which)


def test_what_is_no_value_behind_the_comma_is_a_clause() -> None:
    assert str(parse("type:png,dog month:may,beach").sentence) == "dog, beach type:png month:may"


def test_the_same_key_twice_means_either_and_ranges_narrow() -> None:
    conditions = parse("year:2018 year:2020 after:2018-05 before:2020 has:gps").sentence.conditions
    assert narrow(LISTED, conditions) == And(
        (
            Readable(),
            Or((Taken.in_year(2018), Taken.in_year(2020))),
            Taken(datetime(2018, 5, 1)),
            Taken(None, datetime(2020, 1, 1)),
            HasPlace(),
        )
    )


def test_unwanted_ones_are_all_left_out() -> None:
    conditions = parse("-type:png -type:gif").sentence.conditions
    assert narrow(LISTED, conditions) == LISTED & ~Kind("PNG") & ~Kind("GIF")


def test_photos_that_are_gone_or_away_can_be_asked_for() -> None:
    assert narrow(SEARCHED, parse("is:missing").sentence.conditions) == And(
        (Not(Away()), Missing())
    )
    assert narrow(SEARCHED, parse("is:away").sentence.conditions) == And((Readable(), Away()))
    assert narrow(SEARCHED, parse("-is:missing").sentence.conditions) == SEARCHED & ~Missing()


def test_a_day_that_is_counted_from_today_is_a_day() -> None:
    today = datetime.combine(date.today(), time())
    yesterday = today - timedelta(days=1)
    assert meaning("after:yesterday") == Taken(yesterday)
    assert meaning('before:"the day before yesterday"') == Taken(
        None, yesterday - timedelta(days=1)
    )
    assert meaning("day:yesterday..today") == Taken(yesterday, today + timedelta(days=1))


@pytest.mark.parametrize(
    "text",
    [
        "after:2020 dog before:2019",
        "before:2019-05 after:2019-05",
        "year:2018 after:2020",
        "year:2018,2019 before:2018",
    ],
)
def test_a_time_that_is_none_is_said_under_the_latter_word(text: str) -> None:
    (fault,) = faults(text)
    assert fault.end == len(text) or text[fault.end] == " "
    assert "before:" in text[fault.start :] or "after:" in text[fault.start :]
    assert fault.message.endswith("have no day in common.")
    assert faults("after:2019 before:2020 -after:2020 -before:2019") == ()
    assert faults('year:2018 year:2020 after:2019 month:12 when:"christmas 2010"') == ()


def test_stars_around_letters_say_nothing_more() -> None:
    assert meaning("name:IMG_*") == meaning("name:IMG_")
    assert meaning("camera:*canon*") == meaning("camera:canon")
    assert meaning("folder:*way") == meaning("folder:way")
    assert [fault.message for fault in faults("name:*")] == ["“*” means nothing after “name:”."]


def test_many_clauses_are_refused_before_they_are_asked() -> None:
    check(", ".join(f"dog {number}" for number in range(MOST_CLAUSES)))
    with pytest.raises(QueryUnanswerable, match="200 clauses cannot be asked at once"):
        check(", ".join(["dog"] * 200))
