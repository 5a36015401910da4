"""From photos that wait to photos that are done with: hash, decode, thumbnail, run passes, save.

Files are read by a small pool with a bounded look-ahead; one consumer runs the passes and writes.
Every batch is one transaction, so what a crash leaves undone is exactly what the catalog does not
record as done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import Catalog, Failure, Ingested, Photo
from desktop.errors import Cancelled
from desktop.ingest.order import PAGE, spread
from desktop.ingest.passes import Pass
from desktop.ingest.patience import Drives
from desktop.ingest.reading import Decoded, Hashed, Left, Reader, Step
from desktop.ingest.running import Runner, made_by
from desktop.jobs import Job
from desktop.media import Decoders, Thumbnails

BATCH = 8
"""Photos that passes run on at a time, and that are saved together: larger batches gain nothing on
a CPU, and a photo that has just arrived has to wait for two batches."""

LOOK_AHEAD = 32
"""Photos in hand at most, where up to 8 processes decode. A decoded one holds a model's input
only: 224 x 224 x 3 = 150 kB."""

STEP_S = 0.5
"""How long a step waits for slow files at most, before it looks whether the job was paused or
cancelled."""

LET_GO_S = 2.0
"""After the job was cancelled, files that are being read get so long to be finished."""

ARRIVALS = 256
"""So many of the photos that have just arrived are taken from the catalog at a time."""

LABEL = "Indexing photos"


@dataclass(slots=True)
class Tally:
    """What a run of the pipeline did."""

    made: Counter[str] = field(default_factory=Counter)
    """By pass_id."""
    renamed: int = 0
    copied: int = 0
    touched: int = 0
    problems: int = 0
    skipped: int = 0
    silent_folders: set[int] = field(default_factory=set)
    """Those whose drives have stopped to answer; their photos go on waiting."""

    def add(self, other: Tally) -> None:
        self.made += other.made
        self.renamed += other.renamed
        self.copied += other.copied
        self.touched += other.touched
        self.problems += other.problems
        self.skipped += other.skipped
        self.silent_folders |= other.silent_folders


class Pipeline:
    """Does all photos that wait for one pass, and on the way what they lack of others: each is
    decoded once. The ingest thread; `run` blocks."""

    def __init__(
        self,
        catalog: Catalog,
        thumbnails: Thumbnails,
        decoders: Decoders,
        drives: Drives,
        lead: Pass,
        passes: Sequence[Pass],
        arrivals: Callable[[], int | None] = lambda: None,
        batch: int = BATCH,
    ) -> None:
        """lead: the pass that photos wait for. passes: all that are run, `lead` among them. batch:
        photos that they are run on at a time.
        arrivals: called between photos. Where it returns a photo_id, photos with a higher one have
        just arrived and go first."""
        self._catalog = catalog
        self._decoders = decoders
        self._reader = Reader(decoders, drives, thumbnails)
        self._lead_id = lead.pass_id
        self._runner = Runner(catalog, lead, passes)
        self._arrivals = arrivals
        self._batch_size = batch
        # Twice what decoders and models have in hand, so that neither waits for the other.
        self._look_ahead = max(LOOK_AHEAD, 2 * (decoders.n_processes + batch))
        self._tally = Tally()
        self._reading = Job()
        self._in_flight: set[Future[Step]] = set()
        self._hashed: list[Hashed] = []
        self._in_hand: dict[int, int] = {}
        self._urgent: set[int] = set()
        self._batch: list[Decoded] = []
        self._done: list[Ingested] = []
        self._moved: set[int] = set()
        self._twins: dict[str, list[Hashed]] = {}
        self._n_finished = 0
        self._bytes_finished = 0
        self._bytes_total = 0

    def run(self, job: Job) -> Tally:
        """Work until nothing waits.

        Raises Cancelled (after saving what is decoded), ModelUnavailable, or another UserError
        when the disk takes no more.
        """
        photo_ids, sizes_bytes = self._catalog.ingests.list_waiting_sizes(self._lead_id)
        if not len(photo_ids):
            return self._tally
        n_total, self._bytes_total = len(photo_ids), int(sizes_bytes.sum())
        source = self._waiting(photo_ids)
        with (
            ThreadPoolExecutor(self._decoders.n_processes, thread_name_prefix="decode") as usual,
            ThreadPoolExecutor(1, thread_name_prefix="decode-urgent") as urgent,
        ):
            try:
                while self._step(source, usual, urgent, job):
                    self._report(job, n_total)
            except Cancelled:
                self._flush()
                raise
            finally:
                self._let_go()
        self._tally.silent_folders = self._reader.silent_folders
        return self._tally

    def _step(
        self,
        source: Iterator[Photo],
        usual: ThreadPoolExecutor,
        urgent: ThreadPoolExecutor,
        job: Job,
    ) -> bool:
        """Keep the pools busy, take what they have finished, save a batch when there is one. Photos
        that have just arrived overtake all others."""
        while len(self._in_flight) + len(self._hashed) < self._look_ahead and (
            photo := next(source, None)
        ):
            pool = urgent if photo.photo_id in self._urgent else usual
            self._in_flight.add(pool.submit(self._reader.hash, photo, job))
        if not self._in_flight:
            return False
        finished, self._in_flight = wait(self._in_flight, STEP_S, FIRST_COMPLETED)
        for future in finished:
            self._take(future.result())
        is_pressing = any(each.photo.photo_id in self._urgent for each in self._hashed)
        is_idle = len(self._in_flight) <= self._decoders.n_processes
        if is_pressing or is_idle or len(self._hashed) >= self._batch_size:
            for hashed, lacking in self._to_decode():
                pool = urgent if hashed.photo.photo_id in self._urgent else usual
                reading = pool.submit(self._reader.decode, hashed, lacking, self._reading)
                self._in_flight.add(reading)
        is_full = max(len(self._batch), len(self._done)) >= self._batch_size
        if is_full or not self._in_flight:
            self._flush()
        elif self._is_urgent_ready():
            self._flush_urgent()
        return True

    def _let_go(self) -> None:
        """Give the photos in hand up: those being read get `LET_GO_S`, so that no decoder that
        hangs is waited for."""
        running = [future for future in self._in_flight if not future.cancel()]
        if wait(running, LET_GO_S).not_done:
            self._reading.cancel()

    def _report(self, job: Job, n_total: int) -> None:
        """Photos and, for the time left, their bytes. The totals were counted at the beginning.
        Photos that arrived since may bring the number done above them; then it is the total."""
        n_total = max(n_total, self._n_finished)
        bytes_total = max(self._bytes_total, self._bytes_finished)
        job.report(self._n_finished, n_total, LABEL, self._bytes_finished, bytes_total)

    def _waiting(self, photo_ids: NDArray[np.int64]) -> Iterator[Photo]:
        """The photos that wait (see `order`), then those above them that came later; what arrives
        meanwhile goes first."""
        for after, last in spread(photo_ids):
            page = self._catalog.ingests.list_waiting(self._lead_id, PAGE, after)
            yield from self._with_arrivals(photo for photo in page if photo.photo_id <= last)
        after = int(photo_ids[-1]) if len(photo_ids) else 0
        while page := self._catalog.ingests.list_waiting(self._lead_id, ARRIVALS, after):
            yield from self._with_arrivals(page)
            after = page[-1].photo_id

    def _with_arrivals(self, page: Iterable[Photo]) -> Iterator[Photo]:
        for photo in page:
            while (newest := self._arrivals()) is not None:
                for arrived in self._catalog.ingests.list_waiting(self._lead_id, ARRIVALS, newest):
                    self._urgent.add(arrived.photo_id)
                    yield from self._taken(arrived)
            yield from self._taken(photo)

    def _is_urgent_ready(self) -> bool:
        """Whether somebody may be waiting for a photo of the batch: one that has just arrived, and
        no other such is about to join it."""
        ready = {each.photo_id for each in self._batch}
        return bool(ready & self._urgent) and not (self._urgent - ready)

    def _taken(self, photo: Photo) -> Iterator[Photo]:
        if photo.photo_id not in self._in_hand:
            self._in_hand[photo.photo_id] = photo.size_bytes
            yield photo

    def _take(self, step: Step) -> None:
        match step:
            case Hashed():
                self._hashed.append(step)
            case Decoded():
                self._batch.append(step)
            case Ingested():
                self._done.append(step)
            case Left():
                self._finish(step.photo.photo_id)

    def _to_decode(self) -> Iterator[tuple[Hashed, list[Pass]]]:
        """What has been hashed, with the passes that have yet to be run on its content."""
        hashed, self._hashed = self._hashed, []
        hashes = {each.content_hash for each in hashed if each.photo.content_hash is None}
        known = self._catalog.ingests.list_by_hashes(sorted(hashes)) if hashes else {}
        hashed = [
            each for each in hashed if not self._reuse(each, known.get(each.content_hash, []))
        ]
        contents = {each.photo.photo_id: each.content_hash for each in hashed}
        done = self._catalog.made.list_done(contents) if hashed else {}
        for each in hashed:
            photo_id = each.photo.photo_id
            lacking = [
                one for pass_id, one in self._runner.passes.items() if pass_id not in done[photo_id]
            ]
            if lacking:
                yield each, lacking
            else:
                self._done.append(Ingested(photo_id, each.stat, each.content_hash, None))

    def _reuse(self, hashed: Hashed, twins: list[Photo]) -> bool:
        """Whether this file needs no decoding: it was moved, it is a copy of which everything is
        known, or a copy of a photo in hand, for which it waits."""
        photo, content_hash = hashed.photo, hashed.content_hash
        if photo.content_hash is not None:
            return False
        if content_hash in self._twins:
            self._twins[content_hash].append(hashed)
            return True
        if any(twin.photo_id == photo.photo_id for twin in twins):
            self._tally.touched += 1
            twins = []
        for twin in twins:
            if twin.metadata is None or twin.problem is not None:
                continue
            if twin.photo_id not in self._moved and self._was_moved(twin):
                self._moved.add(twin.photo_id)  # what else has its content is a copy
                self._catalog.ingests.merge_rename(twin.photo_id, photo.photo_id)
                self._tally.renamed += 1
                self._finish(photo.photo_id)
                return True
            self._copy(photo.photo_id, twin.photo_id)
            break
        self._twins[content_hash] = []
        return False

    def _was_moved(self, twin: Photo) -> bool:
        """Whether it has left its old place. What another machine indexes may not be here at
        all, and stays."""
        return self._catalog.claims.may(twin.folder_id) and self._reader.was_moved(twin)

    def _copy(self, photo_id: int, twin_id: int) -> None:
        self._catalog.ingests.copy(twin_id, photo_id)
        for pass_id, each in self._runner.passes.items():
            values = self._catalog.made.get_values([photo_id], pass_id)
            if values:
                each.saved(list(values), list(values.values()))
        self._tally.copied += 1

    def _flush(self) -> None:
        """Save all that is in hand, and then the copies that waited for it."""
        while self._batch or self._done:
            decoded, self._batch = self._batch, []
            done, self._done = self._done, []
            fresh = self._runner.run(decoded)
            saved = [*fresh, *done]
            self._catalog.ingests.save(saved)
            self._tell(fresh)
            self._tally.problems += sum(each.problem is not None for each in done)
            self._tally.skipped += sum(each.skipped_because is not None for each in done)
            for each in saved:
                self._finish(each.photo_id)
                for twin in self._twins.pop(each.content_hash or "", ()):
                    self._serve_twin(twin, each)

    def _flush_urgent(self) -> None:
        usual = [each for each in self._batch if each.photo_id not in self._urgent]
        self._batch = [each for each in self._batch if each.photo_id in self._urgent]
        self._flush()
        self._batch += usual

    def _tell(self, fresh: Sequence[Ingested]) -> None:
        """Tell the passes what was saved of theirs, and count it."""
        for pass_id, one in self._runner.passes.items():
            results = made_by(pass_id, fresh)
            values = {key: each for key, each in results.items() if not isinstance(each, Failure)}
            if values:
                one.saved(list(values), list(values.values()))
            self._tally.made[pass_id] += len(values)
            self._tally.problems += len(results) - len(values)

    def _serve_twin(self, twin: Hashed, saved: Ingested) -> None:
        """Give a copy, which waited for the photo that was saved, the same."""
        photo_id = twin.photo.photo_id
        if saved.is_readable:
            self._copy(photo_id, saved.photo_id)
            self._finish(photo_id)
        else:
            self._done.append(replace(saved, photo_id=photo_id, stat=twin.stat))

    def _finish(self, photo_id: int) -> None:
        self._bytes_finished += self._in_hand.pop(photo_id, 0)
        self._urgent.discard(photo_id)
        self._n_finished += 1
