from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from desktop.media import PhotoFacts, decode
from desktop.media.facts.exif import read_exif
from desktop.media.facts.metadata import read_facts

ASCII, SHORT, LONG, RATIONAL = 2, 3, 4, 5
Entry = tuple[int, int, int, bytes]


def text(tag: int, words: bytes) -> Entry:
    return tag, ASCII, len(words), words


def rationals(tag: int, *pairs: tuple[int, int]) -> Entry:
    return tag, RATIONAL, len(pairs), b"".join(struct.pack("<II", *pair) for pair in pairs)


def directory(start: int, entries: Sequence[Entry]) -> bytes:
    """A TIFF directory that begins at `start`, its longer values behind it."""
    values_at = start + 2 + 12 * len(entries) + 4
    table, values = struct.pack("<H", len(entries)), b""
    for tag, type_, count, data in entries:
        if len(data) <= 4:
            field = data.ljust(4, b"\0")
        else:
            field = struct.pack("<I", values_at + len(values))
            values += data
        table += struct.pack("<HHI", tag, type_, count) + field
    return table + b"\0\0\0\0" + values


def block(
    main: Sequence[Entry] = (),
    exif: Sequence[Entry] = (),
    gps: Sequence[Entry] = (),
) -> bytes:
    """An EXIF block written by hand, because Pillow writes no broken ones."""
    pointers = [(0x8769, LONG, 1, b"\0" * 4), (0x8825, LONG, 1, b"\0" * 4)]
    exif_at = 8 + len(directory(8, [*main, *pointers]))
    exif_bytes = directory(exif_at, exif)
    gps_at = exif_at + len(exif_bytes)
    pointers = [
        (0x8769, LONG, 1, struct.pack("<I", exif_at)),
        (0x8825, LONG, 1, struct.pack("<I", gps_at)),
    ]
    return (
        b"Exif\0\0II*\0\x08\0\0\0"
        + directory(8, [*main, *pointers])
        + exif_bytes
        + directory(gps_at, gps)
    )


def facts(
    main: Sequence[Entry] = (),
    exif: Sequence[Entry] = (),
    gps: Sequence[Entry] = (),
) -> PhotoFacts:
    return read_facts(read_exif(block(main, exif, gps)), 100, 80, "JPEG")


@pytest.mark.parametrize(
    ("words", "date"),
    [
        (b"2004:07:01 12:30:05\0", datetime(2004, 7, 1, 12, 30, 5)),
        (b"2004-07-01T12:30:05+02:00", datetime(2004, 7, 1, 12, 30, 5)),
        (b"2004:07:01 12:30:05.25", datetime(2004, 7, 1, 12, 30, 5, 250_000)),
        (b"2004/07/01 12:30", datetime(2004, 7, 1, 12, 30)),
        (b" 2004:7:1  8:05:09 ", datetime(2004, 7, 1, 8, 5, 9)),
        (b"2004:07:01", datetime(2004, 7, 1)),
        (b"2004:07:01 12:30:05          \0\0\0\0", datetime(2004, 7, 1, 12, 30, 5)),
        (b"2004:07:01\x0012:30:05\0", datetime(2004, 7, 1, 12, 30, 5)),
        (b"\0\x002004:07:01 12:30:05", datetime(2004, 7, 1, 12, 30, 5)),
        ("2004:07:01 12:30:05".encode("utf-16-le"), datetime(2004, 7, 1, 12, 30, 5)),
        (b"2004: 7: 1 12:30: 5\0", datetime(2004, 7, 1, 12, 30, 5)),
        (b"2004:07:01 12:30:05Z", datetime(2004, 7, 1, 12, 30, 5)),
        (b"2004:07:01 12:30:  \0", datetime(2004, 7, 1, 12, 30)),
        (b"20040701123005\0", datetime(2004, 7, 1, 12, 30, 5)),
        (b"01/07/2004 12:30:05", None),
        (b"31/07/2004 12:30:05", datetime(2004, 7, 31, 12, 30, 5)),
        (b"2004:07:  ", datetime(2004, 7, 1)),
        (b"2004:07:01 24:00:00\0", datetime(2004, 7, 1, 23, 59, 59)),
        (b"2004:07:01 23:59:60\0", datetime(2004, 7, 1, 23, 59, 59)),
        (b"1800:07:01 12:30:05\0", None),
        (b"2099:07:01 12:30:05\0", None),
        (b"\0" * 20, None),
        (b"0000:00:00 00:00:00", None),
        (b"2004:13:01 12:30:05", None),
        (b"2004:02:30 12:30:05", None),
        (b"0101:01:01 00:00:00", None),
        (b"    :  :     :  :  ", None),
        (b"yesterday", None),
        (b"\xff\xfe\0", None),
    ],
)
def test_dates(words: bytes, date: datetime | None) -> None:
    assert facts(exif=[text(0x9003, words)]).taken_at == date


def test_the_shutter_comes_before_the_scanner_and_the_file() -> None:
    changed = text(0x0132, b"2020:01:01 00:00:00")
    scanned = text(0x9004, b"2010:01:01 00:00:00")
    unset = text(0x9003, b"0000:00:00 00:00:00")
    taken = text(0x9003, b"2000:01:01 00:00:00")
    assert facts([changed], [taken, scanned]).taken_at == datetime(2000, 1, 1)
    assert facts([changed], [unset, scanned]).taken_at == datetime(2010, 1, 1)
    assert facts([changed], [unset]).taken_at == datetime(2020, 1, 1)
    assert facts([], [unset]).taken_at is None


def test_each_exif_date_has_its_own_fraction_and_offset() -> None:
    main = [text(0x0132, b"2020:01:01 00:00:00")]
    changed = [text(0x9290, b"5\0"), text(0x9010, b"Z\0\0\0")]
    scanned = [text(0x9004, b"2010:01:01 00:00:00"), text(0x9012, b"-03:30\0")]
    taken = [text(0x9003, b"2000:01:01 00:00:00"), text(0x9291, b"0123456789")]
    offset = [text(0x9011, b"+02:00\0")]

    def found(*tags: list[Entry]) -> tuple[datetime | None, int | None]:
        read = facts(main, [tag for each in tags for tag in each])
        return read.taken_at, read.utc_offset_min

    assert found(taken, offset, scanned, changed) == (datetime(2000, 1, 1, 0, 0, 0, 12_345), 120)
    assert found(scanned, offset, changed) == (datetime(2010, 1, 1), -210)
    assert found(changed) == (datetime(2020, 1, 1, 0, 0, 0, 500_000), 0)
    assert found([text(0x9290, b"   "), text(0x9010, b"   :  ")]) == (datetime(2020, 1, 1), None)


def test_tags_of_exif_are_read_in_the_first_directory_too() -> None:
    main = [text(0x9003, b"2000:01:01 00:00:00"), text(0x9011, b"+02:00\0")]
    assert facts(main).taken_at == datetime(2000, 1, 1)
    assert facts(main).utc_offset_min == 120
    assert facts(main, [text(0x9003, b"2001:01:01 00:00:00")]).taken_at == datetime(2001, 1, 1)


def test_a_date_that_cannot_be_is_passed_over_for_the_next() -> None:
    coming = datetime.now() + timedelta(days=2)
    to_come = text(0x9003, coming.strftime("%Y:%m:%d %H:%M:%S").encode())
    scanned = text(0x9004, b"2010:01:01 00:00:00")
    assert facts([], [to_come, scanned]).taken_at == datetime(2010, 1, 1)
    assert facts([], [to_come]).taken_at is None
    assert facts([], [to_come]).taken_from is None
    today = datetime.now().replace(microsecond=0)
    assert facts([], [text(0x9003, f"{today:%Y:%m:%d %H:%M:%S}".encode())]).taken_at == today


@pytest.mark.parametrize(
    ("original", "digitised", "date"),
    [
        (b"2019", b"2019:05:12 18:33:10", datetime(2019, 5, 12, 18, 33, 10)),
        (b"2019:05", b"2019:05:12 18:33:10", datetime(2019, 5, 12, 18, 33, 10)),
        (b"2019:05:12", b"2019:05:12 18:33:10", datetime(2019, 5, 12, 18, 33, 10)),
        (b"2019:05:12 18:33", b"2019:05:12 18:33:10", datetime(2019, 5, 12, 18, 33, 10)),
        (b"2019:05", b"2019:06:12 18:33:10", datetime(2019, 5, 1)),
        (b"2019", b"2020:05:12 18:33:10", datetime(2019, 1, 1)),
        (b"2019:05:01 00:00:00", b"2019:05:12 18:33:10", datetime(2019, 5, 1)),
    ],
)
def test_a_date_that_tells_less_gives_way_to_one_within_it(
    original: bytes, digitised: bytes, date: datetime
) -> None:
    assert facts(exif=[text(0x9003, original), text(0x9004, digitised)]).taken_at == date


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        (b"Canon", b"Canon EOS 40D", "Canon EOS 40D"),
        (b"NIKON CORPORATION", b"NIKON D70", "NIKON D70"),
        (b"EASTMAN KODAK COMPANY", b"KODAK CX7530 ZOOM", "KODAK CX7530 ZOOM"),
        (b"Apple", b"iPhone 11 Pro", "Apple iPhone 11 Pro"),
        (b"SONY", b"ILCE-7M3", "SONY ILCE-7M3"),
        (b"SONY   \0\0", b"CYBERSHOT\0junk", "SONY CYBERSHOT"),
        (b"Canon", b"", "Canon"),
        (b"", b"D70", "D70"),
        (b"\0\0\0\0", b"    ", None),
        (b"----", b"\x01\x02", None),
        (b"Tab\tand\nline", b"X1", "Tab and line X1"),
        ("Zürich".encode(), "Ünique".encode("latin-1"), "Zürich Ünique"),
    ],
)
def test_cameras(make: bytes, model: bytes, camera: str | None) -> None:
    assert facts([text(0x010F, make), text(0x0110, model)]).camera == camera


def test_lens() -> None:
    assert (
        facts(exif=[text(0xA434, b"EF-S 18-55mm f/3.5-5.6\0\0")]).lens == "EF-S 18-55mm f/3.5-5.6"
    )


def gps(
    latitude: tuple[tuple[int, int], ...],
    longitude: tuple[tuple[int, int], ...],
    refs: tuple[bytes, bytes] = (b"N\0", b"E\0"),
) -> tuple[float | None, float | None]:
    found = facts(
        gps=[
            text(1, refs[0]),
            rationals(2, *latitude),
            text(3, refs[1]),
            rationals(4, *longitude),
        ]
    )
    return found.latitude, found.longitude


def test_places_with_their_signs() -> None:
    there = ((33, 1), (51, 1), (3540, 100)), ((151, 1), (1230, 100), (0, 1))
    assert gps(*there) == pytest.approx((33.8598333, 151.205))
    assert gps(*there, refs=(b"S\0", b"W\0")) == pytest.approx((-33.8598333, -151.205))
    assert gps(((335, 10),), ((151, 1), (30, 1))) == pytest.approx((33.5, 151.5))


@pytest.mark.parametrize(
    ("latitude", "longitude", "refs"),
    [
        (((33, 0), (0, 1), (0, 1)), ((1, 1),), (b"N", b"E")),
        (((33, 1), (0, 0), (0, 1)), ((1, 1),), (b"N", b"E")),
        (((91, 1),), ((1, 1),), (b"N", b"E")),
        (((1, 1),), ((181, 1),), (b"N", b"E")),
        (((1, 1),), ((1, 1),), (b"\0", b"E")),
        (((1, 1),), ((1, 1),), (b"X", b"E")),
        (((0, 1),), ((0, 1),), (b"N", b"E")),
        (((33, 1), (51, 1), (30, 0)), ((1, 1),), (b"N", b"E")),
        (((33, 1), (0, 0), (0, 0)), ((1, 1),), (b"N", b"E")),
        (((0, 0), (0, 0), (0, 0)), ((1, 1),), (b"N", b"E")),
        (((1, 1),) * 4, ((1, 1),), (b"N", b"E")),
        (((33, 1), (99, 1), (0, 1)), ((1, 1),), (b"N", b"E")),
        (((33, 1), (0, 1), (3600, 1)), ((1, 1),), (b"N", b"E")),
    ],
)
def test_broken_places_are_none(
    latitude: tuple[tuple[int, int], ...],
    longitude: tuple[tuple[int, int], ...],
    refs: tuple[bytes, bytes],
) -> None:
    assert gps(latitude, longitude, refs) == (None, None)


def test_seconds_that_a_camera_left_out_are_none() -> None:
    east = ((151, 1), (1230, 100), (0, 0))
    assert gps(((33, 1), (51, 1), (0, 0)), east) == pytest.approx((33.85, 151.205))
    assert gps(((335, 10), (0, 0), (0, 0)), east) == pytest.approx((33.5, 151.205))


@pytest.mark.parametrize(
    ("degrees", "letters", "found"),
    [
        (-33, b"", -33),
        (-33, b"S", -33),
        (-33, b"N", None),
        (33, b"", None),
        (33, b"south", -33),
        (33, b" n\0", 33),
    ],
)
def test_only_a_letter_or_a_minus_tells_on_which_side_of_the_equator_it_is(
    degrees: int, letters: bytes, found: float | None
) -> None:
    signed = (2, 10, 2, struct.pack("<iiii", degrees, 1, 30 if degrees > 0 else -30, 1))
    place = facts(gps=[text(1, letters), signed, text(3, b"E"), rationals(4, (7, 1))])
    assert place.latitude == (None if found is None else pytest.approx(found + found / 66))


def test_who_writes_one_side_with_a_minus_means_the_other_by_its_absence() -> None:
    west = (4, 10, 1, struct.pack("<ii", -7, 1))
    found = facts(gps=[rationals(2, (33, 1)), west])
    assert (found.latitude, found.longitude) == (33, -7)
    found = facts(gps=[rationals(2, (33, 1)), text(3, b"W"), rationals(4, (7, 1))])
    assert (found.latitude, found.longitude) == (None, None)


@settings(deadline=None)
@given(
    latitude=st.fractions(0, 90, max_denominator=10**6),
    longitude=st.fractions(0, 180, max_denominator=10**6),
    south=st.booleans(),
    west=st.booleans(),
)
def test_any_place_survives(
    latitude: Fraction, longitude: Fraction, south: bool, west: bool
) -> None:
    found = gps(
        ((latitude.numerator, latitude.denominator),),
        ((longitude.numerator, longitude.denominator),),
        (b"S" if south else b"N", b"W" if west else b"E"),
    )
    if latitude == longitude == 0:
        assert found == (None, None)
    else:
        expected = (latitude * (-1 if south else 1), longitude * (-1 if west else 1))
        assert found == pytest.approx(tuple(map(float, expected)))


def test_big_endian_blocks_and_doubled_prefixes() -> None:
    exif = Image.Exif()  # Pillow writes big-endian here
    exif.endian = ">"
    exif[0x0110] = "Model B"
    exif[0x0112] = 8
    tags = read_exif(b"Exif\0\0" + exif.tobytes())
    assert exif.tobytes()[6:8] == b"MM"
    found = read_facts(tags, 10, 20, "PNG")
    assert (found.camera, found.orientation) == ("Model B", 8)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_block_fails(noise: bytes) -> None:
    read_facts(read_exif(noise), 1, 1, "JPEG")
    read_facts(read_exif(b"Exif\0\0II*\0\x08\0\0\0" + noise), 1, 1, "JPEG")


@given(at=st.integers(6, 250), value=st.integers(0, 255))
def test_no_damaged_block_fails(at: int, value: int) -> None:
    damaged = bytearray(
        block(
            [
                text(0x010F, b"Maker of it"),
                text(0x0110, b"Model of it"),
                (0x0112, SHORT, 1, b"\6\0"),
            ],
            [text(0x9003, b"2004:07:01 12:30:05\0"), text(0xA434, b"A lens")],
            [
                text(1, b"N"),
                rationals(2, (1, 2), (3, 4), (5, 6)),
                text(3, b"E"),
                rationals(4, (7, 8)),
            ],
        )
    )
    damaged[at % len(damaged)] = value
    found = read_facts(read_exif(bytes(damaged)), 1, 1, "JPEG")
    assert 1 <= found.orientation <= 8
    assert (found.latitude is None) == (found.longitude is None)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".heic", ".avif", ".tif"])
def test_facts_are_read_from_every_format_that_has_exif(suffix: str, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Maker", "Box 1"
    exif.get_ifd(0x8769)[0x9003] = "2004:07:01 12:30:05"
    exif.get_ifd(0x8825).update({1: "S", 2: (10.0, 30.0, 0.0), 3: "W", 4: (20.0, 0.0, 36.0)})
    written = Image.Exif()
    written.load(exif.tobytes())  # the TIFF writer takes over only directories that were read
    path = tmp_path / f"photo{suffix}"
    Image.new("RGB", (90, 70), "teal").save(path, exif=written)
    found = decode(path).facts
    assert (found.width_px, found.height_px) == (90, 70)
    assert found.camera == "Maker Box 1"
    assert found.taken_at == datetime(2004, 7, 1, 12, 30, 5)
    assert (found.latitude, found.longitude) == pytest.approx((-10.5, -20.01))


@pytest.mark.parametrize("suffix", [".gif", ".bmp"])
def test_formats_without_exif_have_no_facts(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"photo{suffix}"
    Image.new("RGB", (90, 70)).save(path)
    found = decode(path).facts
    assert found == PhotoFacts(90, 70, 1, None, None, None, None, None, found.format)
