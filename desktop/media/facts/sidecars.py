"""Sidecars: files beside a photo that say more of it, told by their names.

XMP stands in IMG.xmp or IMG.jpg.xmp. Google Takeout's JSON is named after the photo in many ways:
https://github.com/TheLastGimbus/GooglePhotosTakeoutHelper and the issues there tell of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")

_XMP, _JSON = ".xmp", ".json"
_SUFFIXES = (_JSON, _XMP)
_TAIL = ".supplemental-metadata"
# What Google cuts JSON's name to without its suffix, in UTF-16; 51 counts the suffix as well.
_CUTS = (46, 51)
_COUNTED = re.compile(r"(.*)(\(\d+\))")
# Google Photos names an edited copy, which has no JSON of its own, after the original and a word in
# the person's language, of which a long name leaves only the beginning: -edited, -bearbeitet,
# -ha editado, -edi. A count may stand on either side of it.
_EDITED = re.compile(r"(.+)-[^\d\-_.()]{0,25}(\(\d+\))?")
# The copy is a JPEG or PNG, whatever the original is.
_OF_ORIGINALS = (".heic", ".jpg", ".jpeg", ".png", ".webp", ".dng")


def is_sidecar_name(name: str) -> bool:
    return name[-5:].lower().endswith(_SUFFIXES)


class Sidecars(Generic[T]):
    """Those of one folder, told apart by the photos they belong to. Names that differ only in case,
    or in how their accents are put together, are the same."""

    def __init__(self, named: Iterable[tuple[str, T]]) -> None:
        """named: the name of each, with what `of` shall give for it."""
        self._xmp: dict[str, T] = {}
        self._json: dict[str, T] = {}
        self._with_tail: dict[tuple[str, str], dict[int, T]] = {}
        for name, value in named:
            name = _folded(name)
            if name.endswith(_XMP):
                self._xmp[name.removesuffix(_XMP)] = value
            else:
                self._add_json(name.removesuffix(_JSON), value)

    def _add_json(self, name: str, value: T) -> None:
        self._json[name] = value
        count = ""
        if name.endswith(")") and (counted := _COUNTED.fullmatch(name)):
            name, count = counted.groups()
        photo_name, dot, tail = name.rpartition(".")
        if _TAIL.startswith(dot + tail):
            self._with_tail.setdefault((photo_name, count), {})[-len(tail)] = value

    def of(self, photo_name: str) -> list[T]:
        """Those of a photo, the likeliest first."""
        name = _folded(photo_name)
        stem, dot, suffix = name.rpartition(".")
        found = [self._xmp[each] for each in (name, stem) if each in self._xmp]
        if self._json:
            found += self._json_of(stem, dot + suffix)
            if "-" in stem and (edited := _EDITED.fullmatch(stem)):
                found += self._json_of_original(edited[1] + (edited[2] or ""), dot + suffix)
        return list(dict.fromkeys(found))

    def _json_of_original(self, stem: str, suffix: str) -> list[T]:
        suffixes = (suffix, *_OF_ORIGINALS)
        return next(filter(None, (self._json_of(stem, each) for each in suffixes)), [])

    def _json_of(self, stem: str, suffix: str) -> list[T]:
        found = list(self._json_named(stem, suffix, ""))
        # The second IMG.jpg of an album is IMG(1).jpg, and its JSON IMG.jpg(1).json.
        if stem.endswith(")") and (counted := _COUNTED.fullmatch(stem)):
            found += self._json_named(counted[1], suffix, counted[2])
        return found

    def _json_named(self, stem: str, suffix: str, count: str) -> list[T]:
        whole = stem + suffix
        names = [whole + count]
        if len(whole) > _CUTS[0] or not whole.isascii():  # else a cut takes of the tail only
            units = (whole + _TAIL).encode("utf-16-le", "surrogatepass")
            cuts = [units[: 2 * cut].decode("utf-16-le", "ignore") for cut in _CUTS]
            names += [name + count for name in cuts if whole.startswith(name)]
        names.append(stem + count)
        found = [self._json[name] for name in names if name in self._json]
        if tails := self._with_tail.get((whole, count)):
            found += [tails[length] for length in sorted(tails)]
        return found


def _folded(name: str) -> str:
    name = name.lower()
    return name if name.isascii() else unicodedata.normalize("NFC", name)
