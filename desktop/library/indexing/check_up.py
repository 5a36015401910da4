"""Check-up: what changes without an event is looked for every few seconds."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from itertools import count

from desktop.background import Loop
from desktop.catalog import Catalog
from desktop.errors import UserError
from desktop.ingest import Drives, Watcher
from desktop.jobs import Job

log = logging.getLogger(__name__)

HEED_EVERY_S = 2.0
HEED_SHARED_EVERY_S = 1.0
"""With a shared catalog, so that what others write is seen within 2 s."""
CHECK_UP_EVERY = 2
RESCAN_EVERY_S = 3600.0


class CheckUp:
    """Watches the folders, and has a thread that looks every `HEED_EVERY_S` at power and use. Every
    other time, while nothing is being indexed, it also looks for folders that went away or came
    back, and does what waits for a quiet moment."""

    def __init__(
        self,
        catalog: Catalog,
        drives: Drives,
        watcher: Watcher,
        heed: Callable[[], None],
        is_indexing: Callable[[], bool],
        rescan: Callable[[], None],
        tend: Callable[[], None],
        forgotten: Callable[[], None],
        closing: Job,
    ) -> None:
        """heed: power and use. tend: do what waits for a quiet moment. forgotten: told that another
        process has removed a folder. closing: ends the thread when it is cancelled."""
        self._catalog = catalog
        self._drives = drives
        self._watcher = watcher
        self._heed = heed
        self._is_indexing = is_indexing
        self._rescan = rescan
        self._tend = tend
        self._forgotten = forgotten
        self._folder_ids: set[int] = set()
        self._loop = Loop("check-up", self._step)
        self._turns = count(1)
        self._scanned_s = -math.inf
        self._trouble = ""
        self._closing = closing

    def start(self) -> None:
        self._loop.start()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end of its thread, and end the watcher's; True when its own has ended."""
        has_ended = self._loop.join(timeout_s)
        self._watcher.stop()  # after those who may still be giving it folders
        return has_ended

    def watch_all(self, job: Job) -> None:
        folders = self._catalog.folders.list_all()
        self._folder_ids.update(folder.folder_id for folder in folders)
        for folder in self._catalog.claims.of_mine(folders):
            # Also one that has just come back, before the scan that finds it present.
            if not self._drives.is_away(folder.path, has_photos=False):
                self._watcher.watch(folder, job)

    def unwatch(self, folder_id: int) -> None:
        self._folder_ids.discard(folder_id)
        self._watcher.unwatch(folder_id)

    def all_are_scanned(self) -> None:
        self._scanned_s = time.monotonic()

    def _step(self) -> bool:
        shared = self._catalog.claims.is_shared
        if self._closing.cancels_within(HEED_SHARED_EVERY_S if shared else HEED_EVERY_S):
            return False
        try:
            self._heed()
            if next(self._turns) % CHECK_UP_EVERY == 0 and not self._is_indexing():
                self._notice_removed()
                if self._is_scan_due():
                    self._rescan()
                self._tend()
        except UserError as error:
            self._note(error.message)
        else:
            self._note("")
        return True

    def _note(self, trouble: str) -> None:
        """Log what stops it once, and not at each look."""
        if trouble != self._trouble:
            if trouble:
                log.warning("check-up: %s", trouble)
            else:
                log.info("check-up: it goes on")
            self._trouble = trouble

    def _notice_removed(self) -> None:
        """See whether another process has removed folders."""
        now = {folder.folder_id for folder in self._catalog.folders.list_all()}
        removed, self._folder_ids = self._folder_ids - now, now
        for folder_id in removed:
            self._watcher.unwatch(folder_id)
        if removed:
            self._forgotten()

    def _is_scan_due(self) -> bool:
        """Whether it is time, or a folder was unplugged, has come back, or was added by another
        process."""
        n_photos = self._catalog.folders.count_photos()
        is_due = time.monotonic() - self._scanned_s > RESCAN_EVERY_S
        for folder in self._catalog.folders.list_all():
            has_photos = n_photos.get(folder.folder_id, 0) > 0
            if not self._catalog.claims.may(folder.folder_id):
                # Another machine indexes it, or none: then it is here to be taken.
                is_here = self._catalog.mounts.has(folder.path)
                is_here = is_here and not self._drives.is_away(folder.path, has_photos=False)
                is_due |= is_here and self._catalog.claims.take(folder)
                continue
            is_away = self._drives.is_away(folder.path, has_photos)
            if is_away != folder.is_missing:
                self._watcher.unwatch(folder.folder_id)
                is_due = True
            elif not folder.is_missing and not self._watcher.is_watching(folder.folder_id):
                is_due = True
        return is_due
