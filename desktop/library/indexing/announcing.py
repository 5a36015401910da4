"""Announcing: what was written of photos is told to those who show them, about once a second."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import Catalog, Revisions
from desktop.ingest import ScanTally
from desktop.library.answering.spaces import Spaces
from desktop.library.reports import (
    ANY_CHANGE,
    MOST_IDS,
    Change,
    Event,
    FoldersChanged,
    PhotosChanged,
    SavedChanged,
    ThemesChanged,
)

PUBLISH_EVERY_S = 1.0


class Announcing:
    """The thread that writes, but for `catch_up`."""

    def __init__(self, catalog: Catalog, spaces: Spaces, publish: Callable[[Event], None]) -> None:
        self._catalog = catalog
        self._spaces = spaces
        self._publish = publish
        self._published_s = 0.0
        self._untold: PhotosChanged | None = None
        self._told: Revisions | None = None
        # From here on, for what is shown is read after this.
        self._seen = catalog.revisions()
        self._n_by_others = self._seen.revision - catalog.n_written

    def embedded(
        self, model_id: str, photo_ids: NDArray[np.int64], embeddings: NDArray[np.float32]
    ) -> None:
        """What was just committed: the index learns of it at once. model_id: the pass_id, for
        tiles."""
        self._spaces.saved(model_id, photo_ids, embeddings)
        what = ANY_CHANGE if self._spaces.is_answering(model_id) else Change.WAITING
        if self._spaces.is_of_tiles(model_id):
            what |= Change.FOUND
        saved = PhotosChanged(frozenset(photo_ids.tolist()), what)
        self._untold = saved if self._untold is None else self._untold | saved
        if time.monotonic() - self._published_s > PUBLISH_EVERY_S:
            self._tell(self._untold)

    def scanned(self, tally: ScanTally) -> None:
        if tally.folders_changed:
            self._publish(FoldersChanged())
        if not tally.is_empty:
            self._tell(PhotosChanged())

    def rest(self) -> None:
        """Tell of what was written since the last time, if anything was: not only of photos that
        were embedded."""
        now = self._catalog.revisions()
        if self._told is None or now.photos > self._told.photos:
            self._tell(PhotosChanged())

    def embedded_rest(self) -> None:
        """Tell of photos that were embedded since the last time, if any were."""
        if self._untold is not None:
            self._tell(self._untold)

    def catch_up(self) -> bool:
        """Let the index learn of what other processes have written, and tell of it; whether there
        was anything. Any thread."""
        photo_ids = self._spaces.catch_up()
        if len(photo_ids):
            few = frozenset(photo_ids.tolist()) if len(photo_ids) <= MOST_IDS else None
            self._publish(PhotosChanged(few))
        self._tell_of_others()
        return len(photo_ids) > 0

    def _tell_of_others(self) -> None:
        """Tell of what other processes and machines have written beside embeddings."""
        n_written = self._catalog.n_written
        seen = self._catalog.revisions()
        if self._catalog.n_written != n_written:
            return  # this process writes, too; the next look tells them apart
        # One that is committed and not yet counted is told as if others had written it: rather too
        # much than too little.
        before, self._seen = self._seen, seen
        n_by_others = seen.revision - n_written
        is_news = n_by_others != self._n_by_others
        self._n_by_others = n_by_others
        if not is_news:
            return
        if seen.photos > before.photos:
            self._publish(FoldersChanged())
            self._publish(PhotosChanged())
        if seen.people > before.people:
            self._publish(SavedChanged())
            self._publish(ThemesChanged())
            self._publish(PhotosChanged(what=Change.THERE | Change.FOUND))

    def _tell(self, event: PhotosChanged) -> None:
        self._untold = None
        self._published_s = time.monotonic()
        self._told = self._catalog.revisions()
        self._publish(event)
