"""Bring one file over HTTP: go on where it ends, again when the line is cut."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.jobs import Job

if TYPE_CHECKING:
    import httpx2

log = logging.getLogger(__name__)

# A server that says nothing for this long is gone; it is also how long a cancel may have to wait.
TIMEOUT_S = 20.0
# Cut connections in a row, each after at least one byte, before the person is asked.
_MAX_CUTS = 5
_REPORT_EVERY_S = 0.1


class Meter:
    """Reports bytes, ten times a second at most; every call is a cancel point.

    Attributes:
        n_before: bytes of the files that are finished.
    """

    def __init__(self, job: Job, n_total: int, label: str) -> None:
        self.n_before = 0
        self._job = job
        self._n_total = n_total
        self._label = label
        self._reported_s = -_REPORT_EVERY_S

    def reached(self, n_bytes: int) -> None:
        """n_bytes: how much of the file in hand is there."""
        n_done = self.n_before + n_bytes
        now = time.monotonic()
        if n_done < self._n_total and now - self._reported_s < _REPORT_EVERY_S:
            self._job.check()
            return
        self._reported_s = now
        self._job.report(n_done, self._n_total, self._label)


def fetch_file(url: str, path: Path, n_bytes: int, meter: Meter) -> None:
    """Bring `path` to n_bytes, going on where it ends; try again when the line is cut.

    The content is not checked. Raises httpx2.HTTPError for line and server, and Cancelled.
    """
    import httpx2

    for attempt in range(_MAX_CUTS + 1):
        n_before = size_of(path)
        if n_before > n_bytes:
            path.unlink()
            n_before = 0
        meter.reached(n_before)
        if n_before == n_bytes and path.exists():
            return
        try:
            _stream(url, path, meter)
        except httpx2.TransportError as error:
            if attempt == _MAX_CUTS or size_of(path) <= n_before:
                raise
            log.info("%s was cut (%s), going on at %d bytes", url, error, size_of(path))


def _stream(url: str, path: Path, meter: Meter) -> None:
    from huggingface_hub import get_session

    n_bytes = size_of(path)
    # Compressed answers have no length and cannot be gone on with.
    headers = {"Accept-Encoding": "identity", "User-Agent": "likeness"}
    if n_bytes:
        headers["Range"] = f"bytes={n_bytes}-"
    with get_session().stream("GET", url, headers=headers, timeout=TIMEOUT_S) as response:
        response.raise_for_status()
        if response.status_code != 206 or not _continues_at(response, n_bytes):
            n_bytes = 0
        with path.open("r+b" if path.exists() else "wb") as out:
            out.truncate(n_bytes)
            out.seek(n_bytes)
            # As they come: bytes gathered into larger chunks would be lost when the line is cut.
            for chunk in response.iter_bytes():
                out.write(chunk)
                n_bytes += len(chunk)
                meter.reached(n_bytes)
            out.flush()
            os.fsync(out.fileno())


def _continues_at(response: httpx2.Response, n_bytes: int) -> bool:
    return str(response.headers.get("Content-Range", "")).startswith(f"bytes {n_bytes}-")


def size_of(path: Path) -> int:
    """Bytes of a file, 0 where there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
