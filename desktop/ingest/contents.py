"""Contents: which content files have that wait to be read, found out without decoding them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from desktop.background import report
from desktop.catalog import Catalog, Ingested, Photo
from desktop.errors import LikenessError, NotAPhoto, PhotoUnreadable
from desktop.ingest.facts import PAGE, STEP_S, to_metadata
from desktop.ingest.patience import Drives
from desktop.ingest.reading import Hashed, Reader
from desktop.jobs import Job
from desktop.media import Decoders, Thumbnails

LABEL = "Comparing files"


class WantedContents(Protocol):
    """Contents that somebody has something for. Any thread."""

    def has(self, content_hash: str) -> bool: ...

    def has_sizes(self, sizes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """sizes: (n,) of files in bytes. Returns (n,): those that need not be read are False."""


class Contents:
    """Makes the content known of files whose content is wanted, so that what is known of it
    elsewhere can be taken. The ingest thread.

    A file is hashed, and its facts are read, which takes a few milliseconds; what waits for a model
    goes on waiting. Content that the catalog has of another photo is left to the pipeline, which
    knows moves from copies.
    """

    def __init__(
        self, catalog: Catalog, decoders: Decoders, drives: Drives, thumbnails: Thumbnails
    ) -> None:
        self._catalog = catalog
        self._decoders = decoders
        self._reader = Reader(decoders, drives, thumbnails)

    def learn(
        self,
        pass_id: str,
        wanted: WantedContents,
        job: Job,
    ) -> int:
        """Look at the files that wait for a pass; of how many the content is wanted and known now.

        Raises Cancelled, and UserError when no decoder starts.
        """
        photo_ids, sizes = self._catalog.ingests.list_waiting_sizes(pass_id)
        likely = photo_ids[wanted.has_sizes(sizes)]
        n_learnt = n_seen = 0
        with ThreadPoolExecutor(self._decoders.n_processes, thread_name_prefix="decode") as pool:
            for page in self._pages(likely):
                job.report(n_seen, len(likely), LABEL)
                n_seen += len(page)
                found = self._read_page(page, wanted, pool, job)
                hashes = sorted({each.content_hash for each in found if each.content_hash})
                known = self._catalog.ingests.list_by_hashes(hashes) if hashes else {}
                new = [each for each in found if each.content_hash not in known]
                self._catalog.ingests.save(new)
                n_learnt += len(new)
            job.report(len(likely), len(likely), LABEL)
        return n_learnt

    def _pages(self, photo_ids: NDArray[np.int64]) -> Iterator[list[Photo]]:
        """Those of the photos whose content is not known."""
        for start in range(0, len(photo_ids), PAGE):
            page = self._catalog.photos.get(photo_ids[start : start + PAGE].tolist())
            yield [photo for photo in page if photo.content_hash is None]

    def _read_page(
        self, page: list[Photo], wanted: WantedContents, pool: ThreadPoolExecutor, job: Job
    ) -> list[Ingested]:
        reading = [pool.submit(self._read, photo, wanted, job) for photo in page]
        try:
            while wait(reading, STEP_S).not_done:
                job.check()
            job.check()
            return [read for each in reading if (read := each.result()) is not None]
        finally:
            for each in reading:
                each.cancel()

    def _read(self, photo: Photo, wanted: WantedContents, job: Job) -> Ingested | None:
        """None for a file that is left to the pipeline: of another content, or unreadable."""
        step = self._reader.hash(photo, job)
        if not isinstance(step, Hashed) or not wanted.has(step.content_hash):
            return None
        try:
            facts = self._decoders.facts(photo.path, photo.sidecars, job)
        except (PhotoUnreadable, NotAPhoto):
            return None
        except LikenessError:
            raise
        except Exception as bug:
            report(bug)
            return None
        metadata = to_metadata(facts, step.stat.mtime_ns)
        return Ingested(photo.photo_id, step.stat, step.content_hash, metadata)
