"""A library that several machines share: who indexes what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import filelock

from desktop.catalog import Claims
from desktop.errors import LibraryBusy
from desktop.ingest import ScanTally
from desktop.library.care.process_lock import holding


@contextmanager
def indexing_alone(lock: filelock.FileLock, claims: Claims) -> Iterator[None]:
    """Hold the data folder; what was claimed meanwhile of a shared catalog is let go of. Raises as
    `holding`."""
    with holding(lock):
        try:
            yield
        finally:
            claims.let_go()


def busy_elsewhere(found: ScanTally, claims: Claims) -> LibraryBusy | None:
    """What to tell of the folders that are here and that another machine indexes; None where there
    are none. Raises it where that are all."""
    if not found.elsewhere:
        return None
    paths = ", ".join(str(folder.path) for folder in found.elsewhere)
    busy = LibraryBusy(
        f"Another machine is indexing {paths}.",
        "Wait until it has finished, or close its window; what it adds is found here, too.",
    )
    if not claims.mine():
        raise busy
    return busy
