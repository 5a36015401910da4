"""Tables of text, such as CSV: their encoding and delimiter are found out; read row by row."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO

from desktop.errors import TableUnusable

_MARKS = {  # the longer ones first: that of UTF-32 begins as that of UTF-16 does
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_ENDS = frozenset(b"\r\n")
_WESTERN = "cp1252"
"""What spreadsheets write in the West where it is not Unicode."""

_DELIMITERS = ",;\t|"
_N_TRIED = 200
_BLOCK = 1 << 20
_BEGIN = 4096


def encoding_of(begin: bytes) -> str:
    """Of a text that begins so: by its mark; without one, by where its zeros are, which letters of
    UTF-8 have not; else UTF-8. begin: 4 bytes or more, of a shorter text all of it."""
    for mark, encoding in _MARKS.items():
        if begin.startswith(mark):
            return encoding
    if 0 not in begin:
        return "utf-8"
    if not any(begin[2::4] + begin[3::4]):
        return "utf-32-le"
    if not any(begin[0::4] + begin[1::4]):
        return "utf-32-be"
    # Each line end has its zero, whatever the letters are.
    first, second = begin[0::2], begin[1::2]
    if 0 not in first and not _ENDS.intersection(second):
        return "utf-16-le"
    if 0 not in second and not _ENDS.intersection(first):
        return "utf-16-be"
    return "utf-8"


class TableRow(NamedTuple):
    """A row and where it is. line: the first is 1; of one that spans lines, its last."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A file with a line of headings, and how it is written.

    Attributes:
        headings: without blanks around them; "" where there is none.
    """

    path: Path
    encoding: str
    delimiter: str
    headings: Sequence[str]

    @classmethod
    def open(cls, path: Path) -> Table:
        """Find out how it is written. Raises TableUnusable."""
        encoding = _encoding(path)
        delimiter = _delimiter(path, encoding)
        headings = next(_rows(path, encoding, delimiter), None)
        if headings is None:
            raise TableUnusable(f"{path.name} is empty.", _HOW)
        names = [cell.strip() for cell in headings.cells]
        if len(names) < 2:
            raise TableUnusable(f"{path.name} has one column only.", _HOW)
        return cls(path, encoding, delimiter, names)

    def rows(self) -> Iterator[TableRow]:
        """All below the headings, empty ones left out; each has as many cells as there are
        headings. Raises TableUnusable for one that has more."""
        n = len(self.headings)
        for line, cells in islice(_rows(self.path, self.encoding, self.delimiter), 1, None):
            if any(map(str.strip, cells[n:])):
                raise TableUnusable(
                    f"{self.path.name} has more cells in line {line:,} than headings.",
                    f"There are {n} headings and {len(cells)} cells; a cell that holds a delimiter "
                    "needs quotes. Nothing was imported.",
                )
            yield TableRow(line, [*cells[:n], *[""] * (n - len(cells))])


_HOW = (
    "A table has headings in its first line, one of them of the paths or names of photos, such as "
    "path,label."
)


def _encoding(path: Path) -> str:
    with _readable(path), _opened(path) as file:
        begin = file.read(_BEGIN)
        encoding = encoding_of(begin)
        if begin.startswith(b"PK\x03\x04"):
            raise TableUnusable(
                f"{path.name} is no text, and may be a workbook.", "Save it as CSV and take that."
            )
        decoder = codecs.getincrementaldecoder(encoding)()
        block, is_text = begin, True
        try:
            while block and is_text:
                is_text = "\0" not in decoder.decode(block)
                block = file.read(_BLOCK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            if encoding == "utf-8":
                return _WESTERN
            raise TableUnusable(
                f"{path.name} says it is {encoding.upper()}, but is not.", "Save it as UTF-8."
            ) from error
    if not is_text:
        raise TableUnusable(f"{path.name} is no text.", "Save the table as CSV.")
    return encoding


def _delimiter(path: Path, encoding: str) -> str:
    """The one by which the first rows have the same number of cells, and the most of them. (The
    standard library's Sniffer refuses tables of one row, and takes letters of names for it.)"""

    def agree(delimiter: str) -> tuple[float, int]:
        rows = islice(_rows(path, encoding, delimiter), _N_TRIED)
        lengths = [len(cells) for _, cells in rows]
        n = lengths[0] if lengths else 0
        return (sum(length == n for length in lengths) / len(lengths) if n > 1 else 0.0), n

    return max(_DELIMITERS, key=agree)


def _rows(path: Path, encoding: str, delimiter: str) -> Iterator[TableRow]:
    with _readable(path), _text(path, encoding) as stream:
        reader = csv.reader(stream, delimiter=delimiter, skipinitialspace=True)
        begun = 1
        try:
            for cells in reader:
                begun = reader.line_num + 1
                if any(map(str.strip, cells)):
                    yield TableRow(reader.line_num, cells)
        except csv.Error as error:
            if "limit" not in str(error):
                raise
            raise TableUnusable(
                f"{path.name} has more than {csv.field_size_limit():,} letters in one cell, in the "
                f"row that begins in line {begun:,}.",
                "Look there for a quote that is never closed. Nothing was imported.",
            ) from error


def _text(path: Path, encoding: str) -> TextIO:
    # cp1252 has no letter for five of its bytes.
    errors = "replace" if encoding == _WESTERN else "strict"
    return TextIOWrapper(_opened(path), encoding, errors, newline="")


def _opened(path: Path) -> BinaryIO:
    """A table is read more than once, which a pipe cannot be; and one would be waited for without
    end. Raises TableUnusable or OSError."""
    if not (path.is_file() or path.is_dir() or not path.exists()):
        raise TableUnusable(f"{path.name} is no file but a pipe or a device.", "Save it as CSV.")
    return path.open("rb")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TableUnusable(
            f"{path.name} cannot be read: {error.strerror}.", "Check its name, and its rights."
        ) from error
    except csv.Error as error:
        raise TableUnusable(f"{path.name} is no table: {error}.", "Save it as CSV.") from error
