"""Where exported files go: under names that are free and allowed, and gone again if not all of it
could be written."""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from desktop.errors import DiskFull, ExportFailed, UserError

_FORBIDDEN = re.compile(r'[<>:"|?*\\/\x00-\x1f\x7f]')
"""On drives of Windows and of cameras."""

_REFUSED_NAME = (errno.EINVAL, errno.EILSEQ, errno.EPROTO)
_MOST_BYTES = 200


class Begun:
    """What one export has made, to be taken away where it cannot be finished."""

    def __init__(self) -> None:
        self._made: list[Path] = []

    def make_folder(self, path: Path) -> None:
        """With the folders around it, unless they are there. Raises OSError."""
        missing = [each for each in (path, *path.parents) if not each.exists()]
        for each in reversed(missing):
            each.mkdir()
            self._made.append(each)
        if not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "it is no folder", str(path))

    def make_folder_of_file(self, place: Path) -> None:
        """The folder in which `place` is to be a file; an older file of that name may be there.
        Raises ExportFailed where something else is, or OSError."""
        if place.is_dir():
            raise ExportFailed(f"{place} is a folder.", "Name a file in it.")
        if place.exists() and not place.is_file():
            raise ExportFailed(f"{place} is a pipe or a device.", "Name a file.")
        self.make_folder(place.parent)

    def make(self, wanted: Path, write: Callable[[Path], None]) -> Path:
        """Let `write` make a file or link of this name; where it is taken, of the next that is
        free; where the drive does not allow it, of one that is like it. `write` raises
        FileExistsError where there is something already. Raises OSError."""
        for path in _names(wanted):
            try:
                write(path)
            except FileExistsError:
                continue
            except OSError as error:
                if error.errno == errno.ENAMETOOLONG or error.errno in _REFUSED_NAME:
                    plain = _plain(wanted)
                    if plain != wanted:
                        return self.make(plain, write)
                raise
            self._made.append(path)
            return path
        raise AssertionError("names do not end")

    def note(self, paths: Iterable[Path]) -> None:
        """Files that `write` has made besides."""
        self._made += paths

    def take_away(self) -> None:
        """The newest first. What others have put there meanwhile stays."""
        for path in reversed(self._made):
            with suppress(OSError):
                if path.is_dir() and not path.is_symlink():
                    path.rmdir()
                else:
                    path.unlink()
        self._made.clear()


@contextmanager
def begun(place: Path) -> Iterator[Begun]:
    """All of it or nothing: whatever ends the block early takes away what was made in it. What the
    disk refuses becomes a UserError."""
    made = Begun()
    try:
        yield made
    except OSError as error:
        made.take_away()
        raise _explained(error, place) from error
    except BaseException:
        made.take_away()
        raise


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """A file beside `path` to be written, which takes its place in the end. Raises FileExistsError
    where there is something at `path` already, or OSError."""
    with path.open("xb"):
        pass  # it is ours now
    part = path.with_name(f".likeness-{secrets.token_hex(8)}.part")
    try:
        yield part
        os.replace(part, path)
    except BaseException:
        for each in (part, path):
            each.unlink(missing_ok=True)
        raise


def _names(wanted: Path) -> Iterator[Path]:
    """a.jpg, a (2).jpg, a (3).jpg, ..."""
    yield wanted
    number = 2
    while True:
        yield wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
        number += 1


def _plain(wanted: Path) -> Path:
    """A name like it that any drive takes."""
    stem, suffix = (_FORBIDDEN.sub("_", part) for part in (wanted.stem, wanted.suffix))
    letters = stem.encode("utf-8", "replace").replace(b"?", b"_")[:_MOST_BYTES]
    stem = letters.decode("utf-8", "ignore").strip(" .") or "photo"
    return wanted.with_name(stem + suffix.encode("utf-8", "replace").decode().strip(" "))


def _explained(error: OSError, place: Path) -> UserError:
    taken_away = "What was begun has been taken away."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"The disk is full: {place} could not be written.", taken_away)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return ExportFailed(f"Nothing may be written to {place}.", "Choose another place.")
    if isinstance(error, NotADirectoryError | IsADirectoryError):
        return ExportFailed(f"{place} cannot be made there.", "Choose another place.")
    reason = error.strerror or str(error)
    return ExportFailed(f"{place} could not be written: {reason}.", taken_away)
