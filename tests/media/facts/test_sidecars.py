from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.media.facts.sidecars import Sidecars, is_sidecar_name

UUID = "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_"
FACES = "😀😃😄😁😆😅😂🤣🥲☺️😊😇🙂🙃😉😌😍🥰😘😗😙😚😋"  # 47 in UTF-16


EDITED = (
    "modifié editado modificato bewerkt edytowane redigerad redigeret redigert muokattu upraveno "
    "upravené editat editada düzenlendi szerkesztett уређено отредактировано змінено "
    "επεξεργασμένο 编辑后 已编辑 已編輯 編集済み 편집됨 수정됨 संपादित แก้ไขแล้ว diedit effects "
    "smile mix collage edite edi e"
)


def beside(photo_name: str, *names: str) -> list[str]:
    return Sidecars([(name, name) for name in names]).of(photo_name)


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
        *[(f"IMG_1-{word}.jpg", "IMG_1.jpg.supplemental-metadata.json") for word in EDITED.split()],
        ("IMG_1-đã chỉnh sửa.jpg", "IMG_1.jpg.json"),
        ("IMG_1-ha editado(1).jpg", "IMG_1.jpg.supplemental-metadata(1).json"),
        ("IMG_1-تم التعديل.jpg", "IMG_1.jpg.json"),
        ("IMG_1-נערך.jpg", "IMG_1.jpg.json"),
        ("IMG_1-.jpg", "IMG_1.jpg.json"),
        ("IMG_1(1)-edited.jpg", "IMG_1.jpg(1).json"),
        ("IMG_1(1)-bearbeitet.jpg", "IMG_1.jpg.supplemental-metadata(1).json"),
        ("IMG_1-edited(1).jpg", "IMG_1.jpg.supplemental-metad(1).json"),
        ("IMG_1-edited.jpg", "IMG_1.HEIC.supplemental-metadata.json"),
        ("IMG-20190512-WA0007-bearbeitet.jpg", "IMG-20190512-WA0007.jpg.json"),
        (
            "13039_327707840323_537645323_9470255_27214_n(1).jpg",
            "13039_327707840323_537645323_9470255_27214_n.j(1).json",
        ),
        (
            "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGINA.jpg",
            "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGIN.json",
        ),
        ("PXL_20210102_221126856.MP~2.jpg", "PXL_20210102_221126856.MP~2.jpg.suppl.json"),
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
        ("IMG_1-2.jpg", "IMG_1.jpg.json"),
        ("IMG-20190512-WA0007.jpg", "IMG-20190512.jpg.json"),
        ("IMG_1-edited.jpg", "IMG_1.jpg(1).json"),
        ("IMG_1-edited(1).jpg", "IMG_1.jpg.json"),
        ("IMG_1-edited.jpg", "IMG_10.jpg.json"),
        ("IMG_1-edited.jpg", "IMG_1-edited.jpg.metadata.json"),
        ("IMG_1.jpg", "IMG_1.jpg.supplemental-other.json"),
        ("IMG_1.jpg", "IMG_1.heic.json"),
        ("a-b.c-d.jpg", "a.jpg.json"),
        ("IMG_1 edited.jpg", "IMG_1.jpg.json"),
    ],
)
def test_another_photos_sidecar_is_left_alone(photo: str, other: str) -> None:
    assert beside(photo, other) == []


def test_the_likeliest_comes_first() -> None:
    names = ["IMG_1.json", "IMG_1.jpg.json", "IMG_1-edited.jpg.json", "IMG_1-edited.xmp"]
    assert beside("IMG_1-edited.jpg", *names) == [names[3], names[2], names[1], names[0]]


@given(st.text(max_size=60))
def test_no_name_fails(name: str) -> None:
    assert Sidecars([("a.json", 1), (f"{name}.xmp", 2), (f"{name}.json", 3)]).of(f"{name}.jpg")
