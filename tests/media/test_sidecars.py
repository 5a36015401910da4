from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.media.sidecars import folded, is_sidecar_name, sidecars_of

UUID = "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_"
FACES = "😀😃😄😁😆😅😂🤣🥲☺️😊😇🙂🙃😉😌😍🥰😘😗😙😚😋"  # 47 in UTF-16


def beside(photo_name: str, *names: str) -> list[str]:
    return sidecars_of(photo_name, {folded(name): name for name in names})


@pytest.mark.parametrize(
    ("photo", "sidecar"),
    [
        ("IMG_1.jpg", "IMG_1.xmp"),
        ("IMG_1.jpg", "IMG_1.jpg.xmp"),
        ("IMG_1.JPG", "IMG_1.JPG.XMP"),
        ("IMG_1.jpg", "IMG_1.jpg.json"),
        ("IMG_1.jpg", "IMG_1.json"),
        ("IMG_1.jpg", "IMG_1.JPG.json"),
        ("IMG_1.jpg", "IMG_1.jpg.supplemental-metadata.json"),
        ("IMG_1(1).jpg", "IMG_1.jpg(1).json"),
        ("IMG_1(1).jpg", "IMG_1(1).jpg.json"),
        ("IMG_1(1).jpg", "IMG_1.jpg.supplemental-metadata(1).json"),
        ("IMG_1-edited.jpg", "IMG_1.jpg.json"),
        ("IMG_1-edited.jpg", "IMG_1.jpg.supplemental-metadata.json"),
        ("IMG_1-edited(1).jpg", "IMG_1.jpg(1).json"),
        ("IMG_1-bearbeitet.jpg", "IMG_1.jpg.json"),
        ("IMG_1-modifie\u0301.jpg", "IMG_1.jpg.json"),
        ("ete\u0301.jpg", "et\u00e9.jpg.json"),
        ("PXL_20230922_144936660.jpg", "PXL_20230922_144936660.jpg.supplemental-metada.json"),
        ("PXL_20220405_09012374.PORTRAIT.jpg", "PXL_20220405_09012374.PORTRAIT.jpg.supplemen.json"),
        (f"{UUID}P.jpg", f"{UUID}.json"),
        (f"{UUID}P(1).jpg", f"{UUID}(1).json"),
        (f"{UUID}P-edited.jpg", f"{UUID}.json"),
        (
            "05yqt21kruxwwlhhgrwrdyb6chhwszi9bqmzu16w0 2.jpg",
            "05yqt21kruxwwlhhgrwrdyb6chhwszi9bqmzu16w0 2.jp.json",
        ),
        (
            f"{'a' * 41}.jpg",
            f"{'a' * 41}.jpg..json",
        ),
        (f"{FACES}.jpg", f"{FACES}.json"),
    ],
)
def test_a_sidecar_is_found_by_its_name(photo: str, sidecar: str) -> None:
    assert is_sidecar_name(sidecar)
    assert beside(photo, "other.json", "other.xmp", sidecar) == [sidecar]


@pytest.mark.parametrize(
    ("photo", "other"),
    [
        ("IMG_1(1).jpg", "IMG_1.jpg.json"),
        ("IMG_1.jpg", "IMG_1.jpg(1).json"),
        ("IMG_1(1).jpg", "IMG_1.jpg(2).json"),
        ("IMG_1.jpg", "IMG_10.jpg.json"),
        ("IMG_10.jpg", "IMG_1.jpg.json"),
        ("IMG_1.jpg", "IMG_1.jpg.metadata.json"),
        ("IMG_1.jpg", "IMG_1-edited.jpg.json"),
        ("IMG_1.jpg", "metadata.json"),
        ("unedited.jpg", "un.jpg.json"),
    ],
)
def test_another_photos_sidecar_is_left_alone(photo: str, other: str) -> None:
    assert beside(photo, other) == []


def test_the_likeliest_comes_first() -> None:
    names = ["IMG_1.json", "IMG_1.jpg.json", "IMG_1-edited.jpg.json", "IMG_1-edited.xmp"]
    assert beside("IMG_1-edited.jpg", *names) == [names[3], names[2], names[1], names[0]]


@given(st.text(max_size=60))
def test_no_name_fails(name: str) -> None:
    assert sidecars_of(name, {}) == []
