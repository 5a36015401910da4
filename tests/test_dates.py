"""Dates as cameras, programs and people write them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.dates import Clock, at_moment, read_date, read_offset


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not hasattr(time, "tzset"):
        pytest.skip("the time zone of a process cannot be set here")
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("text", "at", "utc_offset_min"),
    [
        ("2019:05:12 18:33:10", datetime(2019, 5, 12, 18, 33, 10), None),
        ("2019:05:12 18:33:10.5", datetime(2019, 5, 12, 18, 33, 10, 500_000), None),
        ("2019-05-12T18:33:10,123456789Z", datetime(2019, 5, 12, 18, 33, 10, 123_456), 0),
        ("2019-05-12T18:33:10-03:30", datetime(2019, 5, 12, 18, 33, 10), -210),
        ("2019-05-12T18:33+02:00", datetime(2019, 5, 12, 18, 33), 120),
        ("2019:05:12 18:33:10 +0200", datetime(2019, 5, 12, 18, 33, 10), 120),
        ("2019:05:12 18:33:10+99:00", datetime(2019, 5, 12, 18, 33, 10), None),
        ("2019.05.12 18.33.10", datetime(2019, 5, 12, 18, 33, 10), None),
        ("2019/5/2 8:3:1", datetime(2019, 5, 2, 8, 3, 1), None),
        ("2019:05:12-18-33-10", datetime(2019, 5, 12, 18, 33, 10), None),
        ("2019:05:12 06:33:10 PM", datetime(2019, 5, 12, 18, 33, 10), None),
        ("2019:05:12 12:33:10 a.m.", datetime(2019, 5, 12, 0, 33, 10), None),
        ("2019:05:12   :  :  ", datetime(2019, 5, 12), None),
        ("20190512 183310+0200", datetime(2019, 5, 12, 18, 33, 10), 120),
        ("20190512T1833", datetime(2019, 5, 12, 18, 33), None),
        ("20190512", datetime(2019, 5, 12), None),
        ("20190512183310", datetime(2019, 5, 12, 18, 33, 10), None),
        ("20190512183310678", datetime(2019, 5, 12, 18, 33, 10, 678_000), None),
        ("2019: 5: 2  8: 3: 1", datetime(2019, 5, 2, 8, 3, 1), None),
        ("2019/05/12 18:33", datetime(2019, 5, 12, 18, 33), None),
        ("2019-05-12 18:33:10 UTC", datetime(2019, 5, 12, 18, 33, 10), 0),
        ("2019-05-12 18:33:10 GMT+2", datetime(2019, 5, 12, 18, 33, 10), 120),
        ("2019-05-12 18:33:10 UTC-03:30", datetime(2019, 5, 12, 18, 33, 10), -210),
        ("2019-05-12 18:33:10+2:00", datetime(2019, 5, 12, 18, 33, 10), 120),
        ("2019-05-12 18:33:10 \u221203:30", datetime(2019, 5, 12, 18, 33, 10), -210),
        ("2019-05-12 18:33:10-1", datetime(2019, 5, 12, 18, 33, 10), None),
        ('"2019:05:12 18:33:10"', datetime(2019, 5, 12, 18, 33, 10), None),
        ("2019/05/12/18:33:10", datetime(2019, 5, 12, 18, 33, 10), None),
        ("2019-5-2", datetime(2019, 5, 2), None),
        ("2019年05月12日 18時33分10秒", datetime(2019, 5, 12, 18, 33, 10), None),
        ("2019년 5월 12일 오후 6:33:10", datetime(2019, 5, 12, 18, 33, 10), None),
        ("2019年5月12日 下午6:33", datetime(2019, 5, 12, 18, 33), None),
        ("12.05.2019", datetime(2019, 5, 12), None),
        ("2.5.2019 18:33", datetime(2019, 5, 2, 18, 33), None),
        ("23/05/2019", datetime(2019, 5, 23), None),
        ("05/23/2019 06:33:10 PM", datetime(2019, 5, 23, 18, 33, 10), None),
        ("05/05/2019", datetime(2019, 5, 5), None),
        ("12-05-2019 18:33:10", datetime(2019, 5, 12, 18, 33, 10), None),
        ("12 May 2019 18:33:10", datetime(2019, 5, 12, 18, 33, 10), None),
        ("May 12, 2019, 6:33 p. m.", datetime(2019, 5, 12, 18, 33), None),
        ("12. märz 2019", datetime(2019, 3, 12), None),
        ("Sunday, May 12, 2019 6:33:10 PM", datetime(2019, 5, 12, 18, 33, 10), None),
        ("dimanche 12 mai 2019", datetime(2019, 5, 12), None),
        ("Sun, 12 May 2019", datetime(2019, 5, 12), None),
        ("2019-May-12 18:33:10", datetime(2019, 5, 12, 18, 33, 10), None),
        ("12. 5. 2019", datetime(2019, 5, 12), None),
        ("2019. 05. 12. 18:33:10", datetime(2019, 5, 12, 18, 33, 10), None),
        ("20190500 000000+0000", datetime(2019, 5, 1), None),
        ("12 de mayo de 2019", datetime(2019, 5, 12), None),
        ("12 мая 2019", datetime(2019, 5, 12), None),
        ("20190500", datetime(2019, 5, 1), None),
        ("2019-05-12/2019-05-14", datetime(2019, 5, 12), None),
        ("2019-05-12 - 14.05.2019", datetime(2019, 5, 12), None),
        ("20190000", datetime(2019, 1, 1), None),
        ("2019:05:  ", datetime(2019, 5, 1), None),
        ("2019-05", datetime(2019, 5, 1), None),
        ("2019", datetime(2019, 1, 1), None),
        ("2019:05:12 24:00:00", datetime(2019, 5, 12, 23, 59, 59), None),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59), 0),
        ("Sun, 12 May 2019 18:33:10 +0200", datetime(2019, 5, 12, 18, 33, 10), 120),
        ("Sun May 12 18:33:10 2019", datetime(2019, 5, 12, 18, 33, 10), None),
        ("٢٠١٩:٠٥:١٢ ١٨:٣٣:١٠", datetime(2019, 5, 12, 18, 33, 10), None),  # noqa: RUF001
    ],
)
def test_a_date_is_read_however_it_is_written(
    text: str, at: datetime, utc_offset_min: int | None
) -> None:
    assert read_date(text) == Clock(at, utc_offset_min)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "    :  :     :  :  ",
        "0000:00:00 00:00:00",
        "2019:00:12 18:33:10",
        "2019:05:00 18:33:10",
        "2019:02:29 18:33:10",
        "2019:05:12 25:00:00",
        "2019:05:12 18:60:00",
        "2019:05:12 18:33:61",
        "19:05:12 18:33:10",
        "12.05.19",
        "12/05/2019",
        "12/05/2019 18:33:10",
        "12-05-2019",
        "12-05-2019 6:33 PM",
        "32.05.2019",
        "12.13.14.2019",
        "12 maybe 2019",
        "20191301",
        "201905121",
        "2019051218",
        "20190",
        "20190512183",
        "yesterday",
        "Sun, 99 May 2019 18:33:10 +0200",
        "\x00",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert read_date(text) is None


@given(st.text(max_size=40) | st.from_regex(r"[0-9:\-/ T.,Zz+]{0,30}"))
def test_no_text_fails(text: str) -> None:
    read_date(text)
    read_offset(text)


@given(
    st.datetimes(datetime(1826, 1, 1), datetime(2025, 1, 1)),
    st.sampled_from(["%Y:%m:%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f", "%Y%m%d %H%M%S.%f"]),
    st.integers(-14 * 4, 14 * 4),
)
def test_any_date_survives_its_writing(at: datetime, written: str, quarters: int) -> None:
    hours, minutes = divmod(abs(quarters) * 15, 60)
    offset = f"{'-' if quarters < 0 else '+'}{hours:02}:{minutes:02}"
    assert read_date(at.strftime(written) + offset) == Clock(at, quarters * 15)


@pytest.mark.usefixtures("in_tokyo")
def test_a_moment_is_told_by_this_computers_clock() -> None:
    assert at_moment(1_557_671_590) == Clock(datetime(2019, 5, 12, 23, 33, 10), 540)
    assert Clock(datetime(2019, 5, 12, 14, 33, 10)).from_utc() == at_moment(1_557_671_590)
    assert at_moment(-86_400 * 365.25 * 100) is not None
    assert [at_moment(far) for far in (1e12, -1e12, 1e300, float("inf"), float("nan"))] == [
        None
    ] * 5


def test_a_photo_is_neither_from_before_photography_nor_from_the_future() -> None:
    now = datetime.now()
    likely = [datetime(1826, 1, 1), datetime(1970, 1, 1), now, now + timedelta(hours=9)]
    assert all(Clock(at).is_likely for at in likely)
    unlikely = [datetime(1825, 12, 31), datetime.min, now + timedelta(days=2), datetime.max]
    assert not any(Clock(at).is_likely for at in unlikely)
