"""What is to be compared with the catalog next: every folder, or the paths that a watcher saw."""

from __future__ import annotations

import threading
from collections.abc import Mapping


class ToCompare:
    """What was asked for and is not begun yet; who takes it and fails gives it back. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._everything = False
        self._paths: dict[int, set[str]] = {}

    def __bool__(self) -> bool:
        with self._lock:
            return self._everything or bool(self._paths)

    def add_everything(self) -> None:
        with self._lock:
            self._everything = True

    def add_paths(self, paths: Mapping[int, set[str]]) -> None:
        """paths: relative ones, by folder_id."""
        with self._lock:
            for folder_id, relative_paths in paths.items():
                self._paths.setdefault(folder_id, set()).update(relative_paths)

    def take_everything(self) -> bool:
        """Whether every folder is to be compared; what was seen of single paths goes with it."""
        with self._lock:
            wanted, self._everything = self._everything, False
            if wanted:
                self._paths.clear()
            return wanted

    def take_paths(self) -> dict[int, set[str]]:
        with self._lock:
            paths, self._paths = self._paths, {}
            return paths
