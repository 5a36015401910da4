"""Following links: each folder and each file once, however many ways lead to it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from desktop.catalog import FileStat
from desktop.ingest.identity import Identity, identity
from desktop.ingest.rules import Rules, RulesAt, mark_of
from desktop.media import is_photo_name


@dataclass(frozen=True, slots=True)
class _Territory:
    """A folder that is walked: `relative` is its path in the watched folder, "" for itself."""

    real: Path
    relative: str
    root_name: str
    rules: RulesAt


class Links:
    """What is followed in one scan of all watched folders.

    Attributes:
        roots: the watched folders.
        folders: those met behind links.
        files: the photos that links lead to.
    """

    def __init__(self, watched: Iterable[Path], rules: Rules) -> None:
        self.roots: set[Identity | None] = set()
        self.folders: set[Identity] = set()
        self.files: set[Identity] = set()
        self._territories: list[_Territory] = []
        for root in watched:
            real = Path(os.path.realpath(root))
            self.roots.add(identity(real))
            self._territories.append(_Territory(real, "", real.name, rules.at(root)))

    def enter(self, real: Path, relative: str, rules: RulesAt) -> None:
        """Note that this folder, to which a link leads, is walked now."""
        self._territories.append(_Territory(real, relative, real.name, rules))

    def has_met(self, folder: Identity | None, relative: str) -> bool:
        """Whether the folder at this path in a watched one is met elsewhere in this scan."""
        return folder in self.folders or (bool(relative) and folder in self.roots)

    def is_met_anyway(self, real: Path) -> bool:
        """Whether a walk gets to this file or folder by its own path. A git-annex library, say,
        keeps the files that its links lead to in a hidden folder, which no walk enters."""
        return any(
            real.is_relative_to(each.real) and _is_reached(each, real) for each in self._territories
        )


def _is_reached(territory: _Territory, real: Path) -> bool:
    parent, parent_name, relative = territory.real, territory.root_name, territory.relative
    rules = territory.rules
    parts = real.relative_to(territory.real).parts
    for n, name in enumerate(parts):
        path = parent / name
        relative = f"{relative}/{name}" if relative else name
        if n == len(parts) - 1 and not path.is_dir():
            return name[0] != "." and is_photo_name(name) and not rules.excludes(relative)
        if rules.why_not_folder(name, parent_name, relative):
            return False
        if mark_of(path) and rules.verdict(relative + "/") is not False:
            return False
        parent, parent_name = path, name
    return True


def stat_through(path: str | Path, relative_path: str) -> FileStat:
    """What the catalog knows of a file, which may be a link. Raises OSError.

    A link has the size of the file that it leads to, and a date of its own. So its time is the
    link's, to the second; the rest of the second is a number that becomes another one when the file
    behind it gets another time, so that a change of either is noticed.
    """
    link = os.lstat(path)
    if not stat.S_ISLNK(link.st_mode):
        return FileStat.of(relative_path, link.st_size, link.st_mtime_ns)
    file = os.stat(path)
    second_ns, rest_ns = divmod(file.st_mtime_ns, 1_000_000_000)
    told_ns = link.st_mtime_ns // 1_000_000_000 * 1_000_000_000
    told_ns += (second_ns + rest_ns) % 1_000_000_000
    return FileStat.of(relative_path, file.st_size, told_ns)
