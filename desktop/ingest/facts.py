"""Facts: what a file, its name and the files beside it say of a photo."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime

from desktop.background import report
from desktop.catalog import Catalog, Metadata, Photo, TakenFrom
from desktop.errors import LikenessError, NotAPhoto, PhotoUnreadable
from desktop.ingest.patience import Drives, NoAnswer
from desktop.jobs import Job
from desktop.media import Decoders, PhotoFacts

PAGE = 128
"""Photos that are read between two writes: about 0.2 s."""

STEP_S = 0.5
"""How long a step waits for slow files at most, before it looks whether the job was paused or
cancelled."""

LABEL = "Reading dates"


class OldFacts:
    """Reads facts again where they may be out of date: of files that were touched, copied or moved,
    and of all files after an update that reads more. A few milliseconds a photo, since no pixel is
    decoded. The ingest thread."""

    def __init__(self, catalog: Catalog, decoders: Decoders, drives: Drives) -> None:
        self._catalog = catalog
        self._decoders = decoders
        self._drives = drives
        self._silent_folders: set[int] = set()

    def read(self, job: Job) -> int:
        """Work until no facts are old; how many were read. Raises Cancelled, and UserError when no
        decoder starts."""
        n_read = after = 0
        with ThreadPoolExecutor(self._decoders.n_processes, thread_name_prefix="decode") as pool:
            while page := self._catalog.ingests.list_old_facts(PAGE, after):
                after = page[-1].photo_id
                facts = self._read_page(page, pool, job)
                self._catalog.ingests.save_facts(facts)
                n_read += len(facts)
                job.report(n_read, 0, LABEL)
        return n_read

    def _read_page(
        self, page: list[Photo], pool: ThreadPoolExecutor, job: Job
    ) -> dict[int, Metadata | None]:
        reading = [pool.submit(self._read, photo, job) for photo in page]
        try:
            while wait(reading, STEP_S).not_done:
                job.check()
            job.check()  # raises if it was cancelled; then the facts may be incomplete
            return {photo_id: facts for each in reading for photo_id, facts in each.result()}
        finally:
            for each in reading:
                each.cancel()

    def _read(self, photo: Photo, job: Job) -> list[tuple[int, Metadata | None]]:
        """Its new facts; None to keep those that are known. Nothing for a file that is not there:
        the next scan sees to it."""
        if photo.folder_id in self._silent_folders:
            return []
        try:
            facts = self._decoders.facts(photo.path, photo.sidecars, job)
        except (PhotoUnreadable, NotAPhoto):
            return [(photo.photo_id, None)] if self._is_there(photo) else []
        except LikenessError:
            raise
        except Exception as bug:
            report(bug)
            return [(photo.photo_id, None)]
        return [(photo.photo_id, to_metadata(facts, photo.mtime_ns))]

    def _is_there(self, photo: Photo) -> bool:
        try:
            return self._drives.ask(photo.path, lambda _: os.path.lexists(photo.path))
        except NoAnswer:
            self._silent_folders.add(photo.folder_id)
            return False


def to_metadata(facts: PhotoFacts, mtime_ns: int) -> Metadata:
    """Where nobody says when the photo was taken, it is dated by its file's time."""
    return Metadata(
        facts.width_px,
        facts.height_px,
        facts.orientation,
        facts.taken_at or _file_date(mtime_ns),
        facts.taken_from or TakenFrom.FILE,
        facts.camera,
        facts.lens,
        facts.latitude,
        facts.longitude,
        facts.format,
        facts.utc_offset_min,
    )


def _file_date(mtime_ns: int) -> datetime:
    """Local time of a modification; clocks that were wrong are kept within the years 1970 to
    3000."""
    return datetime.fromtimestamp(min(max(mtime_ns / 1e9, 0.0), 32_503_680_000.0))
