"""How much memory models take: measured in their processes, and kept; or estimated."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, runtime_checkable

import psutil

from desktop.embedding.running.notes import read_notes, write_notes

RUNTIME_BYTES = 400_000_000
"""What a process takes that has imported torch, with a batch in hand: estimates add it to the
weights. All in all EfficientNet-Lite0 (19 MB) took 352 MB here, starter-large (108 MB) 450 MB, and
CLIP ViT-B/32 (606 MB) 1.1 GB."""

_WORTH_NOTING = 1.05


@runtime_checkable
class ReadsMore(Protocol):
    """An `Embedder` whose weights are not all in its folder.

    Attributes:
        also_reads: files or folders elsewhere. Imports nothing.
    """

    @property
    def also_reads(self) -> tuple[Path, ...]: ...


class MemoryNotes:
    """What was measured on this computer, by model_id: the most that a process has taken. Any
    thread; picklable. May be deleted."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, int]:
        try:
            return {model_id: int(n_bytes) for model_id, n_bytes in read_notes(self._path).items()}
        except (ValueError, TypeError):
            return {}

    def note(self, model_id: str, n_bytes: int) -> None:
        """Written where it is more than before by a twentieth. What cannot be written is not."""
        known = self.read()
        if n_bytes < _WORTH_NOTING * known.get(model_id, 0):
            return
        write_notes(self._path, known | {model_id: n_bytes})


def in_use() -> int:
    """Bytes that this process has in memory."""
    n_bytes: int = psutil.Process().memory_info().rss
    return n_bytes


def on_disk(places: Iterable[Path]) -> int:
    """Bytes of these files, and of all files in these folders; links count as what they lead to."""
    return sum(_size(path) for path in places)


def _size(path: Path) -> int:
    try:
        if path.is_dir():
            return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
        return path.stat().st_size
    except OSError:
        return 0
