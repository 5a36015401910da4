"""From photos that wait to photos that are searchable: hash, decode, thumbnail, embed, save.

Files are read by a small pool with a bounded look-ahead; one consumer embeds and writes. Every
batch is one transaction, so what a crash leaves undone is exactly "photos without an embedding of
this model".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import Catalog, Ingested, Photo
from desktop.embedding import Embedder
from desktop.errors import Cancelled
from desktop.ingest.culprits import PROBLEM, embed
from desktop.ingest.order import PAGE, spread
from desktop.ingest.patience import Drives
from desktop.ingest.reading import Decoded, Hashed, Left, Reader, Step
from desktop.jobs import Job
from desktop.media import Decoders, Thumbnails

BATCH = 8
"""Photos embedded and saved together: larger ones gain nothing on a CPU, and a photo that has just
arrived waits for two of them."""

LOOK_AHEAD = 32
"""Photos in hand at most. A decoded one holds the model's input only: 224 x 224 x 3 = 150 kB."""

STEP_S = 0.5
"""How long a step takes at most while files are slow: then the job is heeded."""

LET_GO_S = 2.0
"""What is being read when the job is cancelled may take so long yet."""

ARRIVALS = 256
"""Photos that came just now, taken before all others at a time."""

LABEL = "Indexing photos"

OnSaved = Callable[[str, NDArray[np.int64], NDArray[np.float32]], None]
"""Told after every commit: model_id, photo_ids (n,) int64, embeddings (n, d) float32."""


@dataclass(slots=True)
class Tally:
    """What a run of the pipeline did."""

    embedded: int = 0
    renamed: int = 0
    copied: int = 0
    touched: int = 0
    problems: int = 0
    skipped: int = 0
    silent_folders: set[int] = field(default_factory=set)
    """Those whose drives have stopped to answer; their photos go on waiting."""

    def add(self, other: Tally) -> None:
        self.embedded += other.embedded
        self.renamed += other.renamed
        self.copied += other.copied
        self.touched += other.touched
        self.problems += other.problems
        self.skipped += other.skipped
        self.silent_folders |= other.silent_folders


class Pipeline:
    """Makes waiting photos searchable for one model. The ingest thread; `run` blocks."""

    def __init__(
        self,
        catalog: Catalog,
        thumbnails: Thumbnails,
        decoders: Decoders,
        drives: Drives,
        embedder: Embedder,
        on_saved: OnSaved,
        arrivals: Callable[[], int | None] = lambda: None,
    ) -> None:
        """arrivals: asked between photos; a photo_id says that rows above it came just now and go
        first."""
        self._catalog = catalog
        self._decoders = decoders
        self._reader = Reader(decoders, drives, thumbnails, embedder)
        self._embedder = embedder
        self._on_saved = on_saved
        self._arrivals = arrivals
        self._tally = Tally()
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
        photo_ids, sizes_bytes = self._catalog.list_waiting_sizes(self._embedder.model_id)
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
        """Keep the pools busy, take what they have finished, save a batch when there is one. What
        has just arrived passes by all that waits."""
        while len(self._in_flight) + len(self._hashed) < LOOK_AHEAD and (
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
        if is_pressing or is_idle or len(self._hashed) >= BATCH:
            for hashed in self._without_known():
                pool = urgent if hashed.photo.photo_id in self._urgent else usual
                self._in_flight.add(pool.submit(self._reader.decode, hashed, job))
        if len(self._batch) >= BATCH or len(self._done) >= BATCH or not self._in_flight:
            self._flush()
        elif self._is_urgent_ready():
            self._flush_urgent()
        return True

    def _let_go(self) -> None:
        """Nobody waits for the photos in hand any more; a decoder that hangs is not waited for."""
        running = [future for future in self._in_flight if not future.cancel()]
        if wait(running, LET_GO_S).not_done:
            self._decoders.interrupt()

    def _report(self, job: Job, n_total: int) -> None:
        """Photos and, for the time left, their bytes; arrivals have raised neither total."""
        n_total = max(n_total, self._n_finished)
        bytes_total = max(self._bytes_total, self._bytes_finished)
        job.report(self._n_finished, n_total, LABEL, self._bytes_finished, bytes_total)

    def _waiting(self, photo_ids: NDArray[np.int64]) -> Iterator[Photo]:
        """The photos that wait (see `order`), then those above them that came later; what arrives
        meanwhile goes first."""
        model_id = self._embedder.model_id
        for after, last in spread(photo_ids):
            page = self._catalog.list_waiting(model_id, PAGE, after)
            yield from self._with_arrivals(photo for photo in page if photo.photo_id <= last)
        after = int(photo_ids[-1]) if len(photo_ids) else 0
        while page := self._catalog.list_waiting(model_id, ARRIVALS, after):
            yield from self._with_arrivals(page)
            after = page[-1].photo_id

    def _with_arrivals(self, page: Iterable[Photo]) -> Iterator[Photo]:
        for photo in page:
            while (newest := self._arrivals()) is not None:
                for arrived in self._catalog.list_waiting(
                    self._embedder.model_id, ARRIVALS, newest
                ):
                    self._urgent.add(arrived.photo_id)
                    yield from self._taken(arrived)
            yield from self._taken(photo)

    def _is_urgent_ready(self) -> bool:
        """Whether somebody may be waiting for a photo of the batch: one that has just arrived, and
        no other such is about to join it."""
        ready = {each.hashed.photo.photo_id for each in self._batch}
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

    def _without_known(self) -> list[Hashed]:
        """What has been hashed and must be decoded: its content is new, or its embedding is."""
        hashed, self._hashed = self._hashed, []
        hashes = {each.content_hash for each in hashed if each.photo.content_hash is None}
        known = self._catalog.list_by_hashes(sorted(hashes)) if hashes else {}
        return [each for each in hashed if not self._reuse(each, known.get(each.content_hash, []))]

    def _reuse(self, hashed: Hashed, twins: list[Photo]) -> bool:
        """Whether what is known of the content serves: a touched file, a moved one, or a copy."""
        photo, content_hash = hashed.photo, hashed.content_hash
        if photo.content_hash is not None:
            return False
        if content_hash in self._twins:
            self._twins[content_hash].append(hashed)
            return True
        for twin in twins:
            if twin.photo_id == photo.photo_id:
                if self._touched(hashed):
                    return True
            elif twin.metadata is None or twin.problem is not None:
                continue
            elif twin.photo_id not in self._moved and self._reader.was_moved(twin):
                self._moved.add(twin.photo_id)  # what else has its content is a copy
                self._catalog.merge_rename(twin.photo_id, photo.photo_id)
                self._tally.renamed += 1
                self._finish(photo.photo_id)
                return True
            elif self._copy(hashed, twin.photo_id):
                return True
        self._twins[content_hash] = []
        return False

    def _touched(self, hashed: Hashed) -> bool:
        model_id = self._embedder.model_id
        embedding = self._catalog.find_embedding(hashed.photo.photo_id, model_id)
        if embedding is None:
            return False
        self._done.append(
            Ingested(hashed.photo.photo_id, hashed.stat, hashed.content_hash, None, embedding)
        )
        self._tally.touched += 1
        return True

    def _copy(self, hashed: Hashed, twin_id: int) -> bool:
        model_id = self._embedder.model_id
        embedding = self._catalog.find_embedding(twin_id, model_id)
        if embedding is None:
            return False
        photo_id = hashed.photo.photo_id
        self._catalog.copy_embeddings(twin_id, photo_id)
        self._on_saved(model_id, np.array([photo_id], np.int64), embedding[np.newaxis])
        self._tally.copied += 1
        self._finish(hashed.photo.photo_id)
        return True

    def _flush(self) -> None:
        """Save all that is in hand, and then the copies that waited for it."""
        while self._batch or self._done:
            decoded, self._batch = self._batch, []
            done, self._done = self._done, []
            fresh = self._embed(decoded) if decoded else []
            saved = [*fresh, *done]
            self._catalog.save_batch(self._embedder.model_id, saved)
            self._publish(fresh)
            self._tally.embedded += sum(each.embedding is not None for each in fresh)
            self._tally.problems += sum(each.problem is not None for each in saved)
            self._tally.skipped += sum(each.skipped_because is not None for each in saved)
            for each in saved:
                self._finish(each.photo_id)
                for twin in self._twins.pop(each.content_hash or "", ()):
                    self._serve_twin(twin, each)

    def _flush_urgent(self) -> None:
        usual = [each for each in self._batch if each.hashed.photo.photo_id not in self._urgent]
        self._batch = [each for each in self._batch if each.hashed.photo.photo_id in self._urgent]
        self._flush()
        self._batch += usual

    def _embed(self, decoded: list[Decoded]) -> list[Ingested]:
        embeddings = embed(self._embedder, [each.image for each in decoded])
        return [
            Ingested(
                each.hashed.photo.photo_id,
                each.hashed.stat,
                each.hashed.content_hash,
                each.metadata,
                embedding,
                PROBLEM if embedding is None else None,
            )
            for each, embedding in zip(decoded, embeddings, strict=True)
        ]

    def _publish(self, fresh: list[Ingested]) -> None:
        pairs = [(each.photo_id, each.embedding) for each in fresh if each.embedding is not None]
        if pairs:
            photo_ids = np.array([photo_id for photo_id, _ in pairs], np.int64)
            self._on_saved(
                self._embedder.model_id, photo_ids, np.stack([embedding for _, embedding in pairs])
            )

    def _serve_twin(self, twin: Hashed, saved: Ingested) -> None:
        if saved.embedding is None:
            self._done.append(
                Ingested(
                    twin.photo.photo_id,
                    twin.stat,
                    twin.content_hash,
                    None,
                    problem=saved.problem,
                    skipped_because=saved.skipped_because,
                )
            )
        else:
            self._copy(twin, saved.photo_id)

    def _finish(self, photo_id: int) -> None:
        self._bytes_finished += self._in_hand.pop(photo_id, 0)
        self._urgent.discard(photo_id)
        self._n_finished += 1
