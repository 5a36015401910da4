"""Importing a table of attributes: its rows become values of photos, all of them or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from desktop.catalog import PathRow, folded
from desktop.errors import TableUnusable
from desktop.jobs import Job
from desktop.library.attributes.naming import PhotoNames
from desktop.library.attributes.table import Table
from desktop.search import number_of

Value = tuple[str, float | None]
"""As it was written, and as a number."""

N_SHOWN = 3
N_NAMED = 12
_N_LOOKED_AT = 500
_REPORT_EVERY = 1_000
_USUAL = frozenset(("path", "file", "filename", "filepath", "image", "imagepath", "photo", "name"))
"""Headings of the column that names photos."""


@dataclass(frozen=True, slots=True)
class Strays:
    """Rows of a table that were not taken.

    Attributes:
        examples: line and text of up to N_SHOWN of them.
    """

    n: int = 0
    examples: tuple[tuple[int, str], ...] = ()

    def and_one(self, line: int, text: str) -> Strays:
        shown = self.examples
        return Strays(self.n + 1, (*shown, (line, text)) if len(shown) < N_SHOWN else shown)


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a table.

    Attributes:
        column: the heading under which the photos are named.
        attributes: the other headings.
        n_rows: below the headings.
        n_photos: of which something is said now.
        n_repeated: rows of a photo that another row names as well; the last one holds.
        unmatched, several: rows that name no photo, or that may mean more than one.
        delimiter, encoding: as they were found out.
        n_unnamed: columns without a heading, which say nothing therefore.
    """

    column: str
    attributes: tuple[str, ...]
    n_rows: int
    n_photos: int
    n_repeated: int
    unmatched: Strays
    several: Strays
    delimiter: str
    encoding: str
    n_unnamed: int = 0

    @property
    def named(self) -> str:
        """The attributes in a line: the first of them, and how many more."""
        n_more = len(self.attributes) - N_NAMED
        more = f" and {n_more:,} more" if n_more > 0 else ""
        return ", ".join(self.attributes[:N_NAMED]) + more


def read_attributes(
    path: Path, list_paths: Callable[[], Iterable[PathRow]], job: Job
) -> tuple[Imported, dict[str, dict[int, Value | None]]]:
    """What the table says: attribute -> photo_id -> value; None where a cell is empty. Raises
    TableUnusable where it says nothing of any photo, or Cancelled."""
    job.report(0, 0, f"Reading {path.name}")
    table = Table.open(path)
    photos = PhotoNames(list_paths(), path.absolute().parent)
    at = _column(table, photos)
    names = _attributes(table, at)
    values: dict[str, dict[int, Value | None]] = {name: {} for name in names.values()}
    unmatched = several = Strays()
    times: Counter[int] = Counter()
    n_rows = 0
    for n_rows, (line, cells) in enumerate(table.rows(), 1):
        if n_rows % _REPORT_EVERY == 0:
            job.report(n_rows, 0, f"Reading {path.name}")
        found = photos.find(cells[at])
        if len(found) != 1:
            unmatched, several = (
                (unmatched, several.and_one(line, cells[at]))
                if found
                else (unmatched.and_one(line, cells[at]), several)
            )
            continue
        times[found[0]] += 1
        for column, name in names.items():
            values[name][found[0]] = _value(cells[column], table.delimiter)
    if not times:
        _refuse(table, at, unmatched, several)
    return (
        Imported(
            table.headings[at],
            tuple(names.values()),
            n_rows,
            len(times),
            times.total() - len(times),
            unmatched,
            several,
            table.delimiter,
            table.encoding,
            table.headings.count(""),
        ),
        values,
    )


def _column(table: Table, photos: PhotoNames) -> int:
    """Where photos are named: in the column of whose first rows most do. A usual heading decides
    where several do as well."""
    rows = [row.cells for row in islice(table.rows(), _N_LOOKED_AT)]

    def suits(at: int) -> tuple[int, bool, int]:
        n_found = sum(bool(photos.find(cells[at])) for cells in rows)
        return n_found, _letters(table.headings[at]) in _USUAL, -at

    at = max(range(len(table.headings)), key=suits)
    heading = table.headings[at]
    # A heading may be called as a photo is, "photo" say, but not with its ending.
    if Path(heading).suffix and photos.find(heading):
        raise TableUnusable(
            f"The first line of {table.path.name} names a photo, “{heading}”, and no columns.",
            "Write a line above it that says what the columns are, such as path,label. Nothing was "
            "imported.",
        )
    return at


def _letters(heading: str) -> str:
    return "".join(filter(str.isalpha, heading.lower()))


def _attributes(table: Table, but: int) -> dict[int, str]:
    """By column. A column without a heading, such as that of row numbers, is passed over."""
    names = {
        at: " ".join(name.split()) for at, name in enumerate(table.headings) if name and at != but
    }
    times = Counter(folded(name) for name in names.values())
    for name in names.values():
        if times[folded(name)] > 1:
            raise TableUnusable(
                f"Two columns of {table.path.name} are called “{name}”.",
                "Give one of them another heading. Nothing was imported.",
            )
    if not names:
        raise TableUnusable(
            f"{table.path.name} says nothing of its photos: no other column has a heading.",
            "Write headings into its first line, such as path,label.",
        )
    return names


def _value(cell: str, delimiter: str) -> Value | None:
    text = cell.strip()
    # "1,5" is a number where commas do not stand between cells; else it may be a list, or 15.
    is_plain = "," not in text or delimiter != ","
    return (text, number_of(text) if is_plain else None) if text else None


def _refuse(table: Table, at: int, unmatched: Strays, several: Strays) -> None:
    examples = (unmatched.examples or several.examples)[:1]
    if not examples:
        raise TableUnusable(f"{table.path.name} has headings, and no row below them.", "")
    if several.n:
        raise TableUnusable(
            f"No row of {table.path.name} means one photo; “{examples[0][1]}” may be several.",
            "Write more of the path, such as the folder's name. Nothing was imported.",
        )
    raise TableUnusable(
        f"No row of {table.path.name} names a photo of the library; the column “"
        f"{table.headings[at]}” begins with “{examples[0][1]}”.",
        "One column has to hold paths or names of photos in watched folders. Nothing was imported.",
    )


def reserved(names: Sequence[str], keys: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that mean something else in a search unless they stand in quotes."""
    taken = set(keys)
    return tuple(name for name in names if folded(name) in taken)
