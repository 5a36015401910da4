"""Indexing: the ingest thread's work, in the background for the window and at once for the command
line."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent import futures
from contextlib import ExitStack, suppress
from functools import partial
from typing import TypeVar

from desktop.background import Worker
from desktop.catalog import Catalog
from desktop.errors import Cancelled, UserError
from desktop.ingest import (
    EmbeddingPass,
    Ingest,
    Pass,
    Rules,
    ScanTally,
    Tally,
    WantedContents,
    Watcher,
)
from desktop.jobs import Job, Progress, wait
from desktop.library.afar.elsewhere import Elsewhere
from desktop.library.answering.converting import Converting
from desktop.library.answering.spaces import Spaces
from desktop.library.care.process_lock import acquire, holding, process_lock
from desktop.library.care.safekeeping import Safekeeping
from desktop.library.indexing.announcing import Announcing
from desktop.library.indexing.building import Building
from desktop.library.indexing.check_up import CheckUp
from desktop.library.indexing.passes import Passes
from desktop.library.indexing.setback import Setback
from desktop.library.indexing.sharing import busy_elsewhere, indexing_alone
from desktop.library.indexing.summary import summarise
from desktop.library.indexing.to_compare import ToCompare
from desktop.library.reports import (
    Event,
    Failed,
    FoldersChanged,
    IndexSummary,
    ModelChanged,
    PhotosChanged,
    ProgressChanged,
)
from desktop.media import Decoders, Thumbnails
from desktop.power import Power, Restraint
from desktop.settings import Places, Settings

log = logging.getLogger(__name__)

T = TypeVar("T")

END_WITHIN_S = 20.0
"""So long closing waits for the batch in hand."""


class Indexing:
    """Keeps the catalog, the thumbnails and the index up with the folders.

    `start` is the window's way: an ingest worker, and a CheckUp that notices changes. `run` is the
    command line's: once, on the calling thread, at full speed. Only one process at a time does
    either (a lock in the data folder).

    While the settings keep indexing until the computer is idle, folders are still compared with the
    catalog, so that what is gone is not found; only reading and what is made of photos wait.

    Attributes:
        passes: what is made of photos.
        unmatched: exclude patterns that matched no photo and no folder at the last scan.
    """

    def __init__(
        self,
        catalog: Catalog,
        places: Places,
        spaces: Spaces,
        settings: Callable[[], Settings],
        decoders: Decoders,
        publish: Callable[[Event], None],
        read_power: Callable[[bool], Power],
        passes: Sequence[Pass],
        converting: Converting,
        heed: Callable[[], None],
    ) -> None:
        """passes: besides the embeddings by the models. converting: has its turn before photos are
        read. heed: called every few seconds, to look for what is wanted otherwise."""
        self._catalog = catalog
        self._spaces = spaces
        self._publish = publish
        self._places = places
        self._settings = settings
        self._announcing = Announcing(catalog, spaces, publish)
        self._converting = converting
        self._look_elsewhere = heed
        told = self._announcing.embedded, self._publish_progress, self.wake
        self.passes = Passes(
            spaces, passes, settings, read_power, *told, lambda: converting.needs_mains
        )
        self.unmatched: tuple[str, ...] = ()
        thumbnails = Thumbnails(places.thumbnails_path)
        self._ingest = Ingest(catalog, thumbnails, decoders)
        self._process_lock = process_lock(places)
        self._reading = Setback(places, "reading photos goes on")
        self._building = Building(places, spaces.engines, self._publish_progress, publish)
        self._safekeeping = Safekeeping(catalog, thumbnails, publish)
        self._worker = Worker("ingest")
        self._rebuilder = Worker("index")
        self._check_up: CheckUp | None = None
        self._closing = Job()
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._paused = False
        self._to_compare = ToCompare()
        self._progress: Progress | None = None

    # the command line's way

    def run(self, job: Job, on: Elsewhere | None = None) -> IndexSummary:
        """Scan, run all passes, switch to the coming model when it is complete, build. Blocks.

        on: where photos are decoded and models run, instead of here. Raises LibraryBusy, Cancelled,
        ModelUnavailable, ClusterAway, or another UserError (disk full).
        """
        started_s = time.monotonic()
        with ExitStack() as afterwards:
            afterwards.enter_context(indexing_alone(self._process_lock, self._catalog.claims))
            if on is not None:
                afterwards.enter_context(self._ingest.reading_by(on.decoders, on.batch))
                afterwards.enter_context(self.passes.running_by(on.embedder))
            found = self._scan(job)
            if busy := busy_elsewhere(found, self._catalog.claims):
                self._tell_failure(busy)
            done = self._run_passes(job, self.passes.held_back(Power()), Power())
            self._catalog.folders.settle_doubts()
            self._safekeeping.back_up(job.check)
            self._tidy(job)
        return summarise(
            self._catalog.glance(self._spaces.answering().model_id),
            found,
            done,
            [each.pass_id for each in self.passes.beside_models],
            self.unmatched,
            time.monotonic() - started_s,
        )

    def learn_contents(self, pass_id: str, wanted: WantedContents, job: Job) -> int:
        """Scan, and make contents known that are wanted; see `Contents.learn`. Blocks.

        Raises LibraryBusy, Cancelled, or another UserError.
        """

        def work() -> int:
            self._announcing.scanned(self._scan(job))
            return self._ingest.learn_contents(pass_id, wanted, job)

        if self._check_up is None:
            with indexing_alone(self._process_lock, self._catalog.claims):
                return work()
        done = self._worker.submit(lambda: self._between(work, job))
        self.start_over()
        wait(lambda timeout_s: not futures.wait([done], timeout_s).not_done, job=job)
        if done.cancelled():
            raise Cancelled
        return done.result()

    def _between(self, work: Callable[[], T], job: Job) -> T:
        """Do something else on the ingest thread than indexing."""
        with self._lock:
            if self._closing.cancelled:
                raise Cancelled
            self._job = job
        try:
            self._hold_folder()
            return work()
        finally:
            self._job = None

    def tidy(self, job: Job) -> None:
        """Let go of what belongs to photos that were forgotten: thumbnails, and what the index
        holds of them. Blocks.

        Raises LibraryBusy (that process does it within moments), Cancelled, or another UserError.
        """
        with holding(self._process_lock):
            self._tidy(job)

    def _tidy(self, job: Job) -> None:
        self._safekeeping.tidy(job.check)
        revision = self._catalog.revision()
        self._spaces.tidy(job, revision)
        self._spaces.rebuild(job, revision)

    # the window's way

    def start(self) -> None:
        """Watch and index until `close`. Any thread."""
        self._check_up = CheckUp(
            self._catalog,
            self._ingest.drives,
            Watcher(self._on_settled, self._settings().poll_network_drives),
            self._heed,
            lambda: self._job is not None,
            self.rescan,
            self._tend,
            self._on_forgotten,
            self._closing,
        )
        self._check_up.start()
        self.rescan()

    def close(self) -> None:
        """End all threads; the photo batch in hand is saved first, unless its model is still being
        loaded. Blocks for a moment; where a model hangs, it is ended after `END_WITHIN_S`. While a
        thread has not ended, no other process may index."""
        self._closing.cancel()
        self._building.close()
        self._ingest.drives.close()
        with self._lock:
            if self._job is not None:
                self._job.cancel()
        have_ended = self._spaces.outlast((self._worker, self._rebuilder), END_WITHIN_S)
        if self._check_up is not None:
            have_ended &= self._check_up.join(END_WITHIN_S)
        if have_ended:
            self._catalog.claims.let_go()
            self._process_lock.release()
        else:
            log.error("the data folder stays locked, since a thread has not ended")

    def rescan(self) -> None:
        """Compare every folder with the catalog, in the background. Any thread, at once."""
        self._to_compare.add_everything()
        self.wake()

    def wake(self) -> None:
        """Look for photos that wait, in the background. Any thread, at once. Nothing before
        `start`."""
        if self._check_up is not None and not self._closing.cancelled:
            self._worker.submit_latest("work", self._work)

    def start_over(self) -> None:
        """Drop the work in hand, which may not be wanted any more, and see what is. Any thread."""
        with self._lock:
            if self._job is not None:
                self._job.cancel()
        self.wake()

    def pause(self) -> None:
        with self._lock:
            self._paused = True
            if self._job is not None:
                self._job.pause()
        self._building.pause()
        self._publish_progress()

    def resume(self) -> None:
        with self._lock:
            self._paused = False
            if self._job is not None:
                self._job.resume()
        self._building.resume()
        self._publish_progress()
        self.wake()

    @property
    def is_paused(self) -> bool:
        return self._paused

    def follow(self, before: Settings) -> None:
        """Act on settings that have changed."""
        now = self._settings()
        if (now.exclude, now.follow_links) != (before.exclude, before.follow_links):
            self.rescan()
            self.start_over()
        if now.engine_in_full != before.engine_in_full:
            self._building.stop()
        if now.find_parts != before.find_parts or now.engine_in_full != before.engine_in_full:
            self.start_over()
        if self._check_up is not None:
            self.passes.heed()

    def unwatch(self, folder_id: int) -> None:
        if self._check_up is not None:
            self._check_up.unwatch(folder_id)

    def tidy_soon(self) -> None:
        """Photos were forgotten; their thumbnails and embeddings follow. Any thread."""
        self._safekeeping.tidy_soon()

    # ingest thread

    def _work(self) -> None:
        if not self._begin():
            if self._paused:
                with suppress(UserError):  # which is told when it goes on
                    self._hold_folder()
            return
        with self._reading.remembered(self._tell_failure):
            try:
                self._hold_folder()
                self._catch_up()
            finally:
                self._announcing.rest()
        with self._lock:
            self._job = None
        self._progress = None
        self._publish_progress()

    def _hold_folder(self) -> None:
        """Let no other process index in this data folder. Raises as `acquire`."""
        if not self._process_lock.is_locked:
            acquire(self._process_lock)

    def _begin(self) -> bool:
        with self._lock:
            if self._closing.cancelled or self._paused:
                return False  # `resume` wakes it
            self._job = Job(self._on_progress)
            return True

    def _catch_up(self) -> None:
        """Scan and run passes until there is nothing left to do."""
        while True:
            job = self._job
            assert job is not None
            self._scan_if_wanted(job)
            self._arrivals()
            with self.passes.run_by(job):
                if self.passes.restraint is Restraint.UNTIL_IDLE:
                    return
                self._run_passes(job, self.passes.held, self.passes.power)
            if not self._to_compare:
                break
        self._catalog.folders.settle_doubts()
        revision = self._catalog.revision()
        if self._spaces.needs_rebuild:
            self._rebuilder.submit_latest("rebuild", lambda: self._rebuild(revision))

    def _scan_if_wanted(self, job: Job) -> None:
        if not self._to_compare.take_everything():
            return
        assert self._check_up is not None
        self._check_up.watch_all(job)  # before the scan, so that nothing can come between the two
        try:
            self._announcing.scanned(self._scan(job))
        except BaseException:
            self._to_compare.add_everything()
            raise
        self._check_up.all_are_scanned()
        self._check_up.watch_all(job)

    def _arrivals(self) -> int | None:
        """Take in what the watcher saw; the last photo_id before it, None if it saw nothing."""
        paths = self._to_compare.take_paths()
        if not paths or self._job is None:
            return None
        try:
            last_photo_id = self._catalog.files.last_id()
            self._announcing.scanned(self._ingest.look_at(paths, self._rules(), self._job))
        except BaseException:
            self._to_compare.add_paths(paths)
            raise
        return last_photo_id

    def _scan(self, job: Job) -> ScanTally:
        """Scan every folder, and note which of the exclude patterns match nothing."""
        rules = self._rules()
        found = self._ingest.scan(rules, job)
        unmatched = tuple(
            pattern
            for number, pattern in enumerate(rules.patterns)
            if not found.matched >> number & 1
        )
        found.folders_changed |= unmatched != self.unmatched
        self.unmatched = unmatched
        return found

    def _run_passes(self, job: Job, held: frozenset[str], power: Power) -> Tally:
        """Do what photos wait for, pass by pass; a photo that is decoded for one is given to all
        that it lacks. held: pass_ids left out, with this power."""
        passes = [each for each in self.passes.list() if each.pass_id not in held]
        self._converting.prepare(held, power, job)
        done = Tally()
        for lead in passes:
            done.add(self._ingest.run(lead, passes, job, self._arrivals))
            if self._spaces.switch_if_complete():
                self._publish(ModelChanged())
                # A model that answers no more is left out.
                done.add(self._run_passes(job, held, power))
                break
            if self._replaces_others(lead):
                in_use = [each.pass_id for each in self.passes.list()]
                self._catalog.made.forget_other_versions(lead.pass_id, in_use)
        if done.silent_folders:
            self._publish(FoldersChanged())
        return done

    def _replaces_others(self, done: Pass) -> bool:
        """Whether what other versions of this pass have made is of no use. A model's may be that by
        which another machine, with a version before, answers."""
        if not isinstance(done, EmbeddingPass):
            return True
        return self._spaces.is_answering(done.pass_id) and not self._catalog.claims.is_shared

    def _on_progress(self, progress: Progress) -> None:
        self._progress = progress
        self._publish_progress()

    def _publish_progress(self) -> None:
        waits_because = self._reading.waits_because or self._building.waits_because
        restraint = self.passes.restraint
        progress = self._progress or self._building.progress
        self._publish(ProgressChanged(progress, self._paused, restraint, waits_because))

    # other threads

    def _rebuild(self, revision: int) -> None:
        self._building.do(lambda job: self._spaces.rebuild(job, revision), self._tell_failure)

    def _tidy_index(self, revision: int) -> bool:
        """What stops it is what stops building, and is told as one thing."""
        work = partial(self._spaces.tidy, revision=revision)
        return self._building.do(work, self._tell_failure, is_change=False)

    def _tell_failure(self, error: UserError) -> None:
        self._publish(Failed(error))

    def _on_settled(self, paths: Mapping[int, set[str]]) -> None:
        self._to_compare.add_paths(paths)
        self.wake()

    def _heed(self) -> None:
        self._look_elsewhere()
        self.passes.heed()
        if self._announcing.catch_up():
            self.wake()  # the index may have to be built

    def _tend(self) -> None:
        """Try again what failed, let rest what is idle, and back up, while nothing is in hand."""
        revision = self._catalog.revision()  # before it is seen that nothing is in hand
        if self._job is not None:
            return
        if self._building.is_worth_a_try:
            self.tidy_soon()  # which may be what was stopped
            self.wake()
        elif self._reading.is_worth_a_try():
            self.wake()
        self._spaces.unload_if_idle()
        self._spaces.rest_if_idle()
        self._spaces.measure()
        if self._process_lock.is_locked:
            if self._safekeeping.is_due:
                self._building.give_way()
            self._safekeeping.do_what_is_due(
                self._rebuilder, self._closing.check, lambda: self._tidy_index(revision)
            )

    def _on_forgotten(self) -> None:
        self.tidy_soon()
        self._publish(FoldersChanged())
        self._publish(PhotosChanged())

    def _rules(self) -> Rules:
        settings = self._settings()
        longest = self._catalog.longest_path
        return Rules(settings.exclude, self._places.own_folders, settings.follow_links, longest)
