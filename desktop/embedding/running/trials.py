"""Trials: which numbers were found to be the quickest here, so that not each load tries them."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from desktop.embedding.running.device import cpu_name
from desktop.embedding.running.forward import Convertible, PhotoSide
from desktop.embedding.running.notes import read_notes, write_notes

_AUTO = "auto"
_ENOUGH = 2
"""So many trials in a row must have found the same: one may have met a busy moment."""


class Trials:
    """Kept for each model, for this processor and version of torch; on a processor alone, since
    nothing is tried on a GPU. Any thread; picklable."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def settle(self, embedder: Convertible, which: str, then: Callable[[PhotoSide], None]) -> None:
        """Have it load with the numbers that are known to be the quickest, or note those it finds.
        which: model and device. then: called with each network, as `Convertible.on_loaded`."""
        known = self._known(which)
        if embedder.asked_precision == _AUTO and known:
            embedder.asked_precision = known
        is_trial = embedder.asked_precision == _AUTO

        def on_loaded(side: PhotoSide) -> None:
            if is_trial and side.forward.device == "cpu":
                self._note(which, side.forward.precision)
            then(side)

        embedder.on_loaded = on_loaded

    def _known(self, which: str) -> str:
        """ "" where nothing is for certain."""
        found = self._found().get(which, [])
        return found[-1] if len(found) == _ENOUGH and len(set(found)) == 1 else ""

    def _note(self, which: str, precision: str) -> None:
        found = self._found()
        last = [*found.get(which, []), precision][-_ENOUGH:]
        write_notes(self._path, {"here": _here(), "found": found | {which: last}})

    def _found(self) -> dict[str, list[str]]:
        notes = read_notes(self._path)
        found = notes.get("found")
        if notes.get("here") != _here() or not isinstance(found, dict):
            return {}
        return {key: last for key, last in found.items() if isinstance(last, list)}


def _here() -> str:
    return f"torch {version('torch')}, {cpu_name()}"
