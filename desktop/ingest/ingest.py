"""Ingest: bringing the catalog in line with the folders, and making what waits searchable."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from desktop.catalog import Catalog, Folder
from desktop.embedding import Embedder
from desktop.ingest.pipeline import OnSaved, Pipeline, Tally
from desktop.ingest.rules import Rules
from desktop.ingest.scan import Difference, Found, compare, is_away, look, walk
from desktop.jobs import Job
from desktop.media import Decoders, Thumbnails

MANY_PATHS = 200
"""Above this a scan of the whole folder costs less than looking at each path by itself."""


@dataclass(slots=True)
class ScanTally:
    """What scans found: rows written, and whether a folder went away or came back."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    back: int = 0
    folders_changed: bool = False

    def add(self, difference: Difference) -> None:
        self.new += len(difference.new)
        self.changed += len(difference.changed)
        self.gone += len(difference.gone)
        self.back += len(difference.back)

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.changed or self.gone or self.back or self.folders_changed)


class Ingest:
    """The only writer of photos and embeddings; every method belongs to the ingest thread."""

    def __init__(self, catalog: Catalog, thumbnails: Thumbnails, decoders: Decoders) -> None:
        self._catalog = catalog
        self._thumbnails = thumbnails
        self._decoders = decoders

    def scan(self, rules: Rules, job: Job) -> ScanTally:
        """Compare every folder with the catalog and write the differences. Raises Cancelled."""
        tally = ScanTally()
        for folder in self._catalog.list_folders():
            self._scan_folder(folder, rules, job, tally)
        return tally

    def look_at(self, paths: Mapping[int, set[str]], rules: Rules, job: Job) -> ScanTally:
        """Compare only these relative paths (files or sub-folders) of each folder_id. Raises
        Cancelled."""
        tally = ScanTally()
        for folder in self._catalog.list_folders():
            relative_paths = _outermost(paths.get(folder.folder_id, set()))
            if "" in relative_paths or len(relative_paths) > MANY_PATHS:
                self._scan_folder(folder, rules, job, tally)
                continue
            for relative_path in relative_paths:
                if is_away(folder.path, n_known=1):
                    self._scan_folder(folder, rules, job, tally)
                    break
                found = look(folder.path, relative_path, rules, job)
                self._apply(folder, found, relative_path, tally)
        return tally

    def embed(
        self,
        embedder: Embedder,
        job: Job,
        on_saved: OnSaved,
        arrivals: Callable[[], int | None] = lambda: None,
    ) -> Tally:
        """Make what waits searchable; see Pipeline."""
        tally = Tally()
        while True:
            pipeline = Pipeline(
                self._catalog, self._thumbnails, self._decoders, embedder, on_saved, arrivals
            )
            done = pipeline.run(job)
            tally.add(done)
            if not done.renamed:
                return tally
            # A photo that was found in its new place may lack an embedding of this model yet.

    def _scan_folder(self, folder: Folder, rules: Rules, job: Job, tally: ScanTally) -> None:
        known = self._catalog.list_files(folder.folder_id)
        n_present = sum(not file.is_missing for file in known.values())
        if is_away(folder.path, n_present):
            self._set_away(folder, tally)
            return
        if folder.is_missing:
            self._catalog.set_folder_missing(folder.folder_id, None)
            tally.folders_changed = True
        difference = compare(walk(folder.path, rules, job), known)
        self._write(folder, difference, tally)

    def _set_away(self, folder: Folder, tally: ScanTally) -> None:
        if not folder.is_missing:
            self._catalog.set_folder_missing(folder.folder_id, time.time())
            tally.folders_changed = True

    def _apply(self, folder: Folder, found: Found, beneath: str, tally: ScanTally) -> None:
        known = self._catalog.list_files(folder.folder_id, beneath)
        self._write(folder, compare(found, known), tally)

    def _write(self, folder: Folder, difference: Difference, tally: ScanTally) -> None:
        if difference.is_empty:
            return
        if difference.gone and is_away(folder.path, n_known=1):
            self._set_away(folder, tally)  # unplugged while it was being looked through
            return
        self._catalog.apply_scan(
            folder.folder_id,
            difference.new,
            difference.changed,
            difference.gone,
            difference.back,
        )
        tally.add(difference)


def _outermost(relative_paths: set[str]) -> set[str]:
    """Without the paths that lie beneath another one of them."""
    kept: set[str] = set()
    for path in sorted(relative_paths):
        parents = path.split("/")
        if not any("/".join(parents[:depth]) in kept for depth in range(1, len(parents))):
            kept.add(path)
    return kept
