"""Vectors in tables of other programs: Milvus and ClickHouse. docs/vectors.md says what is in
them."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from desktop.errors import EngineUnavailable, VectorsUnusable
from desktop.index import StoreFull, TablePlace, parse_place
from desktop.library.exporting.place import Begun
from desktop.library.vectors.rows import (
    AT_ONCE,
    COLUMNS,
    NOTHING_TAKEN,
    RowsIn,
    RowsOut,
    VectorsHeader,
    explained,
)

TABLES = ("milvus", "clickhouse")
"""The names of the forms."""

_FIRST = -(2**63)


def write_table(
    kind: str, text: str, header: VectorsHeader, blocks: Iterable[RowsOut], made: Begun
) -> str:
    """Make a table for vectors; where its name is taken, one of the next that is free. Whatever
    ends this early, nothing of it is left. Returns the place with the name of the table.

    kind: one of TABLES. text: an address, or a folder, and a name behind a # where one is wanted.
    made: takes the folders away that were made around it. Raises EngineUnavailable, OSError, or
    what `blocks` does.
    """
    place = parse_place(kind, text)
    place.expect_room()
    folder = Path(place.at)
    is_new = not place.is_remote and not folder.exists()
    if is_new:
        made.make_folder(folder)
    try:
        with closing(place.open()) as tables:
            known = set(tables.list_names())
            free = (each for each in _names(place.name) if each not in known)
            place = replace(place, name=next(free))
            n_rows = 0
            try:
                tables.create(place.name, COLUMNS, header.dim)
                for block in blocks:
                    tables.append(place.name, block.columns(), block.vectors)
                    n_rows += len(block.photos)
                tables.finish(place.name, replace(header, n_rows=n_rows).written())
            except BaseException:
                with suppress(EngineUnavailable):
                    tables.drop(place.name)
                raise
    except BaseException as error:
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, StoreFull):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise
    return str(place)


class TableVectors:
    """See `VectorsFile`. The rows are those that are there when they are read."""

    def __init__(self, place: TablePlace) -> None:
        """Raises VectorsUnusable, or EngineUnavailable."""
        self.path = Path(place.name)
        self._table = place.name
        self._tables = place.open()
        try:
            header = self._tables.header(self._table)
            if header is None:
                raise self._unfit(place)
            self.header = VectorsHeader.read(header, self.path)
            self.n_rows = self._tables.count(self._table)
        except BaseException:
            self.close()
            raise

    def stamp(self) -> object:
        return self._tables.header(self._table), self._tables.count(self._table)

    def rows(self) -> Iterator[RowsIn]:
        after = _FIRST
        with explained(self.path):
            while len((page := self._tables.page(self._table, after, AT_ONCE)).photo_ids):
                after = int(page.photo_ids[-1])
                vectors = np.array(page.vectors, np.float32)
                yield RowsIn(page.content_hashes, page.sizes, vectors)

    def close(self) -> None:
        self._tables.close()

    def _unfit(self, place: TablePlace) -> VectorsUnusable:
        names = self._tables.list_names()
        if place.name in names:
            return VectorsUnusable(
                f"The table {place.name} in {place.at} holds no vectors of Likeness, or was never "
                "finished.",
                f"`likeness export {place.kind} PLACE` makes one. {NOTHING_TAKEN}",
            )
        others = f"There are {', '.join(names[:10])}. " if names else ""
        return VectorsUnusable(
            f"There is no table {place.name} in {place.at}.",
            f"{others}Name another as {place.at}#NAME.",
        )


def _names(wanted: str) -> Iterator[str]:
    yield wanted
    number = 2
    while True:
        yield f"{wanted}_{number}"
        number += 1
