"""Indexing: the ingest thread's work, in the background for the window and at once for the command
line."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, count

import numpy as np
from numpy.typing import NDArray

from desktop.background import Loop, Worker, stop_all
from desktop.catalog import Catalog, Revisions
from desktop.errors import UserError
from desktop.ingest import Ingest, Pass, Rules, ScanTally, Tally, Watcher
from desktop.jobs import Job, Progress
from desktop.library.passed_over import together
from desktop.library.passes import Passes
from desktop.library.process_lock import acquire, process_lock, taken
from desktop.library.reports import (
    ANY_CHANGE,
    Change,
    Event,
    Failed,
    FoldersChanged,
    IndexSummary,
    ModelChanged,
    PhotosChanged,
    ProgressChanged,
)
from desktop.library.safekeeping import Safekeeping
from desktop.library.setback import Setback
from desktop.library.spaces import Spaces
from desktop.media import Decoders, Thumbnails
from desktop.power import (
    SHARE_ON_BATTERY,
    Power,
    Restraint,
    restraint,
)
from desktop.settings import Places, Settings

log = logging.getLogger(__name__)

HEED_EVERY_S = 2.0
CHECK_UP_EVERY = 2
PUBLISH_EVERY_S = 1.0
RESCAN_EVERY_S = 3600.0
END_WITHIN_S = 20.0
"""So long closing waits for the batch in hand."""


class Indexing:
    """Keeps the catalog, the thumbnails and the index up with the folders.

    `start` gives the window's way: a watcher, an ingest worker, and a check-up that heeds power and
    use every `HEED_EVERY_S`, and every other time notices folders that went away or came back and
    unloads an idle model. `run` is the command line's way: once, on the calling thread, at full
    speed, since somebody asked for it. Only one process at a time does either (a lock in the data
    folder).

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
    ) -> None:
        """passes: besides the embeddings by the models."""
        self._catalog = catalog
        self._spaces = spaces
        self._publish = publish
        self._places = places
        self._settings = settings
        self._read_power = read_power
        self._restraint = Restraint.NONE
        self._is_running_passes = False
        self.passes = Passes(spaces, passes, settings, self._on_embedded)
        self._held: frozenset[str] = frozenset()
        self.unmatched: tuple[str, ...] = ()
        thumbnails = Thumbnails(places.thumbnails_path)
        self._ingest = Ingest(catalog, thumbnails, decoders)
        self._process_lock = process_lock(places)
        self._reading = Setback(places, "reading photos goes on")
        self._building = Setback(places, "the index is built")
        self._safekeeping = Safekeeping(catalog, thumbnails, spaces, publish)
        self._worker = Worker("ingest")
        self._rebuilder = Worker("index")
        self._watcher: Watcher | None = None
        self._check_up = Loop("check-up", self._check_up_step)
        self._turns = count(1)
        self._closing = Job()
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._paused = False
        self._scan_wanted = False
        self._dirty: dict[int, set[str]] = {}
        self._progress: Progress | None = None
        self._published_s = 0.0
        self._untold: PhotosChanged | None = None
        self._told: Revisions | None = None
        self._scanned_s = -math.inf

    # the command line's way

    def run(self, job: Job) -> IndexSummary:
        """Scan, run all passes, switch to the coming model when it is complete, build. Blocks.

        Raises LibraryBusy, Cancelled, ModelUnavailable, or another UserError (disk full).
        """
        started_s = time.monotonic()
        with taken(self._process_lock):
            found = self._scan(job)
            done = self._run_passes(job, self.passes.held_back(Power()))
            self._catalog.folders.settle_doubts()
            self._safekeeping.back_up(job.check)
            self._safekeeping.tidy(job.check)
            self._spaces.tidy(job, self._catalog.revision())
        return self._summary(found, done, time.monotonic() - started_s)

    # the window's way

    def start(self) -> None:
        """Watch and index until `close`. Any thread."""
        self._watcher = Watcher(self._on_settled, self._settings().poll_network_drives)
        self._check_up.start()
        self.rescan()

    def close(self) -> None:
        """End all threads; the photo batch in hand is saved first. Blocks for a moment; where a
        model hangs, it is ended after `END_WITHIN_S`. While a thread has not ended, no other
        process may index."""
        self._closing.cancel()
        self._ingest.drives.close()
        with self._lock:
            if self._job is not None:
                self._job.cancel()
        workers = (self._worker, self._rebuilder)
        if not stop_all(workers, END_WITHIN_S):
            self._spaces.close()
        have_ended = stop_all(workers, END_WITHIN_S) and self._check_up.join(END_WITHIN_S)
        if self._watcher is not None:
            self._watcher.stop()  # after those who may still be giving it folders
        if have_ended:
            self._process_lock.release()
        else:
            log.error("the data folder stays locked, since a thread has not ended")

    def rescan(self) -> None:
        """Compare every folder with the catalog, in the background. Any thread, at once."""
        with self._lock:
            self._scan_wanted = True
        self.wake()

    def wake(self) -> None:
        """Look for photos that wait, in the background. Any thread, at once. Nothing before
        `start`."""
        if self._watcher is not None and not self._closing.cancelled:
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
        self._publish_progress()

    def resume(self) -> None:
        with self._lock:
            self._paused = False
            if self._job is not None:
                self._job.resume()
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
        if self._watcher is not None:
            self._heed()

    def unwatch(self, folder_id: int) -> None:
        if self._watcher is not None:
            self._watcher.unwatch(folder_id)

    def tidy_soon(self) -> None:
        """Photos were forgotten; their thumbnails and embeddings follow. Any thread."""
        self._safekeeping.tidy_soon()

    # ingest thread

    def _work(self) -> None:
        if not self._begin():
            return
        with self._reading.remembered(self._tell_failure):
            try:
                if not self._process_lock.is_locked:
                    acquire(self._process_lock)
                self._catch_up()
            finally:
                self._tell_rest()
        with self._lock:
            self._job = None
        self._progress = None
        self._publish_progress()

    def _begin(self) -> bool:
        with self._lock:
            if self._closing.cancelled:
                return False
            self._job = Job(self._on_progress)
            if self._paused:
                self._job.pause()
            return True

    def _catch_up(self) -> None:
        """Scan and run passes until there is nothing left to do."""
        while True:
            job = self._job
            assert job is not None
            self._scan_if_wanted(job)
            self._arrivals()
            if not self._run_passes_if_allowed(job):
                return
            with self._lock:
                if not self._scan_wanted and not self._dirty:
                    break
        self._catalog.folders.settle_doubts()
        revision = self._catalog.revision()
        if self._spaces.needs_rebuild:
            self._rebuilder.submit_latest("rebuild", lambda: self._rebuild(revision))

    def _scan_if_wanted(self, job: Job) -> None:
        with self._lock:
            wanted, self._scan_wanted = self._scan_wanted, False
            if wanted:
                self._dirty.clear()
        if not wanted:
            return
        self._watch_all(job)  # before the scan, so that nothing can come between the two
        try:
            self._tell(self._scan(job))
        except BaseException:
            with self._lock:
                self._scan_wanted = True
            raise
        self._scanned_s = time.monotonic()
        self._watch_all(job)

    def _arrivals(self) -> int | None:
        """Take in what the watcher saw; the last photo_id before it, None if it saw nothing."""
        with self._lock:
            dirty, self._dirty = self._dirty, {}
        if not dirty or self._job is None:
            return None
        try:
            last_photo_id = self._catalog.files.last_id()
            self._tell(self._ingest.look_at(dirty, self._rules(), self._job))
        except BaseException:
            self._put_back(dirty)
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

    def _put_back(self, paths: Mapping[int, set[str]]) -> None:
        with self._lock:
            for folder_id, relative_paths in paths.items():
                self._dirty.setdefault(folder_id, set()).update(relative_paths)

    def _run_passes(self, job: Job, held: frozenset[str]) -> Tally:
        """Do what photos wait for, pass by pass; a photo that is decoded for one is given to all
        that it lacks. held: pass_ids of those that are left out."""
        passes = [each for each in self.passes.list() if each.pass_id not in held]
        done = Tally()
        for lead in passes:
            done.add(self._ingest.run(lead, passes, job, self._arrivals))
            if self._spaces.switch_if_complete():
                self._publish(ModelChanged())
                done.add(self._run_passes(job, held))  # a model that answers no more is left out
                break
            if lead in self.passes.others:
                self._catalog.made.forget_other_versions(lead.pass_id)
        if done.silent_folders:
            self._publish(FoldersChanged())
        return done

    def _on_embedded(
        self, model_id: str, photo_ids: NDArray[np.int64], embeddings: NDArray[np.float32]
    ) -> None:
        self._spaces.saved(model_id, photo_ids, embeddings)
        what = ANY_CHANGE if self._spaces.is_answering(model_id) else Change.WAITING
        saved = PhotosChanged(frozenset(photo_ids.tolist()), what)
        self._untold = saved if self._untold is None else self._untold | saved
        if time.monotonic() - self._published_s > PUBLISH_EVERY_S:
            self._tell_photos(self._untold)

    def _tell_photos(self, event: PhotosChanged) -> None:
        self._untold = None
        self._published_s = time.monotonic()
        self._told = self._catalog.revisions()
        self._publish(event)

    def _tell_rest(self) -> None:
        """Tell of what was written since the last time, if anything was: not only of photos that
        were embedded."""
        now = self._catalog.revisions()
        if self._told is None or now.photos > self._told.photos:
            self._tell_photos(PhotosChanged())

    def _on_progress(self, progress: Progress) -> None:
        self._progress = progress
        self._publish_progress()

    def _publish_progress(self) -> None:
        waits_because = self._reading.waits_because or self._building.waits_because
        self._publish(ProgressChanged(self._progress, self._paused, self._restraint, waits_because))

    def _tell(self, tally: ScanTally) -> None:
        if tally.folders_changed:
            self._publish(FoldersChanged())
        if not tally.is_empty:
            self._tell_photos(PhotosChanged())

    # power and use

    def _run_passes_if_allowed(self, job: Job) -> bool:
        """Run passes, unless all have to wait; meanwhile `_heed` may slow or end that. The ingest
        thread."""
        self._is_running_passes = True
        try:
            self._heed(begins=True)
            if self._restraint is Restraint.UNTIL_IDLE:
                return False
            self._run_passes(job, self._held)
            return True
        finally:
            self._is_running_passes = False

    def _heed(self, begins: bool = False) -> None:
        """Slow down, end or take up what is made of photos, as power, use and settings ask for now.
        begins: a run that takes this into account is about to begin."""
        settings = self._settings()
        only_when_idle = settings.index_only_when_idle
        power = self._read_power(only_when_idle or self.passes.heed_use)
        now = restraint(power, only_when_idle, settings.slow_on_battery)
        held = self.passes.held_back(power)
        with self._lock:
            before, self._restraint = self._restraint, now
            others_may = held != self._held and not begins
            self._held = held
            if self._job is not None and self._is_running_passes:
                slow = now is Restraint.SLOW_ON_BATTERY
                self._job.slow_down(SHARE_ON_BATTERY if slow else 1.0)
                if now is Restraint.UNTIL_IDLE or others_may:
                    self._job.cancel()  # saves what is in hand, and frees the thread
        if now is not before:
            self._publish_progress()
        if others_may or (before is Restraint.UNTIL_IDLE and now is not before):
            self.wake()

    # other threads

    def _rebuild(self, revision: int) -> None:
        with self._building.remembered(self._tell_failure):
            self._spaces.rebuild(self._closing, revision)
        self._publish_progress()

    def _tell_failure(self, error: UserError) -> None:
        self._publish(Failed(error))

    def _on_settled(self, paths: Mapping[int, set[str]]) -> None:
        self._put_back(paths)
        self.wake()

    def _check_up_step(self) -> bool:
        if self._closing.cancels_within(HEED_EVERY_S):
            return False
        try:
            self._heed()
            if next(self._turns) % CHECK_UP_EVERY == 0:
                self._check_up_now()
        except UserError as error:
            log.warning("check-up: %s", error.message)
        return True

    def _check_up_now(self) -> None:
        revision = self._catalog.revision()  # before it is seen that nothing is in hand
        if self._job is not None:
            return
        if self._reading.is_worth_a_try() or self._building.is_worth_a_try():
            self.wake()
        self._check_folders()
        self._spaces.unload_if_idle()
        self._spaces.rest_if_idle()
        self._spaces.measure()
        if self._process_lock.is_locked:
            self._safekeeping.look(self._rebuilder, self._closing.check, revision)

    def _check_folders(self) -> None:
        """Notice folders that were unplugged, that have come back, or that another process
        added."""
        folders = self._catalog.folders.list_all()
        n_photos = self._catalog.folders.count_photos()
        assert self._watcher is not None
        is_due = time.monotonic() - self._scanned_s > RESCAN_EVERY_S
        for folder in folders:
            has_photos = n_photos.get(folder.folder_id, 0) > 0
            is_away = self._ingest.drives.is_away(folder.path, has_photos)
            if is_away != folder.is_missing:
                self._watcher.unwatch(folder.folder_id)
                is_due = True
            elif not folder.is_missing and not self._watcher.is_watching(folder.folder_id):
                is_due = True
        if is_due:
            self.rescan()

    def _watch_all(self, job: Job) -> None:
        assert self._watcher is not None
        for folder in self._catalog.folders.list_all():
            # Also one that has just come back, before the scan that finds it present.
            if not self._ingest.drives.is_away(folder.path, has_photos=False):
                self._watcher.watch(folder, job)

    def _rules(self) -> Rules:
        settings = self._settings()
        return Rules(settings.exclude, self._places.own_folders, settings.follow_links)

    def _summary(self, found: ScanTally, done: Tally, elapsed_s: float) -> IndexSummary:
        glance = self._catalog.glance(self._spaces.answering().model_id)
        counts, passed_over = glance.counts, chain.from_iterable(glance.passed_over.values())
        others = {each.pass_id: done.made[each.pass_id] for each in self.passes.others}
        return IndexSummary(
            photos=counts.photos,
            new=max(found.new - done.renamed - done.skipped, 0),
            changed=max(found.changed - done.touched, 0),
            renamed=done.renamed,
            missing=counts.missing,
            problems=counts.problems,
            embedded=done.made.total() - sum(others.values()),
            passed_over={each.reason: each.n for each in together(passed_over)},
            unmatched=self.unmatched,
            made=others,
            elapsed_s=elapsed_s,
        )
