"""Comparing a folder with the catalog. The scan is the truth; events of the watcher are hints."""

from __future__ import annotations

import hashlib
import logging
import os
import stat as modes
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from desktop.catalog import IN_QUESTION, FileStat, KnownFile
from desktop.ingest.identity import Identity, identity
from desktop.ingest.rules import Rules, is_library
from desktop.jobs import Job
from desktop.media import is_photo_name

log = logging.getLogger(__name__)

REPORT_EVERY = 512

DIGEST_BYTES = 16

_Entry = os.DirEntry[str]

N_SAMPLE = 20
"""Known photos that are looked for before a folder is taken for another one that was renamed."""


@dataclass(slots=True)
class Found:
    """What a walk met.

    Attributes:
        files: photos, by relative path; without those right in sub-folders that are `unchanged`.
        unreadable: relative paths of folders that could not be listed; what is known beneath them
            is neither gone nor changed.
        unchanged: sub-folders that hold what they held when they were last compared.
        listings: the digest of each other sub-folder that holds photos.
    """

    files: dict[str, FileStat] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    unchanged: set[str] = field(default_factory=set)
    listings: dict[str, bytes] = field(default_factory=dict)

    def hides(self, relative_path: str) -> bool:
        """Whether it lies where nothing could be read, so that nothing is known of it."""
        return any(_is_beneath(relative_path, folder) for folder in self.unreadable)

    def join(self, other: Found) -> None:
        """Take in what was met in another part of the folder. Listings are left out."""
        self.files.update(other.files)
        self.unreadable += other.unreadable


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
    listings: Mapping[str, bytes] | None = None,
) -> Found:
    """Find the photos under `root`, or only under its sub-folder `beneath`. Calls `beat` whenever
    it has got further.

    `listings`: sub_folder -> the digest of what it held when it was last compared. One that holds
    the same again is passed over, which costs little more than the stat of each photo in it.

    Links are not followed: what they point to inside the folder is met anyway, what is outside was
    not asked for. A folder that is mounted a second time inside itself is met once. Raises
    Cancelled.
    """
    found = Found()
    listings = listings or {}
    own, seen = rules.own_places(), set[Identity]()
    pending = [(str(root / beneath) if beneath else str(root), beneath)]
    n_seen = n_reported = 0
    while pending:
        folder, relative = pending.pop()
        beat()
        here = identity(folder)
        if here in own or here in seen or (relative and is_library(folder)):
            continue
        if here is not None:
            seen.add(here)
        try:
            entries = os.scandir(folder)
        except FileNotFoundError:
            continue
        except OSError as error:
            log.warning("a folder cannot be listed: %s", error.strerror)
            found.unreadable.append(relative)
            continue
        prefix = f"{relative}/" if relative else ""
        n_unreadable = len(found.unreadable)
        photos: list[tuple[str, os.stat_result]] = []
        with entries:
            listed = _listed(entries, relative, found)
            while block := list(islice(listed, REPORT_EVERY)):
                for entry in _sub_folders(block, photos, prefix, found):
                    sub_folder = prefix + entry.name
                    if not rules.skips_folder(entry.name, sub_folder):
                        pending.append((entry.path, sub_folder))
                n_seen += len(block)
                if n_seen >= n_reported + REPORT_EVERY:
                    n_reported = n_seen
                    beat()
                    job.report(n_seen, 0, f"Looking through {root.name or root}")
        is_whole = len(found.unreadable) == n_unreadable
        if is_whole and not photos:
            continue
        digest = _digest(photos, rules) if is_whole else IN_QUESTION
        if digest != IN_QUESTION and listings.get(relative) == digest:
            found.unchanged.add(relative)
        else:
            found.listings[relative] = digest
            _take(photos, prefix, rules, found)
    job.check()
    return found


def look(
    root: Path,
    relative_paths: Iterable[str],
    rules: Rules,
    job: Job,
    beat: Callable[[], object] = lambda: None,
) -> Found:
    """Find the photos that relative paths name, and those of the sub-folders that they name. Raises
    Cancelled."""
    found = Found()
    for relative_path in relative_paths:
        beat()
        job.check()
        found.join(_look_at(root, relative_path, rules, job, beat))
    return found


def _look_at(
    root: Path, relative_path: str, rules: Rules, job: Job, beat: Callable[[], object]
) -> Found:
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
        if rules.skips_folder(path.name, relative_path):
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
        and not found.hides(relative_path)
    ]
    return Difference(new, changed, gone, back)


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


def _listed(entries: Iterator[_Entry], relative: str, found: Found) -> Iterator[_Entry]:
    try:
        yield from entries
    except OSError as error:
        log.warning("a folder could be listed in part only: %s", error.strerror)
        found.unreadable.append(relative)


def _sub_folders(
    block: Sequence[_Entry],
    photos: list[tuple[str, os.stat_result]],
    prefix: str,
    found: Found,
) -> Iterator[_Entry]:
    """The sub-folders in the block; what is named as a photo goes into `photos`."""
    for entry in block:
        try:
            if entry.is_dir(follow_symlinks=False):
                yield entry
            elif is_photo_name(entry.name):
                photos.append((entry.name, entry.stat(follow_symlinks=False)))
        except FileNotFoundError:
            continue
        except OSError:
            found.unreadable.append(prefix + entry.name)


def _digest(photos: Sequence[tuple[str, os.stat_result]], rules: Rules) -> bytes:
    """Of names, sizes and times in the order of the file system, and of the rules for files. So
    that another order costs a comparison, and no order costs a change."""
    numbers = array("q")
    try:
        for _, stat in photos:
            numbers.append(stat.st_size)
            numbers.append(stat.st_mtime_ns)
    except OverflowError:
        return IN_QUESTION
    digest = hashlib.blake2b(numbers, digest_size=DIGEST_BYTES, salt=rules.for_files)
    digest.update(os.fsencode("/".join([name for name, _ in photos])))
    return digest.digest()


def _take(
    photos: Sequence[tuple[str, os.stat_result]], prefix: str, rules: Rules, found: Found
) -> None:
    for name, stat in photos:
        relative_path = prefix + name
        if (
            modes.S_ISREG(stat.st_mode)
            and not rules.skips_name(name, relative_path)
            and not rules.skips_size(stat.st_size)
        ):
            found.files[relative_path] = FileStat.of(relative_path, stat)


def _is_beneath(relative_path: str, folder: str) -> bool:
    return not folder or relative_path == folder or relative_path.startswith(folder + "/")
