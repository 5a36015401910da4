"""Watching folders: watchdog's events become paths that have settled.

An event is only a hint that something happened to a path. It is handed on once the path looks the
same twice (`SETTLE_S` apart), so that a file is not read while it is being copied; many events of
one path, and both ends of a move, are handed on together.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from desktop.catalog import Folder
from desktop.ingest.rules import MARKS

log = logging.getLogger(__name__)

SETTLE_S = 0.7
POLL_S = 60
JOIN_S = 5.0
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
"""Told which relative paths of which folder_id have settled ("" is the folder itself)."""

_Event = tuple[int, Path, str]
"""folder_id, the folder's path, relative path."""


@dataclass(slots=True)
class _Restless:
    look: tuple[int, int] | None
    since_s: float


class Watcher:
    """Watches folders from `start` to `stop`. Methods from any thread; `on_settled` is called on
    the watcher's own thread."""

    def __init__(self, on_settled: OnSettled, poll_network_drives: bool = True) -> None:
        self._on_settled = on_settled
        self._poll_network_drives = poll_network_drives
        self._events: queue.SimpleQueue[_Event | None] = queue.SimpleQueue()
        self._observers: dict[int, BaseObserver | None] = {}
        self._paths: dict[int, Path] = {}
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._settle, name="watcher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End every thread of the watcher, and wait for them."""
        for folder_id in list(self._observers):
            self.unwatch(folder_id)
        self._events.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def watch(self, folder: Folder) -> None:
        """Watch a folder that is present; one that is watched already is left alone, unless it
        stands at another path now.

        Where the system cannot give events (a network drive, no more inotify watches) the folder is
        looked at every `POLL_S` seconds instead; where that fails too, only scans find changes.
        """
        if self._paths.get(folder.folder_id, folder.path) != folder.path:
            self.unwatch(folder.folder_id)
        with self._lock:
            if folder.folder_id in self._observers or not folder.path.is_dir():
                return
            self._paths[folder.folder_id] = folder.path
            polls = self._poll_network_drives and is_on_network(folder.path)
            observer = self._observe(folder, polls)
            if observer is None and not polls:
                observer = self._observe(folder, polls=True)
            self._observers[folder.folder_id] = observer

    def unwatch(self, folder_id: int) -> None:
        with self._lock:
            observer = self._observers.pop(folder_id, None)
            self._paths.pop(folder_id, None)
        if observer is not None:
            observer.stop()
            observer.join(JOIN_S)  # one that polls a drive which hangs would never end

    def is_watching(self, folder_id: int) -> bool:
        """Whether `watch` has taken the folder on, by events or as well as it can."""
        with self._lock:
            return folder_id in self._observers

    def _observe(self, folder: Folder, polls: bool) -> BaseObserver | None:
        observer: BaseObserver = PollingObserver(timeout=POLL_S) if polls else Observer()
        handler = _Handler(folder.folder_id, folder.path, self._events)
        try:
            observer.schedule(handler, str(folder.path), recursive=True)
            observer.start()
        except OSError as error:
            log.warning("a folder cannot be watched (polling %s): %s", polls, error.strerror)
            if observer.is_alive():
                observer.stop()
            return None
        return observer

    def _settle(self) -> None:
        restless: dict[_Event, _Restless] = {}
        while True:
            try:
                event = self._events.get(timeout=SETTLE_S / 2 if restless else None)
                while event is not None:
                    restless[event] = _Restless(_look(event[1], event[2]), time.monotonic())
                    event = self._events.get_nowait()
            except queue.Empty:
                self._hand_on(restless, time.monotonic())
            else:
                return

    def _hand_on(self, restless: dict[_Event, _Restless], now_s: float) -> None:
        """Hand on all paths once none has changed for SETTLE_S: both ends of a move go together.

        While a long copy keeps some paths busy, the settled ones do not wait for it for more than
        three times SETTLE_S.
        """
        settled: list[_Event] = []
        oldest_s = now_s
        for key, state in restless.items():
            if now_s - state.since_s < SETTLE_S:
                continue
            look = _look(key[1], key[2])
            if look == state.look:
                settled.append(key)
                oldest_s = min(oldest_s, state.since_s)
            else:
                state.look, state.since_s = look, now_s
        if len(settled) < len(restless) and now_s - oldest_s < 3 * SETTLE_S:
            return
        by_folder: dict[int, set[str]] = {}
        for key in settled:
            del restless[key]
            by_folder.setdefault(key[0], set()).add(key[2])
        if by_folder:
            self._on_settled(by_folder)


class _Handler(FileSystemEventHandler):
    """Puts paths into the queue, nothing else. watchdog's thread."""

    def __init__(
        self, folder_id: int, root: Path, events: queue.SimpleQueue[_Event | None]
    ) -> None:
        self._folder_id = folder_id
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
            self._events.put((self._folder_id, self._root, ""))
        elif path.startswith(root.rstrip(os.sep) + os.sep):
            relative = os.path.relpath(path, root).replace(os.sep, "/")
            if os.path.basename(path) in MARKS:
                relative = relative.rpartition("/")[0]  # it says something of its folder
            if not any(part.startswith(".") for part in relative.split("/")):
                self._events.put((self._folder_id, self._root, relative))


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


def _look(root: Path, relative_path: str) -> tuple[int, int] | None:
    try:
        stat = (root / relative_path).lstat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns
