"""Ingest: bringing the catalog in line with the folders, and doing what photos wait for."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from desktop.catalog import Catalog, Folder, KnownFile, is_doubtful
from desktop.ingest.contents import Contents, WantedContents
from desktop.ingest.facts import OldFacts
from desktop.ingest.found import Found
from desktop.ingest.links import Links
from desktop.ingest.passes import Pass
from desktop.ingest.patience import Drives, NoAnswer
from desktop.ingest.pipeline import BATCH, Pipeline, Tally
from desktop.ingest.rules import Rules
from desktop.ingest.scan import N_SAMPLE, Difference, compare, find_renamed
from desktop.ingest.walk import find_named, walk
from desktop.jobs import Job
from desktop.media import NOT_ALLOWED, Decoders, Thumbnails

log = logging.getLogger(__name__)

MANY_PATHS = 200
"""Above this a scan of the whole folder costs less than looking at each path by itself."""


AT_ONCE_S = 600.0
"""Photos that go within this time go at once."""


@dataclass(frozen=True, slots=True)
class _Loss:
    """Photos that were gone together: when, by the monotonic clock and by the calendar's."""

    at_s: float
    since: float
    n_photos: int


@dataclass(slots=True)
class ScanTally:
    """What scans found: rows written, and whether a folder went away or came back.

    Attributes:
        matched: which of the person's patterns match something, as bits.
        elsewhere: folders that are here, and that another machine indexes.
    """

    new: int = 0
    changed: int = 0
    gone: int = 0
    back: int = 0
    described: int = 0
    matched: int = 0
    folders_changed: bool = False
    elsewhere: list[Folder] = field(default_factory=list)

    def add(self, difference: Difference) -> None:
        self.new += len(difference.new)
        self.changed += len(difference.changed)
        self.gone += len(difference.gone)
        self.back += len(difference.back)
        self.described += len(difference.described)

    @property
    def is_empty(self) -> bool:
        is_same = not (self.new or self.changed or self.gone or self.back or self.described)
        return is_same and not self.folders_changed


class Ingest:
    """The only writer of photos and of what is made of them. Every method belongs to the ingest
    thread.

    Attributes: drives: tells any thread whether a folder is away.
    """

    def __init__(self, catalog: Catalog, thumbnails: Thumbnails, decoders: Decoders) -> None:
        self._batch = BATCH
        self._catalog = catalog
        self._thumbnails = thumbnails
        self._decoders = decoders
        self.drives = Drives()
        self._losses: dict[int, list[_Loss]] = {}

    @contextmanager
    def reading_by(self, decoders: Decoders, batch: int) -> Iterator[None]:
        """Let others decode in the block, and passes run on so many photos at a time."""
        before = self._decoders, self._batch
        self._decoders, self._batch = decoders, batch
        try:
            yield
        finally:
            self._decoders, self._batch = before

    def scan(self, rules: Rules, job: Job) -> ScanTally:
        """Compare every folder with the catalog and write the differences. Raises Cancelled."""
        tally = ScanTally()
        self._scan_all(rules, job, tally)
        self._look_again_at_refused()
        return tally

    def look_at(self, paths: Mapping[int, set[str]], rules: Rules, job: Job) -> ScanTally:
        """Compare only these relative paths (files or sub-folders) of each folder_id. Raises
        Cancelled."""
        tally = ScanTally()
        for folder in self._catalog.claims.of_mine(self._catalog.folders.list_all()):
            relative_paths = _outermost(paths.get(folder.folder_id, set()))
            if not relative_paths:
                continue
            found = None
            is_little = "" not in relative_paths and len(relative_paths) <= MANY_PATHS
            if is_little and not self.drives.is_away(folder.path, has_photos=True):
                search = partial(find_named, folder.path, sorted(relative_paths))
                found = self._found(folder, search, rules, job)
            if rules.follow_links and (found is None or found.meets_links):
                self._scan_all(rules, job, tally)
                return tally
            if found is None:
                self._scan_folder(folder, rules, job, tally, None)
                continue
            known = self._catalog.files.list_all(folder.folder_id, relative_paths | found.described)
            self._write(folder, found, known, tally, {})
        return tally

    def run(
        self,
        lead: Pass,
        passes: Sequence[Pass],
        job: Job,
        arrivals: Callable[[], int | None] = lambda: None,
    ) -> Tally:
        """Do the photos that wait for `lead`, one of `passes`, and then read old facts again; see
        Pipeline and OldFacts."""
        tally = Tally()
        while True:
            pipeline = Pipeline(
                self._catalog,
                self._thumbnails,
                self._decoders,
                self.drives,
                lead,
                passes,
                arrivals,
                self._batch,
            )
            done = pipeline.run(job)
            tally.add(done)
            for folder_id in done.silent_folders:
                self._catalog.folders.set_missing(folder_id, time.time())
                self._catalog.claims.leave(folder_id)
            if not done.renamed:
                break
            # A photo that was found in its new place may have waited there for a pass already.
        OldFacts(self._catalog, self._decoders, self.drives).read(job)
        return tally

    def learn_contents(self, pass_id: str, wanted: WantedContents, job: Job) -> int:
        """Make contents known of files that wait, without decoding them; see `Contents.learn`."""
        contents = Contents(self._catalog, self._decoders, self.drives, self._thumbnails)
        return contents.learn(pass_id, wanted, job)

    def _scan_all(self, rules: Rules, job: Job, tally: ScanTally) -> None:
        folders = self._claim(self._catalog.folders.list_all(), tally)
        links = None
        if rules.follow_links:
            here = (each.path for each in folders if not self.drives.is_away(each.path, False))
            links = Links(here, rules)
        for folder in folders:
            self._scan_folder(folder, rules, job, tally, links)

    def _claim(self, folders: Sequence[Folder], tally: ScanTally) -> list[Folder]:
        """Those that this machine may index: of a shared catalog those that it has, and that no
        other machine indexes. One that is unplugged is among them, so that this is noted."""
        claims = self._catalog.claims
        if not claims.is_shared:
            return list(folders)
        for folder in folders:
            if not self._catalog.mounts.has(folder.path) or claims.take(folder):
                continue
            if not self.drives.is_away(folder.path, has_photos=False):
                tally.elsewhere.append(folder)
        return claims.of_mine(folders)

    def _look_again_at_refused(self) -> None:
        """Let files wait again that Likeness was not allowed to read, and may read now: new
        permissions change neither their size nor their time."""
        problems = self._catalog.photos.list_problems()
        readable = []
        for photo in (each.photo for each in problems if each.sentence == NOT_ALLOWED):
            if not self._catalog.claims.may(photo.folder_id):
                continue
            with suppress(NoAnswer, OSError):
                self.drives.ask(photo.path, partial(_open, photo.path))
                readable.append(photo.photo_id)
        self._catalog.ingests.forget_problem(readable)

    def _scan_folder(
        self, folder: Folder, rules: Rules, job: Job, tally: ScanTally, links: Links | None
    ) -> None:
        if self.drives.is_away(folder.path, self._catalog.files.are_there(folder.folder_id)):
            followed = self._followed(folder, tally)
            if followed is None:
                self._set_away(folder, tally)
                return
            folder = followed
        if folder.is_missing:
            self._catalog.folders.set_missing(folder.folder_id, None)
            tally.folders_changed = True
        before = self._catalog.files.list_listings(folder.folder_id)
        search = partial(walk, folder.path, listings=before, links=links)
        found = self._found(folder, search, rules, job)
        if found is None:
            self._set_away(folder, tally)
            return
        lost = before.keys() - found.unchanged - found.listings.keys()
        known = self._catalog.files.list_of(folder.folder_id, found.listings.keys() | lost)
        listed: dict[str, bytes | None] = {
            sub_folder: digest
            for sub_folder, digest in found.listings.items()
            if digest != before.get(sub_folder)
        }
        listed.update((sub_folder, None) for sub_folder in lost if not found.hides(sub_folder))
        self._write(folder, found, known, tally, listed)
        if found.passed != self._catalog.files.list_passed_over(folder.folder_id):
            self._catalog.files.save_passed_over(folder.folder_id, found.passed)
            tally.folders_changed = True
        tally.matched |= found.matched

    def _found(
        self, folder: Folder, search: Callable[..., Found], rules: Rules, job: Job
    ) -> Found | None:
        """What `search` finds in the folder; None if its drive does not answer."""
        try:
            return self.drives.ask(folder.path, lambda beat: search(rules, job, beat=beat), job)
        except NoAnswer:
            return None

    def _followed(self, folder: Folder, tally: ScanTally) -> Folder | None:
        """The folder where it stands now, if it was renamed: all its photos stay what they are.
        That of a shared catalog has a path that other machines know it by."""
        if self._catalog.claims.is_shared:
            return None
        known = self._catalog.files.sample(folder.folder_id, N_SAMPLE)
        watched = {each.path for each in self._catalog.folders.list_all()}
        try:
            path = self.drives.ask(folder.path, lambda _: find_renamed(folder.path, known, watched))
        except NoAnswer:
            return None
        if path is None:
            return None
        log.info("a folder was renamed; it is followed")
        self._catalog.folders.move(folder.folder_id, path)
        tally.folders_changed = True
        return dataclasses.replace(folder, path=path, missing_since=None)

    @staticmethod
    def _n_absent(difference: Difference, known: Mapping[str, KnownFile], found: Found) -> int:
        """How many are gone by themselves, and not because they are passed over now."""
        if not difference.gone:
            return 0
        gone = set(difference.gone)
        return sum(
            file.photo_id in gone and not found.passes_over(path) for path, file in known.items()
        )

    def _set_away(self, folder: Folder, tally: ScanTally) -> None:
        self._catalog.claims.leave(folder.folder_id)  # others may have it still
        if not folder.is_missing:
            self._catalog.folders.set_missing(folder.folder_id, time.time())
            tally.folders_changed = True

    def _write(
        self,
        folder: Folder,
        found: Found,
        known: Mapping[str, KnownFile],
        tally: ScanTally,
        listed: Mapping[str, bytes | None],
    ) -> None:
        difference = compare(found, known)
        if difference.is_empty and not listed:
            return
        if difference.gone and self.drives.is_away(folder.path, has_photos=True):
            self._set_away(folder, tally)  # unplugged while it was being looked through
            return
        self._catalog.files.apply_scan(
            folder.folder_id,
            difference.new,
            difference.changed,
            difference.gone,
            difference.back,
            self._doubted_since(folder.folder_id, self._n_absent(difference, known, found)),
            listed,
            difference.described,
        )
        tally.add(difference)

    def _doubted_since(self, folder_id: int, n_absent: int) -> float | None:
        """Since when so much of the folder is gone that the person must be asked, None if it is
        not. Events come in pieces, so what was gone a moment ago counts as well."""
        if not n_absent:
            return None
        now_s = time.monotonic()
        losses = [loss for loss in self._losses.get(folder_id, ()) if now_s - loss.at_s < AT_ONCE_S]
        n_before = sum(loss.n_photos for loss in losses)
        losses.append(_Loss(now_s, time.time(), n_absent))
        self._losses[folder_id] = losses
        n_here = self._catalog.folders.count_photos().get(folder_id, 0)
        if not is_doubtful(n_before + n_absent, n_here + n_before):
            return None
        return losses[0].since


def _open(path: Path, _beat: Callable[[], None]) -> None:
    """Raises OSError where the file may not be read."""
    path.open("rb").close()


def _outermost(relative_paths: set[str]) -> set[str]:
    """Without the paths that lie beneath another one of them."""
    kept: set[str] = set()
    for path in sorted(relative_paths):
        parents = path.split("/")
        if not any("/".join(parents[:depth]) in kept for depth in range(1, len(parents))):
            kept.add(path)
    return kept
