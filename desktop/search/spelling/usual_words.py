"""How usual words are, by the lists of the package wordfreq (Robyn Speer, 2022;
doi:10.5281/zenodo.7199437).

Its files are read without it, for its code would bring five packages more. Each is a msgpack of a
heading and of lists of words: all those of the list numbered n make up 10^(-n/100) of what is
written in that language. Here that is 9 - n/100, which is called Zipf's scale: 6 for the most usual
words, 3 for one in a million, 0 for what is not found.

A small list holds words down to one in a million, a large one down to one in a hundred million.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LANGUAGES = ("en", "de", "es", "fr", "it", "nl", "pl", "pt")
"""Those of which a word may be offered: written in Latin letters, and with a large list."""
KNOWN = (*LANGUAGES, "tr")
"""Those that the starters know, too."""
OTHERS = ("ca", "cs", "da", "fi", "hu", "id", "is", "lt", "lv", "nb", "ro", "sh", "sk", "sl", "sv")
"""Others in Latin letters. Their words are right where something speaks for the language."""

FILES = (
    *(f"large_{language}.msgpack.gz" for language in LANGUAGES),
    *(f"small_{language}.msgpack.gz" for language in (*KNOWN, *OTHERS)),
)
"""The lists that are read."""

_ZIPF_TOP = 9.0
_FEW_LETTERS = 32
"""Bytes. What is shorter has one byte before it that tells its length; longer words are not
asked for."""

Found = tuple[NDArray[np.int64], NDArray[np.float32]]
"""Which of several words a list holds, by their places, and how usual each is."""


def folder_of_lists() -> Path | None:
    """Where the lists are; None where the package is not installed. Imports nothing."""
    found = find_spec("wordfreq")
    places = found and found.submodule_search_locations
    return Path(next(iter(places))) / "data" if places else None


class UsualWords:
    """Words in small letters, ß written ss. One thread at a time. The lists come into memory as
    they are needed: of all languages together 25 MB."""

    def __init__(self, folder: Path) -> None:
        self._small = {
            language: _SmallList(folder / f"small_{language}.msgpack.gz")
            for language in (*KNOWN, *OTHERS)
        }
        self._folder = folder

    @lru_cache(maxsize=4096)  # noqa: B019 - there is one of these
    def zipf(self, language: str, word: str) -> float:
        """How usual a word is in this language; 0 for what is no usual word of it."""
        return self._small[language].zipf(word)

    def among(self, language: str, words: Sequence[str]) -> Found:
        """Those that are usual words of one of LANGUAGES."""
        return self._small[language].among(words)

    @lru_cache(maxsize=1024)  # noqa: B019 - there is one of these
    def commonness(self, word: str) -> float:
        """How usual a word is that is in no small list, on Zipf's scale; 0 for what is no word. A
        fifth of a second, in which other threads may run."""
        paths = (self._folder / f"large_{language}.msgpack.gz" for language in LANGUAGES)
        return max(_zipf_in(gzip.decompress(path.read_bytes()), word) for path in paths)


class _SmallList:
    def __init__(self, path: Path) -> None:
        self._path = path

    def zipf(self, word: str) -> float:
        return _zipf_in(self._bytes, word)

    def among(self, words: Sequence[str]) -> Found:
        known, zipfs = self._numbered
        wanted = _numbers(words, len(words))
        places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        found = np.flatnonzero(known[places] == wanted)
        return found, zipfs[places[found]]

    @cached_property
    def _bytes(self) -> bytes:
        return gzip.decompress(self._path.read_bytes())

    @cached_property
    def _numbered(self) -> Found:
        """The words' numbers, in order, and how usual each is: words themselves would take ten
        times the memory."""
        from msgpack import unpackb  # which a start need not wait for

        _, *lists = unpackb(self._bytes)
        lengths = [len(each) for each in lists]
        numbers = _numbers((word for each in lists for word in each), sum(lengths))
        each = np.arange(len(lists), dtype=np.float32)
        zipfs = np.repeat(np.float32(_ZIPF_TOP) - each / np.float32(100), lengths)
        order = np.argsort(numbers)
        return numbers[order], zipfs[order]


def _numbers(words: Iterable[str], n: int) -> NDArray[np.int64]:
    return np.fromiter(map(hash, words), np.int64, n)


def _packed(word: str) -> bytes:
    """As it stands in the file; b"" where it is too long."""
    letters = word.encode()
    return bytes([0xA0 | len(letters)]) + letters if len(letters) < _FEW_LETTERS else b""


def _zipf_in(content: bytes, word: str) -> float:
    """content: a whole list. 0 for what it does not hold."""
    packed = _packed(word)
    at = content.find(packed) if packed else -1
    if at < 0:
        return 0.0
    from msgpack import Unpacker  # as above

    unpacker = Unpacker(max_buffer_size=len(content))
    unpacker.feed(content)
    n_lists = unpacker.read_array_header() - 1
    unpacker.skip()  # the heading
    for number in range(n_lists):
        unpacker.skip()
        if unpacker.tell() > at:
            return _ZIPF_TOP - number / 100
    return 0.0
