"""Which place a path leads to, whatever it is called: through links, `..`, another case of letters,
or a folder that is mounted twice. Everything here asks the disk."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

MOUNTS = Path("/proc/self/mountinfo")
"""Linux's list; see proc_pid_mountinfo(5)."""

Identity = tuple[int, int]
"""Device and inode: two paths with the same lead to one file or folder."""


def identity(path: str | Path) -> Identity | None:
    """None if nothing is there, or it cannot be reached."""
    try:
        stat = os.stat(path)
    except (OSError, ValueError):
        return None
    return stat.st_dev, stat.st_ino


def is_shut_away(path: Path) -> bool:
    """Whether nothing can be told of it, since a folder on the way may not be entered."""
    try:
        os.stat(path)
    except PermissionError:
        return True
    except (OSError, ValueError):
        pass
    return False


def whole_path(path: Path) -> Path:
    """`path` from the root on, with the links that the person named. Where ".." follows a link, it
    leads out of what the link leads to, as it does for every other program."""
    path = path.expanduser()
    parts = path.parts
    n_before = max((n + 1 for n, part in enumerate(parts) if part == ".."), default=0)
    if not n_before:
        return Path(os.path.abspath(path))
    named, plain = Path(*parts[:n_before]), Path(os.path.abspath(Path(*parts[:n_before])))
    if identity(named) != identity(plain):
        plain = Path(os.path.realpath(named))
    return plain.joinpath(*parts[n_before:])


def path_within(path: Path, folder: Path) -> Path | None:
    """Where `path` lies in `folder`: relative, "." if it is the folder itself; None if outside.

    A path where nothing is (any more) is compared by its name, with links resolved.
    """
    wanted = identity(folder)
    real = Path(os.path.realpath(path))
    if wanted is None:
        real_folder = os.path.realpath(folder)
        return real.relative_to(real_folder) if real.is_relative_to(real_folder) else None
    for name in (real, *_names_by_mounts(real)):
        for parent in (name, *name.parents):
            if identity(parent) == wanted:
                return name.relative_to(parent)
    return None


def as_listed(folder: Path, inner: Path) -> Path:
    """`inner`, a path in `folder`, as the disk spells it, where upper and lower case are one."""
    spelt = Path()
    for part in inner.parts:
        spelt /= _entry_as_listed(folder / spelt, part)
    return spelt


def _entry_as_listed(folder: Path, name: str) -> str:
    try:
        names = os.listdir(folder)
    except OSError:
        return name
    alike = [each for each in names if each.casefold() == name.casefold()]
    if name in alike or not alike:
        return name
    wanted = identity(folder / name)
    return next((each for each in alike if identity(folder / each) == wanted), name)


class _Mount(NamedTuple):
    device: str
    root: Path
    point: Path


def _names_by_mounts(real: Path) -> Iterator[Path]:
    """What else a path without links is called, where a folder is mounted at several places."""
    mounts = _mounts()
    holding = [mount for mount in mounts if real.is_relative_to(mount.point)]
    if not holding:
        return
    nearest = max(holding, key=lambda mount: len(mount.point.parts))
    on_device = nearest.root / real.relative_to(nearest.point)
    for mount in mounts:
        if mount.device == nearest.device and on_device.is_relative_to(mount.root):
            name = mount.point / on_device.relative_to(mount.root)
            if name != real and identity(name) == identity(real):
                yield name


def _mounts() -> list[_Mount]:
    try:
        lines = os.fsdecode(MOUNTS.read_bytes()).splitlines()
    except OSError:
        return []
    fields = [line.split(" ") for line in lines]
    return [
        _Mount(each[2], Path(_unescaped(each[3])), Path(_unescaped(each[4])))
        for each in fields
        if len(each) > 4
    ]


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), text)
