"""Names as people compare them: without regard to case, accents and the width of letters."""

from __future__ import annotations

import os
import re
import sqlite3
import unicodedata
from collections.abc import Callable


def folded(name: str | bytes) -> str:
    """The letters that two names are compared by: "Café_01.JPG" gives "cafe_01.jpg"."""
    if name.isascii():
        return name.lower() if isinstance(name, str) else name.lower().decode("ascii")
    text = os.fsdecode(name)
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    # What is no text of UTF-8 cannot be handed to SQLite.
    return bare.encode("utf-8", "replace").decode()


_WORD = re.compile(r"[^\W_]+")


def words_of(name: str | bytes) -> list[str]:
    """The words of a name, each as `folded` has it: "Café_01.JPG" gives cafe, 01, jpg."""
    return _WORD.findall(folded(name))


def _words(path: bytes) -> str:
    return " ".join(words_of(path))


def _name(path: bytes) -> str:
    return folded(path.rpartition(b"/")[2])


def _folder(path: bytes) -> str:
    return folded(path.rpartition(b"/")[0])


def _place(root: bytes, path: bytes) -> str:
    """The whole path of the folder that a file is in, with a / at its end."""
    outer, inner = os.fsdecode(root).replace(os.sep, "/"), os.fsdecode(path.rpartition(b"/")[0])
    return folded(f"{outer}/{inner}/".replace("///", "/").replace("//", "/"))


FUNCTIONS: dict[str, Callable[..., str]] = {
    "folded": folded,
    "folded_name": _name,
    "folded_folder": _folder,
    "folded_place": _place,
    "words_of_path": _words,
}
"""What SQL calls them, on every connection of the catalog; each takes half a microsecond, and some
more where letters are not ASCII. All but the first take a FileName, folded_place first that of the
watched folder; words_of_path is what triggers keep in the table photo_name."""


def add_functions(connection: sqlite3.Connection) -> None:
    """Without them a connection can read a catalog, and write no photos."""
    for name, function in FUNCTIONS.items():
        connection.create_function(name, -1, function, deterministic=True)
