from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.dates import Clock, Told, at_moment
from desktop.media.facts.names import date_in_name

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
        "Photo 12-05-2019 18 33 10.jpg",
        "Foto 12.05.2019 18.33.10.jpg",
        "IMG_12.05.2019_6.33.10 PM.jpg",
        "Screen Shot 2019-05-12 at 6.33.10\u202fPM.png",
        "Captura de pantalla 2019-05-12 a la(s) 6.33.10 p. m..png",
        "Skærmbillede 2019-05-12 kl. 18.33.10.png",
        "Στιγμιότυπο 2019-05-12, 6.33.10 μ.μ..png",
        "截屏2019-05-12 下午6.33.10.png",
        "스크린샷 2019-05-12 오후 6.33.10.png",
        "スクリーンショット 2019-05-12 18.33.10.png",
        "2019年05月12日 18時33分10秒.jpg",
        "2019-05-12 18h33m10s.jpg",
        "2019-05-12 18h33m10.jpg",
        "2019-5-12 18.33.10.jpg",
        "12 May 2019 18.33.10.jpg",
        "2019_0512_183310_001.jpg",
        "Screenshot (2019-05-12) 18.33.10.png",
        "00000IMG_00000_BURST20190512183310_COVER.jpg",
        "WP_20190512_18_33_10_Pro.jpg",
        "B612_20190512_183310_678.jpg",
        "viber image 2019-05-12 , 18.33.10.jpg",
        "May 12, 2019 at 6.33.10 PM.jpg",
        "12may2019_183310.jpg",
        "12. Mai 2019 um 18.33.10.jpg",
        "DSC_20190512_183310_0001.jpg",
        "20190512_183310_IMG_1234.jpg",
        "IMG20190512183310.jpg",
        "PANO_20190512_183310.jpg",
        "Screenshot from 2019-05-12 18-33-10.png",
        "Telegram 12345 2019-05-12 18.33.10.jpg",
        "MYXJ_20190512183310_fast.jpg",
        "WhatsApp-Image-2019-05-12-at-18.33.10.jpeg",
        "Screen-Shot-2019-05-12-at-6.33.10-PM.png",
        "Ekran Resmi 2019-05-12 ÖS 6.33.10.png",
        "2019-05-12 18\uff1a33\uff1a10.jpg",
        "2019-05-12 18\u223633\ua78910.jpg",
        "2019-05-12T18%3A33%3A10.jpg",
        "\uff12\uff10\uff11\uff19-05-12 18.33.10.jpg",
        "2019-05-12 12-05-2019 18.33.10.jpg",
        "C360_2019-05-12-18-33-10.jpg",
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


@pytest.mark.parametrize(
    ("name", "utc_offset_min"),
    [
        ("20190512T183310Z.jpg", 0),
        ("2019-05-12T18-33-10Z.jpg", 0),
        ("2019-05-12 18.33.10 UTC.jpg", 0),
        ("20190512_183310+0200.jpg", 120),
        ("2019-05-12 18.33.10 +05.30.jpg", 330),
        ("2019-05-12T18.33.10-0330.jpg", -210),
        ("20190512_183310-0001.jpg", None),
        ("20190512_183310+1.jpg", None),
        ("20190512_183310_Zoo.jpg", None),
    ],
)
def test_the_distance_from_utc_behind_a_time(name: str, utc_offset_min: int | None) -> None:
    assert date_in_name(name) == Clock(EVENING, utc_offset_min)


@pytest.mark.parametrize(
    "name",
    [
        "2019-05-12 18.33.jpg",
        "2019-05-12_18-33.jpg",
        "2019-05-12 18h33.jpg",
        "20190512T1833.jpg",
        "20190512_1833.jpg",
        "2019-05-12 at 6.33 PM.jpg",
        "12.05.2019 18.33.jpg",
        "2019年5月12日 18时33分.jpg",
    ],
)
def test_a_time_without_seconds(name: str) -> None:
    found = date_in_name(name)
    assert found == Clock(EVENING.replace(second=0))
    assert found is not None and found.told is Told.MINUTE


@pytest.mark.parametrize("name", ["PXL_20190512_163310678.jpg", "PXL_20190512_163310678.MP.jpg"])
def test_pixels_count_in_utc(name: str) -> None:
    assert date_in_name(name) == Clock(datetime(2019, 5, 12, 16, 33, 10, 678_000)).from_utc()


@pytest.mark.parametrize(
    "name",
    [
        "IMG-20190512-WA0007.jpg",
        "20190512.jpg",
        "2019-05-12 beach.jpg",
        "a 2019_05_12.png",
        "2019年05月12日.jpg",
        "2019년 5월 12일.jpg",
        "2019-5-12.jpg",
        "12.05.2019.jpg",
        "12.5.2019.jpg",
        "12 May 2019.jpg",
        "12-may-2019.jpg",
        "2019-May-12.jpg",
        "2019 May 12 beach.jpg",
        "12th of May 2019.jpg",
        "May 12th, 2019.jpg",
        "12 de mayo de 2019.jpg",
        "12 мая 2019.jpg",
        "DSC_20190512.jpg",
        "DSC_20190512_0001.jpg",
        "DSC_20190512-0107.jpg",
        "20190512 (3).jpg",
        "20190512_1920x1080.jpg",
        "2019-05-12 2048x1536.jpg",
        "3840x2160_20190512.jpg",
        "WP_20190512_001.jpg",
        "2019-05-12-1.jpg",
        "2019-05-12 1234567.jpg",
        "VID 20190512 2 of 3.jpg",
        "2019-05-12 to 2019-05-14.jpg",
        "2019-05-12--2019-05-14.jpg",
        "2019-05-12-2019-05-14.jpg",
        "20190512 - 2019-05-14.jpg",
        "2019-05-12 - 13-05-2019.jpg",
        "12.05.2019 - 14.05.2019.jpg",
    ],
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
        "mmexport1557671590000-edited.jpg",
        "1557671590000_1.jpg",
        "image-1557671590000.png",
        "photo1557671590000.jpg",
        "PicsArt_1557671590000.jpg",
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
        "v1.2.2019.png",
        "10.1.2.2019.jpg",
        "1.12.2019.4.jpg",
        "192.168.20.12.2019.jpg",
        "1234-5678-2019-0512.jpg",
        "Invoice 2019-1205.jpg",
        "2019_0512.jpg",
        "20191 2019.jpg",
        "ISBN 9781557671590.jpg",
        "2000x1312.jpg",
        "20201301.jpg",
        "20190532.jpg",
        "20190012.jpg",
        "1920x1080.jpg",
        "1920-1080.jpg",
        "19201080.jpg",
        "2048x1536 2019.jpg",
        "+49 170 2019051.jpg",
        "201-905-1218.jpg",
        "2019051218.jpg",
        "4915120190512.jpg",
        "201001234567.jpg",
        "12-05-2019.jpg",
        "12-05-2019 6.33.10 PM.jpg",
        "12_05_2019.jpg",
        "12-05-19.jpg",
        "190512_183310.jpg",
        "190512183310.jpg",
        "200905121833.jpg",
        "201501231234.jpg",
        "2019-05.jpg",
        "May 2019.jpg",
        "summer 2019.jpg",
        "2019 marathon 12.jpg",
        "2019 mayor 12.jpg",
        "Day out 12 2019.jpg",
        "Lego set 12 2019.jpg",
        "12 maybe 2019.jpg",
        "Mark 12 2019.jpg",
        "received_20190512183310.jpeg",
        "received_1557671590000.jpeg",
        "20190512_1833102345678_1234567_n.jpg",
        "48019051234_ab12cd34ef_b.jpg",
        "20190512-1a2b-4c3d-8e9f-001122334455.jpg",
        "ab20190512cdef0123456789.jpg",
        "Snapchat-1557671590.jpg",
        "EAN 4006381333931.jpg",
        "9557671590000.jpg",
        "1557671590000123.jpg",
        ".jpg",
        "",
    ],
)
def test_other_numbers_are_no_dates(name: str) -> None:
    assert date_in_name(name) is None


@given(st.text(max_size=60) | st.from_regex(r"[A-Z_]{0,5}[0-9_\-. :PMat]{0,40}"))
def test_no_name_fails(name: str) -> None:
    date_in_name(name)
