"""The lock on a data folder: one process at a time writes its photos and embeddings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from desktop.errors import LibraryBusy, UserError
from desktop.settings import Places


def process_lock(places: Places) -> filelock.FileLock:
    """What a process holds while it writes photos and embeddings; not taken yet."""
    path = places.catalog_path.with_name("indexing.lock")
    return filelock.FileLock(path, thread_local=False)


def acquire(lock: filelock.FileLock) -> None:
    """Raises LibraryBusy when another process holds it, or a UserError where the disk refuses."""
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout as error:
        raise LibraryBusy(
            "Another Likeness is indexing this library.",
            "Wait until it has finished, or close its window; it keeps the library up to date.",
        ) from error
    except OSError as error:
        raise UserError(
            f"The data folder {Path(lock.lock_file).parent} cannot be written: {error.strerror}.",
            "Allow writing to it, or choose another data folder with --data.",
        ) from error


@contextmanager
def holding(lock: filelock.FileLock) -> Iterator[None]:
    acquire(lock)
    try:
        yield
    finally:
        lock.release()
