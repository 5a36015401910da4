from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.dates import Clock, at_moment
from desktop.media.names import date_in_name

EVENING = datetime(2019, 5, 12, 18, 33, 10)


@pytest.mark.parametrize(
    "name",
    [
        "20190512_183310.jpg",
        "20190512183310.jpg",
        "IMG_20190512_183310.jpg",
        "IMG_20190512_183310_1.jpg",
        "IMG_20190512_183310(1).jpg",
        "IMG_20190512_183310_HDR~2.jpg",
        "MVIMG_20190512_183310-edited.jpg",
        "00100lrPORTRAIT_00100_BURST20190512183310_COVER.jpg",
        "20190512T183310Z.jpg",
        "2019-05-12 18.33.10.jpg",
        "2019-05-12 18.33.10-1.jpg",
        "2019-05-12T18:33:10.jpg",
        "2019:05:12 18:33:10.jpg",
        "pt2019_05_12_18_33_10.jpg",
        "signal-2019-05-12-183310.jpg",
        "signal-2019-05-12-18-33-10.jpg",
        "Screenshot_2019-05-12-18-33-10.png",
        "Screenshot_2019-05-12-18-33-10_com.whatsapp.png",
        "Screenshot_20190512-183310_Chrome.jpg",
        "Screenshot 2019-05-12 183310.png",
        "Screen Shot 2019-05-12 at 6.33.10 PM.png",
        "Captura de pantalla 2019-05-12 a las 18.33.10.png",
        "Capture d’écran 2019-05-12 à 18.33.10.png",  # noqa: RUF001
        "WhatsApp Image 2019-05-12 at 18.33.10.jpeg",
        "WhatsApp Image 2019-05-12 at 6.33.10 PM (1).jpeg",
        "WhatsApp Bild 2019-05-12 um 18.33.10.jpeg",
        "photo_2019-05-12_18-33-10.jpg",
        "photo_7@12-05-2019_18-33-10.jpg",
    ],
)
def test_a_moment_in_a_name(name: str) -> None:
    assert date_in_name(name) == Clock(EVENING)


@pytest.mark.parametrize(
    "name",
    [
        "IMG_20190512_183310678.jpg",
        "Screenshot_2019-05-12-18-33-10-678_com.whatsapp.jpg",
        "signal-2019-05-12-18-33-10-678.jpg",
    ],
)
def test_a_moment_with_thousandths(name: str) -> None:
    assert date_in_name(name) == Clock(EVENING.replace(microsecond=678_000))


@pytest.mark.parametrize("name", ["PXL_20190512_163310678.jpg", "PXL_20190512_163310678.MP.jpg"])
def test_pixels_count_in_utc(name: str) -> None:
    assert date_in_name(name) == Clock(datetime(2019, 5, 12, 16, 33, 10, 678_000)).from_utc()


@pytest.mark.parametrize(
    "name", ["IMG-20190512-WA0007.jpg", "20190512.jpg", "2019-05-12 beach.jpg", "a 2019_05_12.png"]
)
def test_a_day_in_a_name(name: str) -> None:
    assert date_in_name(name) == Clock(datetime(2019, 5, 12))


def test_a_time_that_cannot_be_leaves_the_day() -> None:
    assert date_in_name("IMG_20190512_996633.jpg") == Clock(datetime(2019, 5, 12))


@pytest.mark.parametrize(
    "name",
    [
        "1557671590000.jpg",
        "IMG_1557671590000.jpg",
        "Screenshot_1557671590000.png",
        "FB_IMG_1557671590000.jpg",
        "mmexport1557671590.jpg",
    ],
)
def test_seconds_and_thousandths_since_1970_where_they_can_be_nothing_else(name: str) -> None:
    assert date_in_name(name) == at_moment(1_557_671_590)


@pytest.mark.parametrize(
    "name",
    [
        "DSC_0001.jpg",
        "IMG_1234.JPG",
        "1557671590.jpg",
        "IMG_1557671590.jpg",
        "shutterstock_1557671590000.jpg",
        "12345678901234567890.jpg",
        "received_2019051212345678.jpeg",
        "DSC_20121399.jpg",
        "20991231_120000.jpg",
        "1234-05-12.jpg",
        "12052019.jpg",
        "v2019.5.1.png",
        ".jpg",
        "",
    ],
)
def test_other_numbers_are_no_dates(name: str) -> None:
    assert date_in_name(name) is None


@given(st.text(max_size=60) | st.from_regex(r"[A-Z_]{0,5}[0-9_\-. :PMat]{0,40}"))
def test_no_name_fails(name: str) -> None:
    date_in_name(name)
