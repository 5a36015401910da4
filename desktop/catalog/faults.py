"""What SQLite says when the environment failed it, as sentences."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from desktop.errors import CatalogDamaged, UserError


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn errors of the disk, of permissions and of a damaged file into UserError or
    CatalogDamaged.

    Everything else, such as a constraint that does not hold, is a bug and passes as it is.
    Codes: https://www.sqlite.org/rescode.html
    """
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


def damaged(path: Path) -> CatalogDamaged:
    return CatalogDamaged(
        f"The catalog {path} is damaged.",
        f"Put a copy from {path.parent / 'backups'} in its place, or move it away and add your "
        "folders again; your photos are not affected.",
    )


def _fault(error: sqlite3.Error, path: Path) -> UserError | None:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(path)
        case sqlite3.SQLITE_FULL:
            return UserError(
                "The disk that holds the catalog is full.",
                f"Make room on the disk of {path.parent} and try again.",
            )
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
