"""Safekeeping: what is done now and then while nothing else is. The catalog is backed up, and what
belongs to photos that are gone for good is let go of."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable

from desktop.background import Worker
from desktop.catalog import Catalog
from desktop.errors import Cancelled, CatalogDamaged, UserError
from desktop.library.reports import Event, Failed
from desktop.media import Thumbnails

log = logging.getLogger(__name__)

LOOK_EVERY_S = 600.0

TIDY_EVERY_S = 24 * 3600.0

KEEP_GONE_S = 30 * 24 * 3600.0
"""So long a photo that was deleted may come back as it was: out of the trash, say."""


class Safekeeping:
    """Makes the backups that are due, and tidies. Only the process that may index."""

    def __init__(
        self, catalog: Catalog, thumbnails: Thumbnails, publish: Callable[[Event], None]
    ) -> None:
        self._catalog = catalog
        self._thumbnails = thumbnails
        self._publish = publish
        self._looked_s = self._tidied_s = -math.inf
        self._told: dict[str, tuple[type[UserError], str]] = {}

    @property
    def is_due(self) -> bool:
        """Whether the next look at what is due tidies."""
        now_s = time.monotonic()
        return now_s - self._looked_s > LOOK_EVERY_S and now_s - self._tidied_s > TIDY_EVERY_S

    def do_what_is_due(
        self, worker: Worker, go_on: Callable[[], None], tidy_index: Callable[[], bool]
    ) -> None:
        """See on `worker` whether something is due, now and then. Call it while nothing else is
        done: a backup reads all of the catalog. `go_on` raises Cancelled to end it; tidy_index
        tells what stops it itself, and returns whether it is done. Any thread."""
        now_s = time.monotonic()
        if now_s - self._looked_s > LOOK_EVERY_S:
            self._looked_s = now_s
            worker.submit_latest("safekeeping", lambda: self._do_quietly(go_on, tidy_index))

    def tidy_soon(self) -> None:
        """Photos were forgotten: what belongs to them follows within moments. Any thread."""
        self._looked_s = self._tidied_s = -math.inf

    def back_up(self, go_on: Callable[[], object]) -> None:
        """Make a backup if one is due, and note the watched folders, which may have moved. A backup
        that cannot be made is told, and stops nothing.

        Raises Cancelled, or CatalogDamaged where the catalog itself is.
        """
        try:
            self._catalog.folders.note()
            self._catalog.back_up_if_due(go_on)
        except CatalogDamaged:
            raise
        except UserError as error:
            log.warning("no backup of the catalog: %s", error.message)
            self._tell("backup", error)
        else:
            self._told.pop("backup", None)

    def tidy(self, go_on: Callable[[], object]) -> None:
        """Forget photos that have been gone for `KEEP_GONE_S`, and remove the thumbnails of
        contents that no photo has. About a second for 100,000 photos. Raises Cancelled, or
        UserError."""
        self._catalog.ingests.forget_gone(time.time() - KEEP_GONE_S)
        n_removed = self._thumbnails.keep_only(self._catalog.photos.list_content_hashes(), go_on)
        if n_removed:
            log.info("%d thumbnails of photos that are gone were removed", n_removed)

    def _do_quietly(self, go_on: Callable[[], None], tidy_index: Callable[[], bool]) -> None:
        is_tidy = True
        try:
            self.back_up(go_on)
            if time.monotonic() - self._tidied_s > TIDY_EVERY_S:
                self._tidied_s = time.monotonic()  # what is forgotten from here on is for next time
                is_tidy = False
                self.tidy(go_on)
                is_tidy = tidy_index()
                self._told.pop("tidying", None)
        except Cancelled:
            log.info("backup and tidying wait for another time")
        except UserError as error:
            log.warning("not tidied: %s", error.message)
            self._tell("tidying", error)
        finally:
            if not is_tidy:
                self._tidied_s = -math.inf

    def _tell(self, what: str, error: UserError) -> None:
        """Say what stopped it; once, until it has gone well."""
        told = type(error), error.hint  # the message may name a file that is another each time
        if self._told.get(what) != told:
            self._publish(Failed(error))
        self._told[what] = told
