"""Who besides EXIF says when and where a photo was taken."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from desktop.dates import TakenFrom, at_moment
from desktop.media import PhotoFacts, decode
from desktop.media.decode import facts_of
from desktop.media.facts.sources import beside

EVENING = datetime(2019, 5, 12, 18, 33, 10)
XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 {attributes}>{elements}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


def xmp(attributes: str = "", elements: str = "") -> bytes:
    return XMP.format(attributes=attributes, elements=elements).encode()


def save(path: Path, **how: Any) -> Path:
    Image.new("RGB", (90, 70), "teal").save(path, **how)
    return path


def exif(original: str) -> bytes:
    block = Image.Exif()
    block.get_ifd(0x8769)[0x9003] = original
    return block.tobytes()


def when(facts: PhotoFacts) -> tuple[datetime | None, TakenFrom | None, int | None]:
    return facts.taken_at, facts.taken_from, facts.utc_offset_min


def iptc(**fields: bytes) -> bytes:
    """A JPEG segment with these records of IPTC, named by their numbers: r2_55."""
    records = b""
    for name, value in fields.items():
        record, number = map(int, name[1:].split("_"))
        records += struct.pack(">BBBH", 0x1C, record, number, len(value)) + value
    padded = records + b"\0" * (len(records) % 2)
    block = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(records)) + padded
    return b"\xff\xed" + struct.pack(">H", len(block) + 2) + block


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".heic", ".avif"])
def test_xmp_is_read_in_every_format_that_has_it(suffix: str, tmp_path: Path) -> None:
    packet = xmp(
        'exif:DateTimeOriginal="2019-05-12T18:33:10+02:00"'
        ' exif:GPSLatitude="33,51.6S" exif:GPSLongitude="151,12,18E"'
    )
    path = tmp_path / f"photo{suffix}"
    if suffix == ".png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet.decode())
        save(path, pnginfo=info)
    elif suffix == ".tif":
        save(path, tiffinfo={700: packet})
    else:
        save(path, xmp=packet)
    found = decode(path).facts
    assert when(found) == (EVENING, TakenFrom.XMP, 120)
    assert (found.latitude, found.longitude) == pytest.approx((-33.86, 151.205))
    assert facts_of(path) == found


@pytest.mark.parametrize(
    ("attributes", "elements", "date"),
    [
        ('photoshop:DateCreated="2019-05-12T18:33:10"', "", EVENING),
        ('xmp:CreateDate="2019-05-12T18:33:10"', "", EVENING),
        ("", "<xmp:CreateDate> 2019-05-12T18:33:10\n</xmp:CreateDate>", EVENING),
        ('photoshop:DateCreated="2019-05"', "", datetime(2019, 5, 1)),
        (
            "",
            "<exif:DateTimeOriginal><rdf:Seq><rdf:li>2019-05-12T18:33:10</rdf:li></rdf:Seq>"
            "</exif:DateTimeOriginal>",
            EVENING,
        ),
        (
            'xmp:CreateDate="2022-01-01" photoshop:DateCreated="2021-01-01"'
            ' exif:DateTimeOriginal="2019-05-12T18:33:10"',
            "",
            EVENING,
        ),
        ('xmp:CreateDate="2019-05-12T18:33:10" exif:DateTimeOriginal="2999-01-01"', "", EVENING),
        ('xmp:ModifyDate="2019-05-12T18:33:10"', "", None),
        (
            "",
            '<photoshop:Layers><rdf:Bag><rdf:li><rdf:Description xmp:CreateDate="2001-01-01"/>'
            "</rdf:li></rdf:Bag></photoshop:Layers><xmp:CreateDate>2019-05-12T18:33:10"
            "</xmp:CreateDate>",
            EVENING,
        ),
    ],
)
def test_dates_in_xmp(
    attributes: str, elements: str, date: datetime | None, tmp_path: Path
) -> None:
    path = save(tmp_path / "photo.jpg", xmp=xmp(attributes, elements))
    assert facts_of(path).taken_at == date


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_xmp_is_read_in_every_encoding_that_it_may_have(encoding: str, tmp_path: Path) -> None:
    packet = xmp('xmp:CreateDate="2019-05-12T18:33:10"').decode()
    mark = "" if encoding in ("utf-8-sig", "utf-16") else "\ufeff"
    (tmp_path / "a.xmp").write_bytes((mark + packet.replace("\ufeff", "")).encode(encoding))
    path = save(tmp_path / "photo.jpg")
    assert facts_of(path, [tmp_path / "a.xmp"]).taken_at == EVENING


@pytest.mark.parametrize(
    ("latitude", "longitude", "found"),
    [
        ("48,8.2442N", "11,34.53E", (48.137403, 11.5755)),
        ("48,8,14.652N", "11,34,31.8W", (48.137403, -11.5755)),
        ("-48.137403", "11.5755E", (-48.137403, 11.5755)),
        ("48.137403", "11.5755E", (None, None)),
        ("48,8.2442E", "11,34.53E", (None, None)),
        ("91,0N", "11,34.53E", (None, None)),
        ("0,0N", "0,0E", (None, None)),
        ("48,8.2442N", "", (None, None)),
        ("nan", "inf", (None, None)),
        ("48.137403", "-11.5755", (48.137403, -11.5755)),
    ],
)
def test_places_in_xmp(
    latitude: str, longitude: str, found: tuple[float | None, float | None], tmp_path: Path
) -> None:
    packet = xmp(f'exif:GPSLatitude="{latitude}" exif:GPSLongitude="{longitude}"')
    facts = facts_of(save(tmp_path / "photo.jpg", xmp=packet))
    expected = found if found[0] is None else pytest.approx(found)
    assert (facts.latitude, facts.longitude) == expected


@pytest.mark.parametrize(
    ("fields", "date", "utc_offset_min"),
    [
        ({"r2_55": b"20190512", "r2_60": b"183310+0200"}, EVENING, 120),
        ({"r2_55": b"20190512", "r2_60": b"183310"}, EVENING, None),
        ({"r2_55": b"20190512"}, datetime(2019, 5, 12), None),
        ({"r2_62": b"20190512", "r2_63": b"183310-0330"}, EVENING, -210),
        ({"r2_55": b"00000000", "r2_62": b"20190512", "r2_63": b"183310"}, EVENING, None),
        ({"r2_60": b"183310"}, None, None),
        ({"r2_55": b"\xff\xfe"}, None, None),
    ],
)
def test_dates_in_iptc(
    fields: dict[str, bytes], date: datetime | None, utc_offset_min: int | None, tmp_path: Path
) -> None:
    path = save(tmp_path / "photo.jpg")
    jpeg = path.read_bytes()
    path.write_bytes(jpeg[:2] + iptc(**fields) + jpeg[2:])
    source = None if date is None else TakenFrom.IPTC
    assert when(decode(path).facts) == (date, source, utc_offset_min)


def test_iptc_is_read_in_a_tiff(tmp_path: Path) -> None:
    records = b"\x1c\x02\x37\0\x0820190512\x1c\x02\x3c\0\x06183310"
    path = save(tmp_path / "photo.tif", tiffinfo={33723: records})
    assert when(decode(path).facts) == (EVENING, TakenFrom.IPTC, None)
    assert facts_of(path) == decode(path).facts


@pytest.mark.parametrize(
    "key",
    ["Creation Time", "creation_time", "CreationTime", "Creation-Date", "exif:DateTimeOriginal"],
)
@pytest.mark.parametrize("text", ["Sun, 12 May 2019 18:33:10 +0200", "2019:05:12 18:33:10"])
def test_dates_in_the_text_of_a_png(key: str, text: str, tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text(key, text)
    found = facts_of(save(tmp_path / "photo.png", pnginfo=info))
    assert (found.taken_at, found.taken_from) == (EVENING, TakenFrom.TEXT)


@pytest.mark.parametrize(
    "extra",
    [
        (b"tEXt", b"Creation Time\x002019-05-12 18:33:10"),
        (b"eXIf", exif("2019:05:12 18:33:10").removeprefix(b"Exif\0\0")),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp('xmp:CreateDate="2019-05-12T18:33:10"')),
    ],
)
def test_what_stands_behind_the_pixels_of_a_png_is_read_without_them(
    extra: tuple[bytes, bytes], write_png: Callable[..., Path]
) -> None:
    path = write_png(np.random.default_rng(1).integers(0, 255, (300, 400, 3), np.uint8), 2, extra)
    assert facts_of(path).taken_at == EVENING
    assert facts_of(path) == decode(path).facts


def takeout(path: Path, timestamp: object = "1557671590", **more: object) -> Path:
    told = {"title": "photo.jpg", "photoTakenTime": {"timestamp": timestamp}, **more}
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def test_takeout_tells_moment_and_place(tmp_path: Path) -> None:
    there = {"geoData": {"latitude": 48.1, "longitude": 11.5, "altitude": 0.0}}
    path = save(tmp_path / "photo.jpg")
    found = facts_of(path, [takeout(tmp_path / "photo.jpg.json", **there)])
    moment = at_moment(1_557_671_590)
    assert moment is not None
    assert when(found) == (moment.at, TakenFrom.TAKEOUT, moment.utc_offset_min)
    assert (found.latitude, found.longitude) == (48.1, 11.5)


def test_a_name_that_is_the_same_moment_elsewhere_tells_takeouts_wall_clock(
    tmp_path: Path,
) -> None:
    """16:33:10 in UTC, when it was 18:33:10 where the photo was taken."""
    sidecar = takeout(tmp_path / "a.json", 1557678790)
    path = save(tmp_path / "IMG_20190512_183310.jpg")
    assert when(facts_of(path, [sidecar])) == (EVENING, TakenFrom.TAKEOUT, 120)
    path = save(tmp_path / "IMG_20190512_183307.jpg")
    assert facts_of(path, [sidecar]).taken_at != EVENING.replace(second=7)


@pytest.mark.parametrize("timestamp", ["0", 0, "", None, [], "yesterday", 1e300, "-1e99", True, {}])
def test_a_takeout_without_a_time_leaves_it_to_the_next(timestamp: object, tmp_path: Path) -> None:
    path = save(tmp_path / "2019-05-12 18.33.10.jpg")
    found = facts_of(path, [takeout(tmp_path / "a.json", timestamp)])
    assert when(found) == (EVENING, TakenFrom.NAME, None)


def test_sources_are_asked_in_their_order(tmp_path: Path) -> None:
    """Each has another year; what was asked first is taken away, again and again."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Creation Time", "2017-01-01")
    packet = tmp_path / "a.xmp"
    packet.write_bytes(xmp('xmp:CreateDate="2019-01-01"'))
    sidecars = [takeout(tmp_path / "a.json", 1451606400 + 86400), packet]
    path = tmp_path / "2015-01-01.png"

    def year() -> tuple[int, TakenFrom] | None:
        found = decode(path, sidecars=sidecars).facts
        return found.taken_at and found.taken_from and (found.taken_at.year, found.taken_from)

    save(path, pnginfo=info, exif=exif("2020:01:01 00:00:00"))
    assert year() == (2020, TakenFrom.EXIF)
    save(path, pnginfo=info)
    assert year() == (2019, TakenFrom.SIDECAR)
    sidecars.remove(packet)
    assert year() == (2017, TakenFrom.TEXT)
    save(path)
    assert year() == (2016, TakenFrom.TAKEOUT)
    sidecars.clear()
    assert year() == (2015, TakenFrom.NAME)
    path = path.rename(tmp_path / "a.png")
    assert year() is None


@pytest.mark.parametrize("name", ["exif:DateTimeOriginal", "photoshop:DateCreated"])
def test_a_date_that_was_corrected_beside_the_photo_goes_before_exif(
    name: str, tmp_path: Path
) -> None:
    path = save(tmp_path / "photo.jpg", exif=exif("2001:01:01 00:00:00"))
    packet = tmp_path / "photo.xmp"
    packet.write_bytes(xmp(f'{name}="2019-05-12T18:33:10+02:00"'))
    assert when(facts_of(path, [packet])) == (EVENING, TakenFrom.SIDECAR, 120)


@pytest.mark.parametrize(
    "told",
    [
        "2019-05-12T18:33:10",
        "2019-05-12T18:33:10.5+02:00",
        "2019-05-12T18:33",
        "2019-05-12T00:00:00",
        "2019-05-12",
        "2019-05",
        "2019",
    ],
)
def test_a_sidecar_that_tells_exifs_date_again_corrects_nothing(told: str, tmp_path: Path) -> None:
    block = Image.Exif()
    block.get_ifd(0x8769).update({0x9003: "2019:05:12 18:33:10", 0x9291: "25", 0x9011: "+01:00"})
    path = save(tmp_path / "photo.jpg", exif=block.tobytes())
    packet = tmp_path / "photo.xmp"
    packet.write_bytes(xmp(f'exif:DateTimeOriginal="{told}"'))
    expected = (EVENING.replace(microsecond=250_000), TakenFrom.EXIF, 60)
    assert when(facts_of(path, [packet])) == expected


@pytest.mark.parametrize(
    "told", ["2018", "2018-05", "2019-04", "2019-05-11", "2019-05-01T00:00:00"]
)
def test_a_sidecar_that_tells_of_another_time_corrects_it(told: str, tmp_path: Path) -> None:
    path = save(tmp_path / "photo.jpg", exif=exif("2019:05:12 18:33:10"))
    packet = tmp_path / "photo.xmp"
    packet.write_bytes(xmp(f'exif:DateTimeOriginal="{told}"'))
    assert facts_of(path, [packet]).taken_from is TakenFrom.SIDECAR


@pytest.mark.parametrize(
    ("day", "date", "source"),
    [
        (b"20190512", EVENING, TakenFrom.NAME),
        (b"20190500", EVENING, TakenFrom.NAME),
        (b"20190000", EVENING, TakenFrom.NAME),
        (b"20180000", datetime(2018, 1, 1), TakenFrom.IPTC),
        (b"20190511", datetime(2019, 5, 11), TakenFrom.IPTC),
    ],
)
def test_a_name_tells_the_time_of_a_day_that_another_tells(
    day: bytes, date: datetime, source: TakenFrom, tmp_path: Path
) -> None:
    path = save(tmp_path / "IMG_20190512_183310.jpg")
    jpeg = path.read_bytes()
    path.write_bytes(jpeg[:2] + iptc(r2_55=day) + jpeg[2:])
    assert when(facts_of(path)) == (date, source, None)


@pytest.mark.parametrize("name", ["exif:DateTimeDigitized", "xmp:CreateDate"])
def test_when_a_sidecar_says_it_was_digitised_stays_behind_exif(name: str, tmp_path: Path) -> None:
    path = save(tmp_path / "photo.jpg", exif=exif("2019:05:12 18:33:10"))
    packet = tmp_path / "photo.xmp"
    packet.write_bytes(xmp(f'{name}="2020-01-01T00:00:01"'))
    assert when(facts_of(path, [packet])) == (EVENING, TakenFrom.EXIF, None)


def test_a_place_that_was_corrected_beside_the_photo_goes_before_exif(tmp_path: Path) -> None:
    block = Image.Exif()
    block.get_ifd(0x8825).update({1: "N", 2: (1.0, 0.0, 0.0), 3: "E", 4: (2.0, 0.0, 0.0)})
    path = save(tmp_path / "photo.jpg", exif=block.tobytes())
    packet = tmp_path / "photo.xmp"
    packet.write_bytes(xmp('exif:GPSLatitude="48,30N" exif:GPSLongitude="11,0E"'))
    assert (facts_of(path).latitude, facts_of(path).longitude) == (1.0, 2.0)
    corrected = facts_of(path, [packet])
    assert (corrected.latitude, corrected.longitude) == (48.5, 11.0)


def test_sidecars_that_are_gone_or_no_file_say_nothing(tmp_path: Path) -> None:
    path = save(tmp_path / "photo.jpg")
    assert facts_of(path, [tmp_path / "gone.xmp", tmp_path]) == facts_of(path)


PACKET = xmp('exif:DateTimeOriginal="2019-05-12T18:33:10" exif:GPSLatitude="48,8N"')
JSON = json.dumps({"photoTakenTime": {"timestamp": "1"}, "geoData": {"latitude": 1.0}}).encode()
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["photoTakenTime", "timestamp", "geoData", "latitude", "longitude"]),
            inner,
        )
    ),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    suffix=st.sampled_from([".xmp", ".json"]),
    content=st.binary(max_size=100)
    | VALUES.map(lambda value: json.dumps(value).encode())
    | st.builds(
        lambda whole, at, byte: whole[:at] + bytes([byte]) + whole[at + 1 :],
        st.sampled_from([PACKET, JSON]),
        st.integers(0, 700),
        st.integers(0, 255),
    ),
)
def test_no_sidecar_fails(suffix: str, content: bytes, tmp_path: Path) -> None:
    sidecar = tmp_path / f"a{suffix}"
    sidecar.write_bytes(content)
    beside(tmp_path / "a.jpg", [sidecar])


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b"<a>" * 100_000,
        b'{"photoTakenTime": {"timestamp": ' + b"9" * 5000 + b"}}",
        b'<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        PACKET.decode().encode("utf-16"),
        b"\xef\xbb\xbf" + JSON,
    ],
)
def test_hostile_and_odd_sidecars_do_no_harm(content: bytes, tmp_path: Path) -> None:
    for suffix in (".xmp", ".json"):
        (tmp_path / f"a{suffix}").write_bytes(content)
        beside(tmp_path / "a.jpg", [tmp_path / f"a{suffix}"])


@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.integers(2, 700), byte=st.integers(0, 255))
def test_damaged_metadata_never_keeps_a_photo_from_being_read(
    at: int, byte: int, tmp_path: Path
) -> None:
    path = save(tmp_path / "photo.jpg", xmp=PACKET)
    jpeg = path.read_bytes()
    segment = bytearray(iptc(r2_55=b"20190512", r2_60=b"183310+0200"))
    at = 4 + at % (len(segment) - 4)
    segment[at] = byte
    path.write_bytes(jpeg[:2] + segment + jpeg[2:])
    assert decode(path).image.size == (90, 70)
