"""Watching folders: watchdog's events become paths that have settled.

An event is only a hint that something happened to a path. It is handed on once the path looks the
same twice (`SETTLE_S` apart), so that a file is not read while it is being copied; many events of
one path, and both ends of a move, are handed on together.
"""

from __future__ import annotations

import logging
import os
import queue
import re
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from desktop.background import Loop
from desktop.catalog import Folder
from desktop.ingest.rules import MARKS
from desktop.jobs import Job, wait

log = logging.getLogger(__name__)

_WATCHED_ALREADY = re.compile("Callback with id .* already exists for watch", re.IGNORECASE)

SETTLE_S = 0.7
POLL_S = 60
WATCH_WITHIN_S = 20.0
"""A scan is preceded by a watch of the folder, for which it waits so long."""
END_WITHIN_S = 3.0
NETWORK_FILE_SYSTEMS = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
        "afpfs",
        "webdav",
        "davfs",
        "fuse.sshfs",
    }
    | {"fuse.davfs2", "fuse.rclone", "fuse.gvfsd-fuse", "9p", "ncpfs", "afs", "glusterfs", "ceph"}
)
IGNORED_EVENTS = frozenset({"opened", "closed_no_write"})

OnSettled = Callable[[Mapping[int, set[str]]], None]
"""Told which relative paths of a folder_id have settled ("" is the folder itself)."""


@dataclass(slots=True)
class _Restless:
    look: tuple[int, int] | None
    since_s: float


class Watcher:
    """Watches folders until `stop`. Methods from any thread; `on_settled` is called on a thread of
    the folder's own, so that one on a drive that hangs holds up no other."""

    def __init__(self, on_settled: OnSettled, poll_network_drives: bool = True) -> None:
        self._on_settled = on_settled
        self._poll_network_drives = poll_network_drives
        self._watched: dict[int, _Watched] = {}
        self._lock = threading.Lock()

    def stop(self) -> None:
        """End every thread of the watcher, and wait for them. One that a drive holds is left
        behind; it ends when the drive answers or goes."""
        with self._lock:
            watched, self._watched = list(self._watched.values()), {}
        _end(watched)

    def watch(self, folder: Folder, job: Job | None = None) -> None:
        """Watch a folder that is present; one that is watched already is left alone, unless it
        stands at another path now.

        Where the system cannot give events (a network drive, no more inotify watches) the folder is
        looked at every `POLL_S` seconds instead; where that fails too, only scans find changes.
        Blocks until it is watched, `WATCH_WITHIN_S` at most. Raises Cancelled soon after `job` is.
        """
        with self._lock:
            before = self._watched.get(folder.folder_id)
            if before is not None and before.path == folder.path and not before.is_away:
                return
            watched = _Watched(folder, self._on_settled, self._poll_network_drives)
            self._watched[folder.folder_id] = watched
        if before is not None:
            _end([before])
        watched.start()
        wait(watched.ready.wait, WATCH_WITHIN_S, job)

    def unwatch(self, folder_id: int) -> None:
        with self._lock:
            watched = self._watched.pop(folder_id, None)
        if watched is not None:
            _end([watched])

    def is_watching(self, folder_id: int) -> bool:
        """Whether `watch` was called for the folder, and it has not gone since."""
        with self._lock:
            watched = self._watched.get(folder_id)
        return watched is not None and not watched.is_away


class _Watched:
    """One folder, and the thread that does all that touches its drive.

    Attributes:
        ready: set when the folder is being watched.
        is_away: there is no such folder, or its drive went when it was asked.
    """

    def __init__(self, folder: Folder, on_settled: OnSettled, polls_network_drives: bool) -> None:
        self.path = folder.path
        self.ready = threading.Event()
        self.is_away = False
        self._folder_id = folder.folder_id
        self._on_settled = on_settled
        self._polls_network_drives = polls_network_drives
        self._events: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._restless: dict[str, _Restless] = {}
        self._observer: BaseObserver | None = None
        self._loop = Loop("watcher", self._step)

    def start(self) -> None:
        self._loop.start()

    def end(self) -> None:
        """Let its thread end. At once."""
        self._events.put(None)

    def join(self, timeout_s: float) -> bool:
        return self._loop.join(timeout_s)

    def _step(self) -> bool:
        if not self.ready.is_set():
            self._begin()
            return True
        try:
            path = self._events.get(timeout=SETTLE_S / 2 if self._restless else None)
            while path is not None:
                self._restless[path] = _Restless(self._size_and_time(path), time.monotonic())
                path = self._events.get_nowait()
        except queue.Empty:
            self._hand_on(time.monotonic())
            return True
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
        return False

    def _begin(self) -> None:
        try:
            self.is_away = not os.path.isdir(self.path)
            if not self.is_away:
                polls = self._polls_network_drives and is_on_network(self.path)
                self._observer = self._observe(polls)
                if self._observer is None and not polls:
                    self._observer = self._observe(polls=True)
        finally:
            self.ready.set()

    def _observe(self, polls: bool) -> BaseObserver | None:
        _hush_watchdog()
        observer: BaseObserver = PollingObserver(timeout=POLL_S) if polls else Observer()
        try:
            observer.schedule(_Handler(self.path, self._events), str(self.path), recursive=True)
            observer.start()
        except OSError as error:
            log.warning("a folder cannot be watched (polling %s): %s", polls, error.strerror)
            if observer.is_alive():
                observer.stop()
            return None
        return observer

    def _hand_on(self, now_s: float) -> None:
        """Hand on all paths once none has changed for SETTLE_S: both ends of a move go together.

        While a long copy keeps some paths busy, the settled ones do not wait for it for more than
        three times SETTLE_S.
        """
        settled: set[str] = set()
        oldest_s = now_s
        for path, state in self._restless.items():
            if now_s - state.since_s < SETTLE_S:
                continue
            look = self._size_and_time(path)
            if look == state.look:
                settled.add(path)
                oldest_s = min(oldest_s, state.since_s)
            else:
                state.look, state.since_s = look, now_s
        if len(settled) < len(self._restless) and now_s - oldest_s < 3 * SETTLE_S:
            return
        for path in settled:
            del self._restless[path]
        if settled:
            self._on_settled({self._folder_id: settled})

    def _size_and_time(self, relative_path: str) -> tuple[int, int] | None:
        try:
            stat = (self.path / relative_path).lstat()
        except OSError:
            return None
        return stat.st_size, stat.st_mtime_ns


def _end(watched: Iterable[_Watched]) -> None:
    ending = list(watched)
    until_s = time.monotonic() + END_WITHIN_S
    for each in ending:
        each.end()
    for each in ending:
        if not each.join(max(0.0, until_s - time.monotonic())):
            log.warning("a folder does not answer; its watch is left behind")


def _hush_watchdog() -> None:
    """Keep watchdog's warning that a folder which comes back is watched already out of the log.

    There is one a folder, and each holds all the folders that are watched: a few hundred take half
    a minute to write, and drive everything else out of the log. It changes nothing. One entry that
    is added once is safe between threads.
    """
    entry = ("ignore", _WATCHED_ALREADY, RuntimeWarning, None, 0)
    if entry not in warnings.filters:
        warnings.filterwarnings("ignore", _WATCHED_ALREADY.pattern, RuntimeWarning)


class _Handler(FileSystemEventHandler):
    """Puts paths into the queue, nothing else. watchdog's thread."""

    def __init__(self, root: Path, events: queue.SimpleQueue[str | None]) -> None:
        self._root = root
        self._events = events

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in IGNORED_EVENTS:
            return
        if event.is_directory and event.event_type in ("modified", "closed"):
            return
        for path in (event.src_path, getattr(event, "dest_path", "")):
            if path:
                self._put(os.fsdecode(path))

    def _put(self, path: str) -> None:
        root = str(self._root)
        if path == root:
            self._events.put("")
        elif path.startswith(root.rstrip(os.sep) + os.sep):
            relative = os.path.relpath(path, root).replace(os.sep, "/")
            if os.path.basename(path) in MARKS:
                relative = relative.rpartition("/")[0]  # it says something of its folder
            if not any(part.startswith(".") for part in relative.split("/")):
                self._events.put(relative)


def is_on_network(path: Path) -> bool:
    """Whether the file system that holds `path` is a network drive, where events do not arrive."""
    try:
        partitions = psutil.disk_partitions(all=True)
    except (OSError, RuntimeError):
        return False
    holding = [
        partition
        for partition in partitions
        if path == Path(partition.mountpoint) or Path(partition.mountpoint) in path.parents
    ]
    if not holding:
        return str(path).startswith("\\\\")
    nearest = max(holding, key=lambda partition: len(partition.mountpoint))
    return nearest.fstype.lower() in NETWORK_FILE_SYSTEMS or "remote" in nearest.opts.split(",")
