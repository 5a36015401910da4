"""A catalog's file that is filled at once: it is in its place when it is whole."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from desktop.catalog.databases.filling import expect_empty
from desktop.catalog.databases.sqlite import opening
from desktop.catalog.databases.sqlite.faults import faults_explained, unusable
from desktop.errors import UserError

_BESIDE = ("", "-wal", "-shm", "-journal", ".lock")


@contextmanager
def filling_file(path: Path) -> Iterator[Connection]:
    """See `Database.filling`."""
    is_there = path.exists()
    if is_there and not opening.is_catalog(path):
        raise UserError(
            f"{path} is no catalog of Likeness, and it was left as it is.",
            "Choose a folder, or a file that is not there yet.",
        )
    filling = _in_place if is_there else _beside
    with faults_explained(path), filling(path) as connection:
        hint = f"Choose another folder, or move {path.name} out of that one."
        expect_empty(connection, str(path), hint)
        yield connection


@contextmanager
def _in_place(path: Path) -> Iterator[Connection]:
    """An empty catalog is filled where it is: others may have it open."""
    with _writing(path) as connection:
        yield connection


@contextmanager
def _beside(path: Path) -> Iterator[Connection]:
    """A new one has another name until it is whole; what a copy has left that was killed goes.
    Backups of one that was there before stay."""
    partial = path.with_name(path.name + ".partial")
    with opening.alone(path):  # others do not make it meanwhile
        try:
            _remove(partial)
            os.close(os.open(partial, os.O_CREAT | os.O_EXCL, 0o600))
            with _writing(partial) as connection:
                yield connection
            with partial.open("rb+") as file:
                os.fsync(file.fileno())
            os.replace(partial, path)
        except OSError as error:
            raise unusable(path, error) from error
        finally:
            with contextlib.suppress(OSError):
                _remove(partial)


@contextmanager
def _writing(path: Path) -> Iterator[Connection]:
    engine = opening.open_engine(path)
    try:
        with (
            engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            yield connection
    finally:
        engine.dispose()  # the last connection leaves no write-ahead log behind


def _remove(partial: Path) -> None:
    for ending in _BESIDE:
        Path(f"{partial}{ending}").unlink(missing_ok=True)
