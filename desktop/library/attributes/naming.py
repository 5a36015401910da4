"""Which photo a table means: paths and names as people write them, compared from their end."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from desktop.catalog import PathRow, folded


class _Known(NamedTuple):
    photo_id: int
    path: str


class PhotoNames:
    """All photos by their names. One for a table: it holds every path."""

    def __init__(self, rows: Iterable[PathRow], beside: Path) -> None:
        """beside: the folder of the table, from which its paths may start."""
        self._beside = beside
        self._by_name: dict[str, list[_Known]] = {}
        self._by_stem: dict[str, list[_Known]] = {}
        for row in rows:
            path = f"{os.fsdecode(row.folder)}/{os.fsdecode(row.relative_path)}"
            known = _Known(row.photo_id, path.replace("\\", "/"))
            name = folded(known.path.rpartition("/")[2])
            self._by_name.setdefault(name, []).append(known)
            self._by_stem.setdefault(name.rpartition(".")[0], []).append(known)

    def find(self, written: str) -> Sequence[int]:
        """The photos that may be meant: one; none; or several, where it does not tell them apart.

        A path means the photos whose path ends so, whatever case and accents, with or without the
        ending of the file's name. Where there are several, the one that is written just so, seen
        from the table's folder or from the root, is meant.
        """
        path = written.strip().replace("\\", "/")
        parts = [each for each in folded(path).split("/") if each not in ("", ".")]
        if ".." in parts:
            parts = parts[len(parts) - parts[::-1].index("..") :]
        if not parts:
            return ()
        found = [
            each
            for each in self._by_name.get(parts[-1], ())
            if _parts(each)[-len(parts) :] == parts
        ]
        found = found or [
            each
            for each in self._by_stem.get(parts[-1], ())
            if _parts(each)[-len(parts) : -1] == parts[:-1]
        ]
        if len(found) > 1:
            whole = os.path.normpath(self._beside / path).replace("\\", "/")
            found = [each for each in found if each.path == whole] or found
        return [each.photo_id for each in found]


def _parts(known: _Known) -> list[str]:
    return [each for each in folded(known.path).split("/") if each]
