"""Setback: what stopped one kind of work, until it has gone well again."""

from __future__ import annotations

import contextlib
import logging
import shutil
import time
from collections.abc import Callable, Iterator

from desktop.background import report
from desktop.errors import Cancelled, CatalogAway, DiskFull, LibraryBusy, UserError
from desktop.settings import Places

log = logging.getLogger(__name__)

ROOM_BYTES = 1_000_000
"""On a full disk, free space must have grown by so much before it is worth trying again."""
RETRY_EVERY_S = 60.0
"""Where it cannot be told whether anything has changed, trying is the only way to know. After each
failure the time between attempts doubles, up to `RETRY_AT_MOST_S`, unless trying costs next to
nothing."""
RETRY_AT_MOST_S = 3600.0
AWAY_RETRY_S = 5.0
"""The same, of a catalog whose server was away: who asks has just read the catalog."""
_FAULT = UserError("Likeness met a fault of its own; it tries again by itself.")
_CHEAP = (DiskFull, LibraryBusy)


class Setback:
    """What one kind of work last ended with. Any thread.

    Attributes: waits_because: what a person is told while that work waits, a sentence without its
    full stop; "" while nothing stands in its way.
    """

    def __init__(
        self, places: Places, goes_on: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """goes_on: what happens when there is room on the disk again, as the rest of a sentence."""
        self._clock = clock
        folders = (places.catalog_path.parent, places.thumbnails_path, places.index_path)
        self._folders = folders
        self._free_bytes: list[int] = []
        self._since_s = 0.0
        self._retry_s = RETRY_EVERY_S
        self._goes_on = goes_on
        self._error: UserError | None = None

    @property
    def waits_because(self) -> str:
        if isinstance(self._error, DiskFull):
            return f"The disk is full; {self._goes_on} when there is room"
        return self._error.message.removesuffix(".") if self._error is not None else ""

    @contextlib.contextmanager
    def remembered(self, tell: Callable[[UserError], object]) -> Iterator[None]:
        """Remember what ends the work in the block, and `tell` it if it is news; a bug is reported
        instead. Nothing but an interpreter's own signals leaves the block."""
        try:
            yield
        except Cancelled:
            log.info("interrupted: %s another time", self._goes_on)
        except UserError as error:
            if self.met(error):
                log.warning("stopped: %s", error.message)
                tell(error)
        except Exception as bug:
            report(bug)
            self.met(_FAULT)
        else:
            self.is_over()

    def met(self, error: UserError) -> bool:
        """Work has just ended with this; whether that is news."""
        is_news = self._error is None or self._error.message != error.message
        grows = not is_news and not isinstance(error, _CHEAP)
        self._retry_s = min(2 * self._retry_s, RETRY_AT_MOST_S) if grows else RETRY_EVERY_S
        self._free_bytes = self._measure() if isinstance(error, DiskFull) else []
        self._since_s = self._clock()
        self._error = error
        return is_news

    def is_worth_a_try(self) -> bool:
        """Whether the work waits, and may do better now. The caller has just read the catalog."""
        if self._error is None:
            return False
        is_away = isinstance(self._error, CatalogAway)
        if self._clock() - self._since_s > (AWAY_RETRY_S if is_away else self._retry_s):
            return True
        if not self._free_bytes:
            return False
        now = self._measure()
        return any(b - a >= ROOM_BYTES for a, b in zip(self._free_bytes, now, strict=True))

    def is_over(self) -> None:
        """Work has gone well."""
        self._error = None

    def _measure(self) -> list[int]:
        measured = []
        for folder in self._folders:
            free_bytes = 0
            with contextlib.suppress(OSError):
                free_bytes = shutil.disk_usage(folder).free
            measured.append(free_bytes)
        return measured
