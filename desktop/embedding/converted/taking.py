"""In the model's process: converted networks take the place of those that were loaded."""

from __future__ import annotations

import logging
from pathlib import Path

from desktop.embedding.converted.record import Converted
from desktop.embedding.running.device import release_memory
from desktop.embedding.running.forward import PhotoSide

log = logging.getLogger(__name__)


class Taking:
    """Called with each network of a model as it is loaded; see `Convertible.on_loaded`."""

    def __init__(self, converted: Converted) -> None:
        self._converted = converted
        self._coming: list[Path] = []

    def __call__(self, side: PhotoSide) -> None:
        """A network on a GPU stays what it is, and so does one for which there is no record, or
        whose files are damaged: `likeness models` says which."""
        if side.forward.device != "cpu":
            return
        record = self._converted.read()
        if not self._coming:
            self._coming = self._converted.open()
        if record is None or not self._coming:
            return
        from desktop.embedding.converted.runtime import OpenVinoForward

        side.forward = OpenVinoForward.open(self._coming.pop(0), record.precision)
        side.let_go()
        release_memory("cpu")
        log.info("a network for photos runs in %s", side.forward.precision)
