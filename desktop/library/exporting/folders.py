"""Photos as a folder of links or copies; the originals are only read."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from desktop.catalog import Photo
from desktop.errors import ExportFailed
from desktop.jobs import Job
from desktop.library.exporting.place import Begun

_BLOCK = 4 << 20
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
_WINDOWS_NEEDS_RIGHTS = 1314


def link_all(folder: Path, photos: Sequence[Photo], made: Begun, job: Job) -> list[Photo]:
    """Returns those whose file is gone. Raises ExportFailed where the place holds no links, OSError
    or Cancelled."""
    made.make_folder(folder)
    gone = []
    for number, photo in enumerate(photos):
        job.report(number, len(photos), "Making links")
        if not os.path.exists(photo.path):
            gone.append(photo)
            continue
        try:
            made.make(folder / photo.path.name, partial(os.symlink, photo.path))
        except OSError as error:
            refused = getattr(error, "winerror", None) == _WINDOWS_NEEDS_RIGHTS
            if refused or (error.errno in _NO_LINKS and os.access(folder, os.W_OK)):
                raise ExportFailed(f"{folder} can hold no links.", "Export copies.") from error
            raise
    job.report(len(photos), len(photos), "Making links")
    return gone


def copy_all(folder: Path, photos: Sequence[Photo], made: Begun, job: Job) -> list[Photo]:
    """Returns those that could not be read. Raises OSError where the place refuses, or
    Cancelled."""
    made.make_folder(folder)
    total, done, gone = sum(photo.size_bytes for photo in photos), 0, []
    for number, photo in enumerate(photos):
        job.report(number, len(photos), "Copying photos", done, total)
        done += photo.size_bytes
        try:
            source = photo.path.open("rb")
        except OSError:
            gone.append(photo)
            continue
        with source:
            made.make(folder / photo.path.name, partial(_copy, source, photo.path, job))
    job.report(len(photos), len(photos), "Copying photos")
    return gone


def _copy(source: BinaryIO, original: Path, job: Job, path: Path) -> None:
    """With the original's time, so that a photo without a date of its own keeps it."""
    file = path.open("xb")
    try:
        with file:  # a full disk may be noticed only when it is closed
            while block := source.read(_BLOCK):
                job.check()
                file.write(block)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    with suppress(OSError):  # some drives keep no such times
        shutil.copystat(original, path)
