"""What SQLite says when the environment failed it, as sentences."""

from __future__ import annotations

import contextlib
import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from desktop.errors import CatalogDamaged, CatalogLost, DiskFull, UserError

LEAST_BYTES = 64 * 1024
"""Less than this free is a full disk: SQLite's shared memory grows by 32 KiB at a time."""


@contextmanager
def faults_explained(path: Path) -> Iterator[None]:
    """Turn errors of the disk, of permissions and of a damaged file into UserError or
    CatalogDamaged.

    Damage is noted beside the catalog, so that the next start looks closer than it usually does.
    Everything else, such as a constraint that does not hold, is a bug and passes as it is.
    Codes: https://www.sqlite.org/rescode.html
    """
    try:
        with _translated(path):
            yield
    except CatalogDamaged:
        note_damage(path)
        raise


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error) and (fault := _fault(error.orig, path)):
            raise fault from error
        raise
    except sqlite3.Error as error:
        if fault := _fault(error, path):
            raise fault from error
        raise


def note_damage(path: Path) -> None:
    with contextlib.suppress(OSError):
        damage_mark(path).touch()


def damage_mark(path: Path) -> Path:
    """The file that says that damage was met: a catalog with it is checked before it is opened."""
    return path.with_name(path.name + ".damaged")


def catalog_damaged(path: Path) -> CatalogDamaged:
    return CatalogDamaged(
        f"The catalog {path} is damaged.",
        "Start Likeness again and it offers the newest of its backups; on the command line, "
        "`likeness restore` does that. Your photos are not affected.",
    )


def lost(path: Path) -> CatalogLost:
    return CatalogLost(
        f"The catalog {path} is not there any more, but its backups are.",
        "Start Likeness again and it offers the newest of them; on the command line, "
        "`likeness restore` does that. Your photos are not affected.",
    )


def unusable(path: Path, error: OSError) -> UserError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _full(path)
    return UserError(
        f"{path} cannot be opened or written: {error.strerror or error}.",
        "Check that its folder can be read and written and that the disk has room.",
    )


def _fault(error: sqlite3.Error, path: Path) -> UserError | None:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return catalog_damaged(path)
        case sqlite3.SQLITE_FULL:
            return _full(path)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return UserError(
                f"The catalog {path} cannot be written.",
                "Allow writing to the file and to its folder.",
            )
        case sqlite3.SQLITE_CANTOPEN:
            return UserError(
                f"The catalog {path} cannot be opened.",
                "Check that its folder exists and that you may read and write there.",
            )
        case sqlite3.SQLITE_IOERR if _is_full(path):
            return _full(path)  # what SQLite says where its shared memory finds no room
        case sqlite3.SQLITE_IOERR:
            return UserError(
                f"The disk that holds the catalog {path} does not answer as it should.",
                "Check the disk and its connection, then start again.",
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return UserError(
                "Another program keeps the catalog locked.",
                "Close other programs that use it, such as a backup, and try again.",
            )
    return None


def _full(path: Path) -> DiskFull:
    return DiskFull(
        "The disk that holds the catalog is full.",
        f"Make room on the disk of {path.parent}; nothing is lost.",
    )


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < LEAST_BYTES
    except OSError:
        return False
