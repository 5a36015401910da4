"""Comparing a folder with the catalog. The scan is the truth; events of the watcher are hints."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path

from desktop.catalog import FileStat, KnownFile
from desktop.ingest.rules import Rules
from desktop.jobs import Job

log = logging.getLogger(__name__)

REPORT_EVERY = 512

N_SAMPLE = 20
"""Known photos that are looked for before a folder is taken for another one that was renamed."""


@dataclass(slots=True)
class Found:
    """What a walk met.

    Attributes:
        files: photos, by relative path.
        unreadable: relative paths of folders that could not be listed; what is known beneath them
        is
            neither gone nor changed.
    """

    files: dict[str, FileStat] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Difference:
    """Attributes as in Catalog.apply_scan."""

    new: list[FileStat]
    changed: dict[int, FileStat]
    gone: list[int]
    back: list[int]

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.changed or self.gone or self.back)


def walk(
    root: Path,
    rules: Rules,
    job: Job,
    beneath: str = "",
    beat: Callable[[], object] = lambda: None,
) -> Found:
    """Find the photos under `root`, or only under its sub-folder `beneath`. Calls `beat` whenever
    it has got further.

    Links are not followed: what they point to inside the folder is met anyway, what is outside was
    not asked for, and so loops cannot occur. Raises Cancelled.
    """
    found = Found()
    pending = [(str(root / beneath) if beneath else str(root), beneath)]
    n_seen = 0
    while pending:
        folder, relative = pending.pop()
        beat()
        try:
            entries = os.scandir(folder)
        except FileNotFoundError:
            continue
        except OSError as error:
            log.warning("a folder cannot be listed: %s", error.strerror)
            found.unreadable.append(relative)
            continue
        with entries:
            for entry, entry_relative in _listed(entries, relative, found):
                n_seen += 1
                if n_seen % REPORT_EVERY == 0:
                    beat()
                    job.report(n_seen, 0, f"Looking through {root.name or root}")
                if entry.is_dir(follow_symlinks=False):
                    if not rules.skips_folder(entry.path, entry.name, entry_relative):
                        pending.append((entry.path, entry_relative))
                elif not rules.skips_name(entry.name, entry_relative):
                    _take(entry, entry_relative, rules, found)
    job.check()
    return found


def look(
    root: Path,
    relative_path: str,
    rules: Rules,
    job: Job,
    beat: Callable[[], object] = lambda: None,
) -> Found:
    """Find the one photo, or the photos of the one sub-folder, that a relative path names."""
    if rules.skips_path(root, relative_path):
        return Found()
    path = root / relative_path
    try:
        stat = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return Found()
    except OSError:
        return Found(unreadable=[relative_path])
    if path.is_symlink():
        return Found()
    if path.is_dir():
        name = path.name
        if rules.skips_folder(str(path), name, relative_path):
            return Found()
        return walk(root, rules, job, relative_path, beat)
    if rules.skips_name(path.name, relative_path) or rules.skips_size(stat.st_size):
        return Found()
    return Found({relative_path: FileStat.of(relative_path, stat)})


def compare(found: Found, known: Mapping[str, KnownFile]) -> Difference:
    """What changed between what is known (of the same part of the folder) and what was found."""
    new: list[FileStat] = []
    changed: dict[int, FileStat] = {}
    back: list[int] = []
    for relative_path, stat in found.files.items():
        before = known.get(relative_path)
        if before is None:
            new.append(stat)
        elif before[1:3] != stat[1:3]:  # size and time
            changed[before.photo_id] = stat
        elif before.is_missing:
            back.append(before.photo_id)
    gone = [
        before.photo_id
        for relative_path, before in known.items()
        if relative_path not in found.files
        and not before.is_missing
        and not any(_is_beneath(relative_path, folder) for folder in found.unreadable)
    ]
    return Difference(new, changed, gone, back)


def is_away(root: Path, n_known: int) -> bool:
    """Whether a watched folder is unplugged rather than emptied.

    A mount point whose drive is away stays behind as an empty folder, so an empty folder in which
    photos are known counts as away; nothing is forgotten then.
    """
    try:
        with os.scandir(root) as entries:
            is_empty = next(entries, None) is None
    except OSError:
        return True
    return is_empty and n_known > 0


def is_unplugged(root: Path) -> bool:
    """Whether a folder that is not there may come back by itself: so may one whose parent is away
    too, or is empty as a mount point is. Otherwise it was renamed, moved or deleted."""
    if root.is_dir():
        return False
    try:
        with os.scandir(root.parent) as entries:
            return next(entries, None) is None
    except OSError:
        return True


def find_renamed(root: Path, known: Mapping[str, KnownFile], passed_over: Set[Path]) -> Path | None:
    """Where a folder that is not at `root` any more stands now, under another name beside it.

    It is the one folder there that `holds` the photos. None if there is none, or several.
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
    found = [path for path in beside if path not in passed_over and holds(path, known)]
    return found[0] if len(found) == 1 else None


def holds(root: Path, known: Mapping[str, KnownFile]) -> bool:
    """Whether the known photos lie in `root` at the same relative paths, as far as a sample shows:
    the same sizes, and the same times to the nanosecond."""
    present = sorted(path for path, file in known.items() if not file.is_missing)
    sample = present[:: max(1, len(present) // N_SAMPLE)]
    return bool(sample) and all(
        _look(root / path) == (known[path].size_bytes, known[path].mtime_ns) for path in sample
    )


def _look(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.lstat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns


def _listed(
    entries: Iterator[os.DirEntry[str]], relative: str, found: Found
) -> Iterator[tuple[os.DirEntry[str], str]]:
    prefix = f"{relative}/" if relative else ""
    try:
        for entry in entries:
            yield entry, prefix + entry.name
    except OSError as error:
        log.warning("a folder could be listed in part only: %s", error.strerror)
        found.unreadable.append(relative)


def _take(entry: os.DirEntry[str], relative_path: str, rules: Rules, found: Found) -> None:
    try:
        if not entry.is_file(follow_symlinks=False):
            return
        stat = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return
    except OSError:
        found.unreadable.append(relative_path)
        return
    if not rules.skips_size(stat.st_size):
        found.files[relative_path] = FileStat.of(relative_path, stat)


def _is_beneath(relative_path: str, folder: str) -> bool:
    return not folder or relative_path == folder or relative_path.startswith(folder + "/")
