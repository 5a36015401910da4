"""Comparing a folder with the catalog. The scan is the truth; events of the watcher are hints."""

from __future__ import annotations

import os
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from desktop.catalog import FileStat, KnownFile
from desktop.ingest.found import Found
from desktop.ingest.links import stat_through

N_SAMPLE = 20
"""Known photos that are looked for before a folder is taken for another one that was renamed."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Attributes as in Catalog.apply_scan."""

    new: list[FileStat]
    changed: dict[int, FileStat]
    gone: list[int]
    back: list[int]
    described: dict[int, str]

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.changed or self.gone or self.back or self.described)


def compare(found: Found, known: Mapping[str, KnownFile]) -> Difference:
    """What changed between what is known (of the same part of the folder) and what was found."""
    new: list[FileStat] = []
    changed: dict[int, FileStat] = {}
    back: list[int] = []
    described: dict[int, str] = {}
    for relative_path, stat in found.files.items():
        before = known.get(relative_path)
        if before is None:
            new.append(stat)
        elif before[1:3] != stat[1:3]:  # size and time
            changed[before.photo_id] = stat
        else:
            if before.is_missing:
                back.append(before.photo_id)
            if before.sidecars != stat.sidecars:
                described[before.photo_id] = stat.sidecars
    gone = [
        before.photo_id
        for relative_path, before in known.items()
        if relative_path not in found.files
        and not before.is_missing
        and not found.hides(relative_path)
    ]
    return Difference(new, changed, gone, back, described)


def is_away(root: Path, has_photos: bool) -> bool:
    """Whether a watched folder is unplugged rather than emptied. has_photos: the catalog has some.

    A mount point whose drive is away stays behind as an empty folder, so an empty folder that
    has photos counts as away; nothing is forgotten then.
    """
    try:
        with os.scandir(root) as entries:
            is_empty = next(entries, None) is None
    except OSError:
        return True
    return is_empty and has_photos


def is_unplugged(root: Path) -> bool:
    """Whether a folder that is not there may come back by itself, since its parent is away too, or
    is empty like a mount point. Otherwise it was renamed, moved or deleted."""
    if root.is_dir():
        return False
    try:
        with os.scandir(root.parent) as entries:
            return next(entries, None) is None
    except OSError:
        return True


def find_renamed(
    root: Path, sample: Mapping[str, KnownFile], passed_over: Set[Path]
) -> Path | None:
    """Where a folder that is not at `root` any more stands now, under another name beside it.

    It is the one folder there that `holds` the sample. None if there is none, or several.
    """
    if os.path.lexists(root) or is_unplugged(root):
        return None
    try:
        with os.scandir(root.parent) as entries:
            beside = [
                Path(entry.path)
                for entry in entries
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
            ]
    except OSError:
        return None
    found = [path for path in beside if path not in passed_over and holds(path, sample)]
    return found[0] if len(found) == 1 else None


def holds(root: Path, sample: Mapping[str, KnownFile]) -> bool:
    """Whether some known photos lie in `root` at the same relative paths, with the same sizes, and
    the same times to the nanosecond. sample: N_SAMPLE of all, see `sample_files`."""
    return bool(sample) and all(
        _size_and_time(root / path) == (known.size_bytes, known.mtime_ns)
        for path, known in sample.items()
    )


def _size_and_time(path: Path) -> tuple[int, int] | None:
    try:
        found = stat_through(path, "")
    except OSError:
        return None
    return found.size_bytes, found.mtime_ns
