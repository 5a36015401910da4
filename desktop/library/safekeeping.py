"""Safekeeping: when the catalog is backed up, and who hears of it if it cannot be."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable

from desktop.catalog import Catalog
from desktop.errors import Cancelled, CatalogDamaged, UserError
from desktop.jobs import Worker
from desktop.library.reports import Event, Failed

log = logging.getLogger(__name__)

LOOK_EVERY_S = 600.0


class Safekeeping:
    """Makes the backups that are due. Only the process that may index."""

    def __init__(self, catalog: Catalog, publish: Callable[[Event], None]) -> None:
        self._catalog = catalog
        self._publish = publish
        self._looked_s = -math.inf
        self._told = ""

    def look(self, worker: Worker, go_on: Callable[[], object]) -> None:
        """See on `worker` whether a backup is due, now and then. Call it while nothing else is
        done: a backup reads all of the catalog. `go_on` raises Cancelled to end it. Any thread."""
        now_s = time.monotonic()
        if now_s - self._looked_s > LOOK_EVERY_S:
            self._looked_s = now_s
            worker.submit_latest("backup", lambda: self._back_up_quietly(go_on))

    def back_up(self, go_on: Callable[[], object]) -> None:
        """Make a backup if one is due. One that cannot be made is told, and stops nothing.

        Raises Cancelled, or CatalogDamaged where the catalog itself is.
        """
        try:
            self._catalog.back_up_if_due(go_on)
        except CatalogDamaged:
            raise
        except UserError as error:
            log.warning("no backup of the catalog: %s", error.message)
            if self._told != error.message:
                self._publish(Failed(error))
            self._told = error.message
        else:
            self._told = ""

    def _back_up_quietly(self, go_on: Callable[[], object]) -> None:
        try:
            self.back_up(go_on)
        except Cancelled:
            log.info("the catalog is backed up at another time")
        except CatalogDamaged as error:
            self._publish(Failed(error))
