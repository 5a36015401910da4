"""Aligned tables for people, JSON for programs; both on stdout."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from desktop.cli.said.streams import flush_answer, say
from desktop.legible import legible, shortened

GAP = "  "


def say_json(value: Any) -> None:
    """Write a value as one line of JSON, at once: who reads a batch waits for each answer.

    ASCII only, so that it survives any terminal encoding; bytes of a file name that are no UTF-8
    are lone surrogates, from which os.fsencode makes the bytes again.
    """
    say(json.dumps(value))
    flush_answer()


def say_table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    write: Callable[[str], None] = say,
) -> None:
    """Write rows under headings; columns in which every cell is a number are flush right."""
    body = [[shortened(legible(cell)) for cell in row] for row in rows]
    columns = list(zip(headings, *body, strict=True))
    widths = [max(map(_width, column)) for column in columns]
    is_number = [bool(body) and all(map(_is_number, column[1:])) for column in columns]
    for row in (headings, *body):
        cells = [
            _pad(cell, width, right)
            for cell, width, right in zip(row, widths, is_number, strict=True)
        ]
        write(GAP.join(cells).rstrip())


def say_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    """Write names and values, aligned."""
    known = list(pairs)
    width = max((_width(name) for name, _ in known), default=0)
    for name, value in known:
        say(_pad(name, width, right=False) + GAP + value)


def count(number: int, one: str, many: str | None = None) -> str:
    """ "1 photo", "7,091 photos"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(n_bytes: int) -> str:
    """ "606 MB"; decimal units, as shops and file managers count."""
    value = float(n_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def duration(seconds: float) -> str:
    """ "40 s", "3 min", "2 h 5 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _pad(cell: str, width: int, right: bool) -> str:
    padding = " " * (width - _width(cell))
    return padding + cell if right else cell + padding


def _is_number(cell: str) -> bool:
    return cell.replace(",", "").replace(".", "").lstrip("-").isdigit()


def _width(text: str) -> int:
    """Columns of a terminal: wide East Asian characters take two, combining marks none."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) != 0 for letter in text)
