"""Sidecars: files beside a photo that say more of it, told by their names.

XMP stands in IMG.xmp or IMG.jpg.xmp. Google Takeout's JSON is named after the photo in many ways:
https://github.com/TheLastGimbus/GooglePhotosTakeoutHelper and the issues there tell of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")

_SUFFIXES = (".json", ".xmp")
_TAIL = ".supplemental-metadata"
_TAILS = tuple(_TAIL[:n_characters] for n_characters in range(len(_TAIL), -1, -1))
# What Google cuts JSON's name to without its suffix, in UTF-16; 51 counts the suffix as well.
_CUTS = (46, 51)
_COUNTED = re.compile(r"(.*)(\(\d+\))")
# What Google Photos adds to the name of an edited copy, which has no JSON of its own.
_EDITED = re.compile(
    "-(?:edited|effects|smile|mix|bearbeitet|modifié|editado|ha editado|editada|modificato|bewerkt|"
    "edytowane|redigerad|redigeret|redigert|muokattu|upraveno|upravené|editat|düzenlendi|"
    r"отредактировано|измененный|編集済み|已修改|已编辑|已編輯|수정됨)(?=(?:\(\d+\))?$)"
)


def is_sidecar_name(name: str) -> bool:
    return name.lower().endswith(_SUFFIXES)


def folded(name: str) -> str:
    """The same for names that differ only in case, or in how their accents are put together."""
    return unicodedata.normalize("NFC", name.lower())


def sidecars_of(photo_name: str, among: Mapping[str, T]) -> list[T]:
    """Those of the photo, the likeliest first. among: what there is in its folder, by its folded
    name."""
    found = [name for name in _names(folded(photo_name)) if name in among]
    return [among[name] for name in dict.fromkeys(found)]


def _names(photo_name: str) -> list[str]:
    stem, dot, suffix = photo_name.rpartition(".")
    suffix = dot + suffix
    names = [f"{photo_name}.xmp", f"{stem}.xmp"]
    for plain in (stem, _EDITED.sub("", stem)) if "-" in stem else (stem,):
        names += _json_names(plain, suffix, "")
        # The second IMG.jpg of an album is IMG(1).jpg, and its JSON IMG.jpg(1).json.
        if plain.endswith(")") and (counted := _COUNTED.fullmatch(plain)):
            names += _json_names(counted[1], suffix, counted[2])
    return names


def _json_names(stem: str, suffix: str, count: str) -> list[str]:
    whole, end = stem + suffix, f"{count}.json"
    names = [whole + end, *[whole + tail + end for tail in _TAILS]]
    if len(whole) > _CUTS[0] or not whole.isascii():  # else a cut takes of the tail only
        units = (whole + _TAIL).encode("utf-16-le", "surrogatepass")
        names += [units[: 2 * cut].decode("utf-16-le", "ignore") + end for cut in _CUTS]
    names.append(stem + end)
    return names
