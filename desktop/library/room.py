"""Room: one kind of work waits while a disk is full, and goes on when there is room."""

from __future__ import annotations

import contextlib
import math
import shutil
import time

from desktop.settings import Places

ROOM_BYTES = 1_000_000
"""By which free space must have grown before it is worth trying again."""
RETRY_EVERY_S = 60.0
"""Where it cannot be told, for a quota say, trying is the only way to know."""


class Room:
    """What one kind of work has found out about the disks.

    Attributes: waits_because: what a person is told while that work waits; "" while it does not.
    """

    def __init__(self, places: Places, goes_on: str) -> None:
        """goes_on: what happens when there is room, as the rest of a sentence."""
        folders = (places.catalog_path.parent, places.thumbnails_path, places.index_path)
        self._folders = folders
        self._free_bytes: list[int] = []
        self._since_s = -math.inf
        self._goes_on = goes_on
        self.waits_because = ""

    def ran_out(self) -> None:
        """A disk has just turned out to be full. Any thread."""
        self._free_bytes = self._measure()
        self._since_s = time.monotonic()
        self.waits_because = f"The disk is full; {self._goes_on} when there is room"

    def is_back(self) -> bool:
        """Whether the work waits for room and is worth another attempt. Any thread."""
        if not self.waits_because:
            return False
        if time.monotonic() - self._since_s > RETRY_EVERY_S:
            return True
        now = self._measure()
        return any(b - a >= ROOM_BYTES for a, b in zip(self._free_bytes, now, strict=True))

    def is_enough(self) -> None:
        """Work has gone well. Any thread."""
        self.waits_because = ""

    def _measure(self) -> list[int]:
        measured = []
        for folder in self._folders:
            free_bytes = 0
            with contextlib.suppress(OSError):
                free_bytes = shutil.disk_usage(folder).free
            measured.append(free_bytes)
        return measured
